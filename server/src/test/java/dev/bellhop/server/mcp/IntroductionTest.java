package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.server.mcp.Fixtures.Fixture;
import dev.bellhop.server.mcp.Fixtures.Text;
import dev.bellhop.tool.Hints;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntroductionTest {

    private static String tool(Hints hints) throws IOException {
        return new Codec()
                .writeValueAsString(
                        Introduction.of(
                                        Fixtures.toolbox(
                                                List.of(
                                                        new Fixture<>(
                                                                "t",
                                                                hints,
                                                                Text.class,
                                                                (input, call) -> ""))))
                                .tools()
                                .getFirst());
    }

    @Test
    void codexShowsTheInstructionsWhole() {
        assertTrue(Introduction.INSTRUCTIONS.length() <= 250);
    }

    @Test
    void aToolIsToldWithAllThatAClientNeedsAndNothingElse() throws IOException {
        assertEquals(
                """
                {"name":"t","description":"Fixture t.","inputSchema":{"type":"object",\
                "properties":{"text":{"type":"string","description":"What to say"}}},\
                "annotations":{"readOnlyHint":true,"openWorldHint":false},\
                "_meta":{"anthropic/alwaysLoad":true,"anthropic/searchHint":"fixture"}}\
                """,
                tool(new Hints(true, false, true, false)));
    }

    /// Codex runs a tool unasked if `readOnlyHint` is true, or `destructiveHint` and
    /// `openWorldHint` are both false.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "true  | false | true  | false | 'readOnlyHint':true,'openWorldHint':false",
                "true  | true  | false | true  | 'readOnlyHint':true",
                "false | false | false | false | 'destructiveHint':false,'openWorldHint':false",
                "false | false | true  | false |"
                        + " 'destructiveHint':false,'idempotentHint':true,'openWorldHint':false",
                "false | true  | true  | true  | 'idempotentHint':true",
                "false | true  | false | true  | 'destructiveHint':true",
            })
    void hintsSayWhatAClientWouldNotAssume(
            boolean readOnly,
            boolean destructive,
            boolean idempotent,
            boolean openWorld,
            String expected)
            throws IOException {
        String told = tool(new Hints(readOnly, destructive, idempotent, openWorld));
        String from = "\"annotations\":{";
        int start = told.indexOf(from) + from.length();

        assertEquals(expected.replace('\'', '"'), told.substring(start, told.indexOf('}', start)));
    }
}
