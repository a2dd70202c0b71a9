package dev.bellhop.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.Hangup;
import dev.bellhop.server.http.Token;
import dev.bellhop.tool.Asker;
import dev.bellhop.tool.Caller;
import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.HookForm;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Reply;
import dev.bellhop.tool.Toolbox;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A person looks at what an agent works on.
class CommandsTest {

    @TempDir Path directory = Path.of("/");

    private Projects projects = new Projects(Map.of(), InstantSource.system());
    private Toolbox toolbox = new Toolbox(List.of(), projects);

    @BeforeEach
    void openTheProject() {
        projects =
                new Projects(
                        Map.of(
                                "XDG_STATE_HOME",
                                directory.resolve("state").toString(),
                                "PATH",
                                System.getenv().getOrDefault("PATH", "/usr/bin:/bin")),
                        InstantSource.system());
        toolbox = new Toolbox(Toolbox.standard(), projects);
    }

    @AfterEach
    void nothingIsWrittenAnyMore() {
        projects.close();
    }

    private @Nullable ServeOptions served;
    private @Nullable HookForm hooked;

    /// What came of a command.
    private record Outcome(int exitCode, String out, String err) {}

    private Outcome run(String... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                new Commands(
                                toolbox,
                                projects,
                                given -> given == null ? directory : given,
                                options -> {
                                    served = options;
                                    return 0;
                                },
                                (form, _) -> hooked = form,
                                "1.2.3",
                                new PrintWriter(out),
                                new PrintWriter(err))
                        .run(List.of(words));
        return new Outcome(code, out.toString(), err.toString());
    }

    private String agent(String tool, Map<String, Object> arguments) {
        Reply reply =
                toolbox.call(
                        tool,
                        arguments,
                        new Caller(
                                directory,
                                "an agent",
                                new Conversation("s1"),
                                null,
                                Duration.ofSeconds(30),
                                new Hangup(),
                                Asker.NOBODY,
                                System.nanoTime()));
        reply.sent().run();
        return reply.text();
    }

    private String job(String command) {
        String started = agent("background_run", Map.of("command", command));
        return started.replaceAll("(?s).*task ([0-9a-f]{8}) started.*", "$1");
    }

    @Test
    void tasksAreListedWithTheOptionsOfTheTool() {
        agent("task_create", Map.of("subject", "Write the parser", "labels", List.of("core")));
        agent("task_create", Map.of("subject", "Test it", "blockedBy", List.of(1)));

        assertEquals(
                new Outcome(0, "[ ] #1: Write the parser\n[ ] #2: Test it (blocked by: [1])\n", ""),
                run("task", "list"));
        assertEquals(
                new Outcome(0, "[ ] #1: Write the parser\n", ""), run("task", "list", "--ready"));
        assertEquals(
                new Outcome(0, "[ ] #1: Write the parser\n", ""),
                run("task", "list", "--label", "core", "--limit", "5"));
    }

    @Test
    void aHookIsOneOfAClientThatIsKnown() {
        assertEquals(new Outcome(0, "", ""), run("inbox", "--hook", "gemini"));
        assertEquals(HookForm.GEMINI, hooked);
        assertEquals(
                new Outcome(
                        3,
                        "",
                        "Error: no client emacs is known - Give --hook one of: claude, codex,"
                                + " gemini, copilot.\n"),
                run("inbox", "--hook", "emacs"));
    }

    @Test
    void tasksAreListedAsOneJsonObject() throws Exception {
        for (int i = 1; i <= 60; i++) {
            agent("task_create", Map.of("subject", "task " + i, "labels", List.of("l" + i % 2)));
        }
        agent("task_update", Map.of("task_id", 1, "status", "completed"));
        agent("task_update", Map.of("task_id", 3, "addBlockedBy", List.of(2)));
        Outcome outcome = run("task", "list", "--json");
        JsonNode json = new ObjectMapper().readTree(outcome.out());

        assertEquals(0, outcome.exitCode());
        assertEquals(1, json.get("schema_version").asInt());
        assertEquals(60, json.get("tasks").size());
        assertEquals(0, json.get("more").asInt());
        assertEquals("task 2", json.at("/tasks/0/subject").asText());
        assertTrue(json.at("/tasks/0/ready").asBoolean());
        assertEquals(2, json.at("/tasks/1/openBlockers/0").asInt());
        assertEquals("completed", json.at("/tasks/59/status").asText());

        JsonNode some =
                new ObjectMapper()
                        .readTree(
                                run("task", "list", "--json", "--label", "l1", "--limit", "2")
                                        .out());
        assertEquals(2, some.get("tasks").size());
        assertEquals(28, some.get("more").asInt());
        assertEquals(3, run("task", "list", "--json", "--limit", "0").exitCode());
    }

    // ---- the commands of a task queue

