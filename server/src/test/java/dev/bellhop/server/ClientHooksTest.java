package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The hooks of `sample-configs/` in the real clients, where these are installed: what a job
/// printed, and what a person answered at another terminal, stands in the model's next request,
/// though the model called no tool of ours meanwhile.
@Tag("jar")
@Timeout(180)
class ClientHooksTest {

    private static final String START =
            """
            {"tool": "background_run", "args": {"command": "sleep 1; echo HOOK-$((40+2))"}}\
            """;

    private static final String ASK =
            """
            {"tool": "task_create", "args": {"subject": "Choose a database"}},
            {"tool": "task_update", "args": {"task_id": 1, "question": "Which database?"}}\
            """;

    private static final String ANSWER = "HOOK-42";

    @TempDir Path temp = Path.of("/");

    @Test
    void claudeCodeShowsTheResultOfAJobBeforeTheNextTurn() throws Exception {
        claude(List.of(START, bash(3)), () -> {});
    }

    @Test
    void codexShowsTheResultOfAJobBeforeTheNextTurn() throws Exception {
        codex(List.of(START, exec(3)), () -> {});
    }

    @Test
    void claudeCodeShowsWhatAPersonAnsweredBeforeTheNextTurn() throws Exception {
        claude(List.of(ASK, bash(12)), this::answerAtAnotherTerminal);
    }

    @Test
    void codexShowsWhatAPersonAnsweredBeforeTheNextTurn() throws Exception {
        codex(List.of(ASK, exec(12)), this::answerAtAnotherTerminal);
    }

    @Test
    void geminiShowsTheResultOfAJobAfterATool() throws Exception {
        String command = Repository.root().resolve("bellhop") + " inbox --hook gemini";
        String hooks =
                new ObjectMapper()
                        .readTree(
                                Repository.root()
                                        .resolve("sample-configs/gemini/settings.json")
                                        .toFile())
                        .path("hooks")
                        .toString()
                        .replace("bellhop inbox --hook gemini", command);
        run(
                "gemini",
                List.of(START, shell(3)),
                () -> {},
                Map.of(
                        "GEMINI_JSON",
                        "{\"hooks\": %s}".formatted(hooks),
                        "XDG_STATE_HOME",
                        state().toString()));
    }

    @Test
    void copilotShowsTheResultOfAJobAfterATool() throws Exception {
        Path hooks = Files.createDirectories(temp.resolve("home/.copilot/hooks"));
        Files.writeString(
                hooks.resolve("bellhop.json"),
                Files.readString(Repository.root().resolve("sample-configs/copilot/hooks.json"))
                        .replace("bellhop inbox", Repository.root().resolve("bellhop") + " inbox"));
        run(
                "copilot",
                List.of(START, bash(3)),
                () -> {},
                Map.of(
                        "CLIENT_HOME",
                        temp.resolve("home").toString(),
                        "XDG_STATE_HOME",
                        state().toString()));
    }

    private static String shell(int seconds) {
        return "{\"tool\": \"run_shell_command\", \"args\": {\"command\": \"sleep %d\"}}"
                .formatted(seconds);
    }

    private static String bash(int seconds) {
        return "{\"tool\": [\"Bash\", \"bash\"], \"args\": {\"command\": \"sleep %d\", \"description\": \"wait\"}}"
                .formatted(seconds);
    }

    private static String exec(int seconds) {
        return "{\"tool\": \"exec_command\", \"args\": {\"cmd\": \"sleep %d\", \"yield_time_ms\": 20000}}"
                .formatted(seconds);
    }

    private void claude(List<String> turns, Runnable meanwhile) throws Exception {
        run(
                "claude",
                turns,
                meanwhile,
                Map.of(),
                "--settings",
                Repository.root().resolve("sample-configs/claude-code/settings.json").toString(),
                "--allowedTools",
                "Bash(sleep:*)");
    }

    private void codex(List<String> turns, Runnable meanwhile) throws Exception {
        String config =
                Files.readString(Repository.root().resolve("sample-configs/codex/config.toml"));
        run(
                "codex",
                turns,
                meanwhile,
                Map.of(
                        "SERVER_TOML",
                        "required = true",
                        "CODEX_TOML",
                        config.substring(config.indexOf("[[hooks."))),
                "--dangerously-bypass-hook-trust");
    }

    private Path work() {
        return temp.resolve("record/work");
    }

    private Path state() {
        return temp.resolve("state");
    }

    /// Waits for the question, and answers it as a person does.
    private void answerAtAnotherTerminal() {
        Path task = work().resolve(".tasks/task_1.json");
        try {
            while (!Files.exists(task) || !Files.readString(task).contains("Which database?")) {
                LockSupport.parkNanos(20_000_000);
            }
            ProcessBuilder answer =
                    new ProcessBuilder(
                                    Repository.root().resolve("bellhop").toString(),
                                    "--project",
                                    work().toString(),
                                    "answer",
                                    "1",
                                    ANSWER)
                            .redirectErrorStream(true)
                            .redirectOutput(temp.resolve("answered").toFile());
            answer.environment().put("XDG_STATE_HOME", state().toString());
            answer.start().onExit().join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Plays a conversation: something is begun, something else goes on for longer than it lasts,
    /// and the next request must show what came of it.
    ///
    /// @param meanwhile what goes on beside it
    private void run(
            String client,
            List<String> turns,
            Runnable meanwhile,
            Map<String, String> environment,
            String... arguments)
            throws IOException, InterruptedException {
        String shared = System.getenv("BELLHOP_SHARED");
        Path scripts =
                Repository.root().resolve(shared == null ? "../shared" : shared).resolve("clients");
        assumeTrue(isInstalled(client) && Files.isDirectory(scripts), client + " is not installed");
        Path script =
                Files.writeString(
                        temp.resolve("script.json"),
                        "{\"turns\": [%s, {\"text\": \"done\", \"expect\": \"%s\"}]}"
                                .formatted(String.join(", ", turns), ANSWER));
        Path record = temp.resolve("record");
        List<String> words = new ArrayList<>();
        words.add(scripts.resolve("run-" + client + ".sh").toString());
        words.addAll(List.of("-s", script.toString(), "-o", record.toString(), "-n", "bellhop"));
        words.addAll(List.of("-e", "XDG_STATE_HOME=" + state()));
        for (String argument : arguments) {
            words.addAll(List.of("-x", argument));
        }
        words.addAll(List.of("--", Repository.root().resolve("bellhop").toString(), "mcp"));
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .redirectErrorStream(true)
                        .redirectOutput(temp.resolve("said").toFile());
        builder.environment().putAll(environment);
        Process process = builder.start();
        Thread.ofPlatform().daemon().start(meanwhile);
        try {
            process.waitFor(150, TimeUnit.SECONDS);
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }

        JsonNode checks = new ObjectMapper().readTree(record.resolve("checks.json").toFile());
        assertFalse(checks.isEmpty(), Files.readString(temp.resolve("said")));
        for (JsonNode check : checks) {
            assertEquals(ANSWER, check.path("expect").asText());
            assertTrue(check.path("ok").asBoolean(), Files.readString(temp.resolve("said")));
        }
    }

    private static boolean isInstalled(String client) {
        String clients = System.getenv("BELLHOP_CLIENTS");
        Path root =
                clients == null
                        ? Path.of(System.getProperty("user.home"), ".cache", "bellhop-clients")
                        : Path.of(clients);
        return Files.exists(root.resolve("pk/%1$s/node_modules/.bin/%1$s".formatted(client)));
    }
}
