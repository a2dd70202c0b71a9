package dev.bellhop.task;

import dev.bellhop.base.Problem;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
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
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// All tasks of a project, and the rules about more than one of them.
///
/// Its methods for everybody answer and change nothing: what a change makes of the tasks is
/// returned, for [TaskStore] to keep. It is good while the store's lock is held, and no longer.
public final class TaskGraph {

    private static final NavigableSet<TaskId> NONE = Collections.emptyNavigableSet();

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

    private void settle() {
        for (TaskId id : unsettled) {
            startable.remove(id);
            timed.remove(id);
            Task task = open.get(id);
            if (task != null && isStartable(task)) {
                (task.notBefore() == null ? startable : timed).put(id, task);
            }
        }
        // A set that once held all tasks takes long to go through, even when it is empty.
        unsettled = new HashSet<>();
    }

    private boolean isStartable(Task task) {
        return task.status() == Status.PENDING
                && task.owner() == null
                && task.blockedBy().stream().noneMatch(this::isOpen);
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

    /// The blockers of `task` that are not completed, in the order in which they were added. One
    /// whose file is missing or cannot be read is open: nobody can say that it is done.
    public List<TaskId> openBlockers(Task task) {
        return task.blockedBy().stream().filter(this::isOpen).toList();
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
        Map<TaskId, String> names = new HashMap<>();
        for (int i = 0; i < plan.items().size(); i++) {
            TaskId id = new TaskId(first + i);
            String ref = plan.items().get(i).ref();
            if (ref != null) {
                refs.put(ref, id);
            }
            names.put(id, ref == null ? "task %d of the batch".formatted(i + 1) : ref);
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
                            .labels(item.labels());
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
        Function<TaskId, String> name = id -> names.getOrDefault(id, id.toString());
        for (Task task : planned.values()) {
            refuseCycle(task, planned, name);
            refuseParentCycle(task, planned, name);
        }
        return List.copyOf(planned.values());
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
    record Changed(List<Task> tasks, Task task, List<TaskId> unblocked) {}

    /// What `change` makes of the task `id`, and of those that it names in `addBlocks`.
    Changed changed(TaskId id, TaskChange change, String by, Instant now) {
        refuseArchived(id);
        Task before = get(id);
        refuseSelf(id, change);
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
        if (change.status() != null) {
            move(before, editor, change, by, now);
        }
        if (change.owner() != null) {
            editor.owner(change.owner());
        }
        if (change.result() != null) {
            editor.result(change.result());
        }
        if (change.note() != null) {
            editor.note(now, by, change.note());
        }
        SequencedMap<TaskId, Task> changed = new LinkedHashMap<>();
        Task after = editor.done(now);
        changed.put(id, after);
        for (TaskId dependent : change.addBlocks()) {
            refuseArchived(dependent);
            Task.Editor waiting = get(dependent).edit();
            waiting.blockedBy.add(id);
            changed.put(dependent, waiting.done(now));
        }
        changed.values().forEach(task -> refuseCycle(task, changed, TaskId::toString));
        return new Changed(
                changed.values().stream().filter(task -> !task.equals(get(task.id()))).toList(),
                after,
                unblockedBy(before, after));
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
        if (next == null || next == before.status()) {
            return;
        }
        editor.status(next);
        if (next == Status.FAILED && isBlank(change.result()) && isBlank(change.note())) {
            throw Problem.invalid(
                    before.id() + " cannot fail without a reason", "Say why in result.");
        }
        if (next == Status.IN_PROGRESS || next == Status.COMPLETED) {
            List<TaskId> open = editor.blockedBy.stream().filter(this::isOpen).toList();
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

    private static boolean isBlank(@Nullable String text) {
        return text == null || text.isBlank();
    }

    private List<TaskId> unblockedBy(Task before, Task after) {
        if (before.status() == after.status() || after.status() != Status.COMPLETED) {
            return List.of();
        }
        List<TaskId> unblocked = new ArrayList<>();
        for (TaskId id : dependents(after.id())) {
            Task dependent = tasks.get(id);
            if (dependent != null
                    && dependent.status() == Status.PENDING
                    && openBlockers(dependent).equals(List.of(after.id()))) {
                unblocked.add(id);
            }
        }
        return unblocked;
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
        unreadable.remove(TaskFiles.name(task.id()));
        own.put(task.id(), task);
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
        if (isCompleted(before) != isCompleted(after)) {
            unsettled.addAll(dependents(id));
        }
        if (before == null
                || after == null
                || before.status().isTerminal() != after.status().isTerminal()
                || before.status().isDeadEnd() != after.status().isDeadEnd()
                || !before.blockedBy().equals(after.blockedBy())) {
            unreachable = null;
        }
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
    }

    private void forget(Task task) {
        TaskId id = task.id();
        tasks.remove(id);
        open.remove(id);
        over.remove(id);
        deadEnds.remove(id);
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

    private static <K> void unlink(Map<K, NavigableSet<TaskId>> links, K from, TaskId to) {
        NavigableSet<TaskId> all = links.get(from);
        if (all != null && all.remove(to) && all.isEmpty()) {
            links.remove(from);
        }
    }
}
