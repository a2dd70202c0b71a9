package dev.bellhop.task;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.store.Journal;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// All tasks of a project, and the rules about more than one of them.
///
/// Its methods for everybody answer and change nothing: what a change makes of the tasks is
/// returned, for [TaskStore] to keep. It is good while the store's lock is held, and no longer.
public final class TaskGraph {

    private static final String BELLHOP = "bellhop";
    private static final NavigableSet<TaskId> NONE = Collections.emptyNavigableSet();
    private static final NavigableSet<Task> NO_TASKS = Collections.emptyNavigableSet();

    private final TaskArchive archive;
    private final NavigableMap<TaskId, Task> tasks = new TreeMap<>();
    private final NavigableMap<TaskId, Task> open = new TreeMap<>();
    private final NavigableMap<TaskId, Task> over = new TreeMap<>();
    private final Map<TaskId, NavigableSet<TaskId>> dependents = new HashMap<>();
    private final Map<TaskId, NavigableSet<TaskId>> parts = new HashMap<>();
    private final Map<String, NavigableSet<TaskId>> byKey = new HashMap<>();
    private final NavigableMap<String, String> unreadable = new TreeMap<>();

    // Edges that a file names from the blocker's side, in `blocks`: s07's files, and hand edits. A
    // task in `tasks` has them too; `own` has it as its own file does. By blocker, and by
    // dependent.
    private final Map<TaskId, Task> own = new HashMap<>();
    private final Map<TaskId, NavigableSet<TaskId>> named = new HashMap<>();
    private final Map<TaskId, NavigableSet<TaskId>> namedBy = new HashMap<>();

    private final NavigableSet<TaskId> deadEnds = new TreeSet<>();
    private @Nullable Map<TaskId, TaskId> unreachable;

    // What could be started as far as others go, and of that what has a time of its own. Worked out
    // when it is asked for, of the tasks for which it may have changed since.
    private final NavigableMap<TaskId, Task> startable = new TreeMap<>();
    private final NavigableMap<TaskId, Task> timed = new TreeMap<>();
    private final NavigableSet<Task> byRank = new TreeSet<>(Rank.ORDER);
    private final Map<TaskId, Task> assignedById = new HashMap<>();
    private final Map<String, NavigableSet<Task>> assigned = new HashMap<>();

    // What somebody has claimed or asked, and has not come to an end with.
    private final NavigableMap<TaskId, Task> claimed = new TreeMap<>();
    private final NavigableMap<TaskId, Task> asking = new TreeMap<>();
    private Set<TaskId> unsettled = new HashSet<>();

    /// @param archive of completed tasks, which are none of the graph's own
    TaskGraph(TaskArchive archive) {
        this.archive = archive;
    }

    // ---- what everybody may ask

    /// All tasks, in numeric order.
    public Collection<Task> tasks() {
        return Collections.unmodifiableCollection(tasks.values());
    }

    /// The tasks that are not over, in numeric order.
    public Collection<Task> open() {
        return Collections.unmodifiableCollection(open.values());
    }

    /// The tasks that are completed, failed or cancelled, in numeric order.
    public Collection<Task> over() {
        return Collections.unmodifiableCollection(over.values());
    }

    /// The tasks that somebody could start on at `now`, in numeric order.
    public Collection<Task> ready(Instant now) {
        settle();
        List<Task> due = timed.values().stream().filter(task -> isDue(task, now)).toList();
        if (due.isEmpty()) {
            return Collections.unmodifiableCollection(startable.values());
        }
        NavigableMap<TaskId, Task> both = new TreeMap<>(startable);
        due.forEach(task -> both.put(task.id(), task));
        return Collections.unmodifiableCollection(both.values());
    }

    private static boolean isDue(Task task, Instant now) {
        return task.notBefore() == null || !task.notBefore().isAfter(now);
    }

    /// What of the ready tasks `worker` should take: of those that are its own already if there are
    /// any, else of those that are nobody's, the one that ranks highest; null if none is for it.
    ///
    /// @throws Problem `CONFLICT` if it has as many as it may have
    @Nullable Task best(Worker worker, Instant now) {
        refuseFull(worker, null);
        settle();
        // What is its own already it need not be fit for: nobody else is given that.
        Task own =
                assigned.getOrDefault(worker.name(), NO_TASKS).stream()
                        .filter(task -> isDue(task, now))
                        .findFirst()
                        .orElse(null);
        return own != null
                ? own
                : byRank.stream()
                        .filter(task -> isDue(task, now) && worker.fits(task))
                        .findFirst()
                        .orElse(null);
    }

    /// @param wanted what it has may be this; null if that is not known yet
    /// @throws Problem `CONFLICT` if `worker` has as many others as it may have
    private void refuseFull(Worker worker, @Nullable Task wanted) {
        if (worker.claimsMax() == Integer.MAX_VALUE) {
            return;
        }
        List<TaskId> has =
                claimed.values().stream()
                        .filter(task -> worker.name().equals(task.owner()))
                        .map(Task::id)
                        .filter(id -> wanted == null || !id.equals(wanted.id()))
                        .toList();
        if (has.size() >= worker.claimsMax()) {
            throw Problem.conflict(
                    "@%s has %s in progress, and may have %d at a time"
                            .formatted(worker.name(), words(has), worker.claimsMax()),
                    "Complete one of them first, or give it back with status pending.");
        }
    }

    /// The tasks in progress that somebody has claimed, in numeric order.
    public Collection<Task> claimed() {
        return Collections.unmodifiableCollection(claimed.values());
    }

    /// The tasks that wait for what a person says, in numeric order.
    public Collection<Task> asking() {
        return Collections.unmodifiableCollection(asking.values());
    }

