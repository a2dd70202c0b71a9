package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import dev.bellhop.tool.Abilities;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigTest {

    private static String consumer(Map<String, String> environment) {
        return new Config(null, Path.of("/"), environment, "process:1-2", Abilities.UNTOLD)
                .consumer();
    }

    @Test
    void theConversationThatHasStartedUsReadsTheInbox() {
        assertEquals("c", consumer(Map.of("CLAUDE_CODE_SESSION_ID", "c")));
        assertEquals("p", consumer(Map.of("COPILOT_AGENT_SESSION_ID", "p")));
        assertEquals("q", consumer(Map.of("QWEN_CODE_SESSION_ID", "q")));
    }

    @Test
    void whereNoConversationIsNamedTheProcessReadsTheInbox() {
        assertEquals("process:1-2", consumer(Map.of("CLAUDE_CODE_SESSION_ID", " ")));
        assertEquals("process:1-2", consumer(Map.of()));
    }

    @Test
    void theProjectMayBeNamedInTwoWays() {
        assertEquals(Path.of("a b"), Config.ofProcess(List.of("--project", "a b")).project());
        assertEquals(Path.of("a=b"), Config.ofProcess(List.of("--project=a=b")).project());
        assertNull(Config.ofProcess(List.of()).project());
    }

    @Test
    void aFlagThatMeansNothingIsRefused() {
        assertEquals(
                "Error: `--projects` is not understood - Write --project DIR, --agent NAME, --role ROLE, --can TYPE,LABEL, or nothing.",
                assertThrows(Problem.class, () -> Config.ofProcess(List.of("--projects", "a")))
                        .text());
        assertEquals(
                "Error: `--project` is not understood - Write --project DIR, --agent NAME, --role ROLE, --can TYPE,LABEL, or nothing.",
                assertThrows(Problem.class, () -> Config.ofProcess(List.of("--project"))).text());
    }
}