    @Test
    void aPromptIsSubmittedAndItsStatusAskedFor() {
        assertEquals(
                new Outcome(0, "Task 1 queued\n", ""),
                run("submit", "--type", "custom", "Refactor the auth module"));
        assertEquals(new Outcome(0, "Status: pending\nResult:\n", ""), run("status", "1"));
        assertEquals(
                "[>] #1: Refactor the auth module @an",
                agent("task_update", Map.of("claim_next", true)).lines().findFirst().orElseThrow());
        agent("task_update", Map.of("task_id", 1, "status", "completed", "result", "It is done."));

        assertEquals(
                new Outcome(0, "Status: completed\nResult: It is done.\n", ""), run("status", "1"));
    }

    @Test
    void aTaskThatIsNotThereIsNoSuccess() {
        assertEquals(3, run("status", "a3f2b1c9").exitCode());
        assertEquals(3, run("status", "7").exitCode());
        assertEquals(3, run("submit").exitCode());
    }

    @Test
    void aFailureAlwaysSaysWhyAndIsNotTriedWithoutEnd() {
        run("submit", "one");
        String refused = agent("task_update", Map.of("task_id", 1, "status", "failed"));
        assertTrue(refused.startsWith("Error: #1 cannot fail without a reason"), refused);
        agent("task_update", Map.of("task_id", 1, "status", "failed", "result", "no network"));

        assertEquals(
                new Outcome(0, "Status: failed\nResult: no network\n", ""), run("status", "1"));
        assertTrue(agent("task_update", Map.of("claim_next", true)).startsWith("Nothing to claim"));
    }

    @Test
    void whatIsAskedForTwiceIsThereOnce() {
        Map<String, Object> task = Map.of("subject", "one", "idempotency_key", "k1");

        assertEquals(agent("task_create", task), agent("task_create", task));
        assertEquals("[ ] #1: one\n", run("task", "list").out());
    }

    @Test
    void theMoreImportantIsTakenFirst() {
        run("submit", "one");
        run("submit", "--priority", "5", "two");

        assertTrue(
                agent("task_update", Map.of("claim_next", true)).startsWith("[>] #2: two @an p5"));
    }

    @Test
    void whatWaitsForAPersonIsNeitherTriedNorForgottenAndTheyAnswer() {
        run("submit", "Choose");
        agent(
                "task_update",
                Map.of("task_id", 1, "question", "Which?", "options", List.of("a", "b")));

        assertTrue(agent("task_update", Map.of("claim_next", true)).startsWith("Nothing to claim"));
        assertEquals(
                new Outcome(0, "[?] #1: Choose\n    Which?\n    1. a\n    2. b\n", ""),
                run("answer"));
        assertEquals(new Outcome(0, "[ ] #1: Choose\n", ""), run("answer", "1", "2"));
        assertEquals(new Outcome(0, "Nothing is asked.\n", ""), run("answer"));
        assertTrue(agent("task_list", Map.of()).contains("answered by "));
        assertEquals(3, run("answer", "1", "again").exitCode());
    }

    @Test
    void personsCreateAndChangeTasks() {
        assertEquals(
                new Outcome(0, "[ ] #1: one p3\n", ""),
                run("task", "create", "one", "--priority", "3", "--labels", "a,b"));
        run("task", "create", "two", "--blocked-by", "1", "--max-attempts", "2");

        assertEquals(
                new Outcome(0, "[x] #1: one p3\nunblocked: #2\n", ""),
                run("task", "update", "1", "--status", "done"));
    }

    @Test
    void completedTasksAreArchivedAndStillShown() {
        agent("task_create", Map.of("subject", "Old"));
        agent("task_update", Map.of("task_id", 1, "status", "completed"));

        assertEquals(
                new Outcome(0, "0 tasks archived.\n", ""),
                run("task", "archive", "--before", "2000-01-01"));
        assertEquals(
                new Outcome(0, "1 task archived.\n", ""),
                run("task", "archive", "--before", "2999-01-01"));
        assertEquals(new Outcome(0, "No tasks.\n", ""), run("task", "list"));
        assertTrue(run("task", "show", "1").out().startsWith("[x] #1: Old"));
        assertEquals(3, run("task", "archive", "--before", "soon").exitCode());
        assertEquals(3, run("task", "archive").exitCode());
    }

    @Test
    void aTaskIsShownByItsNumber() {
        agent("task_create", Map.of("subject", "Write the parser", "description", "In C."));

        String shown = run("task", "show", "1").out();

        assertTrue(shown.startsWith("[ ] #1: Write the parser\nstatus: pending\nIn C.\n"), shown);
    }

    @Test
    void whatIsMissingIsToldOnStandardErrorWithTheExitCodeOfItsKind() {
        assertEquals(
                new Outcome(
                        3,
                        "",
                        "Error: there is no task #9 - There are no tasks yet; make them with"
                                + " task_create.\n"),
                run("task", "show", "9"));
        assertEquals(
                new Outcome(
                        1,
                        "",
                        "Error: there is no job ffffffff - Call check_background without an id for a"
                                + " list.\n"),
                run("job", "show", "ffffffff"));
        assertEquals(2, run("job", "show", "xyz").exitCode());
        assertEquals(2, run("job", "show").exitCode());
        assertEquals(3, run("task", "list", "--no-such-option").exitCode());
        assertEquals(3, run("task").exitCode());
    }