    private void settle() {
        for (TaskId id : unsettled) {
            Task before = startable.remove(id);
            if (before == null) {
                before = timed.remove(id);
            }
            if (before != null) {
                byRank.remove(before);
            }
            Task own = assignedById.remove(id);
            if (own != null) {
                unlink(assigned, String.valueOf(own.owner()), own);
            }
            Task task = open.get(id);
            if (task == null || !couldStart(task)) {
                continue;
            }
            if (task.owner() == null) {
                (task.notBefore() == null ? startable : timed).put(id, task);
                byRank.add(task);
            } else {
                assignedById.put(id, task);
                assigned.computeIfAbsent(task.owner(), _ -> new TreeSet<>(Rank.ORDER)).add(task);
            }
        }
        // A set that once held all tasks takes long to go through, even when it is empty.
        unsettled = new HashSet<>();
    }

    private boolean isStartable(Task task) {
        return task.owner() == null && couldStart(task);
    }

    private boolean couldStart(Task task) {
        return task.status() == Status.PENDING
                && task.blockedBy().stream().noneMatch(id -> blocks(id, task));
    }

    /// Whether `task` still waits for `blocker`.
    private boolean blocks(TaskId blocker, Task task) {
        return isOpen(blocker)
                && !(task.terms().onDeadEnd() == Terms.OnDeadEnd.RUN && deadEnds.contains(blocker));
    }

    /// The task `id`, which may be archived.
    ///
    /// @throws Problem `NOT_FOUND` if there is none, or its file cannot be read
    public Task get(TaskId id) {
        Task task = find(id);
        if (task == null) {
            throw missing(List.of(id));
        }
        return task;
    }

    /// The task `id`, which may be archived, or null.
    public @Nullable Task find(TaskId id) {
        Task task = tasks.get(id);
        return task == null && !unreadable.containsKey(TaskFiles.name(id))
                ? archive.find(id)
                : task;
    }

    /// The tasks that `task` still waits for, in the order in which they were added. One whose file
    /// is missing or cannot be read is open: nobody can say that it is done.
    public List<TaskId> openBlockers(Task task) {
        return task.blockedBy().stream().filter(id -> blocks(id, task)).toList();
    }

    private boolean isOpen(TaskId id) {
        Task blocker = tasks.get(id);
        return blocker == null ? !isArchived(id) : blocker.status() != Status.COMPLETED;
    }

    private boolean isArchived(TaskId id) {
        return !unreadable.containsKey(TaskFiles.name(id)) && archive.isCompleted(id);
    }

    /// The tasks that wait for `id`, in numeric order.
    public SortedSet<TaskId> dependents(TaskId id) {
        return Collections.unmodifiableSortedSet(dependents.getOrDefault(id, NONE));
    }

    /// The parts of `id`, in numeric order.
    public SortedSet<TaskId> parts(TaskId id) {
        return Collections.unmodifiableSortedSet(parts.getOrDefault(id, NONE));
    }

    /// Whether somebody could start on `task` at `now`.
    public boolean isReady(Task task, Instant now) {
        return isDue(task, now) && isStartable(task);
    }

    /// The failed or cancelled task because of which `task` can never start, or null.
    public @Nullable Task deadEnd(Task task) {
        if (deadEnds.isEmpty() || task.status().isTerminal()) {
            return null;
        }
        Map<TaskId, TaskId> reached = unreachable;
        if (reached == null) {
            reached = reachedFromDeadEnds();
            unreachable = reached;
        }
        TaskId root = reached.get(task.id());
        return root == null ? null : tasks.get(root);
    }

    private Map<TaskId, TaskId> reachedFromDeadEnds() {
        Map<TaskId, TaskId> reached = new HashMap<>();
        Deque<TaskId> ahead = new ArrayDeque<>();
        for (TaskId root : deadEnds) {
            ahead.add(root);
            while (!ahead.isEmpty()) {
                for (TaskId dependent : dependents(ahead.remove())) {
                    Task task = tasks.get(dependent);
                    if (task != null
                            && !task.status().isTerminal()
                            && task.terms().onDeadEnd() != Terms.OnDeadEnd.RUN
                            && reached.putIfAbsent(dependent, root) == null) {
                        ahead.add(dependent);
                    }
                }
            }
        }
        return reached;
    }

    /// The completed tasks that nobody changed since `before`, in numeric order.
    List<Task> completedBefore(Instant before) {
        return over.values().stream()
                .filter(task -> task.status() == Status.COMPLETED)
                .filter(task -> task.updatedAt() != null && task.updatedAt().isBefore(before))
                .toList();
    }

    /// What the files say, each alone.
    Collection<TaskFiles.Content> contents() {
        return own.values().stream()
                .map(task ->
                        new TaskFiles.Content(
                                task, List.copyOf(named.getOrDefault(task.id(), NONE))))
                .toList();
    }

    /// Files that are named like tasks and cannot be read as one, with the reason.
    public SequencedMap<String, String> unreadable() {
        return Collections.unmodifiableSequencedMap(unreadable);
    }

    /// The highest id of a task that can be read; 0 if there is none.
    int highestId() {
        return tasks.isEmpty() ? 0 : tasks.lastKey().number();
    }

    /// The tasks that were created under `key`, in numeric order.
    List<Task> createdUnder(String key) {
        return byKey.getOrDefault(key, NONE).stream().map(this::get).toList();
    }

    /// Whether a file has the number `id`, whatever is in it.
    boolean isTaken(TaskId id) {
        return tasks.containsKey(id)
                || unreadable.containsKey(TaskFiles.name(id))
                || find(id) != null;
    }

    /// The tasks that are put out of the way.
    List<Task> archived() {
        return archive.tasks();
    }

    // ---- what a change makes of it

