package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.server.http.Door;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.Limits;
import dev.bellhop.server.http.Route;
import dev.bellhop.server.http.Token;
import dev.bellhop.server.mcp.legacy.Legacy;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapperSupplier;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class McpOverHttpTest {

    private static final String TOKEN = "a-token-that-nobody-guesses-0123456789";

    private static final String META =
            """
            "_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",\
            "io.modelcontextprotocol/clientCapabilities":{},\
            "io.modelcontextprotocol/clientInfo":{"name":"claude-code","version":"2.1"}}\
            """;

    private static final String INITIALIZE =
            """
            {"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
            "capabilities":{"elicitation":{}},"clientInfo":{"name":"codex","version":"0.169"}}}\
            """;

    private final HttpServer server;
    private final HttpClient client = HttpClient.newHttpClient();

    McpOverHttpTest(@TempDir Path state) {
        Token token = Token.of(Map.of(Token.VARIABLE, TOKEN), state);
        server =
                new HttpServer(
                        new Door("127.0.0.1", 0, token, Set.of(), Limits.STANDARD, state),
                        Map.of(
                                "/mcp",
                                route(Fixtures.dispatcher(Fixtures.toolbox(), () -> {})),
                                "/asking",
                                route(
                                        Fixtures.dispatcher(
                                                new AskingOffer(Duration.ofSeconds(20)),
                                                () -> {}))),
                        Map.of(),
                        InstantSource.system());
    }

    private static Route route(Dispatcher dispatcher) {
        return new McpOverHttp(
                dispatcher, TOKEN, Set.copyOf(Legacy.VERSIONS), _ -> Path.of("/project"));
    }

    @AfterEach
    void close() {
        server.close();
        client.close();
    }

    private HttpRequest post(String body, String... headers) {
        return postTo("/mcp", body, headers);
    }

    private HttpRequest postTo(String path, String body, String... headers) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(
                                URI.create("http://127.0.0.1:%d%s".formatted(server.port(), path)))
                        .header("Authorization", "Bearer " + TOKEN)
                        .header("Content-Type", "application/json")
                        .header("Accept", "application/json, text/event-stream")
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        for (int i = 0; i < headers.length; i += 2) {
            request.header(headers[i], headers[i + 1]);
        }
        return request.build();
    }

    private HttpResponse<String> send(String body, String... headers) throws Exception {
        return client.send(post(body, headers), HttpResponse.BodyHandlers.ofString());
    }

    private static String modern(String method, String params) {
        return """
        {"jsonrpc":"2.0","id":1,"method":"%s","params":{%s,%s}}\
        """
                .formatted(method, params, META);
    }

    @Test
    void aClientOfTheFirstGenerationNeedsNoSession() throws Exception {
        HttpResponse<String> response = send(Wire.call(1, "who", "{}"));

        assertEquals(200, response.statusCode());
        assertEquals("application/json", response.headers().firstValue("Content-Type").orElse(""));
        assertTrue(
                response.body().matches(".*/project \\| unknown \\| http:token:\\w+ \\| 45 s.*"),
                response.body());
    }

    @Test
    void whatItSaidAtFirstComesBackWithItsSession() throws Exception {
        String session = send(INITIALIZE).headers().firstValue("Mcp-Session-Id").orElse("none");

        HttpResponse<String> response =
                send(
                        Wire.call(1, "who", "{}"),
                        "Mcp-Session-Id",
                        session,
                        "MCP-Protocol-Version",
                        "2025-11-25");

        assertTrue(
                response.body()
                        .matches(
                                ".*/project \\| codex 0.169 \\| http:token:\\w+ codex \\| 240 s.*"),
                response.body());
    }

    @ParameterizedTest
    @ValueSource(strings = {"guessed", "W10.AAAA", ".", "W10."})
    void aSessionThatIsNotOursIsNotFound(String session) throws Exception {
        assertEquals(404, send(Wire.ping(1), "Mcp-Session-Id", session).statusCode());
    }

    @Test
    void theSecondGenerationIsAnsweredInItsOwnWords() throws Exception {
        HttpResponse<String> response =
                send(
                        modern("tools/call", "\"name\":\"who\""),
                        "MCP-Protocol-Version",
                        "2026-07-28",
                        "Mcp-Method",
                        "tools/call",
                        "Mcp-Name",
                        "who",
                        "Mcp-Session-Id",
                        "whatever");

        assertEquals(200, response.statusCode());
        assertTrue(
                response.body()
                        .matches(".*claude-code 2.1 \\| http:token:\\w+ claude-code \\| 240 s.*"),
                response.body());
    }

    @Test
    void aVersionThatNobodyKnowsIsRefusedWithThoseWeKnow() throws Exception {
        HttpResponse<String> response =
                send(
                        modern("tools/list", "\"x\":1").replace("2026-07-28", "2030-01-01"),
                        "MCP-Protocol-Version",
                        "2030-01-01",
                        "Mcp-Method",
                        "tools/list");

        assertEquals(400, response.statusCode());
        assertTrue(response.body().contains("\"code\":-32022"), response.body());
    }

    @Test
    void aNotificationIsAccepted() throws Exception {
        HttpResponse<String> response =
                send("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

        assertEquals(202, response.statusCode());
        assertEquals("", response.body());
    }

    @Test
    void whatIsNoJsonIsABadRequest() throws Exception {
        assertEquals(400, send("{").statusCode());
    }

    @ParameterizedTest
    @CsvSource({
        "application/json, 200",
        "*/*, 200",
        "'text/event-stream, application/json', 200",
        "text/html, 406"
    })
    void whatTheClientCanReadIsHeeded(String accept, int status) throws Exception {
        HttpRequest request =
                HttpRequest.newBuilder(post(Wire.ping(1)), (name, _) -> !name.equals("Accept"))
                        .header("Accept", accept)
                        .build();

        assertEquals(
                status, client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode());
    }

    @Test
    void theSdksOwnClientIsServed() {
        HttpClientStreamableHttpTransport transport =
                HttpClientStreamableHttpTransport.builder(
                                "http://127.0.0.1:%d".formatted(server.port()))
                        .endpoint("/mcp")
                        .jsonMapper(new JacksonMcpJsonMapperSupplier().get())
                        .requestBuilder(
                                HttpRequest.newBuilder().header("Authorization", "Bearer " + TOKEN))
                        .build();
        try (McpSyncClient sdk =
                McpClient.sync(transport)
                        .jsonSchemaValidator((schema, value) ->
                                JsonSchemaValidator.ValidationResponse.asValid(null))
                        .build()) {
            assertEquals("2025-11-25", sdk.initialize().protocolVersion());
            assertEquals("echo", sdk.listTools().tools().getFirst().name());
            assertEquals(
                    new McpSchema.CallToolResult(
                            List.of(McpSchema.TextContent.builder("hi").build()), null, null, null),
                    sdk.callTool(
                            McpSchema.CallToolRequest.builder("echo")
                                    .arguments(Map.of("text", "hi"))
                                    .build()));
            assertEquals(
                    List.of("plan", "resume"),
                    sdk.listPrompts().prompts().stream().map(McpSchema.Prompt::name).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "DELETE"})
    void thereIsNothingToGetOrDelete(String method) throws Exception {
        HttpResponse<String> response =
                client.send(
                        HttpRequest.newBuilder(post("").uri())
                                .header("Authorization", "Bearer " + TOKEN)
                                .method(method, HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());

        assertEquals(405, response.statusCode());
        assertEquals("POST", response.headers().firstValue("Allow").orElse(""));
    }

    @Test
    void aListenerHearsThatItIsHeardAndIsLetGoAtTheEnd() throws Exception {
        HttpResponse<InputStream> response =
                client.send(
                        post(
                                modern("subscriptions/listen", "\"notifications\":{}"),
                                "MCP-Protocol-Version",
                                "2026-07-28",
                                "Mcp-Method",
                                "subscriptions/listen"),
                        HttpResponse.BodyHandlers.ofInputStream());
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));

        assertTrue(data(lines).contains("notifications/subscriptions/acknowledged"));
        CompletableFuture<Void> closed = CompletableFuture.runAsync(server::close);
        assertTrue(data(lines).contains("\"resultType\":\"complete\""));
        closed.join();
    }

    @Test
    void aCallThatTakesLongSaysSoOnAStreamAndIsAnsweredThere() throws Exception {
        HttpResponse<String> response =
                send(Wire.call(1, "wait", "{\"seconds\":7},\"_meta\":{\"progressToken\":\"t\"}"));

        assertEquals("text/event-stream", response.headers().firstValue("Content-Type").orElse(""));
        assertTrue(
                response.body()
                        .contains(
                                """
                                data: {"jsonrpc":"2.0","method":"notifications/progress",\
                                "params":{"progressToken":"t","progress":5,\
                                "message":"waiting for 5 s"}}\
                                """),
                response.body());
        assertTrue(response.body().contains("data: " + Wire.text(1, "waited")), response.body());
    }

    @Test
    void aQuestionGoesOutOnTheStreamOfItsCall() throws Exception {
        String session = send(INITIALIZE).headers().firstValue("Mcp-Session-Id").orElse("none");
        HttpResponse<InputStream> response =
                client.send(
                        postTo("/asking", Wire.call(1, "ask", "{}"), "Mcp-Session-Id", session),
                        HttpResponse.BodyHandlers.ofInputStream());
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        String question = data(lines);
        String id = question.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1");

        HttpResponse<String> accepted =
                client.send(
                        postTo(
                                "/asking",
                                """
                                {"jsonrpc":"2.0","id":"%s","result":{"action":"accept"}}\
                                """
                                        .formatted(id)),
                        HttpResponse.BodyHandlers.ofString());

        assertTrue(question.contains("\"method\":\"elicitation/create\""), question);
        assertEquals(202, accepted.statusCode());
        assertTrue(data(lines).contains("accept"));
    }

    /// What the next event says; comments keep a stream alive.
    private static String data(BufferedReader lines) throws IOException {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data:")) {
                return line.substring("data:".length()).strip();
            }
        }
        assertFalse(true, "the stream has ended");
        return "";
    }
}
