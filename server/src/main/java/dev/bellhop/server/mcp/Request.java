package dev.bellhop.server.mcp;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message that wants an answer.
///
/// @param id a string or an integer of any size, to be given back as it is
/// @param params empty if there were none
/// @param receivedNanos when it was read, in [System#nanoTime]
/// @param head what HTTP says of it; null if it did not come over HTTP
public record Request(
        Object id,
        String method,
        Map<String, @Nullable Object> params,
        long receivedNanos,
        @Nullable Head head) {

    /// What the client says beside the request itself; empty if it says nothing.
    public Map<String, @Nullable Object> meta() {
        return Request.object(params.get("_meta"));
    }

    /// The param `name`.
    ///
    /// @throws Refusal if it is not a string
    public String string(String name) {
        if (params.get(name) instanceof String value) {
            return value;
        }
        throw Refusal.params(name + " is not a string");
    }

    /// The param `name`, or null if it is not there.
    ///
    /// @throws Refusal if it is there and not a string
    public @Nullable String stringOrNothing(String name) {
        return params.get(name) == null ? null : string(name);
    }

    /// The param `name`; empty if it is not there.
    ///
    /// @throws Refusal if it is there and not an object
    public Map<String, @Nullable Object> objectOrNothing(String name) {
        Object value = params.get(name);
        if (value != null && !(value instanceof Map<?, ?>)) {
            throw Refusal.params(name + " is not an object");
        }
        return object(value);
    }

    /// `value` if it is a JSON object, else an empty one.
    @SuppressWarnings("unchecked") // the only maps in here are those that Json made
    public static Map<String, @Nullable Object> object(@Nullable Object value) {
        return value instanceof Map<?, ?> ? (Map<String, @Nullable Object>) value : Map.of();
    }
}