    /// The tasks of `plan`, the first of them with the id `first`.
    List<Task> planned(Plan plan, int first, Instant now) {
        if (first + plan.items().size() - 1 > TaskId.NUMBER_MAX) {
            throw Problem.conflict(
                    "no number is left after #" + (first - 1),
                    "Give the task with that number another by hand.");
        }
        SequencedMap<String, TaskId> refs = new LinkedHashMap<>();
        for (int i = 0; i < plan.items().size(); i++) {
            String ref = plan.items().get(i).ref();
            if (ref != null) {
                refs.put(ref, new TaskId(first + i));
            }
        }
        SequencedMap<TaskId, Task> planned = new LinkedHashMap<>();
        for (int i = 0; i < plan.items().size(); i++) {
            Plan.Item item = plan.items().get(i);
            TaskId id = new TaskId(first + i);
            Task.Editor editor =
                    Task.blank(id, now)
                            .edit()
                            .subject(item.subject())
                            .description(item.description())
                            .priority(item.priority())
                            .labels(item.labels())
                            .terms(item.terms());
            if (item.owner() != null) {
                editor.owner(item.owner());
            }
            requireKnown(item.blockedBy());
            editor.blockedBy.addAll(item.blockedBy());
            for (String ref : item.blockedByRefs()) {
                TaskId blocker = inBatch(ref, refs);
                if (blocker.equals(id)) {
                    throw Problem.invalid(
                            ref + " waits for itself", "Leave it out of its own blockedBy.");
                }
                editor.blockedBy.add(blocker);
            }
            if (item.parent() != null) {
                requireKnown(List.of(item.parent()));
                editor.parent(item.parent());
            } else if (item.parentRef() != null) {
                TaskId parent = inBatch(item.parentRef(), refs);
                if (parent.equals(id)) {
                    throw Problem.invalid(
                            item.parentRef() + " is its own parent", "Leave its parent out.");
                }
                editor.parent(parent);
            }
            if (plan.requestKey() != null) {
                editor.requestKey(plan.requestKey());
            }
            planned.put(id, editor.done());
        }
        Function<TaskId, String> name = id -> nameIn(plan, id.number() - first, id);
        for (Task task : planned.values()) {
            refuseCycle(task, planned, name);
            refuseParentCycle(task, planned, name);
        }
        cancelWithWhatFailed(planned, now);
        return List.copyOf(planned.values());
    }

    /// How to name a task to whoever sent `plan` and does not know its number.
    ///
    /// @param index in the plan; if there is nothing, the task was there before
    private static String nameIn(Plan plan, int index, TaskId id) {
        if (index < 0 || index >= plan.items().size()) {
            return id.toString();
        }
        String ref = plan.items().get(index).ref();
        return ref == null ? "task %d of the batch".formatted(index + 1) : ref;
    }

    private static TaskId inBatch(String ref, Map<String, TaskId> refs) {
        TaskId id = refs.get(ref);
        if (id == null) {
            throw Problem.invalid(
                    "no task of the batch has the ref " + ref,
                    "Use the ref of a task in the same call, or the id of one that exists.");
        }
        return id;
    }

    /// What a change makes of the tasks.
    ///
    /// @param tasks those that are different now; the first need not be the one that was asked for
    /// @param unblocked pending tasks that waited for the changed one and wait no longer
    /// @param news what somebody has to be told of some of `tasks`
    record Changed(
            List<Task> tasks, Task task, List<TaskId> unblocked, Map<TaskId, Journal.News> news) {}

    /// What `change` makes of the task `id`, and of those that it names in `addBlocks`.
    Changed changed(TaskId id, TaskChange change, Journal.Author author, Instant now) {
        refuseArchived(id);
        Task before = get(id);
        String by = author.client();
        refuseSelf(id, change);
        refuseStale(before, change, author);
        requireKnown(change.addBlockedBy());
        requireKnown(change.addBlocks());
        Task.Editor editor = before.edit();
        // Edges first: whether the task may start or be completed depends on them.
        editor.blockedBy.removeAll(change.removeBlockedBy());
        editor.blockedBy.addAll(change.addBlockedBy());
        if (change.subject() != null) {
            editor.subject(change.subject());
        }
        if (change.description() != null) {
            editor.description(change.description());
        }
        if (change.priority() != null) {
            editor.priority(change.priority());
        }
        if (change.labels() != null) {
            editor.labels(change.labels());
        }
        if (change.type() != null) {
            editor.terms(editor.terms().withType(change.type()));
        }
        if (change.verify() != null) {
            editor.terms(editor.terms().withVerify(change.verify()));
        }
        if (change.token() != null) {
            // A conversation goes on under another name, and the token shows that it is the same.
            editor.keptBy(author.consumer());
        }
        if (change.status() != null) {
            move(before, editor, change, by, now);
        }
        if (change.claimant() != null) {
            claim(before, editor, change, author, now);
        }
        Map<TaskId, Journal.News> news = new HashMap<>();
        if (change.answer() != null) {
            news.put(id, answer(before, editor, change, author, now));
        }
        if (change.asking() != null || change.status() == Status.BLOCKED_ON_HUMAN) {
            ask(before, editor, change, author, now);
        }
        if (change.owner() != null) {
            editor.owned(change.owner());
        }
        if (change.result() != null) {
            editor.result(change.result());
        }
        if (change.note() != null) {
            editor.note(now, by, change.note());
        }
        SequencedMap<TaskId, Task> changed = new LinkedHashMap<>();
        changed.put(id, editor.done(now));
        for (TaskId dependent : change.addBlocks()) {
            refuseArchived(dependent);
            Task.Editor waiting = get(dependent).edit();
            waiting.blockedBy.add(id);
            changed.put(dependent, waiting.done(now));
        }
        changed.values().forEach(task -> refuseCycle(task, changed, TaskId::toString));
        // Who has the token is the holder, by whatever name.
        return changed(id, changed, news, change.token() == null ? null : id, author, now);
    }

