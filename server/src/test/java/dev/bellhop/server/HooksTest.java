package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `bellhop inbox --hook`, run by this process as a client that has started a server, which it does
/// not tell which conversation it is for.
@Tag("jar")
@Timeout(180)
class HooksTest {

    private static final Map<String, String> HELD_BACK =
            Map.of("command", "while [ ! -e go ]; do sleep 0.02; done; echo built");

    @TempDir Path temp = Path.of("/");
    private Path project = Path.of("/");

    @BeforeEach
    void makeTheProject() throws IOException {
        project = Files.createDirectories(temp.toRealPath().resolve("app"));
    }

    private ProcessBuilder bellhop(String... words) {
        List<String> command = new ArrayList<>();
        command.add(Repository.root().resolve("bellhop").toString());
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile());
        builder.environment()
                .keySet()
                .removeAll(
                        List.of(
                                "CLAUDE_CODE_SESSION_ID",
                                "CLAUDE_PROJECT_DIR",
                                "COPILOT_AGENT_SESSION_ID",
                                "QWEN_CODE_SESSION_ID",
                                "QWEN_CODE_PROJECT_DIR"));
        builder.environment().put("XDG_STATE_HOME", temp.resolve("state").toString());
        builder.environment().put("BELLHOP_JAVA", System.getProperty("java.home"));
        builder.environment().put("BELLHOP_AOT", "off");
        return builder;
    }

    /// What a hook prints before the next turn.
    private String hook() throws Exception {
        Process hook = start(bellhop("inbox", "--hook", "gemini"));
        String out = new String(hook.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, hook.waitFor(), out);
        return out.replaceAll("[0-9.]+ s\\)", "T)").replaceAll("bg:[0-9a-f]{8}", "bg:ID");
    }

    private Process start(ProcessBuilder builder) throws IOException {
        Path said =
                Files.writeString(
                        temp.resolve("said"),
                        "{\"session_id\":\"g\",\"cwd\":\"%s\",\"hook_event_name\":\"BeforeAgent\"}"
                                .formatted(project));
        return builder.redirectInput(said.toFile())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /// What the next hook tells. On a busy machine one gives up, and then it is repeated.
    private String told() throws Exception {
        String told = hook();
        while (told.isEmpty()) {
            told = hook();
        }
        return told.replace("(repeated) ", "");
    }

    private void hookUntilQuiet() throws Exception {
        do {
            assertEquals("", hook());
        } while (!isQuiet());
    }

    /// Whether a hook ends without Java, which it does not find.
    private boolean isQuiet() throws Exception {
        ProcessBuilder builder = bellhop("inbox", "--hook", "gemini");
        builder.environment().put("BELLHOP_JAVA", temp.resolve("nowhere").toString());
        Process hook = start(builder);
        assertEquals("", new String(hook.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        int code = hook.waitFor();
        assertTrue(code == 0 || code == 3, "exit code " + code);
        return code == 0;
    }

    private static final String TOLD =
            "{\"hookSpecificOutput\":{\"hookEventName\":\"BeforeAgent\",\"additionalContext\":"
                    + "\"<background-results>\\n[bg:ID] completed (exit 0, T): built\\n"
                    + "</background-results>\"}}\n";

    @Test
    void anEndThatNoServerSawIsToldByTheNextHook() throws Exception {
        assertTrue(isQuiet());
        try (Client client = new Client(bellhop("mcp"))) {
            client.call("background_run", HELD_BACK);
            hookUntilQuiet();
            client.kill();
        }
        Files.createFile(project.resolve("go"));
        until(this::isAnEndToBeEntered);

        assertFalse(isQuiet());
        assertEquals(TOLD, told());
        assertFalse(isQuiet());
        hookUntilQuiet();
    }

    @Test
    void whatTheServerEnteredIsToldByAHookAndNotAgain() throws Exception {
        try (Client client = new Client(bellhop("mcp"))) {
            client.call("background_run", HELD_BACK);
            Files.createFile(project.resolve("go"));

            assertEquals(TOLD, told());
            assertEquals("No tasks.", client.call("task_list", Map.of()));
            assertTrue(isQuiet());
        }
    }

    private boolean isAnEndToBeEntered() {
        try (Stream<Path> files = Files.walk(temp.resolve("state"))) {
            return files.anyMatch(file -> String.valueOf(file.getParent()).endsWith("jobs/ended"));
        } catch (IOException e) {
            return false;
        }
    }

    private static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }
}
