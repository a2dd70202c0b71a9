package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class HookInputTest {

    @TempDir Path directory = Path.of("/");

    private static HookInput read(String text) {
        return HookInput.read(in(text));
    }

    private static InputStream in(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void clientsSayItWithUnderscoresOrWithout() {
        String claude =
                """
                {"session_id": "s1", "transcript_path": "/x", "cwd": "%s",
                 "tool_input": {"session_id": "no", "cwd": "/"}, "hook_event_name": "Stop"}\
                """
                        .formatted(directory);
        String copilot =
                "{\"sessionId\":\"s1\",\"timestamp\":1,\"cwd\":\"%s\"}".formatted(directory);

        assertEquals(new HookInput("s1", "Stop", directory), read(claude));
        assertEquals(new HookInput("s1", null, directory), read(copilot));
    }

    @Test
    void theEndOfTheObjectIsEnough() throws IOException {
        try (PipedOutputStream client = new PipedOutputStream();
                InputStream in = new PipedInputStream(client)) {
            client.write("{\"session_id\":\"s1\"}".getBytes(StandardCharsets.UTF_8));

            assertEquals(new HookInput("s1", null, null), HookInput.read(in));
        }
    }

    @Test
    void whatIsCutIsGoodUpToThere() {
        String text = "{\"session_id\":\"s1\",\"hook_event_name\":\"Stop\",\"x\":\"";

        assertEquals(new HookInput("s1", "Stop", null), read(text));
        assertEquals(new HookInput("s1", "Stop", null), read(text + "x".repeat(2 << 20) + "\"}"));
    }

    @Test
    void aDirectoryThatIsNotThereIsNone() {
        assertEquals(
                new HookInput(null, null, null),
                read("{\"session_id\":\" \",\"cwd\":\"%s/none\"}".formatted(directory)));
        assertEquals(new HookInput(null, null, null), read("{\"cwd\":\"\\u0000\"}"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "garbage", "[]", "{", "{\"cwd\":", "\u0000"})
    void whatIsNoObjectIsRefused(String text) {
        assertThrows(Problem.class, () -> read(text));
    }
}