    /// @param given back or ended by its holder, or null
    /// @param author who changes them, and needs not be told
    private Changed changed(
            TaskId id,
            SequencedMap<TaskId, Task> changed,
            Map<TaskId, Journal.News> news,
            @Nullable TaskId given,
            Journal.Author author,
            Instant now) {
        cancelWithWhatFailed(changed, now);
        List<TaskId> unblocked = unblockedBy(changed);
        Task freeing = Objects.requireNonNull(changed.get(id));
        whoWaits(unblocked)
                .forEach((freed, consumer) -> {
                    if (!consumer.equals(author.consumer())) {
                        news.put(
                                freed,
                                new Journal.News(
                                        consumer,
                                        "ready:" + freed,
                                        "[task] %s waits for nothing any more: %s is %s"
                                                .formatted(freed, id, freeing.status().word())));
                    }
                });
        for (Task after : changed.values()) {
            Task before = tasks.get(after.id());
            Work.Claim claim = before == null ? null : before.work().claim();
            if (before != null
                    && claim != null
                    && isHeld(before)
                    && !after.id().equals(given)
                    && !claim.consumer().equals(author.consumer())
                    && !(isHeld(after) && isSame(claim, after.work().claim()))) {
                news.putIfAbsent(after.id(), taken(before, after, claim, author));
            }
        }
        return new Changed(
                changed.values().stream().filter(task -> !task.equals(get(task.id()))).toList(),
                freeing,
                unblocked,
                news);
    }

    /// The consumers that go by the names of those who own `freed`, as far as claims tell. Each
    /// task is looked at once, however many are free.
    private Map<TaskId, String> whoWaits(List<TaskId> freed) {
        Map<TaskId, String> owners = new TreeMap<>();
        for (TaskId id : freed) {
            String owner = Objects.requireNonNull(tasks.get(id)).owner();
            if (owner != null) {
                owners.put(id, owner);
            }
        }
        Map<String, Work.Claim> latest = new HashMap<>();
        if (!owners.isEmpty()) {
            for (Task task : tasks.values()) {
                Work.Claim claim = task.work().claim();
                if (claim != null && task.owner() != null) {
                    latest.merge(
                            task.owner(),
                            claim,
                            (one, other) -> one.at().isBefore(other.at()) ? other : one);
                }
            }
        }
        Map<TaskId, String> consumers = new TreeMap<>();
        owners.forEach((id, owner) -> {
            Work.Claim claim = latest.get(owner);
            if (claim != null) {
                consumers.put(id, claim.consumer());
            }
        });
        return consumers;
    }

    /// Whether somebody may be working on it.
    private static boolean isHeld(Task task) {
        return task.status() == Status.IN_PROGRESS || task.status() == Status.BLOCKED_ON_HUMAN;
    }

    private static boolean isSame(Work.Claim claim, Work.@Nullable Claim other) {
        return other != null && other.token().equals(claim.token());
    }

    /// Whose work is ended by somebody else is told, before they go on with it in vain.
    private static Journal.News taken(
            Task before, Task after, Work.Claim claim, Journal.Author author) {
        String by = author.isPerson() ? author.person() : author.client();
        boolean isElsewhere = isHeld(after) && after.owner() != null;
        String who = isElsewhere ? ", and @%s has it".formatted(after.owner()) : "";
        return new Journal.News(
                claim.consumer(),
                "lease:" + before.id(),
                "[lease] the claim of @%s on %s was ended by %s: it is %s%s"
                        .formatted(before.owner(), before.id(), by, after.status().word(), who));
    }

    /// Who is late must not undo what somebody else does by now.
    private static void refuseStale(Task task, TaskChange change, Journal.Author author) {
        Work.Claim claim = task.work().claim();
        String token = change.token();
        if (token != null && (claim == null || !claim.token().equals(token))) {
            throw Problem.conflict(
                    "claim_token %s of %s is not valid any more: %s"
                            .formatted(token, task.id(), holder(task)),
                    "Read the task again; claim it if it is free, else leave it.");
        }
        boolean movesIt =
                change.status() != null
                        || change.owner() != null
                        || change.claimant() != null
                        || change.asking() != null;
        boolean isOthers =
                claim != null && isHeld(task) && !claim.consumer().equals(author.consumer());
        if (movesIt && isOthers && token == null && !author.isPerson() && !change.force()) {
            throw Problem.conflict(
                    "%s is claimed: %s".formatted(task.id(), holder(task)),
                    "Take another with claim_next; if the claim is yours, give its claim_token.");
        }
    }

    /// `@ada has it since 2026-01-31T12:00:00Z`.
    private static String holder(Task task) {
        Work.Claim claim = task.work().claim();
        String who = task.owner() == null ? "nobody" : "@" + task.owner();
        if (task.status().isTerminal()) {
            return "it is %s, by %s".formatted(task.status().word(), who);
        }
        return claim == null
                ? "it is %s, and %s has it".formatted(task.status().word(), who)
                : "%s has it since %s".formatted(who, claim.at());
    }

    private void claim(
            Task before,
            Task.Editor editor,
            TaskChange change,
            Journal.Author author,
            Instant now) {
        Worker claimant = Objects.requireNonNull(change.claimant());
        String name = claimant.name();
        Work.Claim claim = before.work().claim();
        if (claim != null
                && before.status() == Status.IN_PROGRESS
                && claim.consumer().equals(author.consumer())) {
            return;
        }
        if (before.owner() != null && !before.owner().equals(name) && claim == null) {
            throw Problem.conflict(
                    "%s belongs to @%s".formatted(before.id(), before.owner()),
                    "Take another with claim_next, or ask for the owner to be changed.");
        }
        if (before.status() != Status.PENDING && before.status() != Status.IN_PROGRESS) {
            throw Problem.conflict(
                    "%s is %s".formatted(before.id(), before.status().word()),
                    "Only a pending task can be claimed.");
        }
        refuseFull(claimant, before);
        move(before, editor, change.edit().status(Status.IN_PROGRESS).done(), author.client(), now);
        if (author.isPerson()) {
            // What a person has nobody takes away because they are silent.
            editor.owned(name);
            return;
        }
        String token = Integer.toHexString(ThreadLocalRandom.current().nextInt(1 << 20, 1 << 24));
        editor.claim(
                name,
                new Work.Claim(author.consumer(), now.truncatedTo(ChronoUnit.SECONDS), token));
    }

