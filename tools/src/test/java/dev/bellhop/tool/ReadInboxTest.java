package dev.bellhop.tool;

import static dev.bellhop.tool.ProjectFolder.steady;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ReadInboxTest {

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;

    ReadInboxTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    @Test
    void aHookIsAnsweredWithItsJsonAndWithNothingWhenNothingIsNew() {
        assertEquals("", client.good("inbox", "event", "UserPromptSubmit"));
        folder.runThenEnd(client, "printf 'say \"hi\"'");

        assertEquals(
                "{\"hookSpecificOutput\":{\"hookEventName\":\"UserPromptSubmit\","
                        + "\"additionalContext\":\"<background-results>\\n[bg:ID] completed (exit 0,"
                        + " T s): say \\\"hi\\\"\\n</background-results>\"}}",
                steady(client.good("inbox", "event", "UserPromptSubmit", "session", "session-1")));
        assertEquals("", client.good("inbox", "event", "UserPromptSubmit"));
    }

    @Test
    void withoutAnEventItIsPlainText() {
        assertEquals("No notifications.", client.good("inbox"));
        folder.runThenEnd(client, "true");

        assertEquals(
                "<background-results>\n[bg:ID] completed (exit 0, T s): (no output)\n"
                        + "</background-results>",
                steady(client.good("inbox")));
    }
}
