package dev.bellhop.task;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import dev.bellhop.store.DirectoryLock;
import dev.bellhop.store.Journal;
import dev.bellhop.store.SideBySide;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The tasks on disk, one JSON file each. The only class that writes them.
///
/// Several threads and several processes may use one directory at once, while people edit it and
/// git replaces it.
public final class TaskStore implements AutoCloseable {

    private static final String BATCH = ".batch";
    private static final String MARK = ".seq";

    /// Nobody takes this long to write a file.
    private static final Duration DEAD_AFTER = Duration.ofMinutes(1);

    /// Whoever waits for the lock looks for it several times within this.
    private static final Duration OTHERS_TURN = Duration.ofMillis(2);

    private final Path directory;
    private final Database database;
    private final Journal journal;
    private final InstantSource clock;
    private final DirectoryLock files;
    private final MarkFile marks;

    // Guards the index. Taken after the lock on the files, never before it.
    private final ReentrantLock memory = new ReentrantLock();
    private final TaskArchive archive;
    private final TaskIndex index;
    private boolean swept;

    /// Gets ready what reads a task's file. Whoever comes first does, and waits a tenth of a
    /// second; with this that need not be somebody in a hurry.
    public static void load() {
        TaskFiles.load();
    }

    /// @param directory where the files are; made when the first task is
    /// @param snapshot the file in which what was read of them is kept for the next start
    public TaskStore(
            Path directory,
            Path snapshot,
            Database database,
            Journal journal,
            InstantSource clock) {
        this.directory = directory;
        this.database = database;
        this.journal = journal;
        this.clock = clock;
        this.files = DirectoryLock.on(directory.resolve(".lock"));
        this.marks = new MarkFile(directory.resolve(MARK));
        this.archive = new TaskArchive(directory);
        this.index = new TaskIndex(directory, archive, snapshot, clock);
    }

    /// Where the files are, if there are any yet.
    public Path directory() {
        return directory;
    }

    /// What became of a change.
    ///
    /// @param task as it is now
    /// @param unblocked pending tasks that waited for it and wait no longer, in numeric order
    public record Updated(Task task, List<TaskId> unblocked) {}

    /// What `question` answers about the tasks as they are now, changes by other processes and by
    /// hand included. The graph is good until it returns.
    public <T extends @Nullable Object> T read(Function<TaskGraph, T> question) {
        refuseLink();
        memory.lock();
        try {
            ChangeMark mark = marks.read();
            index.refresh(mark, false);
            if (!hasBatch() && marks.read().generation() == mark.generation()) {
                return question.apply(index.graph());
            }
        } finally {
            memory.unlock();
        }
        // Another process is, or died, in the middle of a change, half of which was read.
        try (DirectoryLock.Held _ = files.acquire()) {
            finishBatch();
            memory.lock();
            try {
                index.refresh(marks.read(), true);
                return question.apply(index.graph());
            } finally {
                memory.unlock();
            }
        }
    }

    /// Takes in all tasks, so that the first who asks need not wait for that.
    public void prepare() {
        boolean _ = read(_ -> true);
    }

    private boolean hasBatch() {
        return Files.exists(directory.resolve(BATCH), LinkOption.NOFOLLOW_LINKS);
    }

    /// Creates the tasks of `plan`, all or none. When this returns they are on disk.
    ///
    /// @return the new tasks in the plan's order; where a plan with the same key was kept before,
    ///   its tasks as they are now
    /// @throws Problem `INVALID` if the plan cannot be; `CONFLICT` if its key was used for another;
    ///   `UNAVAILABLE` if it cannot be written
    public List<Task> create(Plan plan, Journal.Author author) {
        return create(plan, author, (tasks, _) -> tasks);
    }