    /// Somebody who claimed `id` has not been heard of for too long, and has it no more.
    ///
    /// @param token of the claim
    /// @param isSilent whether that is still so
    /// @return empty if that claim is over already, or kept
    Optional<Changed> released(TaskId id, String token, BooleanSupplier isSilent, Instant now) {
        Task before = tasks.get(id);
        Work.Claim claim = before == null ? null : before.work().claim();
        if (before == null
                || claim == null
                || !claim.token().equals(token)
                || before.status() != Status.IN_PROGRESS
                || !isSilent.getAsBoolean()) {
            return Optional.empty();
        }
        Task.Editor editor = before.edit();
        String why = "nothing was heard of @%s, who had claimed it".formatted(before.owner());
        if (before.terms().attemptsMax() > 0) {
            fail(before, editor, why, now);
        } else {
            editor.status(Status.PENDING);
        }
        editor.note(now, BELLHOP, why);
        SequencedMap<TaskId, Task> changed = new LinkedHashMap<>();
        Task after = editor.done(now);
        changed.put(id, after);
        Journal.News news =
                new Journal.News(
                        claim.consumer(),
                        "lease:" + id,
                        "[lease] the claim of @%s on %s is over: nothing was heard for too long. It is %s"
                                .formatted(before.owner(), id, after.status().word()));
        Journal.Author nobody = new Journal.Author("", BELLHOP);
        return Optional.of(
                changed(id, changed, new HashMap<>(Map.of(id, news)), null, nobody, now));
    }

    private void ask(
            Task before,
            Task.Editor editor,
            TaskChange change,
            Journal.Author author,
            Instant now) {
        TaskChange.Asking asking =
                change.asking() == null ? TaskChange.Asking.NOTHING_MORE : change.asking();
        String text =
                Stream.of(asking.text(), change.note(), before.subject())
                        .filter(words -> !isBlank(words))
                        .findFirst()
                        .orElse("")
                        .strip();
        // Nobody is asked twice.
        boolean asksAlready =
                asking.text() == null
                        && before.status() == Status.BLOCKED_ON_HUMAN
                        && before.work().question() != null;
        if (asksAlready
                || before.work().asks(text)
                || (asking.text() != null && before.work().answerTo(text).isPresent())) {
            return;
        }
        editor.ask(
                new Work.Question(
                        Task.Editor.limited("question", text),
                        asking.options(),
                        author.consumer(),
                        now.truncatedTo(ChronoUnit.SECONDS),
                        asking.expiresAt(),
                        isBlank(asking.fallback()) ? null : asking.fallback()));
    }

    private static Journal.@Nullable News answer(
            Task before,
            Task.Editor editor,
            TaskChange change,
            Journal.Author author,
            Instant now) {
        Work.Question question = before.work().question();
        if (before.status() != Status.BLOCKED_ON_HUMAN || question == null) {
            throw Problem.conflict(
                    "%s asks nothing".formatted(before.id()),
                    "What waits for an answer is shown by bellhop answer.");
        }
        TaskChange.Answer answer = Objects.requireNonNull(change.answer());
        if (answer.question() != null && !answer.question().equals(question)) {
            throw Problem.conflict(
                    "%s does not ask \"%s\" any more; it asks: %s"
                            .formatted(before.id(), answer.question().text(), question.text()),
                    "Answer that, with bellhop answer %d.".formatted(before.id().number()));
        }
        String said = question.answer(answer.text());
        if (said.isEmpty()) {
            throw Problem.invalid(
                    "the answer is empty", "Say something, or the number of an option.");
        }
        String by = author.isPerson() ? author.person() : author.client();
        editor.answer(
                new Work.Answer(
                        question.text(),
                        Task.Editor.limited("answer", said),
                        by,
                        now.truncatedTo(ChronoUnit.SECONDS)));
        return new Journal.News(
                question.asker(),
                "question:" + before.id(),
                "[question] %s answered by %s: %s (asked: %s)"
                        .formatted(before.id(), by, said, question.text()));
    }

    private static void fail(Task before, Task.Editor editor, String why, Instant now) {
        List<Work.Attempt> attempts = before.work().attempts();
        if (before.status() == Status.PENDING
                && !attempts.isEmpty()
                && attempts.getLast().text().equals(why)) {
            // It was told twice, and tried once.
            return;
        }
        String by = before.owner() == null ? "" : before.owner();
        editor.failed(new Work.Attempt(now.truncatedTo(ChronoUnit.SECONDS), by, why));
    }

    /// Cancels what waits for something that has failed or is cancelled and is not to outlive it:
    /// where that happens now, and where one that has failed before is waited for from now on.
    private void cancelWithWhatFailed(SequencedMap<TaskId, Task> changed, Instant now) {
        Deque<Task> dead = new ArrayDeque<>();
        for (Task task : List.copyOf(changed.values())) {
            Task known = tasks.get(task.id());
            SequencedSet<TaskId> added = new LinkedHashSet<>(task.blockedBy());
            if (known != null) {
                // What waited for it already has outlived it, and may have been reopened since.
                added.removeAll(known.blockedBy());
            }
            added.stream()
                    .map(id -> changed.getOrDefault(id, tasks.get(id)))
                    .filter(blocker -> blocker != null && blocker.status().isDeadEnd())
                    .findFirst()
                    .ifPresent(blocker -> cancel(task, blocker, changed, dead, now));
            if (task.status().isDeadEnd() && (known == null || !known.status().isDeadEnd())) {
                dead.add(task);
            }
        }
        while (!dead.isEmpty()) {
            Task blocker = dead.remove();
            NavigableSet<TaskId> waiting = new TreeSet<>(dependents(blocker.id()));
            changed.values().stream()
                    .filter(task -> task.blockedBy().contains(blocker.id()))
                    .forEach(task -> waiting.add(task.id()));
            for (TaskId id : waiting) {
                Task known = tasks.get(id);
                cancel(
                        known == null
                                ? Objects.requireNonNull(changed.get(id))
                                : changed.getOrDefault(id, known),
                        blocker,
                        changed,
                        dead,
                        now);
            }
        }
    }

