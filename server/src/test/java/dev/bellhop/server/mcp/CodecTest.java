package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapperSupplier;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.IOException;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Ours and the SDK's own mapper say the same.
class CodecTest {

    private static final ObjectMapper TREES = new ObjectMapper();

    private final McpJsonMapper theirs = new JacksonMcpJsonMapperSupplier().get();
    private final Codec ours = new Codec();

    static Stream<Object> records() {
        McpSchema.Annotations audience =
                new McpSchema.Annotations(List.of(McpSchema.Role.USER), 0.5, null);
        McpSchema.TextContent text =
                new McpSchema.TextContent(audience, "l1\nl2 \"é\" 😀 \u0001", Map.of("k", 1));
        McpSchema.ImageContent image = McpSchema.ImageContent.builder("aGk=", "image/png").build();
        McpSchema.Implementation server =
                new McpSchema.Implementation("bellhop", "Bell", "1", "about", null, "http://x");
        McpSchema.Tool tool =
                new McpSchema.Tool(
                        "task_create",
                        "Create",
                        "Adds a task.",
                        Map.of("type", "object", "properties", Map.of(), "required", List.of("a")),
                        Map.of("type", "object"),
                        new McpSchema.ToolAnnotations("t", true, false, true, false, true),
                        Map.of("anthropic/alwaysLoad", true),
                        null);
        McpSchema.Tool bare = McpSchema.Tool.builder("inbox", Map.of("type", "object")).build();
        McpSchema.CallToolResult result =
                new McpSchema.CallToolResult(
                        List.of(text, image), true, Map.of("a", List.of(1L)), Map.of("m", "n"));
        return Stream.of(
                text,
                image,
                server,
                tool,
                bare,
                result,
                McpSchema.JSONRPCResponse.result(1, result),
                McpSchema.JSONRPCResponse.result("x", Map.of()),
                McpSchema.JSONRPCResponse.error(
                        Long.MAX_VALUE,
                        new McpSchema.JSONRPCResponse.JSONRPCError(-32602, "no", Map.of("d", 1))),
                McpSchema.ListPromptsResult.builder(List.of()).build());
    }

    @ParameterizedTest
    @MethodSource("records")
    void whatIsWrittenIsWhatTheSdkWouldWrite(Object value) throws IOException {
        assertEquals(
                TREES.readTree(theirs.writeValueAsString(value)),
                TREES.readTree(ours.writeValueAsString(value)));
    }

    static Stream<String> introductions() {
        return Stream.of(
                """
                {"protocolVersion":"2025-11-25","capabilities":{"roots":{"listChanged":true},
                "sampling":{},"elicitation":{"form":{},"url":{}},"experimental":{"a":{"b":1}},
                "extensions":{"io.modelcontextprotocol/ui":{"mimeTypes":["text/html"]}}},
                "clientInfo":{"name":"claude-code","title":"Claude","version":"2","websiteUrl":"u",
                "description":"d","unknown":[1]},"_meta":{"progressToken":"t"},"unknown":1}\
                """,
                """
                {"protocolVersion":"2024-11-05","capabilities":{},
                "clientInfo":{"name":"cline","version":"3"}}\
                """,
                """
                {"protocolVersion":"2025-06-18","capabilities":{"elicitation":{},"roots":{}},
                "clientInfo":{"name":"codex-mcp-client","version":"0.169.0"}}\
                """,
                """
                {"protocolVersion":"2025-06-18"}\
                """);
    }

    @ParameterizedTest
    @MethodSource("introductions")
    void whatAClientSaysOfItselfIsReadAsTheSdkWouldReadIt(String params) throws IOException {
        assertEquals(
                theirs.readValue(params, McpSchema.InitializeRequest.class),
                ours.convertValue(
                        theirs.readValue(params, Map.class), McpSchema.InitializeRequest.class));
    }

    @Test
    void aCallIsReadAsTheSdkWouldReadIt() throws IOException {
        TypeRef<McpSchema.CallToolRequest> type = new TypeRef<>() {};
        String params =
                """
                {"name":"echo","arguments":{"a":[1,{"b":null}]},"_meta":{"threadId":"t"},"x":1}\
                """;

        assertEquals(
                theirs.readValue(params, type),
                ours.convertValue(theirs.readValue(params, Map.class), type));
    }

    @Test
    void whatIsRareIsReadByTheSdksMapper() throws IOException {
        String params = "{\"cursor\":\"c\"}";

        assertEquals(
                theirs.readValue(params, McpSchema.PaginatedRequest.class),
                ours.readValue(params, McpSchema.PaginatedRequest.class));
    }

    @Test
    void anIdGoesBackHoweverLargeItIs() throws IOException {
        assertEquals(
                "{\"jsonrpc\":\"2.0\",\"id\":18446744073709551616,\"result\":{}}",
                ours.writeValueAsString(
                        Response.result(BigInteger.TWO.pow(64), Map.of(), () -> {})));
    }
}
