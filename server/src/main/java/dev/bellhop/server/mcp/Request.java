package dev.bellhop.server.mcp;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message that wants an answer.
///
/// @param id a string or an integer of any size, to be given back as it is
/// @param params empty if there were none
/// @param receivedNanos when it was read, in [System#nanoTime]
record Request(Object id, String method, Map<String, @Nullable Object> params, long receivedNanos) {

    /// What the client says beside the request itself; empty if it says nothing.
    Map<String, @Nullable Object> meta() {
        return Request.object(params.get("_meta"));
    }

    /// `value` if it is a JSON object, else an empty one.
    @SuppressWarnings("unchecked") // the only maps in here are those that Json made
    static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> ? (Map<String, @Nullable Object>) value : Map.of();
    }
}