    private static void cancel(
            Task task,
            Task blocker,
            SequencedMap<TaskId, Task> changed,
            Deque<Task> dead,
            Instant now) {
        if (task.status().isTerminal() || task.terms().onDeadEnd() != Terms.OnDeadEnd.CANCEL) {
            return;
        }
        Task cancelled =
                task.edit()
                        .status(Status.CANCELLED)
                        .result("%s is %s".formatted(blocker.id(), blocker.status().word()))
                        .done(now);
        changed.put(task.id(), cancelled);
        dead.add(cancelled);
    }

    private void refuseArchived(TaskId id) {
        if (!tasks.containsKey(id) && find(id) != null) {
            throw Problem.conflict(
                    id + " is archived",
                    "Move %s back to the other tasks if it is to change."
                            .formatted(archive.place(id)));
        }
    }

    private static void refuseSelf(TaskId id, TaskChange change) {
        if (change.addBlockedBy().contains(id) || change.addBlocks().contains(id)) {
            throw Problem.invalid(id + " cannot wait for itself", "Leave " + id + " out.");
        }
    }

    private void move(Task before, Task.Editor editor, TaskChange change, String by, Instant now) {
        Status next = change.status();
        if (next == null || next == before.status() || next == Status.BLOCKED_ON_HUMAN) {
            return;
        }
        if (next == Status.FAILED && !before.status().isTerminal()) {
            if (isBlank(change.result()) && isBlank(change.note())) {
                throw Problem.invalid(
                        before.id() + " cannot fail without a reason", "Say why in result.");
            }
            String why = isBlank(change.result()) ? change.note() : change.result();
            fail(before, editor, String.valueOf(why), now);
            return;
        }
        editor.status(next);
        if (next == Status.COMPLETED) {
            requireEvidence(before, editor, change, by, now);
        }
        if (next == Status.IN_PROGRESS || next == Status.COMPLETED) {
            Task task = editor.done();
            List<TaskId> open =
                    editor.blockedBy.stream().filter(blocker -> blocks(blocker, task)).toList();
            if (!open.isEmpty() && !change.force()) {
                throw Problem.conflict(
                        "%s waits for %s".formatted(before.id(), words(open)),
                        "Complete %s first, or pass force if that is no longer needed."
                                .formatted(open.size() == 1 ? "it" : "those"));
            }
            if (!open.isEmpty()) {
                editor.note(
                        now,
                        by,
                        "set to %s by force while %s was open".formatted(next.word(), words(open)));
            }
        }
    }

    /// What is to be shown is shown by a run of this very round.
    private static void requireEvidence(
            Task before, Task.Editor editor, TaskChange change, String by, Instant now) {
        CommandLine verify = editor.terms().verify();
        if (verify == null) {
            return;
        }
        TaskChange.Proof proof = change.proof();
        if (proof != null
                && proof.command().equals(verify)
                && proof.round() == before.work().round()
                && verify.equals(before.terms().verify())) {
            editor.evidence(
                    new Work.Evidence(
                            proof.job(), 0, now.truncatedTo(ChronoUnit.SECONDS), proof.commit()));
            return;
        }
        if (!change.force()) {
            throw Problem.conflict(
                    "%s is complete when `%s` has succeeded for it since it was started"
                            .formatted(before.id(), verify.shown()),
                    "Run that with background_run and for_task %d, then complete it."
                            .formatted(before.id().number()));
        }
        if (isBlank(change.note()) && isBlank(change.result())) {
            throw Problem.invalid(
                    "%s is forced without a reason".formatted(before.id()),
                    "Say in note why it is complete without `%s`.".formatted(verify.shown()));
        }
        editor.note(now, by, "completed by force, without `%s`".formatted(verify.shown()));
    }

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    /// The pending tasks that waited for one of `changed`, and now wait for nothing.
    private List<TaskId> unblockedBy(Map<TaskId, Task> changed) {
        NavigableSet<TaskId> unblocked = new TreeSet<>();
        for (Task after : changed.values()) {
            Task before = tasks.get(after.id());
            boolean frees = after.status() == Status.COMPLETED || after.status().isDeadEnd();
            if (before == null || before.status() == after.status() || !frees) {
                continue;
            }
            for (TaskId id : dependents(after.id())) {
                Task dependent = changed.getOrDefault(id, tasks.get(id));
                if (dependent != null
                        && dependent.status() == Status.PENDING
                        && dependent.blockedBy().contains(after.id())
                        && openBlockers(dependent).stream()
                                .allMatch(blocker -> frees(changed.get(blocker), dependent))) {
                    unblocked.add(id);
                }
            }
        }
        return List.copyOf(unblocked);
    }

    private static boolean frees(@Nullable Task blocker, Task dependent) {
        return isCompleted(blocker)
                || (isDeadEnd(blocker) && dependent.terms().onDeadEnd() == Terms.OnDeadEnd.RUN);
    }

    private void requireKnown(Collection<TaskId> ids) {
        List<TaskId> unknown =
                ids.stream().filter(id -> !tasks.containsKey(id) && !isArchived(id)).toList();
        if (!unknown.isEmpty()) {
            throw missing(unknown);
        }
    }

    private Problem missing(List<TaskId> ids) {
        for (TaskId id : ids) {
            String file = TaskFiles.name(id);
            String reason = unreadable.get(file);
            if (reason != null) {
                return Problem.conflict(
                        "%s cannot be read: %s: %s".formatted(id, file, reason),
                        "Mend the file by hand; nothing else touches it.");
            }
        }
        return Problem.notFound(
                "there is no task " + words(ids),
                tasks.isEmpty()
                        ? "There are no tasks yet; make them with task_create."
                        : "Find the right id with task_list.");
    }

