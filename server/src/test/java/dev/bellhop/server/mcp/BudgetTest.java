package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.EncodingType;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Toolbox;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;

/// What our tools cost every session of every agent, before it has done anything.
class BudgetTest {

    private static final int TOKENS_MAX = 1_500;
    private static final int INSTRUCTIONS_CHARS_MAX = 250;

    private static Introduction introduction() {
        return Introduction.of(
                new Toolbox(
                        Toolbox.standard(), new Projects(System.getenv(), InstantSource.system())));
    }

    @Test
    void theToolsCostNoMoreThanTheirBudget() throws IOException {
        String answer =
                new Codec()
                        .writeValueAsString(
                                McpSchema.ListToolsResult.builder(introduction().tools()).build());

        int tokens =
                Encodings.newLazyEncodingRegistry()
                        .getEncoding(EncodingType.O200K_BASE)
                        .countTokens(answer);

        assertTrue(tokens <= TOKENS_MAX, tokens + " tokens: " + answer);
    }

    @Test
    void theAnswerIsTheSameBytesEveryTime() throws IOException {
        assertEquals(
                new Codec().writeValueAsString(introduction().tools()),
                new Codec().writeValueAsString(introduction().tools()));
    }

    @Test
    void theInstructionsFitWhereTheyAreCut() {
        assertTrue(Introduction.INSTRUCTIONS.length() <= INSTRUCTIONS_CHARS_MAX);
    }
}
