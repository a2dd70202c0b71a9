package dev.bellhop.server.mcp;

import io.modelcontextprotocol.common.McpTransportContext;
import io.modelcontextprotocol.json.schema.JsonSchemaValidator;
import io.modelcontextprotocol.server.McpServer;
import io.modelcontextprotocol.server.McpStatelessServerFeatures.SyncToolSpecification;
import io.modelcontextprotocol.server.McpStatelessServerHandler;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpStatelessServerTransport;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/// The tools of an [Offer] behind the SDK's stateless handler, which both generations ask.
///
/// In front of it stands what the SDK does not do, or does in a way that helps nobody: params are
/// checked (it answers a missing one with a null pointer), and an unknown tool is named (it says
/// `invalid_tool_name`).
public final class Tools {

    private static final String CALL = "call";

    private final Offer offer;
    private final List<String> names;
    private final McpStatelessServerHandler handler;

    /// @param versions those that begin with `initialize`; the last is offered to a client that
    ///   asks for one we do not know
    public Tools(Offer offer, Codec codec, List<String> versions) {
        this.offer = offer;
        this.names = offer.tools().stream().map(McpSchema.Tool::name).toList();
        this.handler = handler(codec, versions);
    }

    /// A call on its way through the SDK, all of it on one thread.
    private static final class Call {

        private final Scope scope;
        private Runnable sent = () -> {};
        private @Nullable RuntimeException thrown;

        Call(Scope scope) {
            this.scope = scope;
        }
    }

    /// What the SDK takes for a transport: it hands over the handler, and that is all.
    private static final class Seam implements McpStatelessServerTransport {

        private final List<String> versions;
        private @Nullable McpStatelessServerHandler handler;

        Seam(List<String> versions) {
            this.versions = versions;
        }

        @Override
        public void setMcpHandler(McpStatelessServerHandler handler) {
            this.handler = handler;
        }

        @Override
        public List<String> protocolVersions() {
            return versions;
        }

        @Override
        public Mono<Void> closeGracefully() {
            return Mono.empty();
        }
    }

    private McpStatelessServerHandler handler(Codec codec, List<String> versions) {
        Seam seam = new Seam(versions);
        McpServer.sync(seam)
                .serverInfo(offer.server())
                .instructions(offer.instructions())
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
                        offer.tools().stream()
                                .map(tool -> new SyncToolSpecification(tool, this::called))
                                .toList())
                .build();
        return Objects.requireNonNull(seam.handler);
    }

    private McpSchema.CallToolResult called(
            McpTransportContext context, McpSchema.CallToolRequest request) {
        Call call = (Call) Objects.requireNonNull(context.get(CALL));
        Map<String, @Nullable Object> arguments = Request.object(request.arguments());
        try {
            Offer.Called called = offer.call(request.name(), arguments, call.scope);
            call.sent = called.sent();
            return called.result();
        } catch (RuntimeException e) {
            // The SDK would make a result of it.
            call.thrown = e;
            return new McpSchema.CallToolResult(List.of(), true, null, null);
        }
    }

    /// What the SDK makes of an `initialize`.
    public McpSchema.InitializeResult initialize(Request request) {
        return (McpSchema.InitializeResult) result(request, McpTransportContext.EMPTY);
    }

    List<McpSchema.Tool> list(Request request) {
        return ((McpSchema.ListToolsResult) result(request, McpTransportContext.EMPTY)).tools();
    }

    /// @throws Refusal if there is no such tool, or its arguments are none
    void requireCallable(Request request) {
        String name = request.string("name");
        request.objectOrNothing("arguments");
        if (!names.contains(name)) {
            throw Refusal.params(
                    "there is no tool \"%s\"; the tools are %s"
                            .formatted(Refusal.shown(name), String.join(", ", names)));
        }
    }

    Offer.Called call(Request request, Scope scope) {
        Call call = new Call(scope);
        Object result = result(request, McpTransportContext.create(Map.of(CALL, call)));
        if (call.thrown != null) {
            throw call.thrown;
        }
        return new Offer.Called((McpSchema.CallToolResult) result, call.sent);
    }

    private Object result(Request request, McpTransportContext context) {
        // The SDK refuses ids beyond a long, so it is given one of ours.
        McpSchema.JSONRPCResponse response =
                Objects.requireNonNull(
                        handler.handleRequest(
                                        context,
                                        new McpSchema.JSONRPCRequest(
                                                request.method(), 0, request.params()))
                                .block());
        if (response.error() != null) {
            throw Refusal.of(response.error().code(), response.error().message());
        }
        return Objects.requireNonNull(response.result());
    }
}