    /// Refuses new tasks that wait for each other in a circle, or are parts of themselves. None
    /// that exists waits for a new one.
    static void refuseCycles(Collection<Task> created) {
        SequencedMap<TaskId, Task> left = new LinkedHashMap<>();
        created.forEach(task -> left.put(task.id(), task));
        for (Task task : created) {
            refuseParentCycle(task, left, TaskId::toString);
        }
        Map<TaskId, NavigableSet<TaskId>> waiting = new HashMap<>();
        Map<TaskId, Integer> counts = new HashMap<>();
        Deque<TaskId> free = new ArrayDeque<>();
        for (Task task : created) {
            int count = 0;
            for (TaskId blocker : task.blockedBy()) {
                if (left.containsKey(blocker)) {
                    link(waiting, blocker, task.id());
                    count++;
                }
            }
            counts.put(task.id(), count);
            if (count == 0) {
                free.add(task.id());
            }
        }
        while (!free.isEmpty()) {
            TaskId id = free.remove();
            left.remove(id);
            for (TaskId dependent : waiting.getOrDefault(id, NONE)) {
                if (counts.merge(dependent, -1, Integer::sum) == 0) {
                    free.add(dependent);
                }
            }
        }
        if (!left.isEmpty()) {
            throw Problem.invalid(
                    "these wait for each other: " + words(left.keySet()),
                    "Leave out an edge; a task cannot wait for itself by way of others.");
        }
    }

    /// @throws Problem if `task` is a part of a part of itself
    private static void refuseParentCycle(
            Task task, Map<TaskId, Task> planned, Function<TaskId, String> name) {
        Set<TaskId> seen = new HashSet<>();
        Task above = task;
        // A circle above that the task is no part of is told about those that are.
        while (above != null && above.parent() != null && seen.add(above.id())) {
            if (above.parent().equals(task.id())) {
                throw Problem.invalid(
                        name.apply(task.id()) + " is a part of its own part",
                        "Leave one of the parents out.");
            }
            above = planned.get(above.parent());
        }
    }

    /// @throws Problem if `task`, with `changed` in place, waits for itself by way of others
    private void refuseCycle(Task task, Map<TaskId, Task> changed, Function<TaskId, String> name) {
        Task known = tasks.get(task.id());
        // Only a new edge closes a cycle. One that was there before, in the files of others, is no
        // reason to refuse what has nothing to do with it.
        SequencedSet<TaskId> added = new LinkedHashSet<>(task.blockedBy());
        if (known != null) {
            added.removeAll(known.blockedBy());
        }
        // Tasks that exist wait for no task that does not: a new one without refs closes no circle.
        if (known == null && task.blockedBy().stream().noneMatch(changed::containsKey)) {
            return;
        }
        if (isApart(task.id(), added, changed)) {
            return;
        }
        // Backwards from the task to what it waits for, remembering for each who waits for it.
        Map<TaskId, TaskId> waiter = new HashMap<>();
        added.forEach(blocker -> waiter.put(blocker, task.id()));
        Deque<TaskId> ahead = new ArrayDeque<>(added);
        while (!ahead.isEmpty()) {
            TaskId id = ahead.remove();
            Task next = changed.containsKey(id) ? changed.get(id) : tasks.get(id);
            if (next == null) {
                continue;
            }
            for (TaskId blocker : next.blockedBy()) {
                if (blocker.equals(task.id())) {
                    throw cycle(task.id(), id, waiter, name);
                }
                if (waiter.putIfAbsent(blocker, id) == null) {
                    ahead.add(blocker);
                }
            }
        }
    }

    /// Whether surely no way leads from `blockers` back to `task`. Goes from both ends by turns,
    /// and so costs what the smaller side does: a new task at the end of a long chain is no work.
    private boolean isApart(TaskId task, SequencedSet<TaskId> blockers, Map<TaskId, Task> changed) {
        Map<TaskId, Set<TaskId>> addedDependents = new HashMap<>();
        for (Task each : changed.values()) {
            each.blockedBy()
                    .forEach(blocker ->
                            addedDependents
                                    .computeIfAbsent(blocker, _ -> new HashSet<>())
                                    .add(each.id()));
        }
        Ahead before = new Ahead(blockers);
        Ahead after = new Ahead(List.of(task));
        while (!before.isEmpty() && !after.isEmpty()) {
            TaskId id = before.next();
            Task known = changed.containsKey(id) ? changed.get(id) : tasks.get(id);
            before.addAll(known == null ? Set.of() : known.blockedBy());
            TaskId waiting = after.next();
            after.addAll(dependents(waiting));
            after.addAll(addedDependents.getOrDefault(waiting, Set.of()));
            if (before.has(task) || blockers.stream().anyMatch(after::has)) {
                return false;
            }
        }
        return true;
    }

    /// What a search has yet to go to, each task once.
    private static final class Ahead {
        private final Set<TaskId> seen = new HashSet<>();
        private final Deque<TaskId> left = new ArrayDeque<>();

        Ahead(Collection<TaskId> first) {
            addAll(first);
        }

        void addAll(Collection<TaskId> ids) {
            for (TaskId id : ids) {
                if (seen.add(id)) {
                    left.add(id);
                }
            }
        }

        boolean has(TaskId id) {
            return seen.contains(id);
        }

        boolean isEmpty() {
            return left.isEmpty();
        }

        TaskId next() {
            return left.remove();
        }
    }

    private static Problem cycle(
            TaskId start, TaskId last, Map<TaskId, TaskId> waiter, Function<TaskId, String> name) {
        Deque<String> path = new ArrayDeque<>(List.of(name.apply(start)));
        for (TaskId id = last; id != null && !id.equals(start); id = waiter.get(id)) {
            path.addFirst(name.apply(id));
        }
        path.addFirst(name.apply(start));
        return Problem.invalid(
                "that would be a cycle: " + String.join(" -> ", path),
                "Leave out one of these edges; a task cannot wait for itself by way of others.");
    }

    private static String words(Collection<TaskId> ids) {
        return ids.stream().map(TaskId::toString).collect(Collectors.joining(", "));
    }

    // ---- how it is kept up to date, by the index

