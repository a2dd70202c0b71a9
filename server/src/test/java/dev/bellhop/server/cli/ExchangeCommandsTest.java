package dev.bellhop.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.Hangup;
import dev.bellhop.tool.Asker;
import dev.bellhop.tool.Caller;
import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Reply;
import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A person brings tasks along, hands them on, and looks back on what happened to them.
class ExchangeCommandsTest {

    private static final String SECRET = "hunter2-and-more";

    private static final String BEADS =
            """
            {"id":"app-1","title":"Lay the tables","status":"closed","close_reason":"done","priority":2}
            {"id":"app-2","title":"Serve them","status":"odd","dependencies":[{"depends_on_id":"app-1","type":"blocks"},{"depends_on_id":"app-7","type":"blocks"}]}
            """;

    @TempDir Path directory = Path.of("/");

    private Projects projects = new Projects(Map.of(), InstantSource.system());
    private Path project = Path.of("/");

    @BeforeEach
    void openTheProject() throws IOException {
        project = Files.createDirectories(directory.resolve("project"));
        projects =
                new Projects(
                        Map.of(
                                "XDG_STATE_HOME",
                                directory.resolve("state").toString(),
                                "PATH",
                                System.getenv().getOrDefault("PATH", "/usr/bin:/bin"),
                                "MY_PASSWORD",
                                SECRET),
                        InstantSource.system());
    }

    @AfterEach
    void nothingIsWrittenAnyMore() {
        projects.close();
    }

    /// What came of a command.
    private record Outcome(int exitCode, String out, String err) {}

    private Outcome run(Object... words) {
        return runIn(project, words);
    }