    /// As [#create], for whoever has to tell more of it: reading afterwards may fail, and then what
    /// was done would be told as refused.
    ///
    /// @param told what to say of the tasks, given all that there are now; these are good until it
    ///   returns
    public <T> T create(
            Plan plan, Journal.Author author, BiFunction<List<Task>, TaskGraph, T> told) {
        return change(
                author,
                told,
                (graph, lastId) -> {
                    List<Task> before = alreadyCreated(plan, graph);
                    if (!before.isEmpty()) {
                        return new Change<>(List.of(), before);
                    }
                    List<Task> tasks = graph.planned(plan, lastId + 1, clock.instant());
                    return new Change<>(tasks, tasks);
                });
    }

    private static List<Task> alreadyCreated(Plan plan, TaskGraph graph) {
        Task.RequestKey key = plan.requestKey();
        if (key == null) {
            return List.of();
        }
        List<Task> before = graph.createdUnder(key.key());
        if (before.stream().anyMatch(task -> !key.equals(task.requestKey()))) {
            throw Problem.conflict(
                    "idempotency_key %s was used for other tasks (%s)"
                            .formatted(key.key(), before.getFirst().id()),
                    "Use another key for another request.");
        }
        return before;
    }

    /// Keeps what was made elsewhere. When this returns it is on disk. What is wrong with it is
    /// told before any of it is kept; when this fails later, the rest comes when it is called
    /// again.
    ///
    /// @throws Problem `INVALID` or `CONFLICT` if it cannot be kept; `UNAVAILABLE` if it cannot be
    ///   written
    public Arrivals.Taken take(Arrivals arrivals, Journal.Author author) {
        Arrivals.Taken _ = wouldTake(arrivals);
        Arrivals.Progress progress = read(arrivals::begun);
        for (List<Arrival> portion : arrivals.portions()) {
            progress = take(portion, progress, arrivals, author);
            // Other processes look for the lock now and then: in between they are to find it free.
            LockSupport.parkNanos(OTHERS_TURN.toNanos());
        }
        return progress.taken();
    }

    private Arrivals.Progress take(
            List<Arrival> portion,
            Arrivals.Progress before,
            Arrivals arrivals,
            Journal.Author author) {
        return alone(mark -> {
            TaskGraph graph = index.graph();
            Arrivals.Progress after =
                    arrivals.with(portion, before, graph, highestId(mark, graph), clock.instant());
            Map<String, Task> created = new LinkedHashMap<>(after.taken().created());
            created.keySet().removeAll(before.taken().created().keySet());
            if (!created.isEmpty()) {
                write(
                        List.copyOf(created.values()),
                        Map.of(),
                        author,
                        mark.reserving(arrivals.reserved(after)),
                        true);
            }
            return after;
        });
    }

    /// What [#take] would make of it now.
    public Arrivals.Taken wouldTake(Arrivals arrivals) {
        return read(graph -> arrivals.in(graph, highestId(marks.read(), graph), clock.instant()));
    }

    /// Changes the task `id`. When this returns the change is on disk; when it throws, nothing has
    /// changed.
    ///
    /// @throws Problem `NOT_FOUND`, `INVALID` or `CONFLICT` if the rules refuse it; `UNAVAILABLE`
    ///   if it cannot be written
    public Updated update(TaskId id, TaskChange change, Journal.Author author) {
        return update(id, change, author, (updated, _) -> updated);
    }

    /// As [#update], for whoever has to tell more of it.
    ///
    /// @param told what to say of it, given all tasks that there are now; these are good until it
    ///   returns
    public <T> T update(
            TaskId id,
            TaskChange change,
            Journal.Author author,
            BiFunction<Updated, TaskGraph, T> told) {
        return change(
                author,
                told,
                (graph, _) -> {
                    TaskGraph.Changed changed = graph.changed(id, change, author, clock.instant());
                    return change(changed, updated -> updated);
                });
    }

    private static <T> Change<T> change(TaskGraph.Changed changed, Function<Updated, T> answer) {
        return new Change<>(
                changed.tasks(),
                answer.apply(new Updated(changed.task(), changed.unblocked())),
                changed.news());
    }