    /// Takes what a task's file says.
    ///
    /// @param blocks tasks that wait for it according to its own file
    void put(Task task, Collection<TaskId> blocks) {
        if (!unreadable.isEmpty()) {
            unreadable.remove(TaskFiles.name(task.id()));
        }
        own.put(task.id(), task);
        if (blocks.isEmpty() && !named.containsKey(task.id())) {
            merge(task.id());
            return;
        }
        NavigableSet<TaskId> touched = name(task.id(), blocks);
        touched.add(task.id());
        touched.forEach(this::merge);
    }

    /// Takes `blocks` for what the file of `blocker` names.
    ///
    /// @return the tasks that it named before or names now
    private NavigableSet<TaskId> name(TaskId blocker, Collection<TaskId> blocks) {
        NavigableSet<TaskId> now = new TreeSet<>(blocks);
        now.remove(blocker);
        NavigableSet<TaskId> touched = new TreeSet<>(now);
        touched.addAll(named.getOrDefault(blocker, NONE));
        named.getOrDefault(blocker, NONE).forEach(dependent -> unlink(namedBy, dependent, blocker));
        named.remove(blocker);
        if (!now.isEmpty()) {
            named.put(blocker, now);
            now.forEach(dependent -> link(namedBy, dependent, blocker));
        }
        return touched;
    }

    /// Makes a task of what its own file says and what those of its blockers say.
    private void merge(TaskId id) {
        Task before = tasks.get(id);
        Task task = own.get(id);
        NavigableSet<TaskId> blockers = namedBy.get(id);
        Task after = task == null || blockers == null ? task : task.waitingFor(blockers);
        if (before != null) {
            forget(before);
        }
        if (after != null) {
            add(after);
        }
        unsettled.add(id);
        if (isCompleted(before) != isCompleted(after) || isDeadEnd(before) != isDeadEnd(after)) {
            unsettled.addAll(dependents(id));
        }
        if (before == null
                || after == null
                || before.status().isTerminal() != after.status().isTerminal()
                || before.status().isDeadEnd() != after.status().isDeadEnd()
                || before.terms().onDeadEnd() != after.terms().onDeadEnd()
                || !before.blockedBy().equals(after.blockedBy())) {
            unreachable = null;
        }
    }

    private static boolean isDeadEnd(@Nullable Task task) {
        return task != null && task.status().isDeadEnd();
    }

    private static boolean isCompleted(@Nullable Task task) {
        return task != null && task.status() == Status.COMPLETED;
    }

    /// `changed`, and what has to be written with it because edges are named from the blocker's
    /// side. A new file of a blocker names nothing any more: then those that it named have to say
    /// so themselves. And an edge that was taken away must not stay named by its blocker.
    List<Task> withWhatTheyName(List<Task> changed) {
        SequencedMap<TaskId, Task> all = new LinkedHashMap<>();
        changed.forEach(task -> all.put(task.id(), task));
        Deque<Task> ahead = new ArrayDeque<>(changed);
        while (!ahead.isEmpty()) {
            Task task = ahead.remove();
            NavigableSet<TaskId> along = new TreeSet<>(namedBy.getOrDefault(task.id(), NONE));
            along.removeAll(task.blockedBy());
            along.addAll(named.getOrDefault(task.id(), NONE));
            for (TaskId id : along) {
                Task other = tasks.get(id);
                if (other != null && all.putIfAbsent(id, other) == null) {
                    ahead.add(other);
                }
            }
        }
        return List.copyOf(all.values());
    }

    void putUnreadable(String file, String reason) {
        remove(file);
        unreadable.put(file, reason);
    }

    void remove(String file) {
        unreadable.remove(file);
        TaskFiles.id(file)
                .ifPresent(id -> {
                    own.remove(id);
                    NavigableSet<TaskId> touched = name(id, List.of());
                    touched.add(id);
                    touched.forEach(this::merge);
                });
    }

    void clear() {
        tasks.clear();
        open.clear();
        over.clear();
        dependents.clear();
        parts.clear();
        byKey.clear();
        unreadable.clear();
        own.clear();
        named.clear();
        namedBy.clear();
        deadEnds.clear();
        unreachable = null;
        startable.clear();
        timed.clear();
        byRank.clear();
        assignedById.clear();
        assigned.clear();
        claimed.clear();
        asking.clear();
        unsettled.clear();
    }

    private void add(Task task) {
        tasks.put(task.id(), task);
        (task.status().isTerminal() ? over : open).put(task.id(), task);
        if (task.parent() != null) {
            link(parts, task.parent(), task.id());
        }
        for (TaskId blocker : task.blockedBy()) {
            link(dependents, blocker, task.id());
        }
        if (task.requestKey() != null) {
            link(byKey, task.requestKey().key(), task.id());
        }
        if (task.status().isDeadEnd()) {
            deadEnds.add(task.id());
        }
        if (task.status() == Status.IN_PROGRESS && task.work().claim() != null) {
            claimed.put(task.id(), task);
        }
        if (task.status() == Status.BLOCKED_ON_HUMAN) {
            asking.put(task.id(), task);
        }
    }

    private void forget(Task task) {
        TaskId id = task.id();
        tasks.remove(id);
        open.remove(id);
        over.remove(id);
        deadEnds.remove(id);
        claimed.remove(id);
        asking.remove(id);
        if (task.parent() != null) {
            unlink(parts, task.parent(), id);
        }
        for (TaskId blocker : task.blockedBy()) {
            unlink(dependents, blocker, id);
        }
        if (task.requestKey() != null) {
            unlink(byKey, task.requestKey().key(), id);
        }
    }

    private static <K> void link(Map<K, NavigableSet<TaskId>> links, K from, TaskId to) {
        links.computeIfAbsent(from, _ -> new TreeSet<>()).add(to);
    }

    private static <K, V> void unlink(Map<K, NavigableSet<V>> links, K from, V to) {
        NavigableSet<V> all = links.get(from);
        if (all != null && all.remove(to) && all.isEmpty()) {
            links.remove(from);
        }
    }
}
