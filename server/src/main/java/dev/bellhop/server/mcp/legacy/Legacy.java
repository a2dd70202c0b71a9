package dev.bellhop.server.mcp.legacy;

import dev.bellhop.base.Hangup;
import dev.bellhop.server.mcp.CallScope;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Generation;
import dev.bellhop.server.mcp.Methods;
import dev.bellhop.server.mcp.Offer;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Pending;
import dev.bellhop.server.mcp.Places;
import dev.bellhop.server.mcp.Questions;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Request;
import dev.bellhop.server.mcp.Response;
import dev.bellhop.server.mcp.Scope;
import dev.bellhop.server.mcp.Tools;
import io.modelcontextprotocol.spec.McpSchema;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The generations of the protocol that begin with `initialize`: 2024-11-05 to 2025-11-25.
///
/// A client need not have said `initialize` before anything else. Of what it then says nothing is
/// kept but what only the other end of a pipe can have: what it is, what it can, which resources it
/// follows and what it wants to hear.
public final class Legacy implements Generation {

    public static final List<String> VERSIONS =
            List.of("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25");

    private static final int PARSE_ERROR = -32700;

    private final Methods methods;
    private final Tools tools;
    private final Codec codec;
    private final Questions questions;
    private final Places places;
    private final Roots roots;
    private final Following following;
    private final LogLevels logLevels = new LogLevels();
    private final Runnable greeted;

    /// @param greeted to be run once `initialize` has been answered
    public Legacy(
            Offer offer,
            Methods methods,
            Tools tools,
            Codec codec,
            Questions questions,
            Places places,
            Runnable greeted) {
        this.methods = methods;
        this.tools = tools;
        this.codec = codec;
        this.questions = questions;
        this.places = places;
        this.roots = new Roots(questions);
        this.following = new Following(offer, codec);
        this.greeted = greeted;
    }

    @Override
    public void take(String method, Map<String, @Nullable Object> params, Peer peer) {
        Object id = params.get("requestId");
        if (method.equals("notifications/cancelled") && id != null) {
            peer.cancels(id);
        } else if (method.equals("notifications/roots/list_changed")) {
            roots.changed(peer);
        }
    }

    @Override
    public Pending take(Request request, Peer peer) {
        return switch (request.method()) {
            case McpSchema.METHOD_INITIALIZE -> initialize(request, peer);
            case McpSchema.METHOD_PING -> () -> empty(request);
            case McpSchema.METHOD_LOGGING_SET_LEVEL -> setLevel(request, peer);
            case McpSchema.METHOD_RESOURCES_SUBSCRIBE -> follow(request, peer);
            case McpSchema.METHOD_RESOURCES_UNSUBSCRIBE -> unfollow(request, peer);
            default -> work(request, peer);
        };
    }

    @Override
    public int status(Refusal refusal) {
        // Of the others too 404 would say that a session is over.
        return refusal.code() == PARSE_ERROR ? 400 : 200;
    }

    private Pending initialize(Request request, Peer peer) {
        request.string("protocolVersion");
        Map<String, @Nullable Object> capabilities = request.objectOrNothing("capabilities");
        Map<String, @Nullable Object> client = request.objectOrNothing("clientInfo");
        peer.introduced(
                new Peer.Introduction(
                        Peer.Client.of(
                                client.get("name") instanceof String name ? name : "",
                                client.get("version") instanceof String version ? version : ""),
                        capabilities));
        return () -> {
            McpSchema.InitializeResult said = tools.initialize(request);
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("protocolVersion", said.protocolVersion());
            result.put("capabilities", capabilities(peer));
            result.put("serverInfo", said.serverInfo());
            if (said.instructions() != null) {
                result.put("instructions", said.instructions());
            }
            return Response.result(request.id(), result, greeted);
        };
    }

    /// What we can; following resources needs somebody who is there to be told.
    private static Map<String, Object> capabilities(Peer peer) {
        Map<String, Object> capabilities = new LinkedHashMap<>();
        capabilities.put("completions", Map.of());
        capabilities.put("logging", Map.of());
        capabilities.put("prompts", Map.of());
        capabilities.put("resources", peer.stays() ? Map.of("subscribe", true) : Map.of());
        capabilities.put("tools", Map.of());
        return capabilities;
    }

    private static Response empty(Request request) {
        return Response.result(request.id(), Map.of(), () -> {});
    }

    private Pending setLevel(Request request, Peer peer) {
        String level = request.string("level");
        if (!CallScope.LOG_LEVELS.contains(level)) {
            throw Refusal.params("level is not one of " + String.join(", ", CallScope.LOG_LEVELS));
        }
        logLevels.set(peer, level);
        return () -> empty(request);
    }

    private Pending follow(Request request, Peer peer) {
        String uri = request.string("uri");
        requirePipe(request, peer);
        return () -> {
            following.begin(uri, scope(request, peer, new Hangup()), peer);
            return empty(request);
        };
    }

    private Pending unfollow(Request request, Peer peer) {
        String uri = request.string("uri");
        requirePipe(request, peer);
        return () -> {
            following.end(uri, peer);
            return empty(request);
        };
    }

    private static void requirePipe(Request request, Peer peer) {
        if (!peer.stays()) {
            throw Refusal.method(request.method());
        }
    }

    private Pending work(Request request, Peer peer) {
        Methods.Work work =
                methods.take(request).orElseThrow(() -> Refusal.method(request.method()));
        Peer.Waiting waiting = peer.calls(request.id());
        return () -> {
            try {
                Methods.Result result = work.done(scope(request, peer, waiting.hangup()));
                return waiting.isCancelled()
                        ? null
                        : Response.result(request.id(), result.fields(), result.sent());
            } finally {
                waiting.over();
            }
        };
    }

    private Scope scope(Request request, Peer peer, Hangup hangup) {
        return new LegacyScope(
                request,
                peer,
                hangup,
                () -> project(request, peer),
                codec,
                questions,
                logLevels.of(peer));
    }

    private Path project(Request request, Peer peer) {
        Path named = peer.project();
        if (named != null) {
            return named;
        }
        String workspace = CallScope.workspace(request);
        return places.project(
                workspace == null && places.known() == null ? roots.first(peer) : workspace);
    }
}
