package dev.bellhop.server.mcp;

import io.modelcontextprotocol.spec.McpSchema;
import org.jspecify.annotations.Nullable;

/// What goes back for a request: a result or an error, never both.
///
/// Not the SDK's record of the same purpose, which takes neither a null id nor a large one.
///
/// @param id the request's, or null if it could not be read
/// @param sent to be run once it has left the process
public record Response(
        @Nullable Object id,
        @Nullable Object result,
        McpSchema.JSONRPCResponse.@Nullable JSONRPCError error,
        Runnable sent) {

    public static Response result(Object id, Object result, Runnable sent) {
        return new Response(id, result, null, sent);
    }

    public static Response refused(@Nullable Object id, Refusal refusal) {
        return new Response(
                id,
                null,
                new McpSchema.JSONRPCResponse.JSONRPCError(
                        refusal.code(), refusal.getMessage(), refusal.data()),
                () -> {});
    }
}
