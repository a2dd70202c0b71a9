package dev.bellhop.server;

import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bellhop.server.mcp.Fixtures;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.ServerParameters;
import io.modelcontextprotocol.client.transport.StdioClientTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapperSupplier;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.spec.McpSchema;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A client that others wrote understands us.
@Timeout(60)
class SdkClientTest {

    @Test
    void theSdksOwnClientIsGreetedSeesTheToolsAndCallsOne() {
        ServerParameters server =
                ServerParameters.builder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString())
                        .args(
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                FixtureMain.class.getName())
                        .addEnvVar("XDG_STATE_HOME", System.getenv("XDG_STATE_HOME"))
                        .build();
        try (McpSyncClient client =
                McpClient.sync(
                                new StdioClientTransport(
                                        server, new JacksonMcpJsonMapperSupplier().get()))
                        .jsonSchemaValidator((schema, value) ->
                                JsonSchemaValidator.ValidationResponse.asValid(null))
                        .build()) {
            assertEquals("2025-11-25", client.initialize().protocolVersion());
            assertEquals(
                    Fixtures.toolbox().entries().stream()
                            .map(entry -> entry.tool().name())
                            .toList(),
                    client.listTools().tools().stream().map(McpSchema.Tool::name).toList());
            assertEquals(
                    new McpSchema.CallToolResult(
                            List.of(McpSchema.TextContent.builder("hi").build()), null, null, null),
                    client.callTool(
                            McpSchema.CallToolRequest.builder("echo")
                                    .arguments(Map.of("text", "hi"))
                                    .build()));
        }
    }

    @Test
    void itReadsAndFollowsWhatAProjectShows(@TempDir Path project) throws Exception {
        ServerParameters server =
                ServerParameters.builder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString())
                        .args(
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Main.class.getName(),
                                "mcp",
                                "--project",
                                project.toString())
                        .addEnvVar("XDG_STATE_HOME", project.resolve(".state").toString())
                        .build();
        CompletableFuture<String> updated = new CompletableFuture<>();
        Set<ProcessHandle> others = ProcessHandle.current().children().collect(toSet());
        try (McpSyncClient client =
                McpClient.sync(
                                new StdioClientTransport(
                                        server, new JacksonMcpJsonMapperSupplier().get()))
                        .jsonSchemaValidator((schema, value) ->
                                JsonSchemaValidator.ValidationResponse.asValid(null))
                        .resourcesUpdateConsumer(
                                contents -> updated.complete(contents.getFirst().uri()))
                        .build()) {
            client.initialize();
            client.callTool(
                    McpSchema.CallToolRequest.builder("task_create")
                            .arguments(Map.of("subject", "followed"))
                            .build());
            client.subscribeResource(
                    McpSchema.SubscribeRequest.builder("bellhop://task/1").build());
            client.callTool(
                    McpSchema.CallToolRequest.builder("task_update")
                            .arguments(Map.of("task_id", 1, "status", "completed"))
                            .build());

            assertEquals("bellhop://task/1", updated.get(30, TimeUnit.SECONDS));
            assertEquals(
                    List.of("bellhop://board"),
                    client.listResources().resources().stream()
                            .map(McpSchema.Resource::uri)
                            .toList());
        }
        // The SDK does not wait for the server's end, and until then it may write to its state.
        ProcessHandle.current()
                .children()
                .filter(child -> !others.contains(child))
                .forEach(child -> child.onExit().join());
    }
}
