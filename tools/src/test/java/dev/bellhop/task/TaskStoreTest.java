package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.AUTHOR;
import static dev.bellhop.task.ProjectDirectory.NOW;
import static dev.bellhop.task.ProjectDirectory.all;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.item;
import static dev.bellhop.task.ProjectDirectory.move;
import static dev.bellhop.task.ProjectDirectory.newTask;
import static dev.bellhop.task.ProjectDirectory.plan;
import static dev.bellhop.task.ProjectDirectory.update;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Journal;
import dev.bellhop.task.ProjectDirectory.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskStoreTest {

    private static final List<Status> STATUSES = List.of(Status.values());

    private final ProjectDirectory project;
    private final TaskStore store;

    TaskStoreTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
        store = project.open();
    }

    @Test
    void whereNothingIsThereAreNoTasksAndReadingMakesNothing() {
        assertEquals(List.of(), all(store));
        assertFalse(Files.exists(project.tasks()));
    }

    @Test
    void whatIsNotForGitIgnoresItself() throws IOException {
        newTask(store, "one");

        assertEquals(".*\n", Files.readString(project.tasks().resolve(".gitignore")));
    }

    @Test
    void aPlanNamesItsOwnTasksAndIsCreatedWhole() {
        newTask(store, "there before");
        List<Task> created = store.create(plan(item("a", "c"), item("b"), item("c", "b")), AUTHOR);

        assertEquals(ids(2, 3, 4), created.stream().map(Task::id).toList());
        assertEquals(
                List.of(Set.copyOf(ids(4)), Set.of(), Set.copyOf(ids(3))),
                created.stream().map(Task::blockedBy).map(Set::copyOf).toList());
        assertEquals(created, all(project.open()).subList(1, 4));
        assertFalse(Files.exists(project.batch()));
    }

    @Test
    void aPlanThatCannotBeLeavesNothing() {
        newTask(store, "there before");
        for (Plan wrong :
                List.of(
                        plan(item("a", "b"), item("b", "a")),
                        plan(item("a"), item("b", "x")),
                        plan(item("a", "a")),
                        plan(item("a"), Plan.Item.of("  ")),
                        plan(item("a"), Plan.Item.of("b", new TaskId(9))))) {
            assertThrows(Problem.class, () -> store.create(wrong, AUTHOR));
        }
        assertEquals(ids(1), all(project.open()).stream().map(Task::id).toList());
        assertEquals(new TaskId(2), newTask(store, "next").id());
    }

    @Test
    void theNextReadFinishesABatchWhoseProcessDied() {
        List<Task> tasks = store.create(plan(item("a"), item("b", "a"), item("c", "b")), AUTHOR);
        List<Path> files = List.of(project.file(1), project.file(2), project.file(3));
        List<String> names = new ArrayList<>();
        for (int number = 1; number <= 3; number++) {
            byte[] content =
                    project.text(number)
                            .replace("pending", "in_progress")
                            .getBytes(StandardCharsets.UTF_8);
            AtomicFile.Staged staged = AtomicFile.stage(files.get(number - 1), content);
            names.add(staged.temporary().getFileName() + "\n");
            if (number == 1) {
                staged.commit(); // It died after the first.
            }
        }
        project.write(".batch", String.join("", names).getBytes(StandardCharsets.UTF_8));

        List<Task> finished = all(store);

        assertEquals(
                tasks.stream().map(task -> task.edit().status(Status.IN_PROGRESS).done()).toList(),
                finished);
        assertEquals(finished, all(project.open()));
        assertEquals(Set.of("task_1.json", "task_2.json", "task_3.json"), project.bytes().keySet());
    }

    @Test
    void aBatchThatSomebodyTamperedWithIsRefusedAndNamed() {
        newTask(store, "one");
        project.write(".batch", "../../etc/passwd\n".getBytes(StandardCharsets.UTF_8));

        Problem problem = assertThrows(Problem.class, () -> all(store));

        assertEquals(
                "Error: %s cannot be read: not a staged file: ../../etc/passwd - It is written whole or not at all, so somebody changed it; move it away."
                        .formatted(project.batch()),
                problem.text());
    }

    private Plan keyed(String key, String payload, String... subjects) {
        return new Plan(
                List.of(subjects).stream().map(Plan.Item::of).toList(),
                new Task.RequestKey(key, payload));
    }

    @Test
    void aRepeatedRequestGetsTheSameTasksAlsoAfterARestart() {
        List<Task> first = store.create(keyed("k", "p", "a", "b"), AUTHOR);

        assertEquals(first, store.create(keyed("k", "p", "a", "b"), AUTHOR));
        assertEquals(first, project.open().create(keyed("k", "p", "a", "b"), AUTHOR));
        assertEquals(
                ids(3), store.create(keyed("l", "p", "a"), AUTHOR).stream().map(Task::id).toList());
    }

    @Test
    void aKeyThatWasUsedForSomethingElseIsRefused() {
        store.create(keyed("k", "p", "a"), AUTHOR);

        for (TaskStore each : List.of(store, project.open())) {
            Problem problem =
                    assertThrows(
                            Problem.class, () -> each.create(keyed("k", "other", "b"), AUTHOR));
            assertEquals(Problem.Kind.CONFLICT, problem.kind());
            assertEquals(
                    "Error: idempotency_key k was used for other tasks (#1) - Use another key for"
                            + " another request.",
                    problem.text());
        }
        assertEquals(1, all(store).size());
    }

    @Test
    void everyChangeIsEnteredInTheJournalAndARefusedOneIsNot() {
        newTask(store, "one");
        move(store, 1, Status.IN_PROGRESS);
        move(store, 1, Status.IN_PROGRESS);
        assertThrows(Problem.class, () -> update(store, 1, Change.edges().blockedBy(1).done()));

        assertEquals(
                List.of(
                        new Journal.Entry(
                                NOW,
                                AUTHOR,
                                "#1",
                                "created",
                                null,
                                "{\"subject\":\"one\",\"description\":\"\",\"status\":\"pending\","
                                        + "\"blockedBy\":[],\"owner\":\"\","
                                        + "\"createdAt\":\"2026-01-31T12:00:00Z\"}",
                                null),
                        new Journal.Entry(
                                NOW,
                                AUTHOR,
                                "#1",
                                "changed",
                                "{\"status\":\"pending\"}",
                                "{\"status\":\"in_progress\"}",
                                null)),
                new Journal(project.database()).about("#1", 10));
    }

    @Test
    void aLinkInPlaceOfTheDirectoryIsRefusedAndNotFollowed(@TempDir Path elsewhere)
            throws IOException {
        Files.createSymbolicLink(project.tasks(), elsewhere);

        String expected =
                "Error: %s is a link - Put the directory itself there, or set BELLHOP_TASKS_DIR to where it is."
                        .formatted(project.tasks());
        assertEquals(expected, assertThrows(Problem.class, () -> all(store)).text());
        assertEquals(expected, assertThrows(Problem.class, () -> newTask(store, "x")).text());
        try (java.util.stream.Stream<Path> files = Files.list(elsewhere)) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void aPipeInPlaceOfTheLockIsRefusedAndNothingHangs() throws IOException {
        Files.createDirectories(project.tasks());
        TaskFilesTest.pipe(project.tasks().resolve(".lock"));

        Problem problem =
                assertTimeoutPreemptively(
                        Duration.ofSeconds(20),
                        () -> assertThrows(Problem.class, () -> newTask(store, "x")));

        assertTrue(problem.text().contains(".lock: not a regular file"), problem.text());
    }

    @Test
    void completingABlockerWhileNamingItAgainStillReportsWhatItFrees() {
        newTask(store, "one");
        newTask(store, "two", 1);

        assertEquals(
                ids(2),
                update(store, 1, Change.edges().status(Status.COMPLETED).blocks(2).done())
                        .unblocked());
    }

    /// Whatever two stores do to one directory, and people beside them, in whatever order: each
    /// knows what a fresh one would read.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aStoreKnowsWhatAFreshOneWouldRead(long seed) throws IOException {
        Random random = new Random(seed);
        List<TaskStore> stores = List.of(store, project.open());
        for (int step = 0; step < 60; step++) {
            TaskStore one = stores.get(random.nextInt(2));
            int id = 1 + random.nextInt(12);
            int other = 1 + random.nextInt(12);
            try {
                switch (random.nextInt(8)) {
                    case 0, 1 -> newTask(one, "step " + step);
                    case 2 -> update(one, id, Change.edges().blockedBy(other).done());
                    case 3 -> update(one, id, Change.edges().blocks(other).done());
                    case 4 -> update(one, id, Change.edges().without(other).done());
                    case 5 -> move(one, id, STATUSES.get(random.nextInt(STATUSES.size())));
                    case 6 ->
                            project.write(
                                    id,
                                    "{\"id\": %d, \"subject\": \"by hand %d\", \"blocks\": [%d]}"
                                            .formatted(id, step, other));
                    default -> {
                        if (random.nextBoolean()) {
                            Files.deleteIfExists(project.file(id));
                        } else {
                            project.write(id, "<<<<<<<");
                        }
                    }
                }
            } catch (Problem problem) {
                assertTrue(
                        Set.of(Problem.Kind.INVALID, Problem.Kind.NOT_FOUND, Problem.Kind.CONFLICT)
                                .contains(problem.kind()),
                        problem.text());
            }
            TaskStore fresh = project.open();
            for (TaskStore each : stores) {
                assertEquals(all(fresh), all(each));
                assertEquals(ProjectDirectory.unreadable(fresh), ProjectDirectory.unreadable(each));
                assertEquals(dependents(fresh), dependents(each));
            }
        }
    }

    private static List<List<TaskId>> dependents(TaskStore store) {
        return store.read(graph -> {
            List<List<TaskId>> dependents = new ArrayList<>();
            for (int id = 1; id <= 100; id++) {
                dependents.add(List.copyOf(graph.dependents(new TaskId(id))));
            }
            return dependents;
        });
    }

    /// Whatever dependencies are tried, in whatever order: those that are allowed leave a graph
    /// that can be worked off to the end, and each task that waited is reported free once.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void anAllowedGraphCanAlwaysBeWorkedOff(long seed) {
        Random random = new Random(seed);
        int count = 15;
        for (int i = 0; i < count; i++) {
            newTask(store, "task " + i);
        }
        for (int i = 0; i < 60; i++) {
            int one = 1 + random.nextInt(count);
            int other = 1 + random.nextInt(count);
            try {
                update(
                        store,
                        one,
                        random.nextBoolean()
                                ? Change.edges().blockedBy(other).done()
                                : Change.edges().blocks(other).done());
            } catch (Problem problem) {
                assertEquals(Problem.Kind.INVALID, problem.kind());
            }
        }
        Set<TaskId> free = new HashSet<>(ready());
        for (int i = 0; i < count; i++) {
            List<TaskId> ready = ready();
            assertFalse(ready.isEmpty(), "stuck after " + i);
            TaskId next = ready.get(random.nextInt(ready.size()));
            for (TaskId unblocked :
                    store.update(next, TaskChange.to(Status.COMPLETED), AUTHOR).unblocked()) {
                assertTrue(free.add(unblocked), unblocked + " was free before");
            }
        }
        assertEquals(count, free.size());
        assertTrue(
                all(project.open()).stream().allMatch(task -> task.status() == Status.COMPLETED));
        assertEquals(Status.COMPLETED, get(store, 1).status());
    }

    private List<TaskId> ready() {
        return store.read(graph ->
                graph.tasks().stream()
                        .filter(task -> graph.isReady(task, NOW))
                        .map(Task::id)
                        .toList());
    }
}
