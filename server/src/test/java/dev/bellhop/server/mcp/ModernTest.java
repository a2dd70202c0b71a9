package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.tool.Conversation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModernTest {

    private static final String META =
            """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{},\
            "io.modelcontextprotocol/clientInfo":{"name":"claude-code","version":"2.1"}}\
            """;

    private static final String SERVER =
            """
            "io.modelcontextprotocol/serverInfo":{"name":"bellhop","version":"dev"}\
            """;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final Dispatcher dispatcher = Fixtures.dispatcher(Fixtures.toolbox(), () -> {});
    private final Peer peer =
            Peer.ofPipe(
                    new Conversation("process:1-2"),
                    json -> told.add(new String(json, StandardCharsets.UTF_8)));

    private Answer answer(String message, @Nullable Head head) {
        return Objects.requireNonNull(
                Objects.requireNonNull(
                                dispatcher.take(
                                        message.getBytes(StandardCharsets.UTF_8), peer, head))
                        .answer());
    }

    private String ask(String message) {
        return new String(answer(message, null).json(), StandardCharsets.UTF_8);
    }

    private static String request(String method, String params) {
        return """
        {"jsonrpc":"2.0","id":1,"method":"%s","params":{%s%s%s}}\
        """
                .formatted(method, params, params.isEmpty() ? "" : ",", META);
    }

    @Test
    void whatWeAreIsTold() {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",\
                "supportedVersions":["2026-07-28"],"capabilities":{"completions":{},"prompts":{},\
                "resources":{"subscribe":true},"tools":{}},"instructions":"%s",\
                "ttlMs":0,"cacheScope":"private","_meta":{%s}}}\
                """
                        .formatted(Introduction.INSTRUCTIONS, SERVER),
                ask(request("server/discover", "")));
    }

    @Test
    void aCallIsAnsweredWithWhatTheClientSaysOfItself() {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",\
                "content":[{"type":"text",\
                "text":"/project | claude-code 2.1 | process:1-2 | 240 s"}],"_meta":{%s}}}\
                """
                        .formatted(SERVER),
                ask(request("tools/call", "\"name\":\"who\",\"arguments\":{}")));
    }

    @Test
    void aToolsOwnMetaStandsBesideOurs() {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete",\
                "content":[{"type":"text","text":"Error: #2 waits for #1 - Complete #1 first."}],\
                "isError":true,"_meta":{"dev.bellhop/code":"conflict",%s}}}\
                """
                        .formatted(SERVER),
                ask(request("tools/call", "\"name\":\"refuse\"")));
    }

    @Test
    void aListSaysHowLongItHolds() {
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","prompts":[],\
                "ttlMs":0,"cacheScope":"private","_meta":{%s}}}\
                """
                        .formatted(SERVER)
                        .replace(
                                "\"prompts\":[]",
                                ask(request("prompts/list", ""))
                                        .replaceAll(".*(\"prompts\":\\[.*\\]),\"ttlMs\".*", "$1")),
                ask(request("prompts/list", "")));
    }

    @Test
    void aResourceThatIsNotThereIsNamed() {
        String answer = ask(request("resources/read", "\"uri\":\"bellhop://nowhere\""));

        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"error":{"code":-32602,\
                "message":"there is no resource bellhop://nowhere",\
                "data":{"uri":"bellhop://nowhere"}}}\
                """,
                answer.replaceFirst(" - The resources are [^\"]*", ""));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "'_meta':{'io.modelcontextprotocol/protocolVersion':'2030-01-01'}"
                        + "| -32022 | 'data':{'supported':['2026-07-28'],'requested':'2030-01-01'}",
                "'_meta':{'io.modelcontextprotocol/protocolVersion':'2026-07-28'}"
                        + "| -32602 | clientCapabilities",
                "'_meta':{'io.modelcontextprotocol/protocolVersion':7}"
                        + "| -32602 | protocolVersion",
            })
    void whatARequestMustSayIsAskedFor(String params, int code, String said) {
        String answer =
                ask(
                        """
                        {"jsonrpc":"2.0","id":1,"method":"tools/list","params":{%s}}\
                        """
                                .formatted(params.replace('\'', '"')));

        assertTrue(answer.contains("\"code\":" + code), answer);
        assertTrue(answer.contains(said.replace('\'', '"')), answer);
    }

    @ParameterizedTest
    @CsvSource({
        "initialize, 404",
        "ping, 404",
        "logging/setLevel, 404",
        "resources/subscribe, 404",
        "tasks/get, 404"
    })
    void whatTheFirstGenerationHadIsNotThere(String method, int status) {
        Answer answer = answer(request(method, ""), new Head("2026-07-28", method, null));

        assertEquals(status, answer.status());
        assertTrue(
                new String(answer.json(), StandardCharsets.UTF_8).contains("\"code\":-32601"),
                method);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-07-28, tools/call, who, 200",
        "2026-07-28, tools/call, =?base64?d2hv?=, 200",
        "2026-07-28, tools/call, =?base64?d2hv, 400",
        "2026-07-28, tools/call, =?base64?d2h?=, 400",
        "2026-07-28, tools/call, =?base64?wyg=?=, 400",
        "2026-07-28, tools/call, echo, 400",
        "2026-07-28, tools/call, , 400",
        "2026-07-28, tools/list, who, 400",
        "2026-07-28, , who, 400",
        "2025-11-25, tools/call, who, 400",
        ", tools/call, who, 400"
    })
    void headersSayWhatTheMessageSays(
            @Nullable String version, @Nullable String method, @Nullable String name, int status) {
        Answer answer =
                answer(request("tools/call", "\"name\":\"who\""), new Head(version, method, name));

        assertEquals(status, answer.status());
        assertEquals(
                status == 400,
                new String(answer.json(), StandardCharsets.UTF_8).contains("\"code\":-32020"));
    }

    @Test
    void aListenerIsAcknowledgedAndLetGo() throws InterruptedException {
        Dispatcher.Taken taken =
                Objects.requireNonNull(
                        dispatcher.take(
                                request(
                                                "subscriptions/listen",
                                                "\"notifications\":{\"toolsListChanged\":true}")
                                        .getBytes(StandardCharsets.UTF_8),
                                peer,
                                null));
        CompletableFuture<@Nullable Answer> answer = CompletableFuture.supplyAsync(taken::answer);

        assertEquals(
                """
                {"jsonrpc":"2.0","method":"notifications/subscriptions/acknowledged",\
                "params":{"notifications":{},\
                "_meta":{"io.modelcontextprotocol/subscriptionId":1}}}\
                """,
                told.poll(20, TimeUnit.SECONDS));
        peer.leaves();
        assertEquals(
                """
                {"jsonrpc":"2.0","id":1,"result":{"resultType":"complete","_meta":{%s,\
                "io.modelcontextprotocol/subscriptionId":1}}}\
                """
                        .formatted(SERVER),
                new String(Objects.requireNonNull(answer.join()).json(), StandardCharsets.UTF_8));
        assertEquals(List.of(), List.copyOf(told));
    }

    @Test
    void aListenerThatIsCancelledHearsNothingMore() throws InterruptedException {
        Dispatcher.Taken taken =
                Objects.requireNonNull(
                        dispatcher.take(
                                request("subscriptions/listen", "")
                                        .getBytes(StandardCharsets.UTF_8),
                                peer,
                                null));
        CompletableFuture<@Nullable Answer> answer = CompletableFuture.supplyAsync(taken::answer);
        assertTrue(String.valueOf(told.poll(20, TimeUnit.SECONDS)).contains("acknowledged"));

        boolean wantsAnswer =
                dispatcher.take(
                                """
                                {"jsonrpc":"2.0","method":"notifications/cancelled",\
                                "params":{"requestId":1}}\
                                """
                                        .getBytes(StandardCharsets.UTF_8),
                                peer,
                                null)
                        != null;

        assertEquals(false, wantsAnswer);
        assertEquals(null, answer.join());
    }

    @Test
    void bothGenerationsShareAPipe() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(Wire.pong(1), wire.ask(Wire.ping(1)));
            assertTrue(wire.ask(request("tools/list", "")).contains("\"resultType\":\"complete\""));
            assertEquals(Wire.text(2, "hi"), wire.ask(Wire.call(2, "echo", "{\"text\":\"hi\"}")));
        }
    }
}
