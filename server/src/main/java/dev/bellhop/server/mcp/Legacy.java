package dev.bellhop.server.mcp;

import dev.bellhop.tool.Caller;
import dev.bellhop.tool.Reply;
import dev.bellhop.tool.Toolbox;
import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// The generations of the protocol that begin with `initialize`: 2024-11-05 to 2025-11-25.
///
/// What they ask is answered by the SDK's stateless handler. In front of it stands what it does not
/// do, or does in a way that helps nobody: params are checked (it answers a missing one with a null
/// pointer), an unknown tool is named (it says `invalid_tool_name`), and a client need not have
/// said `initialize` before anything else.
public final class Legacy {

    /// The last is offered to a client that asks for one we do not know.
    static final List<String> VERSIONS =
            List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

    private static final String CALL = "call";

    private final Toolbox toolbox;
    private final Function<@Nullable String, Path> project;
    private final Runnable greeted;
    private final List<String> tools;
    private final McpStatelessServerHandler handler;

    /// @param project the project that is meant, given the directory in which a conversation says
    ///   it works, or null if it says nothing
    /// @param greeted to be run once `initialize` has been answered
    public Legacy(
            Toolbox toolbox,
            Codec codec,
            Function<@Nullable String, Path> project,
            Runnable greeted) {
        this.toolbox = toolbox;
        this.project = project;
        this.greeted = greeted;
        Introduction introduction = Introduction.of(toolbox);
        tools = introduction.tools().stream().map(McpSchema.Tool::name).toList();
        handler = handler(introduction, codec);
    }

    /// A call of a tool on its way through the SDK, all of it on one thread.
    private static final class Call {

        private final Caller caller;
        private Runnable sent = () -> {};

        Call(Caller caller) {
            this.caller = caller;
        }
    }

    /// What the SDK takes for a transport: it hands over the handler, and that is all.
    private static final class Seam implements McpStatelessServerTransport {

        private @Nullable McpStatelessServerHandler handler;

        @Override
        public void setMcpHandler(McpStatelessServerHandler handler) {
            this.handler = handler;
        }

        @Override
        public List<String> protocolVersions() {
            return VERSIONS;
        }

        @Override
        public Mono<Void> closeGracefully() {
            return Mono.empty();
        }
    }

    private McpStatelessServerHandler handler(Introduction introduction, Codec codec) {
        Seam seam = new Seam();
        McpServer.sync(seam)
                .serverInfo(introduction.server())
                .instructions(introduction.instructions())
                .capabilities(
                        McpSchema.ServerCapabilities.builder()
                                .tools(null) // the tools never change while we run
                                .build())
                .jsonMapper(codec)
                // Our input records check arguments, in words an agent can use.
                .jsonSchemaValidator(
                        (schema, value) -> JsonSchemaValidator.ValidationResponse.asValid(null))
                .validateToolInputs(false)
                // Each request has a thread already.
                .immediateExecution(true)
                .tools(
                        introduction.tools().stream()
                                .map(tool -> new SyncToolSpecification(tool, this::called))
                                .toList())
                .build();
        return Objects.requireNonNull(seam.handler);
    }

    /// Takes a notification in. One that is not known means nothing.
    void take(String method, Map<String, @Nullable Object> params, Peer peer) {
        Object id = params.get("requestId");
        if (method.equals("notifications/cancelled") && id != null) {
            peer.cancels(id);
        }
    }

    /// Takes a request in.
    ///
    /// @throws Refusal if it breaks the protocol
    Pending take(Request request, Peer peer) {
        return switch (request.method()) {
            case McpSchema.METHOD_INITIALIZE -> initialize(request, peer);
            case McpSchema.METHOD_TOOLS_CALL -> call(request, peer);
            case McpSchema.METHOD_TOOLS_LIST, McpSchema.METHOD_PING ->
                    () -> response(request, McpTransportContext.EMPTY, () -> {});
            default -> throw Refusal.method(request.method());
        };
    }

    private Pending initialize(Request request, Peer peer) {
        requireString(request, "protocolVersion");
        requireObjectOrNothing(request, "capabilities");
        requireObjectOrNothing(request, "clientInfo");
        Map<String, @Nullable Object> client = Request.object(request.params().get("clientInfo"));
        peer.introduced(
                client.get("name") instanceof String name ? name : "",
                client.get("version") instanceof String version ? version : "");
        return () -> response(request, McpTransportContext.EMPTY, greeted);
    }

    private Pending call(Request request, Peer peer) {
        String name = requireString(request, "name");
        requireObjectOrNothing(request, "arguments");
        if (!tools.contains(name)) {
            throw Refusal.params(
                    "there is no tool \"%s\"; the tools are %s"
                            .formatted(Refusal.shown(name), String.join(", ", tools)));
        }
        Peer.Client client = peer.client();
        Peer.Waiting waiting = peer.calls(request.id());
        return () -> {
            try {
                Call call =
                        new Call(
                                new Caller(
                                        project.apply(workspace(request)),
                                        client.name(),
                                        peer.conversation(),
                                        thread(request),
                                        client.patience(),
                                        waiting.hangup(),
                                        request.receivedNanos()));
                Response response =
                        response(
                                request,
                                McpTransportContext.create(Map.of(CALL, call)),
                                () -> call.sent.run());
                return waiting.isCancelled() ? null : response;
            } finally {
                waiting.over();
            }
        };
    }

    /// The consumer that the call names.
    private static @Nullable String thread(Request request) {
        return request.meta().get("threadId") instanceof String thread && !thread.isBlank()
                ? thread
                : null;
    }

    /// The directory in which the conversation behind the call works, where it says so: Codex does,
    /// and runs the servers of its plugins elsewhere.
    private static @Nullable String workspace(Request request) {
        Map<String, @Nullable Object> turn =
                Request.object(request.meta().get("x-codex-turn-metadata"));
        return Request.object(turn.get("workspaces")).keySet().stream().findFirst().orElse(null);
    }

    private McpSchema.CallToolResult called(
            McpTransportContext context, McpSchema.CallToolRequest request) {
        Call call = (Call) Objects.requireNonNull(context.get(CALL));
        Map<String, Object> arguments =
                request.arguments() == null ? Map.of() : request.arguments();
        Reply reply = toolbox.call(request.name(), arguments, call.caller);
        call.sent = reply.sent();
        List<McpSchema.Content> content =
                reply.text().isEmpty()
                        ? List.of()
                        : List.of(
                                McpSchema.TextContent.builder(Json.wellFormed(reply.text()))
                                        .build());
        return reply.problem() == null
                ? new McpSchema.CallToolResult(content, null, null, null)
                : new McpSchema.CallToolResult(
                        content, true, null, Map.of("dev.bellhop/code", reply.problem().code()));
    }

    private Response response(Request request, McpTransportContext context, Runnable sent) {
        // The SDK refuses ids beyond a long, so it is given one of ours.
        McpSchema.JSONRPCResponse response =
                Objects.requireNonNull(
                        handler.handleRequest(
                                        context,
                                        new McpSchema.JSONRPCRequest(
                                                request.method(), 0, request.params()))
                                .block());
        return new Response(request.id(), response.result(), response.error(), sent);
    }

    private static String requireString(Request request, String name) {
        if (request.params().get(name) instanceof String value) {
            return value;
        }
        throw Refusal.params(name + " is not a string");
    }

    private static void requireObjectOrNothing(Request request, String name) {
        Object value = request.params().get(name);
        if (value != null && !(value instanceof Map<?, ?>)) {
            throw Refusal.params(name + " is not an object");
        }
    }
}
