package dev.bellhop.server.mcp.modern;

import dev.bellhop.server.mcp.CallScope;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Generation;
import dev.bellhop.server.mcp.InputRequired;
import dev.bellhop.server.mcp.Methods;
import dev.bellhop.server.mcp.Offer;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Pending;
import dev.bellhop.server.mcp.Places;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Request;
import dev.bellhop.server.mcp.Response;
import dev.bellhop.server.mcp.Subscription;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The generation of the protocol in which every request stands alone: 2026-07-28.
public final class Modern implements Generation {

    public static final List<String> VERSIONS = List.of("2026-07-28");

    public static final String DISCOVER = "server/discover";
    public static final String LISTEN = "subscriptions/listen";

    private static final String SUBSCRIPTION = Envelope.PREFIX + "subscriptionId";

    /// What we list and show may change at any time, and is quickly asked for again.
    private static final int TTL_MILLIS = 0;

    private static final int NO_RESOURCE = -32002;
    private static final int NO_METHOD = -32601;
    private static final int INVALID_PARAMS = -32602;
    private static final int INTERNAL = -32603;

    private final Offer offer;
    private final Methods methods;
    private final Codec codec;
    private final Places places;
    private final Runnable greeted;

    /// @param greeted to be run once `server/discover` has been answered
    public Modern(Offer offer, Methods methods, Codec codec, Places places, Runnable greeted) {
        this.offer = offer;
        this.methods = methods;
        this.codec = codec;
        this.places = places;
        this.greeted = greeted;
    }

    /// Whether a message that came over a pipe is of this generation.
    public static boolean speaks(String method, Map<String, @Nullable Object> meta) {
        return meta.containsKey(Envelope.VERSION)
                || method.equals(DISCOVER)
                || method.equals(LISTEN);
    }

    @Override
    public void take(String method, Map<String, @Nullable Object> params, Peer peer) {
        Object id = params.get("requestId");
        if (method.equals("notifications/cancelled") && id != null) {
            peer.cancels(id);
        }
    }

    @Override
    public Pending take(Request request, Peer peer) {
        Envelope envelope = Envelope.of(request, VERSIONS);
        return switch (request.method()) {
            case DISCOVER -> () -> response(request, discovered(), true, greeted);
            case LISTEN -> listen(request, envelope, peer);
            default -> work(request, envelope, peer);
        };
    }

    @Override
    public int status(Refusal refusal) {
        return switch (refusal.code()) {
            case NO_METHOD -> 404;
            case INTERNAL -> 500;
            default -> 400;
        };
    }

    private SequencedMap<String, Object> discovered() {
        SequencedMap<String, Object> result = new LinkedHashMap<>();
        result.put("supportedVersions", VERSIONS);
        Map<String, Object> capabilities = new LinkedHashMap<>();
        capabilities.put("completions", Map.of());
        capabilities.put("prompts", Map.of());
        capabilities.put("resources", Map.of("subscribe", true));
        capabilities.put("tools", Map.of());
        result.put("capabilities", capabilities);
        String instructions = offer.instructions();
        if (instructions != null) {
            result.put("instructions", instructions);
        }
        return result;
    }

    private Pending work(Request request, Envelope envelope, Peer peer) {
        Methods.Work work =
                methods.take(request).orElseThrow(() -> Refusal.method(request.method()));
        Peer.Waiting waiting = peer.calls(request.id());
        return () -> {
            try {
                Methods.Result result = work.done(scope(request, envelope, peer, waiting));
                return waiting.isCancelled()
                        ? null
                        : response(request, result.fields(), result.isCacheable(), result.sent());
            } catch (InputRequired required) {
                return required(request, required);
            } catch (Refusal refusal) {
                throw inOurWords(refusal);
            } finally {
                waiting.over();
            }
        };
    }

    private CallScope scope(Request request, Envelope envelope, Peer peer, Peer.Waiting waiting) {
        return new ModernScope(
                request, envelope, peer, waiting.hangup(), () -> project(request, peer), codec);
    }

    private Path project(Request request, Peer peer) {
        Path named = peer.project();
        return named == null ? places.project(CallScope.workspace(request)) : named;
    }

    /// That there is no such resource is here no error of its own.
    private static Refusal inOurWords(Refusal refusal) {
        return refusal.code() == NO_RESOURCE ? refusal.withCode(INVALID_PARAMS) : refusal;
    }

    private Response response(
            Request request,
            SequencedMap<String, Object> fields,
            boolean isCacheable,
            Runnable sent) {
        SequencedMap<String, Object> result = new LinkedHashMap<>();
        result.put("resultType", "complete");
        result.putAll(fields);
        if (isCacheable) {
            result.put("ttlMs", TTL_MILLIS);
            result.put("cacheScope", "private");
        }
        return Response.result(request.id(), withMeta(result, Map.of()), sent);
    }

    private Response required(Request request, InputRequired required) {
        SequencedMap<String, Object> result = new LinkedHashMap<>();
        result.put("resultType", "input_required");
        if (!required.requests().isEmpty()) {
            result.put("inputRequests", required.requests());
        }
        if (required.state() != null) {
            result.put("requestState", required.state());
        }
        return Response.result(request.id(), withMeta(result, Map.of()), () -> {});
    }

    /// Adds to what stands in `_meta` who we are, and `more`.
    private SequencedMap<String, Object> withMeta(
            SequencedMap<String, Object> result, Map<String, Object> more) {
        Map<String, Object> meta = new LinkedHashMap<>(object(result.get("_meta")));
        meta.put(Envelope.PREFIX + "serverInfo", offer.server());
        meta.putAll(more);
        result.put("_meta", meta);
        return result;
    }

    @SuppressWarnings("unchecked") // what stands in `_meta` has names
    private static Map<String, Object> object(@Nullable Object meta) {
        return meta instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
    }

    // ---- subscriptions

    private Pending listen(Request request, Envelope envelope, Peer peer) {
        Map<String, @Nullable Object> wanted = request.objectOrNothing("notifications");
        Set<String> uris = new TreeSet<>();
        if (wanted.get("resourceSubscriptions") instanceof List<?> all) {
            all.forEach(uri -> {
                if (!(uri instanceof String text)) {
                    throw Refusal.params("resourceSubscriptions has what is not a string");
                }
                uris.add(text);
            });
        }
        Peer.Waiting waiting = peer.calls(request.id());
        return () -> {
            try {
                return listened(request, envelope, uris, peer, waiting);
            } finally {
                waiting.over();
            }
        };
    }

    /// Listens until the client is gone or has heard enough. Lists of tools and prompts do not
    /// change while we run, so that of these nothing is promised.
    private @Nullable Response listened(
            Request request, Envelope envelope, Set<String> uris, Peer peer, Peer.Waiting waiting) {
        Map<String, Object> tag = Map.of(SUBSCRIPTION, request.id());
        Subscription subscription = new Subscription(codec, peer.channel(), tag);
        try (Offer.Changes changes = offer.follow(uris, scope(request, envelope, peer, waiting))) {
            Map<String, Object> honoured =
                    uris.isEmpty() ? Map.of() : Map.of("resourceSubscriptions", List.copyOf(uris));
            if (subscription.tell(
                    "notifications/subscriptions/acknowledged",
                    Map.of("notifications", honoured))) {
                subscription.tell(changes, waiting.hangup());
            }
        }
        if (waiting.isCancelled()) {
            return null;
        }
        SequencedMap<String, Object> result = new LinkedHashMap<>();
        result.put("resultType", "complete");
        return Response.result(request.id(), withMeta(result, tag), () -> {});
    }
}
