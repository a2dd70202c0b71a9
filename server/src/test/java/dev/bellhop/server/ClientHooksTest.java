package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The hooks of `sample-configs/` in the real clients, where these are installed: what a job
/// printed stands in the model's next request, though the model called no tool of ours meanwhile.
@Tag("jar")
@Timeout(180)
class ClientHooksTest {

    private static final String START =
            """
            {"tool": "background_run", "args": {"command": "sleep 1; echo HOOK-$((40+2))"}}\
            """;

    @TempDir Path temp = Path.of("/");

    @Test
    void claudeCodeShowsTheResultOfAJobBeforeTheNextTurn() throws Exception {
        run(
                "claude",
                "{\"tool\": \"Bash\", \"args\": {\"command\": \"sleep 3\"}}",
                Map.of(),
                "--settings",
                Repository.root().resolve("sample-configs/claude-code/settings.json").toString(),
                "--allowedTools",
                "Bash(sleep:*)");
    }

    @Test
    void codexShowsTheResultOfAJobBeforeTheNextTurn() throws Exception {
        String config =
                Files.readString(Repository.root().resolve("sample-configs/codex/config.toml"));
        run(
                "codex",
                "{\"tool\": \"exec_command\", \"args\": {\"cmd\": \"sleep 3\", \"yield_time_ms\":"
                        + " 20000}}",
                Map.of(
                        "SERVER_TOML",
                        "required = true",
                        "CODEX_TOML",
                        config.substring(config.indexOf("[[hooks."))),
                "--dangerously-bypass-hook-trust");
    }

    /// Plays a conversation: a job is started, something else goes on for longer than it lasts, and
    /// the next request must show what it printed.
    private void run(
            String client, String work, Map<String, String> environment, String... arguments)
            throws IOException, InterruptedException {
        String shared = System.getenv("BELLHOP_SHARED");
        Path scripts =
                Repository.root().resolve(shared == null ? "../shared" : shared).resolve("clients");
        assumeTrue(isInstalled(client) && Files.isDirectory(scripts), client + " is not installed");
        Path script =
                Files.writeString(
                        temp.resolve("script.json"),
                        "{\"turns\": [%s, %s, {\"text\": \"done\", \"expect\": \"HOOK-42\"}]}"
                                .formatted(START, work));
        Path record = temp.resolve("record");
        List<String> words = new ArrayList<>();
        words.add(scripts.resolve("run-" + client + ".sh").toString());
        words.addAll(List.of("-s", script.toString(), "-o", record.toString(), "-n", "bellhop"));
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
        try {
            process.waitFor(150, TimeUnit.SECONDS);
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }

        JsonNode checks = new ObjectMapper().readTree(record.resolve("checks.json").toFile());
        assertFalse(checks.isEmpty(), Files.readString(temp.resolve("said")));
        for (JsonNode check : checks) {
            assertEquals(
                    Map.of("turn", 2, "expect", "HOOK-42", "ok", true),
                    new ObjectMapper().convertValue(check, Map.class),
                    Files.readString(temp.resolve("said")));
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
