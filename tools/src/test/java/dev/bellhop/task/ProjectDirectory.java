package dev.bellhop.task;

import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A project in a temporary directory, and what a test wants of it.
record ProjectDirectory(Path root) {

    static final Journal.Author AUTHOR = new Journal.Author("session-1", "test 1.0");
    static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    Path tasks() {
        return root.resolve("tasks");
    }

    Path file(int id) {
        return tasks().resolve("task_" + id + ".json");
    }

    Path batch() {
        return tasks().resolve(".batch");
    }

    Path snapshot() {
        return root.resolve("state/tasks.snapshot");
    }

    Database database() {
        return new Database(root.resolve("state/journal.db"), Journal.tables());
    }

    /// The tasks as a process has them that starts now, at noon of a certain day.
    TaskStore open() {
        return open(InstantSource.fixed(NOW));
    }

    TaskStore open(InstantSource clock) {
        Database database = database();
        return new TaskStore(tasks(), snapshot(), database, new Journal(database), clock);
    }

    /// Puts a file there as somebody else would.
    void write(int id, String content) {
        write("task_" + id + ".json", content.getBytes(StandardCharsets.UTF_8));
    }

    void write(String name, byte[] content) {
        try {
            Files.createDirectories(tasks());
            Files.write(tasks().resolve(name), content);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String text(int id) {
        try {
            return Files.readString(file(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The bytes of every regular file among the tasks, by name, but for the mark and the lock.
    SortedMap<String, String> bytes() {
        SortedMap<String, String> bytes = new TreeMap<>();
        try (Stream<Path> files = Files.list(tasks())) {
            for (Path file : files.toList()) {
                String name = String.valueOf(file.getFileName());
                if (Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                        && !List.of(".seq", ".lock", ".gitignore").contains(name)) {
                    bytes.put(name, HexFormat.of().formatHex(Files.readAllBytes(file)));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes;
    }

    /// What of a file tells whether it was written: its inode and its time.
    SortedMap<String, String> stamps() {
        SortedMap<String, String> stamps = new TreeMap<>();
        try (Stream<Path> files = Files.list(tasks())) {
            for (Path file : files.toList()) {
                Map<String, Object> attributes =
                        Files.readAttributes(
                                file, "unix:ino,lastModifiedTime", LinkOption.NOFOLLOW_LINKS);
                stamps.put(String.valueOf(file.getFileName()), attributes.toString());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stamps;
    }

    // ---- short words for what tests do again and again

    static TaskId id(int number) {
        return new TaskId(number);
    }

    static List<TaskId> ids(int... numbers) {
        return java.util.Arrays.stream(numbers).mapToObj(TaskId::new).toList();
    }

    /// Creates one task.
    static Task newTask(TaskStore store, String subject, int... blockedBy) {
        return store.create(
                        plan(Plan.Item.of(subject, ids(blockedBy).toArray(TaskId[]::new))), AUTHOR)
                .getFirst();
    }

    // javac leaves @Nullable out of the class file for parameters of a compact constructor.
    @SuppressWarnings("NullAway")
    static Plan plan(Plan.Item... items) {
        return new Plan(List.of(items), null);
    }

    /// A task of a plan, with a name there, and the names of those that it waits for.
    static Plan.Item item(String ref, String... blockedByRefs) {
        return new Plan.Item(
                ref,
                ref,
                "",
                List.of(),
                List.of(blockedByRefs),
                0,
                null,
                List.of(),
                null,
                null,
                Terms.NONE);
    }

    static TaskStore.Updated update(TaskStore store, int id, TaskChange change) {
        return store.update(id(id), change, AUTHOR);
    }

    static TaskStore.Updated move(TaskStore store, int id, Status status) {
        return update(store, id, TaskChange.to(status));
    }

    static Task get(TaskStore store, int id) {
        return store.read(graph -> graph.get(id(id)));
    }

    /// Every task, copied out of the graph.
    static List<Task> all(TaskStore store) {
        return store.read(graph -> List.copyOf(graph.tasks()));
    }

    /// The open blockers of each task.
    static Map<Integer, List<TaskId>> blockers(TaskStore store) {
        return store.read(graph -> {
            Map<Integer, List<TaskId>> blockers = new TreeMap<>();
            graph.tasks()
                    .forEach(task -> blockers.put(task.id().number(), graph.openBlockers(task)));
            return blockers;
        });
    }

    static Map<String, String> unreadable(TaskStore store) {
        return store.read(graph -> Map.copyOf(graph.unreadable()));
    }

    /// A change with nothing in it, to be filled with what a test is about.
    static final class Change {
        private List<TaskId> addBlockedBy = List.of();
        private List<TaskId> addBlocks = List.of();
        private List<TaskId> removeBlockedBy = List.of();
        private @Nullable Status status;

        static Change edges() {
            return new Change();
        }

        Change status(Status to) {
            status = to;
            return this;
        }

        Change blockedBy(int... numbers) {
            addBlockedBy = ids(numbers);
            return this;
        }

        Change blocks(int... numbers) {
            addBlocks = ids(numbers);
            return this;
        }

        Change without(int... numbers) {
            removeBlockedBy = ids(numbers);
            return this;
        }

        TaskChange done() {
            return TaskChange.make()
                    .status(status)
                    .addBlockedBy(addBlockedBy)
                    .addBlocks(addBlocks)
                    .removeBlockedBy(removeBlockedBy)
                    .done();
        }
    }

    static TaskChange forced(Status status) {
        return TaskChange.make().status(status).force(true).done();
    }

    static TaskChange note(String text) {
        return TaskChange.make().note(text).done();
    }

    static TaskChange subject(String text) {
        return TaskChange.make().subject(text).done();
    }

    static TaskChange failed(String reason) {
        return TaskChange.make().status(Status.FAILED).result(reason).done();
    }
}