    /// Claims the best ready task for `worker`, with what else `change` says.
    ///
    /// @param told what to say of it, given what was claimed, if there is anything for it, and all
    ///   tasks that there are now; these are good until it returns
    /// @throws Problem as [#update]
    public <T> T claimNext(
            Worker worker,
            TaskChange change,
            Journal.Author author,
            BiFunction<Optional<Updated>, TaskGraph, T> told) {
        return change(
                author,
                told,
                (graph, _) -> {
                    Instant now = clock.instant();
                    Task best = graph.best(worker, now);
                    if (best == null) {
                        return new Change<>(List.of(), Optional.empty());
                    }
                    TaskChange claim = change.edit().claimant(worker).done();
                    return change(graph.changed(best.id(), claim, author, now), Optional::of);
                });
    }

    /// Takes a task away from somebody of whom nothing was heard for too long, unless that is not
    /// so any more.
    ///
    /// @param token of the claim
    /// @param isSilent whether that is still so, asked while nobody else changes anything
    /// @return whether it was
    public boolean release(
            TaskId id, String token, BooleanSupplier isSilent, Journal.Author author) {
        return change(
                author,
                (done, _) -> done,
                (graph, _) ->
                        graph.released(id, token, isSilent, clock.instant())
                                .map(changed -> change(changed, _ -> true))
                                .orElseGet(() -> new Change<>(List.of(), false)));
    }

    /// What a change makes of the graph.
    ///
    /// @param tasks to be written; may be none
    /// @param answer for whoever asked
    /// @param news what somebody has to be told of a task
    private record Change<T>(List<Task> tasks, T answer, Map<TaskId, Journal.News> news) {

        Change(List<Task> tasks, T answer) {
            this(tasks, answer, Map.of());
        }
    }

    @FunctionalInterface
    private interface Rule<T> {
        /// @param lastId the highest id ever given
        Change<T> apply(TaskGraph graph, int lastId);
    }

    private <A, T> T change(Journal.Author author, BiFunction<A, TaskGraph, T> told, Rule<A> rule) {
        return alone(mark -> {
            TaskGraph graph = index.graph();
            Change<A> change = rule.apply(graph, highestId(mark, graph));
            if (!change.tasks().isEmpty()) {
                write(change.tasks(), change.news(), author, mark, false);
            }
            return told.apply(change.answer(), graph);
        });
    }

    /// Does `work` while nobody else changes anything, with the index as everybody left it.
    private <T> T alone(Function<ChangeMark, T> work) {
        makeDirectory();
        memory.lock();
        try {
            // What may take long is read before others have to wait for it.
            if (!index.isFresh()) {
                index.refresh(marks.read(), false);
            }
        } finally {
            memory.unlock();
        }
        try (DirectoryLock.Held _ = files.acquire()) {
            finishBatch();
            memory.lock();
            try {
                sweepOnce();
                ChangeMark mark = marks.read();
                index.refresh(mark, true);
                return work.apply(mark);
            } finally {
                memory.unlock();
            }
        }
    }

    /// Puts the completed tasks that nobody changed since `before` out of the way. Each is still
    /// found by its id, and counts as completed for what waits for it.
    ///
    /// @return how many were put away
    public int archive(Instant before, Journal.Author author) {
        return alone(mark -> {
            List<Task> tasks = index.graph().completedBefore(before);
            if (!tasks.isEmpty()) {
                putAway(tasks, author, mark);
            }
            return tasks.size();
        });
    }

