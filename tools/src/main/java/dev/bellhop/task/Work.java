package dev.bellhop.task;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How the work on a task stands: who has claimed it, what was asked and answered, what was tried,
/// and what shows that it is done.
///
/// @param round goes up whenever the task is started, reopened or asks for something else: evidence
///   of an earlier round counts for nothing
/// @param claim who has taken it, or who had when it was over; null where nobody claimed
/// @param question what a person has yet to say, or null
/// @param answers what persons have said, oldest first
/// @param attempts what came of those that failed, oldest first
/// @param evidence what shows that it is done, or null
public record Work(
        int round,
        @Nullable Claim claim,
        @Nullable Question question,
        List<Answer> answers,
        List<Attempt> attempts,
        @Nullable Evidence evidence) {

    /// That of a task on which nobody has worked.
    public static final Work NONE = new Work(0, null, null, List.of(), List.of(), null);

    /// What stands for the answer to a question that lapsed without one.
    public static final String UNANSWERED = "(nobody answered in time)";

    private static final Duration FIRST_BACKOFF = Duration.ofSeconds(30);
    private static final Duration LONGEST_BACKOFF = Duration.ofHours(1);

    public Work {
        answers = List.copyOf(answers);
        attempts = List.copyOf(attempts);
    }

    /// The right to work on a task, of one at a time.
    ///
    /// @param consumer whose calls keep it
    /// @param at when it was taken, or last given again
    /// @param token tells it from earlier and later claims on the same task
    public record Claim(String consumer, Instant at, String token) {}

    /// What is asked of a person.
    ///
    /// @param options answers to choose from; may be empty, and none has to be taken
    /// @param asker the consumer that is told the answer
    /// @param expiresAt when nobody needs the answer any more, or null
    /// @param fallback what counts as the answer then, or null
    public record Question(
            String text,
            List<String> options,
            String asker,
            Instant at,
            @Nullable Instant expiresAt,
            @Nullable String fallback) {

        public Question {
            options = List.copyOf(options);
        }

        /// The answer that `said` means: an option where it is the number of one.
        String answer(String said) {
            String text = said.strip();
            if (text.matches("[0-9]{1,3}")) {
                int number = Integer.parseInt(text);
                if (number >= 1 && number <= options.size()) {
                    return options.get(number - 1);
                }
            }
            return options.stream()
                    .filter(option -> option.equalsIgnoreCase(text))
                    .findFirst()
                    .orElse(text);
        }
    }

    /// What a person said.
    ///
    /// @param question what they were asked
    /// @param by who said it
    public record Answer(String question, String text, String by, Instant at) {}

    /// One time that the work on a task failed.
    ///
    /// @param by who worked on it
    /// @param text why it failed
    public record Attempt(Instant at, String by, String text) {}

    /// What shows that a task is done.
    ///
    /// @param job the job that ran the command
    /// @param exitCode with which it ended: 0
    /// @param at when the task was completed with it
    /// @param commit what was checked out when that began, where the project is in git, or null
    public record Evidence(String job, int exitCode, Instant at, @Nullable String commit) {}

    Work withClaim(@Nullable Claim next) {
        return new Work(round, next, question, answers, attempts, evidence);
    }

    Work withQuestion(@Nullable Question next) {
        return new Work(round, claim, next, answers, attempts, evidence);
    }

    Work withEvidence(@Nullable Evidence next) {
        return new Work(round, claim, question, answers, attempts, next);
    }

    /// The next round, for which nothing is shown yet.
    Work again() {
        return new Work(round + 1, claim, question, answers, attempts, null);
    }

    /// As if nobody had tried.
    Work afresh() {
        return new Work(round, null, null, answers, List.of(), null);
    }

    Work answered(Answer answer) {
        List<Answer> all = new ArrayList<>(answers);
        all.add(answer);
        return new Work(round, claim, null, all, attempts, evidence);
    }

    Work failed(Attempt attempt) {
        List<Attempt> all = new ArrayList<>(attempts);
        all.add(attempt);
        return new Work(round, claim, null, answers, all, null);
    }

    /// What was answered when the same was asked before.
    public Optional<Answer> answerTo(String asked) {
        return answers.stream()
                .filter(answer -> !answer.text().equals(UNANSWERED))
                .filter(answer -> plain(answer.question()).equals(plain(asked)))
                .reduce((_, last) -> last);
    }

    /// Whether `asked` is what is asked now.
    public boolean asks(String asked) {
        return question != null && plain(question.text()).equals(plain(asked));
    }

    private static String plain(String text) {
        return text.strip().replaceAll("\\s+", " ").toLowerCase(Locale.ROOT);
    }

    /// How long the next attempt is put off: twice as long each time.
    Duration backoff() {
        int doublings = Math.clamp(attempts.size() - 1L, 0, 20);
        Duration pause = FIRST_BACKOFF.multipliedBy(1L << doublings);
        return pause.compareTo(LONGEST_BACKOFF) < 0 ? pause : LONGEST_BACKOFF;
    }
}