    @Test
    void jobsAreListedShownAndFollowed() {
        String id = job("seq 1 100; exit 3");
        agent("check_background", Map.of("task_id", id, "wait", 20));

        assertTrue(
                run("job", "list").out().matches(id + ": \\[exited 3, .* s] seq 1 100; exit 3\n"));
        assertTrue(run("job", "show", id).out().contains("\n50\n51\n"));
        assertTrue(run("job", "tail", id, "--lines", "2").out().endsWith("\n99\n100\n"));
    }

    @Test
    void lookingAtTheInboxTakesNothingFromTheAgents() throws Exception {
        String id = job("while [ ! -e go ]; do sleep 0.02; done; echo built");
        Files.createFile(directory.resolve("go"));
        run("job", "show", id, "--wait", "20");

        String seen = run("inbox").out();

        assertTrue(seen.matches("\\[bg:" + id + "] completed \\(exit 0, .* s\\): built\n"), seen);
        assertEquals(seen, run("inbox").out());
        assertTrue(agent("task_list", Map.of()).contains("[bg:" + id + "] completed"));
    }

    @Test
    void namesOfTasksCannotMoveTheCursor() throws Exception {
        Files.createDirectories(directory.resolve(".tasks"));
        Files.writeString(
                directory.resolve(".tasks/task_1.json"),
                "{\"id\": 1, \"subject\": \"a\\u001b[2Jb\\u202ec\"}");

        assertEquals(new Outcome(0, "[ ] #1: abc\n", ""), run("task", "list"));
    }

    @Test
    void theDoctorFindsAHealthyProjectHealthyAndNamesWhatIsNot() throws Exception {
        agent("task_create", Map.of("subject", "Write the parser"));
        assertEquals(0, run("doctor").exitCode(), run("doctor").out());

        Files.writeString(directory.resolve(".tasks/task_2.json"), "{");

        Outcome outcome = run("doctor");
        assertEquals(4, outcome.exitCode());
        assertTrue(outcome.out().contains("\n!! task_2.json: line 1 column "), outcome.out());
    }

    @Test
    void theDoctorNamesADatabaseThatWasDamagedAndSetAside() throws Exception {
        agent("task_create", Map.of("subject", "Write the parser"));
        Path aside =
                Files.createFile(
                        projects.at(directory)
                                .state()
                                .resolve("bellhop.db.damaged-20260203T040506Z"));

        Outcome outcome = run("doctor");

        assertEquals(4, outcome.exitCode());
        assertTrue(
                outcome.out()
                        .contains(
                                "\n!! database: an earlier one was damaged and set aside as "
                                        + aside),
                outcome.out());
    }

    @Test
    void noJobInheritsTheTokenOfTheServerNorShowsIt() throws Exception {
        String token = "a-token-that-nobody-guesses";
        projects =
                new Projects(
                        Map.of(
                                "XDG_STATE_HOME",
                                directory.resolve("state").toString(),
                                "PATH",
                                System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
                                Token.VARIABLE,
                                token),
                        InstantSource.system());
        toolbox = new Toolbox(Toolbox.standard(), projects);
        String id = job("echo \"[${%s-none}]\"; echo %s".formatted(Token.VARIABLE, token));

        String shown = run("job", "show", id, "--wait", "20").out();

        assertTrue(shown.contains("[none]") && !shown.endsWith(token + "\n"), shown);
    }

    @Test
    void whatServeIsToldArrives() {
        assertEquals(0, run("serve").exitCode());
        assertEquals(
                new ServeOptions(7411, "127.0.0.1", null, List.of(), List.of(), false), served);

        assertEquals(
                0,
                run(
                                "serve",
                                "--port",
                                "0",
                                "--bind",
                                "::1",
                                "--project",
                                "/p",
                                "--root",
                                "/a",
                                "--root",
                                "/b",
                                "--origin",
                                "https://x",
                                "--allow-exec")
                        .exitCode());
        assertEquals(
                new ServeOptions(
                        0,
                        "::1",
                        Path.of("/p"),
                        List.of(Path.of("/a"), Path.of("/b")),
                        List.of("https://x"),
                        true),
                served);

        assertEquals(3, run("serve", "--port", "x").exitCode());
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        assertEquals(new Outcome(0, "bellhop 1.2.3\n", ""), run("--version"));
        assertTrue(run("--help").out().startsWith("Usage: bellhop "));
        assertTrue(run("task", "list", "--help").out().contains("--ready"));
        assertTrue(run("task", "-h").out().contains("  update "));
        assertTrue(run("-hV", "task").out().contains("  doctor "));
    }

    @Test
    void whoSaysItWrongIsShownEveryCommand() {
        assertTrue(run().err().contains("  doctor "));
        assertTrue(run("task").err().contains("  update "));
        assertTrue(run("task", "lst").err().contains("Did you mean: task list?"));
    }
}
