package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.store.FolderAlarm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// What those are told who follow resources.
final class ResourceChangesTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(400);
    private static final String BOARD = "bellhop://board";

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;
    private final Resources resources;

    ResourceChangesTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
        resources = new Resources(folder.projects);
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    private Resources.Changes follow(String... uris) {
        return resources.follow(folder.project, Set.of(uris));
    }

    private Path file(int task) {
        return folder.project.resolve(".tasks/task_" + task + ".json");
    }

    private void edit(int task, String old, String now) throws IOException {
        Files.writeString(file(task), Files.readString(file(task)).replace(old, now));
    }

    @Test
    void whatChangedBeforeOneAsksIsToldAndOnlyOnce() throws Exception {
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two");
        try (Resources.Changes changes = follow(BOARD, "bellhop://task/1", "bellhop://task/2")) {
            client.good("task_update", "task_id", 2, "status", "in_progress");

            assertEquals(Set.of(BOARD, "bellhop://task/2"), changes.await(LONG));
            assertEquals(Set.of(), changes.await(SHORT));
            client.good("task_update", "task_id", 1, "note", "a note");
            assertEquals(Set.of("bellhop://task/1"), changes.await(LONG));
        }
    }

    @Test
    void whatIsWrittenAndSaysTheSameIsNotTold() throws Exception {
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two");
        try (Resources.Changes changes = follow("bellhop://task/1")) {
            Files.writeString(folder.project.resolve(".tasks/README"), "not a task");
            Files.writeString(file(1), Files.readString(file(1)) + "\n");
            client.good("task_update", "task_id", 2, "subject", "other");

            assertEquals(Set.of(), changes.await(SHORT));
        }
    }

    @Test
    void aTaskMayComeAndGo() throws Exception {
        try (Resources.Changes changes = follow("bellhop://task/1")) {
            client.good("task_create", "subject", "one");
            assertEquals(Set.of("bellhop://task/1"), changes.await(LONG));
            Files.delete(file(1));
            assertEquals(Set.of("bellhop://task/1"), changes.await(LONG));
            Files.createDirectories(folder.root.resolve("aside"));
            Files.move(folder.project.resolve(".tasks"), folder.root.resolve("aside/.tasks"));
            Files.createDirectories(folder.project.resolve(".tasks"));
            Files.writeString(file(1), "{\"id\": 1, \"subject\": \"again\"}");
            assertEquals(Set.of("bellhop://task/1"), changes.await(LONG));
        }
    }

    @Test
    void editsByHandAreToldInAProjectOfManyTasksToo() throws Exception {
        client.good(
                "task_create",
                "tasks",
                IntStream.rangeClosed(1, 100)
                        .mapToObj(i -> Map.of("subject", "task " + i))
                        .toList());
        Set<String> all =
                IntStream.rangeClosed(1, 100)
                        .mapToObj(i -> "bellhop://task/" + i)
                        .collect(Collectors.toSet());
        try (Resources.Changes changes = resources.follow(folder.project, all)) {
            for (int i = 1; i <= 100; i += 33) {
                edit(i, "task", "edited");
                assertEquals(Set.of("bellhop://task/" + i), changes.await(LONG));
            }
        }
    }

    @Test
    void whatAnotherProcessDoesIsTold() throws Exception {
        try (OtherServer there = OtherServer.start(folder.root, "there")) {
            there.call("task_list");
            try (Resources.Changes changes = follow(BOARD)) {
                there.call("task_create", "subject", "theirs");
                assertEquals(Set.of(BOARD), changes.await(LONG));
                String id =
                        ProjectFolder.id(
                                there.call(
                                        "background_run",
                                        "command",
                                        "until [ -e ../go ]; do sleep 0.02; done"));
                assertEquals(Set.of(BOARD), changes.await(LONG));
                assertTrue(resources.read(folder.project, BOARD).text().contains(id));
                Files.createFile(folder.root.resolve("go"));
                assertEquals(Set.of(BOARD), changes.await(LONG));
                assertFalse(resources.read(folder.project, BOARD).text().contains(id));
            }
        }
    }

    @Test
    void aLogThatGrowsIsToldAndItsEndToo() throws Exception {
        String id =
                client.run(
                        "until [ -e ../go ]; do sleep 0.02; done; echo one;"
                                + " until [ ! -e ../go ]; do sleep 0.02; done");
        String stdout = "bellhop://job/" + id + "/stdout";
        String stderr = "bellhop://job/" + id.substring(0, 7) + "/stderr?from=0";
        try (Resources.Changes changes = follow(stdout, stderr)) {
            assertEquals(Set.of(), changes.await(SHORT));
            Files.createFile(folder.root.resolve("go"));
            assertEquals(Set.of(stdout), changes.await(LONG));
            Files.delete(folder.root.resolve("go"));
            assertEquals(Set.of(stdout, stderr), changes.await(LONG));
        }
    }

    @Test
    void aLogThatGrowsAndGrowsIsToldTenTimesASecondAtMost() throws Exception {
        String id =
                client.run(
                        "until [ -e ../go ]; do sleep 0.02; done;"
                                + " for i in $(seq 100); do echo $i; sleep 0.01; done");
        String stdout = "bellhop://job/" + id + "/stdout";
        long begun = System.nanoTime();
        int told = 0;
        try (Resources.Changes changes = follow(stdout)) {
            Files.createFile(folder.root.resolve("go"));
            while (resources.read(folder.project, stdout).text().contains("not over yet")) {
                told += changes.await(LONG).size();
            }
            told += changes.await(SHORT).size();
        }

        long most = Duration.ofNanos(System.nanoTime() - begun).toMillis() / 100;
        assertTrue(told >= 2 && told <= most, "told %d times of %d".formatted(told, most));
    }

    /// Nobody looks for an hour but because the kernel tells.
    @Test
    @EnabledOnOs(OS.LINUX)
    void theKernelTellsOfFilesAndLogs() throws Exception {
        client.good("task_create", "subject", "one");
        // A while after it is told to, so that whoever waits has begun to.
        String id =
                client.run(
                        "until [ -e ../go ]; do sleep 0.02; done; sleep 1;"
                                + " sed -i s/one/two/ .tasks/task_1.json;"
                                + " until [ ! -e ../go ]; do sleep 0.02; done; sleep 1;"
                                + " echo one; sleep 60");
        String stdout = "bellhop://job/" + id + "/stdout";
        try (Resources.Changes changes =
                ResourceChanges.follow(
                        folder.projects,
                        folder.project,
                        Set.of("bellhop://task/1", stdout),
                        new FolderAlarm().waiter(),
                        Duration.ofHours(1))) {
            assertEquals(Set.of(), changes.await(SHORT));
            FutureTask<Set<String>> first = waiting(changes);
            Files.createFile(folder.root.resolve("go"));
            assertEquals(Set.of("bellhop://task/1"), first.get(30, TimeUnit.SECONDS));
            FutureTask<Set<String>> second = waiting(changes);
            Files.delete(folder.root.resolve("go"));
            assertEquals(Set.of(stdout), second.get(30, TimeUnit.SECONDS));
        }
    }

    private static FutureTask<Set<String>> waiting(Resources.Changes changes) {
        FutureTask<Set<String>> wait = new FutureTask<>(() -> changes.await(Duration.ofHours(1)));
        Thread.ofVirtual().start(wait);
        return wait;
    }

    /// Otherwise each look would be the reason for the next.
    @Test
    void lookingLeavesNoTraceWhereChangesAreLookedFor() throws Exception {
        client.good("task_create", "subject", "one");
        String id = client.run("sleep 60");
        Project project = folder.opened();
        try (FolderAlarm.Waiter waiter = new FolderAlarm().waiter()) {
            waiter.watch(
                    Set.of(
                            project.tasks().directory(),
                            project.state(),
                            project.jobs().ends(),
                            folder.jobFolder(id)));
            // Until the job has begun.
            ProjectFolder.await(() -> isCalm(waiter));
            for (int i = 0; i < 3; i++) {
                for (String uri :
                        List.of(BOARD, "bellhop://task/1", "bellhop://job/" + id + "/stdout")) {
                    resources.read(folder.project, uri);
                }
            }

            assertTrue(isCalm(waiter));
        }
    }

    private static boolean isCalm(FolderAlarm.Waiter waiter) {
        try {
            return !waiter.await(SHORT);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void thatTheTimeHasComeForATaskIsTold() throws Exception {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        try (ProjectFolder timed = new ProjectFolder(folder.root.resolve("timed"), now::get)) {
            Files.createDirectories(timed.project.resolve(".tasks"));
            Files.writeString(
                    timed.project.resolve(".tasks/task_1.json"),
                    """
                    {"id": 1, "subject": "one", "notBefore": "2026-01-01T00:01:00Z"}\
                    """);
            try (Resources.Changes changes =
                    new Resources(timed.projects)
                            .follow(timed.project, Set.of(BOARD, "bellhop://task/1"))) {
                assertEquals(Set.of(), changes.await(SHORT));
                now.set(Instant.parse("2026-01-01T00:01:00Z"));
                assertEquals(Set.of(BOARD, "bellhop://task/1"), changes.await(LONG));
            }
        }
    }

    @Test
    void closingEndsTheWait() throws Exception {
        Resources.Changes changes = follow(BOARD, "bellhop://task/1");
        FutureTask<Set<String>> wait = new FutureTask<>(() -> changes.await(LONG));
        Thread.ofVirtual().start(wait);

        changes.close();

        assertEquals(Set.of(), wait.get(10, TimeUnit.SECONDS));
        assertEquals(Set.of(), changes.await(LONG));
    }

    /// Whatever is done by several at once: who follows has, in the end, been told of every state
    /// there was last.
    @Test
    void noLastChangeIsMissed() throws Exception {
        client.good(
                "task_create",
                "tasks",
                Stream.of("a", "b", "c").map(name -> Map.of("subject", name)).toList());
        List<String> uris = List.of("bellhop://task/1", "bellhop://task/2", "bellhop://task/3");
        try (OtherServer there = OtherServer.start(folder.root, "there");
                Resources.Changes changes = resources.follow(folder.project, Set.copyOf(uris))) {
            for (int round = 0; round < 20; round++) {
                String name = "round " + round;
                there.send("task_update", "task_id", "1", "subject", name);
                client.good("task_update", "task_id", 2, "subject", name);
                edit(
                        3,
                        round == 0 ? "\"c\"" : "round " + (round - 1),
                        round == 0 ? "\"" + name + "\"" : name);
                Set<String> left = new HashSet<>(uris);
                while (!left.isEmpty()) {
                    Set<String> told = changes.await(LONG);
                    assertFalse(told.isEmpty(), "not told of %s in %s".formatted(left, name));
                    told.stream()
                            .filter(uri ->
                                    resources.read(folder.project, uri).text().contains(name))
                            .forEach(left::remove);
                }
                there.answer();
            }
        }
    }
}
