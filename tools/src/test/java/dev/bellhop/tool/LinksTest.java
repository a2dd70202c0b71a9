package dev.bellhop.tool;

import static dev.bellhop.tool.ProjectFolder.id;
import static dev.bellhop.tool.ProjectFolder.steady;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.job.Job;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the end of a job does to the task that it was run for.
final class LinksTest {

    private static final TaskId ONE = new TaskId(1);
    private static final TaskId TWO = new TaskId(2);

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;

    LinksTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    /// Runs a command for a task to its end, and lets that have its effects.
    private String run(int task, String line, @Nullable Object... more) {
        Object[] arguments = new Object[more.length + 4];
        System.arraycopy(more, 0, arguments, 4, more.length);
        arguments[0] = "command";
        arguments[1] = line;
        arguments[2] = "for_task";
        arguments[3] = task;
        String id = id(client.good("background_run", arguments));
        folder.awaitEnd(id);
        client.call("check_background");
        return id;
    }

    private Task task(TaskId id) {
        return folder.opened().tasks().read(graph -> graph.get(id));
    }

    private List<String> notes(TaskId id) {
        return task(id).notes().stream().map(note -> steady(note.text())).toList();
    }

    @Test
    void theEndOfAJobIsNotedOnItsTaskAndChangesNothingElse() {
        client.good("task_create", "subject", "build it");
        run(1, "exit 3");
        run(1, "true");

        assertEquals(
                List.of(
                        "[bg:ID] error (exit 3, T s): exit 3",
                        "[bg:ID] completed (exit 0, T s): true"),
                notes(ONE));
        assertEquals(Status.PENDING, task(ONE).status());
        assertEquals(List.of(), folder.opened().jobs().unlinked());
    }

    @Test
    void severalServersNoteItOnce() throws Exception {
        client.good("task_create", "subject", "build it", "status", "in_progress");
        String id =
                id(
                        client.good(
                                "background_run",
                                "command",
                                "exit 3",
                                "for_task",
                                1,
                                "fail_on_error",
                                true));
        folder.awaitEnd(id);
        List<Callable<Boolean>> tellings =
                java.util.stream.Stream.generate(() -> folder.clientOfANewServer("session-1"))
                        .limit(3)
                        .map(other -> other.projects().at(folder.project))
                        .map(project -> (Callable<Boolean>) () -> tells(project))
                        .toList();

        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (Future<Boolean> told : threads.invokeAll(tellings)) {
                assertTrue(told.get());
            }
        }
        client.good("task_list");

        assertEquals(1, notes(ONE).size(), notes(ONE).toString());
        assertEquals(Status.FAILED, task(ONE).status());
    }

    private static boolean tells(Project project) {
        Links.tell(project);
        return project.jobs().unlinked().isEmpty();
    }

    @Test
    void aTaskIsCompletedOrFailedWhereThatWasAskedFor() {
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two");
        client.good("task_update", "task_id", 1, "status", "in_progress");
        client.good("task_update", "task_id", 2, "status", "in_progress");

        run(1, "exit 1", "complete_on_success", true);
        run(2, "true", "fail_on_error", true);
        assertEquals(Status.IN_PROGRESS, task(ONE).status());
        assertEquals(Status.IN_PROGRESS, task(TWO).status());

        run(1, "true", "complete_on_success", true);
        run(2, "exit 9", "fail_on_error", true);
        assertEquals(Status.COMPLETED, task(ONE).status());
        assertEquals(Status.FAILED, task(TWO).status());
        assertEquals(2, notes(ONE).size());
        assertEquals("[bg:ID] error (exit 9, T s): exit 9", notes(TWO).getLast());
    }

    @Test
    void aTaskThatWaitsForOthersIsNotCompletedAndItsNoteSaysWhy() {
        client.good("task_create", "subject", "first");
        client.good("task_create", "subject", "second", "blockedBy", List.of(1));

        run(2, "true", "complete_on_success", true);

        assertEquals(Status.PENDING, task(TWO).status());
        assertEquals(1, notes(TWO).size());
        String note = notes(TWO).getFirst();
        assertTrue(
                note.startsWith("[bg:ID] completed (exit 0, T s): true (not completed: #2 "), note);
        assertEquals(List.of(), folder.opened().jobs().unlinked());
    }

    @Test
    void aTaskThatIsGoneOrCannotBeReadIsNotTriedForEver() throws Exception {
        client.good("task_create", "subject", "gone");
        client.good("task_create", "subject", "damaged");
        Path tasks = folder.project.resolve(".tasks");
        Job gone = waiting(1);
        Job damaged = waiting(2);
        Files.delete(tasks.resolve("task_1.json"));
        Files.writeString(tasks.resolve("task_2.json"), "{\"id\": 2, oops");
        Files.createFile(folder.root.resolve("go"));
        folder.awaitEnd(gone.id().text());
        folder.awaitEnd(damaged.id().text());

        client.good("task_list");

        assertEquals(List.of(), folder.opened().jobs().unlinked());
        assertEquals("{\"id\": 2, oops", Files.readString(tasks.resolve("task_2.json")));
        assertTrue(Files.notExists(tasks.resolve("task_1.json")));
    }

    private Job waiting(int task) {
        String id =
                id(
                        client.good(
                                "background_run",
                                "command",
                                "until [ -e ../go ]; do sleep 0.02; done",
                                "for_task",
                                task,
                                "complete_on_success",
                                true));
        return folder.opened().jobs().get(id);
    }

    @Test
    void aJobThatIsRunOnceMoreHasNotFailedItsTask() {
        client.good("task_create", "subject", "serve");
        client.good("task_update", "task_id", 1, "status", "in_progress");
        String id =
                id(
                        client.good(
                                "background_run",
                                "command",
                                List.of("sleep", "60"),
                                "for_task",
                                1,
                                "fail_on_error",
                                true));
        Project project = folder.opened();
        project.jobs().adopt(() -> Links.tell(project));

        Job again = project.jobs().restart(project.jobs().get(id), new Journal.Author("a", "b"));
        client.good("task_list");

        assertEquals(2, again.run());
        assertEquals(Status.IN_PROGRESS, task(ONE).status());
        client.good("background_kill", "task_id", id);
        client.good("task_list");
        assertEquals(Status.FAILED, task(ONE).status());
    }

    @Test
    void aJobHasThePriorityOfItsTask() {
        client.good("task_create", "subject", "urgent", "priority", 7);

        assertEquals(7, waiting(1).priority());
        assertEquals(0, folder.opened().jobs().get(client.run("true")).priority());
    }
}
