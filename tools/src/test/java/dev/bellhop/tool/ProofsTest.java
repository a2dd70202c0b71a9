package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.job.JobRunner;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Tasks that are complete only when a command has succeeded for them.
final class ProofsTest {

    private static final String COMMIT = "0123456789012345678901234567890123456789";
    private static final String VERIFY = "test -e ok || { echo it is not there; exit 3; }";

    private final ProjectFolder folder;
    private final ProjectFolder.Client agent;

    ProofsTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        agent = folder.client("session-1");
    }

    @BeforeEach
    void aTask() {
        agent.good("task_create", "subject", "Do it", "verify", VERIFY);
        agent.good("task_update", "task_id", 1, "status", "in_progress");
    }

    @AfterEach
    void close() {
        folder.close();
    }

    private String complete() {
        return agent.call("task_update", "task_id", 1, "status", "completed");
    }

    private String run(String command) {
        String id =
                ProjectFolder.id(agent.good("background_run", "command", command, "for_task", 1));
        folder.awaitEnd(id);
        // So that it is no news.
        agent.good("check_background", "task_id", id);
        return id;
    }

    private void makeIt() throws IOException {
        Files.createFile(folder.project.resolve("ok"));
    }

    @Test
    void withoutARunItIsRefusedWithTheCommandToRun() {
        assertEquals(
                """
                Error: #1 is complete when `%s` has succeeded for it, and it was not run yet -\
                 Run it: background_run with command `%s` and for_task 1, then complete the task.\
                """
                        .formatted(VERIFY, VERIFY),
                complete());
    }

    @Test
    void afterARunThatFailedItIsRefusedWithWhatThatSaid() {
        run(VERIFY);

        String refused = complete();

        assertTrue(refused.startsWith("Error: #1 is complete when"), refused);
        assertTrue(refused.contains("it is not there"), refused);
        assertTrue(refused.contains("Mend that, and run it again"), refused);
    }

    @Test
    void aRunOfAnotherCommandShowsNothing() {
        run("true");

        assertTrue(complete().contains("and it was not run yet"), complete());
    }

    @Test
    void aRunThatIsNotForTheTaskShowsNothing() throws Exception {
        makeIt();
        folder.awaitEnd(agent.run(VERIFY));

        assertTrue(complete().contains("and it was not run yet"), complete());
    }

    @Test
    void aRunInAnotherPlaceShowsNothing() throws Exception {
        Path elsewhere = Files.createDirectories(folder.root.resolve("elsewhere"));
        Files.createFile(elsewhere.resolve("ok"));
        folder.awaitEnd(
                ProjectFolder.id(
                        agent.good(
                                "background_run",
                                "command",
                                VERIFY,
                                "for_task",
                                1,
                                "cwd",
                                elsewhere.toString())));

        assertTrue(complete().contains("and it was not run yet"), complete());
    }

    @Test
    void whatCameOfItMayBeToldInTheSameCall() throws Exception {
        makeIt();
        run(VERIFY);

        assertEquals(
                "[x] #1: Do it",
                agent.good(
                        "task_update",
                        "task_id",
                        1,
                        "status",
                        "completed",
                        "description",
                        "It was done so."));
    }

    @Test
    void aRunThatSucceededIsTheEvidenceAndIsKept() throws Exception {
        makeIt();
        Files.createDirectories(folder.project.resolve(".git/refs/heads"));
        Files.writeString(folder.project.resolve(".git/HEAD"), "ref: refs/heads/main\n");
        Files.writeString(folder.project.resolve(".git/refs/heads/main"), COMMIT + "\n");
        String job = run(VERIFY);

        assertEquals("[x] #1: Do it", complete());

        String told = agent.good("task_get", "task_id", 1);
        assertTrue(told.contains("(job %s exited 0 at %s)".formatted(job, COMMIT)), told);
        String file = Files.readString(folder.project.resolve(".tasks/task_1.json"));
        assertTrue(file.contains("\"commit\": \"" + COMMIT + "\""), file);
        assertEquals("[x] #1: Do it", complete());
    }

    @Test
    void aRunFromBeforeItWasReopenedShowsNothing() throws Exception {
        makeIt();
        run(VERIFY);
        assertEquals("[x] #1: Do it", complete());
        agent.good("task_update", "task_id", 1, "status", "pending");

        String refused = complete();

        assertTrue(refused.contains("ran before that"), refused);
        agent.good("task_update", "task_id", 1, "status", "in_progress");
        run(VERIFY);
        assertEquals("[x] #1: Do it", complete());
    }

    @Test
    void aJobThatIsStartedOnceMoreIsForTheTaskAsItIsNow() throws Exception {
        makeIt();
        String job = run(VERIFY);
        agent.good("task_update", "task_id", 1, "status", "completed");
        agent.good("task_update", "task_id", 1, "status", "pending");
        agent.good("task_update", "task_id", 1, "status", "in_progress");
        assertTrue(complete().contains("ran before that"), complete());

        JobRunner jobs = folder.opened().jobs();
        jobs.restart(jobs.get(job), new Journal.Author("session-1", "test"));
        folder.awaitEnd(job);

        assertTrue(complete().endsWith("[x] #1: Do it"), complete());
    }

    /// As when `.tasks` comes from elsewhere, and numbers its tasks alike.
    @Test
    void aRunForAnotherTaskOfTheSameNumberAndRoundShowsNothing() throws Exception {
        makeIt();
        run(VERIFY);
        Path file = folder.project.resolve(".tasks/task_1.json");
        String task = Files.readString(file);

        Files.writeString(
                file,
                task.replaceFirst(
                        "\"createdAt\": \"[^\"]*\"", "\"createdAt\": \"2020-01-31T12:00:00Z\""));
        assertTrue(complete().contains("ran before that"), complete());
        Files.writeString(
                file, task.replace("\"description\": \"\"", "\"description\": \"Do more.\""));
        assertTrue(complete().contains("ran before that"), complete());
        Files.writeString(file, task);

        assertEquals("[x] #1: Do it", complete());
    }

    @Test
    void theCommitIsTheOneThatWasCheckedOutWhenTheRunBegan() throws Exception {
        makeIt();
        Path head = folder.project.resolve(".git/HEAD");
        Files.createDirectories(head.getParent());
        Files.writeString(head, COMMIT + "\n");
        run(VERIFY);
        Files.writeString(head, COMMIT.replace('0', 'f') + "\n");

        assertEquals("[x] #1: Do it", complete());

        String told = agent.good("task_get", "task_id", 1);
        assertTrue(told.contains("exited 0 at " + COMMIT), told);
    }

    @Test
    void aRunFromBeforeItAskedForSomethingElseShowsNothing() throws Exception {
        makeIt();
        run(VERIFY);
        agent.good("task_update", "task_id", 1, "description", "Do more.");
        assertTrue(complete().contains("ran before that"), complete());
        run(VERIFY);
        agent.good("task_update", "task_id", 1, "verify", "true");
        assertTrue(complete().contains("`true` has succeeded for it, and it was not run yet"));
    }

    @Test
    void byForceItIsCompletedWithAReasonWhichIsKept() {
        String refused =
                agent.call("task_update", "task_id", 1, "status", "completed", "force", true);
        assertTrue(refused.startsWith("Error: #1 is forced without a reason"), refused);

        agent.good(
                "task_update",
                "task_id",
                1,
                "status",
                "completed",
                "force",
                true,
                "note",
                "the test machine is away");

        String told = agent.good("task_get", "task_id", 1);
        assertTrue(told.contains("completed by force, without `" + VERIFY), told);
        assertTrue(told.contains("the test machine is away"), told);
    }

    @Test
    void aJobThatCompletesItsTaskBringsTheEvidence() throws Exception {
        makeIt();
        String id =
                ProjectFolder.id(
                        agent.good(
                                "background_run",
                                "command",
                                VERIFY,
                                "for_task",
                                1,
                                "complete_on_success",
                                true));
        folder.awaitEnd(id);

        assertTrue(
                agent.good("task_get", "task_id", 1).contains("(job %s exited 0)".formatted(id)),
                agent.good("task_get", "task_id", 1));
    }

    @Test
    void aTaskFileFromElsewhereRunsNothing() throws Exception {
        Path trap = folder.project.resolve("trap");
        Files.writeString(
                folder.project.resolve(".tasks/task_2.json"),
                """
                {"id": 2, "subject": "A trap", "description": "", "status": "pending",
                 "blockedBy": [], "owner": "", "verify": "touch trap"}
                """);

        agent.good("task_list");
        agent.good("task_get", "task_id", 2);
        agent.good("task_update", "task_id", 2, "claim", true);
        String refused = agent.call("task_update", "task_id", 2, "status", "completed");

        assertTrue(refused.contains("`touch trap` has succeeded for it"), refused);
        assertFalse(Files.exists(trap));
        assertEquals(0, folder.opened().jobs().forTask(2).size());
    }
}
