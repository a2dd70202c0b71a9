package dev.bellhop.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// One piece of work, and the tasks it waits for.
///
/// A value: nothing changes a task; a change makes the next one, through [#edit].
///
/// @param subject one line for lists
/// @param description what there is to know about it; may be empty
/// @param blockedBy tasks to complete before this one may start; never itself, in the order in
///   which they were added
/// @param owner who has it, or null
/// @param priority higher is sooner; 0 unless somebody said otherwise
/// @param parent the task it is a part of, or null
/// @param notBefore when it becomes ready at the earliest, or null
/// @param result what came of it, or why it failed; null until somebody says
/// @param notes what was written down on the way, oldest first
/// @param terms what it asks of whoever works on it
/// @param work how the work on it stands
/// @param requestKey under which it was created, or null
/// @param createdAt null in files that other programs made
/// @param updatedAt null in files that other programs made
/// @param other keys of its file that are not ours; kept as they are
public record Task(
        TaskId id,
        String subject,
        String description,
        Status status,
        SequencedSet<TaskId> blockedBy,
        @Nullable String owner,
        int priority,
        SequencedSet<String> labels,
        @Nullable TaskId parent,
        @Nullable Instant notBefore,
        @Nullable String result,
        List<Note> notes,
        Terms terms,
        Work work,
        @Nullable RequestKey requestKey,
        @Nullable Instant createdAt,
        @Nullable Instant updatedAt,
        SequencedMap<String, JsonNode> other) {

    static final int SUBJECT_CHARS_MAX = 200;
    static final int TEXT_CHARS_MAX = 100_000;
    static final int LABELS_MAX = 50;

    private static final Pattern SPACES = Pattern.compile("\\s+");

    static final SequencedSet<TaskId> NO_IDS =
            Collections.unmodifiableSequencedSet(new LinkedHashSet<>());
    static final SequencedSet<String> NO_WORDS =
            Collections.unmodifiableSequencedSet(new LinkedHashSet<>());
    static final SequencedMap<String, JsonNode> NO_KEYS =
            Collections.unmodifiableSequencedMap(new LinkedHashMap<>());

    public Task {
        if (blockedBy.contains(id)) {
            throw new IllegalArgumentException(id + " blocks itself");
        }
        blockedBy = copy(blockedBy, NO_IDS);
        labels = copy(labels, NO_WORDS);
        notes = List.copyOf(notes);
        other =
                other.isEmpty()
                        ? NO_KEYS
                        : Collections.unmodifiableSequencedMap(new LinkedHashMap<>(other));
    }

    // Most tasks have few of each, and there may be a hundred thousand in memory.
    private static <T> SequencedSet<T> copy(SequencedSet<T> set, SequencedSet<T> none) {
        return set.isEmpty()
                ? none
                : Collections.unmodifiableSequencedSet(new LinkedHashSet<>(set));
    }

    /// Something written down about a task.
    ///
    /// @param by the program or person that wrote it
    public record Note(Instant at, String by, String text) {}

    /// What makes a repeated request recognizable.
    ///
    /// @param key chosen by whoever asks
    /// @param payload a digest of what was asked for
    public record RequestKey(String key, String payload) {}

    /// This task as its file has it, as JSON that is the caller's own.
    public ObjectNode json() {
        return TaskFiles.json(this).deepCopy();
    }

    /// A pending task with nothing but its id.
    static Task blank(TaskId id, Instant now) {
        return new Task(
                id,
                "",
                "",
                Status.PENDING,
                NO_IDS,
                null,
                0,
                NO_WORDS,
                null,
                null,
                null,
                List.of(),
                Terms.NONE,
                Work.NONE,
                null,
                now.truncatedTo(ChronoUnit.SECONDS),
                now.truncatedTo(ChronoUnit.SECONDS),
                NO_KEYS);
    }

    Editor edit() {
        return new Editor(this);
    }

    /// This task with more blockers.
    Task waitingFor(Collection<TaskId> blockers) {
        Editor editor = edit();
        editor.blockedBy.addAll(blockers);
        editor.blockedBy.remove(id);
        return editor.done();
    }

    /// The next version of a task, in the making. Its methods refuse what an agent may not ask for.
    static final class Editor {
        private final Task from;
        private String subject;
        private String description;
        private Status status;
        final LinkedHashSet<TaskId> blockedBy;
        private @Nullable String owner;
        private int priority;
        private SequencedSet<String> labels;
        private @Nullable TaskId parent;
        private @Nullable Instant notBefore;
        private @Nullable String result;
        private final List<Note> notes;
        private Terms terms;
        private Work work;
        private @Nullable RequestKey requestKey;

        private Editor(Task from) {
            this.from = from;
            subject = from.subject;
            description = from.description;
            status = from.status;
            blockedBy = new LinkedHashSet<>(from.blockedBy);
            owner = from.owner;
            priority = from.priority;
            labels = from.labels;
            parent = from.parent;
            notBefore = from.notBefore;
            result = from.result;
            notes = new ArrayList<>(from.notes);
            terms = from.terms;
            work = from.work;
            requestKey = from.requestKey;
        }

        Editor subject(String text) {
            String line = SPACES.matcher(text.strip()).replaceAll(" ");
            if (line.isEmpty() || line.length() > SUBJECT_CHARS_MAX) {
                throw Problem.invalid(
                        "the subject has %d characters".formatted(line.length()),
                        "Give a subject of 1 to %d characters; the rest belongs in the description."
                                .formatted(SUBJECT_CHARS_MAX));
            }
            if (!line.equals(subject)) {
                nextRound();
            }
            subject = line;
            return this;
        }

        Editor description(String text) {
            String next = limited("description", text);
            if (!next.equals(description)) {
                nextRound();
            }
            description = next;
            return this;
        }

        /// An empty name takes the owner away.
        Editor owner(String name) {
            String stripped = name.strip();
            if (stripped.length() > SUBJECT_CHARS_MAX) {
                throw Problem.invalid(
                        "the owner has %d characters".formatted(stripped.length()),
                        "Give a name of at most %d characters.".formatted(SUBJECT_CHARS_MAX));
            }
            owner = stripped.isEmpty() ? null : stripped;
            return this;
        }

        Editor priority(int value) {
            priority = value;
            return this;
        }

        Editor labels(Collection<String> words) {
            SequencedSet<String> stripped = new LinkedHashSet<>();
            for (String word : words) {
                if (word.isBlank() || word.strip().length() > SUBJECT_CHARS_MAX) {
                    throw Problem.invalid(
                            "a label has %d characters".formatted(word.strip().length()),
                            "Give labels of 1 to %d characters.".formatted(SUBJECT_CHARS_MAX));
                }
                stripped.add(word.strip());
            }
            if (stripped.size() > LABELS_MAX) {
                throw Problem.invalid(
                        "there are %d labels".formatted(stripped.size()),
                        "Give at most %d.".formatted(LABELS_MAX));
            }
            labels = stripped;
            return this;
        }

        Editor parent(TaskId task) {
            parent = task;
            return this;
        }

        Editor result(String text) {
            result = text.isBlank() ? null : limited("result", text.strip());
            return this;
        }

        /// Adds a note. Who says the same once more has said nothing new.
        Editor note(Instant now, String by, String text) {
            String said = limited("note", text.strip());
            boolean isNew =
                    notes.stream()
                            .noneMatch(note -> note.by().equals(by) && note.text().equals(said));
            if (!said.isEmpty() && isNew) {
                notes.add(new Note(now.truncatedTo(ChronoUnit.SECONDS), by, said));
            }
            return this;
        }

        Editor requestKey(RequestKey key) {
            requestKey = key;
            return this;
        }

        /// Another status. A task that is over goes back to pending and nowhere else, and starts
        /// afresh there: nobody has it, and nothing came of it yet. One that was claimed and goes
        /// back is given back.
        Editor status(Status next) {
            if (status == next) {
                return this;
            }
            if (status.isTerminal()) {
                if (next != Status.PENDING) {
                    throw Problem.conflict(
                            "%s is %s".formatted(from.id, status.word()),
                            "Reopen it first with status pending.");
                }
                owner = null;
                result = null;
                notBefore = null;
                work = work.afresh();
                nextRound();
            } else if (next == Status.PENDING || next == Status.BACKLOG) {
                release();
            } else if (next == Status.IN_PROGRESS) {
                nextRound();
            }
            if (next != Status.BLOCKED_ON_HUMAN) {
                work = work.withQuestion(null);
            }
            status = next;
            return this;
        }

        private void release() {
            if (work.claim() != null) {
                owner = null;
                work = work.withClaim(null);
            }
        }

        /// What was shown before shows nothing of what is asked now. Where nothing has to be shown
        /// nobody counts.
        private void nextRound() {
            if (terms.verify() != null) {
                work = work.again();
            }
        }

        Editor terms(Terms next) {
            boolean asksForMore = !Objects.equals(terms.verify(), next.verify());
            terms = next.checked();
            if (asksForMore) {
                nextRound();
            }
            return this;
        }

        Terms terms() {
            return terms;
        }

        Work work() {
            return work;
        }

        /// Gives it to somebody who has not claimed it; an empty name takes the owner away.
        Editor owned(String name) {
            String before = owner;
            owner(name);
            if (!Objects.equals(before, owner)) {
                work = work.withClaim(null);
            }
            return this;
        }

        /// The claim is kept by the calls of `consumer` from now on.
        Editor keptBy(String consumer) {
            Work.Claim claim = work.claim();
            if (claim != null) {
                work = work.withClaim(new Work.Claim(consumer, claim.at(), claim.token()));
            }
            return this;
        }

        Editor claim(String name, Work.Claim claim) {
            owner(name);
            work = work.withClaim(claim);
            return this;
        }

        /// Waits for a person to say something.
        Editor ask(Work.Question question) {
            status(Status.BLOCKED_ON_HUMAN);
            work = work.withQuestion(question);
            return this;
        }

        /// A person has said what was asked: the work goes on where somebody has it.
        Editor answer(Work.Answer answer) {
            work = work.answered(answer);
            Work.Claim claim = work.claim();
            if (owner == null) {
                work = work.withClaim(null);
            } else if (claim != null) {
                work = work.withClaim(new Work.Claim(claim.consumer(), answer.at(), claim.token()));
            }
            status = owner == null ? Status.PENDING : Status.IN_PROGRESS;
            return this;
        }

        /// An attempt came to nothing. It is over where that was the last, else it is tried again
        /// later.
        Editor failed(Work.Attempt attempt) {
            work = work.failed(attempt);
            if (work.attempts().size() >= terms.attemptsMax()) {
                status(Status.FAILED);
                return this;
            }
            notBefore = attempt.at().plus(work.backoff());
            status(Status.PENDING);
            owner = null;
            return this;
        }

        Editor evidence(Work.Evidence evidence) {
            work = work.withEvidence(evidence);
            return this;
        }

        static String limited(String what, String text) {
            if (text.length() > TEXT_CHARS_MAX) {
                throw Problem.invalid(
                        "the %s has %d characters".formatted(what, text.length()),
                        "Give at most %d; put the rest into a file and name it."
                                .formatted(TEXT_CHARS_MAX));
            }
            return text;
        }

        /// The task as it is now; the same value as before if nothing was changed.
        Task done() {
            return with(from.updatedAt);
        }

        /// The task as it is now, changed at `now` if anything was changed.
        Task done(Instant now) {
            Task unstamped = done();
            return unstamped.equals(from) ? from : with(now.truncatedTo(ChronoUnit.SECONDS));
        }

        private Task with(@Nullable Instant updatedAt) {
            return new Task(
                    from.id,
                    subject,
                    description,
                    status,
                    blockedBy,
                    owner,
                    priority,
                    labels,
                    parent,
                    notBefore,
                    result,
                    notes,
                    terms,
                    work,
                    requestKey,
                    from.createdAt,
                    updatedAt,
                    from.other);
        }
    }
}