    private Outcome runIn(Path place, Object... words) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code =
                new Commands(
                                new Toolbox(Toolbox.standard(), projects),
                                projects,
                                given -> given == null ? place : given,
                                _ -> 0,
                                (_, _) -> {},
                                "1.2.3",
                                new PrintWriter(out),
                                new PrintWriter(err))
                        .run(List.of(words).stream().map(Object::toString).toList());
        return new Outcome(code, out.toString(), err.toString());
    }

    private void agent(String client, String tool, Map<String, Object> arguments) {
        Reply reply =
                new Toolbox(Toolbox.standard(), projects)
                        .call(
                                tool,
                                arguments,
                                new Caller(
                                        project,
                                        client,
                                        new Conversation("s1"),
                                        null,
                                        Duration.ofSeconds(30),
                                        new Hangup(),
                                        Asker.NOBODY,
                                        System.nanoTime()));
        reply.sent().run();
        assertFalse(reply.isError(), reply.text());
    }

    private static JsonNode json(Outcome outcome) throws IOException {
        assertEquals("", outcome.err());
        assertEquals(1, outcome.out().lines().count());
        JsonNode json = new ObjectMapper().readTree(outcome.out());
        assertEquals(1, json.get("schema_version").asInt());
        return json;
    }

    private Path write(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    @Test
    void whatAnotherProgramKeptIsTakenOverOnce() throws Exception {
        Path file = write("issues.jsonl", BEADS);
        String remarks =
                """
                not carried over as it was:
                - issues.jsonl line 2: app-2: status "odd" is not known; it is in the backlog
                - issues.jsonl line 2: app-2: it waits for app-7, which is not there
                """;

        assertEquals(
                new Outcome(
                        0,
                        """
                        would create 2 tasks from beads; none was here before
                        [x] #1: Lay the tables (beads:app-1)
                        [.] #2: Serve them (beads:app-2)
                        """
                                + remarks,
                        ""),
                run("task", "import", "--dry-run", file));
        assertEquals("No tasks.\n", run("task", "list").out());

        assertEquals(
                new Outcome(
                        0,
                        """
                        created 2 tasks from beads; none was here before
                        [x] #1: Lay the tables (beads:app-1)
                        [.] #2: Serve them (beads:app-2)
                        """
                                + remarks,
                        ""),
                run("task", "import", file));
        String list = run("task", "list").out();
        assertEquals("[.] #2: Serve them\n[x] #1: Lay the tables\n", list);

        JsonNode again = json(run("task", "import", "--format", "beads", "--json", file));
        assertEquals(0, again.get("created").size());
        assertEquals("beads:app-1", again.at("/existing/0/source").asText());
        assertEquals(1, again.at("/existing/0/id").asInt());
        assertEquals("beads", again.get("format").asText());
        assertEquals(2, again.at("/remarks/0/line").asInt());
        assertEquals(list, run("task", "list").out());
    }

    @Test
    void aGraphGoesFromOneProjectToAnotherAndBack() throws Exception {
        agent(
                "a",
                "task_create",
                Map.of("subject", "Write", "description", "In C.", "priority", 3));
        agent("a", "task_create", Map.of("subject", "Test", "blockedBy", List.of(1), "parent", 1));
        agent(
                "a",
                "task_update",
                Map.of("task_id", 1, "status", "completed", "result", "180 lines"));
        Path other = Files.createDirectories(directory.resolve("other"));
        for (String name : List.of("all.json", "all.md", "all.mmd")) {
            Path file = directory.resolve(name);
            Path there = Files.createDirectories(other.resolve(name));
            String list = run("task", "list").out().replace(" p3", "");

            assertEquals(
                    new Outcome(0, "2 tasks written to %s\n".formatted(file), ""),
                    run("task", "export", file));
            assertEquals(0, runIn(there, "task", "import", file).exitCode());
            assertEquals(list, runIn(there, "task", "list").out().replace(" p3", ""));

            // Both know them when they see them again.
            assertTrue(runIn(there, "task", "import", file).out().startsWith("created 0 tasks"));
            assertTrue(run("task", "import", file).out().startsWith("created 0 tasks"));
            Path back = directory.resolve("back-" + name);
            assertEquals(0, runIn(there, "task", "export", back).exitCode());
            if (name.equals("all.json")) {
                assertTrue(run("task", "import", back).out().startsWith("created 0 tasks"));
            }
        }
    }

    @Test
    void anExportReplacesAFileOnlyByForce() throws Exception {
        agent("a", "task_create", Map.of("subject", "Write"));
        Path file = write("plan.md", "mine");

        assertEquals(
                new Outcome(
                        3,
                        "",
                        "Error: %s is there already - Name another, or replace it with --force.\n"
                                .formatted(file)),
                run("task", "export", file));
        assertEquals("mine", Files.readString(file));
        assertEquals(0, run("task", "export", "--force", file).exitCode());
        assertTrue(Files.readString(file).contains("Write"), Files.readString(file));
    }

    @Test
    void whatHappenedIsToldWithoutTheTokensOfClaims() throws Exception {
        agent("a", "task_create", Map.of("subject", "Write"));
        agent("a", "task_update", Map.of("task_id", 1, "claim", true));
        JsonNode task = new ObjectMapper().readTree(project.resolve(".tasks/task_1.json").toFile());
        String token = task.at("/claim/token").asText();
        agent("a", "task_update", Map.of("task_id", 1, "status", "pending"));

        for (Outcome outcome : List.of(run("audit"), run("audit", "--json"))) {
            assertTrue(outcome.out().contains("[masked]"), outcome.out());
            assertFalse(outcome.out().contains(token), outcome.out());
        }
    }

    @Test
    void whatIsPrintedShowsNoSecretsAndNoEscapes() throws Exception {
        agent(
                "a",
                "task_create",
                Map.of("subject", "a\u001b[2Jb\u202ec", "description", "password " + SECRET));

        for (String format : List.of("json", "markdown", "mermaid")) {
            Outcome outcome = run("task", "export", "--format", format);
            assertEquals(0, outcome.exitCode());
            assertTrue(outcome.out().contains("abc"), outcome.out());
            assertFalse(outcome.out().contains(SECRET), outcome.out());
            assertFalse(outcome.out().contains("\u001b"), outcome.out());
        }
        assertEquals(
                1,
                new ObjectMapper()
                        .readTree(run("task", "export").out())
                        .get("schema_version")
                        .asInt());
        for (Outcome outcome : List.of(run("audit"), run("audit", "--json"))) {
            assertTrue(outcome.out().contains("abc"), outcome.out());
            assertFalse(outcome.out().contains(SECRET), outcome.out());
            assertFalse(outcome.out().contains("\u001b"), outcome.out());
        }
    }

    @Test
    void whatCannotBeReadOrWrittenIsToldWithTheExitCodeOfItsKind() throws Exception {
        Path broken = write("broken.json", "{\"tasks\": [}");
        Outcome outcome = run("task", "import", broken);
        assertEquals(3, outcome.exitCode());
        assertTrue(
                outcome.err().startsWith("Error: broken.json line 1: Unexpected"), outcome.err());
        assertEquals("", outcome.out());

        assertEquals(3, run("task", "import", directory.resolve("none.json")).exitCode());
        assertEquals(3, run("task", "import").exitCode());
        assertEquals(3, run("task", "import", "--format", "odd", broken).exitCode());
        assertEquals(3, run("task", "export", "--format", "beads").exitCode());
        assertEquals(3, run("task", "export", directory).exitCode());
        assertEquals(3, run("audit", "--since", "soon").exitCode());
        assertEquals(3, run("audit", "--limit", "0").exitCode());
        assertEquals(3, run("audit", "--limit", "10001").exitCode());
        assertEquals(3, run("audit", "--task", "x").exitCode());
        assertEquals("No tasks.\n", run("task", "list").out());
    }

    @Test
    void anUnreadableFileIsNamedWhenTheOthersAreHandedOn() throws Exception {
        agent("a", "task_create", Map.of("subject", "Write"));
        Files.writeString(project.resolve(".tasks/task_2.json"), "{");

        Outcome outcome = run("task", "export");

        assertEquals(0, outcome.exitCode());
        assertTrue(outcome.err().startsWith("left out, unreadable: task_2.json: "), outcome.err());
    }

    @Test
    void whoDidWhatAndWhyIsTold() throws Exception {
        agent("codex 1.0", "task_create", Map.of("subject", "Write"));
        agent("codex 1.0", "task_create", Map.of("subject", "Test", "blockedBy", List.of(1)));
        agent(
                "claude-code 2.1",
                "task_update",
                Map.of("task_id", 2, "status", "in_progress", "force", true));
        agent(
                "claude-code 2.1",
                "task_update",
                Map.of("task_id", 1, "status", "failed", "result", "No compiler"));
        run("task", "import", write("issues.jsonl", BEADS));

        List<String> lines = run("audit", "--task", "#1").out().lines().toList();
        assertEquals(2, lines.size());
        assertTrue(
                lines.getFirst()
                        .matches("\\S+Z #1 created by codex 1.0 \\(s1\\): subject: Write, .*"),
                lines.getFirst());
        assertTrue(
                lines.getLast()
                        .matches(
                                "\\S+Z #1 changed by claude-code 2.1 \\(s1\\): status: pending ->"
                                        + " failed.*; why: No compiler"),
                lines.getLast());
        String forced = run("audit", "--task", "2", "--client", "Claude").out();
        assertTrue(
                forced.endsWith("; why: set to in_progress by force while #1 was open\n"), forced);
        assertEquals(2, forced.lines().count() + 1);
        String imported = run("audit", "--client", "bellhop").out();
        assertEquals(2, imported.lines().count());
        assertTrue(imported.contains("(person:"), imported);
        assertTrue(imported.contains("source: beads:app-2"), imported);

        JsonNode json = json(run("audit", "--json", "--limit", "1", "--client", "claude"));
        assertTrue(json.get("more").asBoolean());
        JsonNode entry = json.at("/entries/0");
        assertEquals("#1", entry.get("subject").asText());
        assertEquals("pending", entry.at("/before/status").asText());
        assertEquals("failed", entry.at("/after/status").asText());
        assertEquals("No compiler", entry.get("why").asText());
        assertEquals("s1", entry.get("conversation").asText());

        assertEquals(6, run("audit", "--since", "1h").out().lines().count());
        assertEquals(6, run("audit", "--since", "2020-01-31").out().lines().count());
        assertEquals("Nothing happened.\n", run("audit", "--since", "2999-01-01T00:00:00Z").out());
        assertEquals(3, run("audit", "--limit", "2").out().lines().count());
    }
}
