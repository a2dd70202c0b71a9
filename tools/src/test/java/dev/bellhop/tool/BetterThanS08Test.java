package dev.bellhop.tool;

import static dev.bellhop.tool.ProjectFolder.id;
import static dev.bellhop.tool.ProjectFolder.steady;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The faults of the s08 background tools, one by one, and that they are not here.
final class BetterThanS08Test {

    private static final String GATE = "until [ -e ../go ]; do sleep 0.02; done; ";

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;

    BetterThanS08Test(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    @Test
    void aResultIsDeliveredThoughItsServerWasKilledAndAnotherOneStarted() throws Exception {
        String id;
        try (OtherServer server = OtherServer.start(folder.root, "session-0")) {
            id = id(server.call("background_run", "command", GATE + "echo survived; exit 4"));
        }

        Files.createFile(folder.root.resolve("go"));
        folder.awaitEnd(id);

        assertEquals(
                "<background-results>\n[bg:"
                        + id
                        + "] error (exit 4, T s): survived\n</background-results>\nNo tasks.",
                steady(client.good("task_list")).replace("[bg:ID]", "[bg:" + id + "]"));
    }

    @Test
    void aResultWhoseAnswerWasLostIsToldAgainAndMarked() throws Exception {
        String id;
        try (OtherServer server = OtherServer.start(folder.root, "session-0")) {
            id = id(server.call("background_run", "command", GATE + "echo once"));
            Files.createFile(folder.root.resolve("go"));
            folder.awaitEnd(id);
            String block = "<background-results>\n[bg:ID] completed (exit 0, T s): once\n";
            assertTrue(steady(server.call("task_list")).startsWith(block));
        }

        String repeated =
                """
                <background-results>
                (repeated) [bg:ID] completed (exit 0, T s): once
                </background-results>
                No tasks.\
                """;
        assertEquals(repeated, steady(client.good("task_list")));
        assertEquals("No tasks.", client.good("task_list"));
    }

    @Test
    void aResultThatComesAfterTheLastTurnIsToldInTheNextSession() throws Exception {
        try (OtherServer server = OtherServer.start(folder.root, "session-0")) {
            id(server.call("background_run", "command", GATE + "echo late"));
        }
        Files.createFile(folder.root.resolve("go"));
        folder.awaitEnd(folder.opened().jobs().newest(1).getFirst().id().text());

        assertEquals(
                "{\"hookSpecificOutput\":{\"hookEventName\":\"SessionStart\",\"additionalContext\":"
                        + "\"<background-results>\\n[bg:ID] completed (exit 0, T s): late\\n"
                        + "</background-results>\"}}",
                steady(client.good("inbox", "event", "SessionStart", "session", "session-2")));
    }

    @Test
    void aCommandThatFailsIsAnErrorWithItsExitCode() {
        folder.runThenEnd(client, "echo oops >&2; exit 1");

        assertEquals(
                "<background-results>\n[bg:ID] error (exit 1, T s): oops\n</background-results>\n"
                        + "ID: [exited 1, T s] echo oops >&2; exit 1",
                steady(client.good("check_background")));
    }

    @Test
    void theEndOfTheOutputIsWhatIsShown() {
        String id = folder.runThenEnd(client, "seq 1 100000; echo BUILD FAILED; exit 2");

        String news = client.good("task_list");
        assertTrue(news.contains("99999\n  100000\n  BUILD FAILED\n</background-results>"), news);
        String check = client.good("check_background", "task_id", id, "cursor", "0:0");
        assertTrue(check.contains("\n1\n2\n3\n"), check);
        assertTrue(check.contains("\n… 582,908 bytes left out …\n"), check);
        assertTrue(check.endsWith("\n99999\n100000\nBUILD FAILED"), check);
    }

    @Test
    void aTimeoutEndsTheChildrenToo() throws Exception {
        String id =
                id(
                        client.good(
                                "background_run",
                                "command",
                                "exec 2>/dev/null; sleep 1000 & echo $!; wait",
                                "timeout",
                                1));
        folder.awaitEnd(id);

        long child =
                Long.parseLong(
                        Files.readString(folder.jobFolder(id).resolve("stdout.log")).strip());
        assertTrue(ProcessIdentity.of(child).isEmpty());
        assertEquals(
                "<background-results>\n[bg:ID] timeout (after T s): "
                        + child
                        + "\n</background-results>\nNo tasks.",
                steady(client.good("task_list")));
    }

    @Test
    void thereIsKillAndWaitAndADirectoryAndAnEnvironmentAndALimit() throws Exception {
        Files.createDirectories(folder.project.resolve("sub"));
        assertEquals(
                "Background task ID started: pwd; echo $COLOUR\n[exited 0, T s] pwd; echo $COLOUR\n"
                        + folder.project.resolve("sub")
                        + "\nred",
                steady(
                        client.good(
                                "background_run",
                                "command",
                                "pwd; echo $COLOUR",
                                "cwd",
                                "sub",
                                "env",
                                Map.of("COLOUR", "red"),
                                "wait",
                                30)));
        String id = client.run("sleep 1000");
        assertEquals(
                "[killed] sleep 1000: SIGTERM after T s",
                steady(client.good("background_kill", "task_id", id)));
        assertEquals(
                "Error: `timeout` cannot be -1 - Write seconds from 0, for none, to 604800.",
                client.call("background_run", "command", "true", "timeout", -1));
    }

    @Test
    void nobodySeesAnEndWithoutItsResult() {
        for (int i = 0; i < 20; i++) {
            String id = client.run("echo result");
            String seen;
            do {
                seen = client.good("check_background", "task_id", id);
            } while (seen.contains("[running"));
            assertTrue(steady(seen).endsWith("[exited 0, T s] echo result\nresult"), seen);
        }
    }

    @Test
    void whatTheAgentReadsIsAToolResultAndNeverAnInventedTurn() {
        folder.runThenEnd(client, "true");

        assertEquals(
                List.of(
                        "<background-results>",
                        "[bg:ID] completed (exit 0, T s): (no output)",
                        "</background-results>",
                        "No tasks."),
                client.lines("task_list").stream().map(ProjectFolder::steady).toList());
    }

    @Test
    void aMessageThatArrivesWhileTheInboxIsReadIsNotLost() {
        String first = folder.runThenEnd(client, "echo first");
        Reply reading = client.ask("inbox");
        String second = folder.runThenEnd(client, "echo second");
        reading.sent().run();

        assertTrue(reading.text().contains(first) && !reading.text().contains(second));
        String next = client.good("inbox");
        assertTrue(next.contains(second) && !next.contains(first), next);
        assertEquals("No notifications.", client.good("inbox"));
    }

    @Test
    void harmlessCommandsAreNotRefusedForTheirWords() {
        String text =
                client.good(
                        "background_run",
                        "command",
                        "mkdir -p build; rm -rf build; echo shutdown 2>/dev/null",
                        "wait",
                        30);

        assertTrue(text.endsWith("\nshutdown"), text);
        assertFalse(text.contains("Error"));
    }
}
