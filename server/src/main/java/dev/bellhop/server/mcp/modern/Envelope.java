package dev.bellhop.server.mcp.modern;

import dev.bellhop.server.mcp.CallScope;
import dev.bellhop.server.mcp.Head;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Request;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What every request says about itself, in `_meta` and, over HTTP, in headers that repeat it.
///
/// @param client who sends it
/// @param capabilities what that client can
/// @param logLevel from which level on it wants to hear what happens, or null if it does not
record Envelope(
        Peer.Client client, Map<String, @Nullable Object> capabilities, @Nullable String logLevel) {

    static final String PREFIX = "io.modelcontextprotocol/";
    static final String VERSION = PREFIX + "protocolVersion";

    /// @throws Refusal if it does not say what it must, or another version than `supported`, or if
    ///   the headers say something else
    static Envelope of(Request request, List<String> supported) {
        Map<String, @Nullable Object> meta = request.meta();
        if (!(meta.get(VERSION) instanceof String version)) {
            throw Refusal.params("_meta has no " + VERSION);
        }
        Head head = request.head();
        if (head != null) {
            requireSame(head, request, version);
        }
        if (!supported.contains(version)) {
            throw Refusal.version(version, supported);
        }
        if (!(meta.get(PREFIX + "clientCapabilities") instanceof Map<?, ?> capabilities)) {
            throw Refusal.params("_meta has no %sclientCapabilities".formatted(PREFIX));
        }
        Map<String, @Nullable Object> client = Request.object(meta.get(PREFIX + "clientInfo"));
        return new Envelope(
                Peer.Client.of(
                        client.get("name") instanceof String name ? name : "",
                        client.get("version") instanceof String number ? number : ""),
                Request.object(capabilities),
                meta.get(PREFIX + "logLevel") instanceof String level
                                && CallScope.LOG_LEVELS.contains(level)
                        ? level
                        : null);
    }

    private static void requireSame(Head head, Request request, String version) {
        requireSame("MCP-Protocol-Version", head.version(), version);
        requireSame("Mcp-Method", head.method(), request.method());
        String name =
                switch (request.method()) {
                    case "tools/call", "prompts/get" -> "name";
                    case "resources/read" -> "uri";
                    default -> null;
                };
        if (name != null && request.params().get(name) instanceof String value) {
            String said = head.name();
            requireSame("Mcp-Name", said == null ? null : Head.decoded(said), value);
        }
    }

    private static void requireSame(String header, @Nullable String said, String meant) {
        if (!meant.equals(said)) {
            throw Refusal.header(
                    said == null
                            ? "there is no " + header
                            : "%s is %s and the message says %s"
                                    .formatted(header, Refusal.shown(said), Refusal.shown(meant)));
        }
    }
}