    private void putAway(List<Task> tasks, Journal.Author author, ChangeMark mark) {
        List<TaskId> ids = tasks.stream().map(Task::id).toList();
        ChangeMark next = mark.after(ids);
        marks.write(next);
        marks.sync();
        Instant now = clock.instant();
        database.transact(connection -> {
            for (TaskId id : ids) {
                journal.append(
                        connection,
                        new Journal.Entry(
                                now, author, id.toString(), "archived", null, null, null));
            }
            return null;
        });
        Set<Path> folders = new TreeSet<>();
        try {
            for (Task task : tasks) {
                Instant changed = task.updatedAt();
                if (changed == null) {
                    continue;
                }
                Path folder = archive.folder(changed);
                if (folders.add(folder)) {
                    AtomicFile.makeDirectories(folder);
                }
                String name = TaskFiles.name(task.id());
                try {
                    Files.move(
                            directory.resolve(name),
                            folder.resolve(name),
                            StandardCopyOption.ATOMIC_MOVE);
                } catch (NoSuchFileException e) {
                    // Somebody just took it away.
                }
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not move tasks out of", directory, e);
        } finally {
            folders.forEach(AtomicFile::syncDirectory);
            AtomicFile.syncDirectory(directory);
            index.look(ids);
            over(next);
        }
    }

    /// Keeps for the next start what was read. What is asked for afterwards takes longer.
    @Override
    public void close() {
        memory.lock();
        try {
            index.close();
        } finally {
            memory.unlock();
        }
    }

    /// @param mark to go on from
    /// @param reserves whether it may hold ids that no file has: then it has to survive a power cut
    private void write(
            List<Task> changed,
            Map<TaskId, Journal.News> news,
            Journal.Author author,
            ChangeMark mark,
            boolean reserves) {
        List<Task> all = index.graph().withWhatTheyName(changed);
        Map<TaskId, ObjectNode> json = new HashMap<>();
        Map<TaskId, byte[]> contents = new LinkedHashMap<>();
        for (Task task : all) {
            ObjectNode said = TaskFiles.json(task);
            json.put(task.id(), said);
            contents.put(task.id(), TaskFiles.bytes(task, said));
        }
        ChangeMark next = mark.after(contents.keySet());
        List<AtomicFile.Staged> staged = new ArrayList<>();
        try {
            // All that needs space, and the journal, come before the one rename that counts. What
            // fails up to there has changed no task.
            stage(contents, staged);
            // The mark does, too: if this process dies now, an id is skipped. The other way round
            // it would be given twice. Should the power fail, the files say which ids were given.
            marks.write(next);
            if (reserves) {
                marks.sync();
            }
            if (news.isEmpty()) {
                SideBySide.run(() -> enter(changed, json, news, author), () -> sync(staged));
            } else {
                // Nobody is told of what the disk may yet refuse.
                sync(staged);
                enter(changed, json, news, author);
            }
            staged.getLast().commit();
        } catch (RuntimeException e) {
            staged.forEach(AtomicFile.Staged::discard);
            throw e;
        }
        AtomicFile.syncDirectory(directory);
        finishBatch();
        index.written(all, contents, over(next));
    }

    /// The mark once the change that made it `mark` is over. One of very many moves it again: who
    /// read without the lock meanwhile looked at everything, and has to look once more.
    private ChangeMark over(ChangeMark mark) {
        if (mark.namesTheLast()) {
            return mark;
        }
        ChangeMark again = mark.after(List.of());
        marks.write(again);
        return again;
    }

    /// Enters a change in the journal.
    ///
    /// @param json what the files of the changed will say
    private void enter(
            List<Task> changed,
            Map<TaskId, ObjectNode> json,
            Map<TaskId, Journal.News> news,
            Journal.Author author) {
        Instant now = clock.instant();
        database.transact(connection -> {
            for (Task task : changed) {
                journal.append(
                        connection,
                        entry(
                                now,
                                author,
                                task,
                                Objects.requireNonNull(json.get(task.id())),
                                news.get(task.id())));
            }
            // What waits no longer has not changed itself.
            Set<TaskId> freed = new TreeSet<>(news.keySet());
            changed.forEach(task -> freed.remove(task.id()));
            for (TaskId id : freed) {
                journal.append(
                        connection,
                        new Journal.Entry(
                                now, author, id.toString(), "unblocked", null, null, news.get(id)));
            }
            return null;
        });
    }

    private Journal.Entry entry(
            Instant now,
            Journal.Author author,
            Task task,
            ObjectNode json,
            Journal.@Nullable News news) {
        Task before = index.graph().find(task.id());
        ObjectNode old =
                before == null ? JsonNodeFactory.instance.objectNode() : TaskFiles.json(before);
        return new Journal.Entry(
                now,
                author,
                task.id().toString(),
                event(before, task),
                before == null ? null : TaskFiles.difference(json, old),
                TaskFiles.difference(old, json),
                news);
    }

    private static String event(@Nullable Task before, Task after) {
        if (before == null) {
            return "created";
        }
        Work.Question question = after.work().question();
        if (question != null && !question.equals(before.work().question())) {
            return "asked";
        }
        return after.work().answers().size() > before.work().answers().size()
                ? "answered"
                : "changed";
    }

    /// Stages the files of tasks, whose contents these are, and after them, if they are several,
    /// the batch that names them. They have their space, and are not on disk yet.
    private void stage(Map<TaskId, byte[]> contents, List<AtomicFile.Staged> staged) {
        contents.forEach((id, bytes) ->
                staged.add(AtomicFile.stageLoosely(directory.resolve(TaskFiles.name(id)), bytes)));
        if (staged.size() > 1) {
            String names =
                    staged.stream()
                            .map(file -> file.temporary().getFileName() + "\n")
                            .collect(Collectors.joining());
            staged.add(
                    AtomicFile.stageLoosely(
                            directory.resolve(BATCH), names.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /// Brings what is staged to the disk.
    private void sync(List<AtomicFile.Staged> staged) {
        staged.forEach(AtomicFile.Staged::sync);
        if (staged.size() > 1) {
            AtomicFile.syncDirectory(directory);
        }
    }

    /// Puts the files of a batch in place: of the one just written, or of one whose process died in
    /// the middle. The lock is held.
    private void finishBatch() {
        Path batch = directory.resolve(BATCH);
        // Mostly there is none, which the first of these tells without an exception inside.
        if (!Files.exists(batch) || !Files.isRegularFile(batch, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            for (String name : Files.readAllLines(batch)) {
                try {
                    AtomicFile.Staged.named(directory, name).move();
                } catch (NoSuchFileException e) {
                    // It is in place already.
                }
            }
            AtomicFile.syncDirectory(directory);
            Files.delete(batch);
        } catch (NoSuchFileException e) {
            // Somebody deleted it between two of the lines above; then there is nothing to finish.
        } catch (IOException e) {
            throw Problem.unavailable(
                    "the changes in %s are not all in place yet: %s"
                            .formatted(batch, AtomicFile.reason(e)),
                    "They will be when that can be done. Read the tasks again before you repeat a"
                            + " call.");
        } catch (IllegalArgumentException e) {
            throw Problem.unavailable(
                    "%s cannot be read: %s".formatted(batch, e.getMessage()),
                    "It is written whole or not at all, so somebody changed it; move it away.");
        }
    }

    private void sweepOnce() {
        if (!swept) {
            AtomicFile.sweep(directory, clock.instant().minus(DEAD_AFTER));
            swept = true;
        }
    }

    private int highestId(ChangeMark mark, TaskGraph graph) {
        int highest = Math.max(mark.lastId(), graph.highestId());
        if (mark.lastId() == 0) {
            // The mark is not in git, and what is archived may be.
            highest = Math.max(highest, archive.highestId());
        }
        for (String file : graph.unreadable().keySet()) {
            highest = Math.max(highest, TaskFiles.id(file).map(TaskId::number).orElse(0));
        }
        return highest;
    }

    private void refuseLink() {
        if (Files.isSymbolicLink(directory)) {
            throw Problem.unavailable(
                    directory + " is a link",
                    "Put the directory itself there, or set BELLHOP_TASKS_DIR to where it is.");
        }
    }

    /// The directory, and in it the file that keeps everything but tasks out of git.
    private void makeDirectory() {
        refuseLink();
        Path ignore = directory.resolve(".gitignore");
        if (!Files.exists(ignore, LinkOption.NOFOLLOW_LINKS)) {
            AtomicFile.makeDirectories(directory);
            AtomicFile.write(ignore, ".*\n".getBytes(StandardCharsets.UTF_8));
        }
    }
}
