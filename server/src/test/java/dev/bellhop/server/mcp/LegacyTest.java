package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Toolbox;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LegacyTest {

    private final Toolbox toolbox = Fixtures.toolbox();
    private final Dispatcher dispatcher = Fixtures.dispatcher(toolbox, () -> {});
    private final Peer peer = Peer.ofPipe(new Conversation("process:1-2"), Channel.NONE);

    private String ask(String message) {
        Dispatcher.Taken taken =
                Objects.requireNonNull(
                        dispatcher.take(message.getBytes(StandardCharsets.UTF_8), peer, null));
        return new String(Objects.requireNonNull(taken.answer()).json(), StandardCharsets.UTF_8);
    }

    private static String initialize(String version, String client) {
        return """
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"%s",\
        "capabilities":{"elicitation":{"form":{},"url":{}}},\
        "clientInfo":{"name":"%s","version":"1.2"}}}\
        """
                .formatted(version, client);
    }

    @ParameterizedTest
    @CsvSource({
        "2024-11-05, 2024-11-05",
        "2025-03-26, 2025-03-26",
        "2025-06-18, 2025-06-18",
        "2025-11-25, 2025-11-25",
        "2026-07-28, 2025-11-25",
        "1999-01-01, 2025-11-25"
    })
    void aVersionWeKnowIsTakenAndAnyOtherGetsTheNewest(String asked, String given) {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":0,"result":{"protocolVersion":"%s",\
                "capabilities":{"completions":{},"logging":{},"prompts":{},\
                "resources":{"subscribe":true},"tools":{}},"serverInfo":{"name":"bellhop","version":"dev"},\
                "instructions":"%s"}}\
                """
                        .formatted(given, Introduction.INSTRUCTIONS),
                ask(initialize(asked, "client")));
    }

    @Test
    void theToolsAreTheSameBytesEveryTime() {
        String list =
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"_meta":{}}}\
                """;
        Dispatcher again = Fixtures.dispatcher(Fixtures.toolbox(), () -> {});

        String first = ask(list);

        assertEquals(first, ask(list));
        assertEquals(
                first,
                new String(
                        Objects.requireNonNull(
                                        Objects.requireNonNull(
                                                        again.take(
                                                                list.getBytes(
                                                                        StandardCharsets.UTF_8),
                                                                peer,
                                                                null))
                                                .answer())
                                .json(),
                        StandardCharsets.UTF_8));
    }

    @Test
    void theToolsComeInTheOrderOfTheToolbox() {
        assertEquals(
                toolbox.entries().stream().map(entry -> entry.tool().name()).toList(),
                Introduction.of(toolbox).tools().stream().map(tool -> tool.name()).toList());
    }

    @Test
    void anAnswerIsOneBlockOfText() {
        assertEquals(Wire.text(1, "a\\nb"), ask(Wire.call(1, "echo", "{\"text\":\"a\\nb\"}")));
    }

    @Test
    void aToolThatHasNothingToSayAnswersWithoutContent() {
        assertEquals(
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}",
                ask(Wire.call(1, "silent", "{}")));
    }

    @Test
    void aProblemIsAResultForTheAgentWithACodeForPrograms() {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text",\
                "text":"Error: #2 waits for #1 - Complete #1 first."}],"isError":true,\
                "_meta":{"dev.bellhop/code":"conflict"}}}\
                """,
                ask(Wire.call(1, "refuse", "{}")));
    }

    @Test
    void argumentsMayBeLeftOut() {
        assertEquals(
                Wire.text(1, "null"),
                ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo"}}\
                        """));
        assertEquals(Wire.text(2, "null"), ask(Wire.call(2, "echo", "null")));
    }

    @Test
    void anUnknownToolIsNamed() {
        assertEquals(
                Wire.error(
                        1,
                        -32602,
                        "Invalid params: there is no tool \\\"task_make\\\"; the tools are echo, count,"
                                + " who, silent, refuse, break, overflow, print, wait"),
                ask(Wire.call(1, "task_make", "{}")));
    }

    @Test
    void aCallWithoutParamsIsToldWhatIsMissing() {
        assertEquals(
                Wire.error(1, -32602, "Invalid params: name is not a string"),
                ask("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}"));
    }

    @ParameterizedTest
    @CsvSource({
        "claude-code, 240",
        "codex-mcp-client, 240",
        "gemini-cli-mcp-client, 240",
        "Qwen-Code, 240",
        "opencode, 45",
        "Continue, 45"
    })
    void theClientIsWhoItSaysAndWaitsAsLongAsItsKindDoes(String client, int seconds) {
        ask(initialize("2025-11-25", client));

        assertEquals(
                Wire.text(1, "/project | " + client + " 1.2 | process:1-2 | " + seconds + " s"),
                ask(Wire.call(1, "who", "{}")));
    }

    @Test
    void codexSaysWithEachCallWhoItIsForAndWhere() {
        assertEquals(
                Wire.text(7, "/repo | unknown | t1 | 45 s"),
                ask(
                        """
                        {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"who",\
                        "_meta":{"callId":"c","threadId":"t1","progressToken":3,\
                        "x-codex-turn-metadata":{"turn_id":"u",\
                        "workspaces":{"/repo":{"x":1},"/a":{}}}}}}\
                        """));
    }

    @Test
    void whatIsOfTheWrongKindInMetaIsNotBelieved() {
        assertEquals(
                Wire.text(7, "/project | unknown | process:1-2 | 45 s"),
                ask(
                        """
                        {"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"who",\
                        "_meta":{"threadId":5,"x-codex-turn-metadata":{"workspaces":["/a"]}}}}\
                        """));
    }

    @Test
    void aTextThatEndsInHalfACharacterIsStillSent() {
        Toolbox cut =
                Fixtures.toolbox(
                        List.of(
                                Fixtures.tool(
                                        "cut",
                                        Fixtures.Nothing.class,
                                        (input, call) -> "a\uD83D")));
        Dispatcher.Taken taken =
                Objects.requireNonNull(
                        Fixtures.dispatcher(cut, () -> {})
                                .take(
                                        Wire.call(1, "cut", "{}").getBytes(StandardCharsets.UTF_8),
                                        peer,
                                        null));

        assertEquals(
                Wire.text(1, "a\uFFFD"),
                new String(Objects.requireNonNull(taken.answer()).json(), StandardCharsets.UTF_8));
    }
}
