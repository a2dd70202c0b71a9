package dev.bellhop.server.mcp;

import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a server offers over the protocol, whichever generation asks for it.
///
/// What is listed and read is plain JSON in the protocol's own shape. [dev.bellhop.base.Problem] is
/// thrown where it cannot be had.
public interface Offer {

    McpSchema.Implementation server();

    /// What clients show their models of the whole, or null.
    @Nullable String instructions();

    /// Every tool, the same at all times.
    List<McpSchema.Tool> tools();

    /// What came of a call.
    ///
    /// @param sent to be run once the result has left the process
    record Called(McpSchema.CallToolResult result, Runnable sent) {}

    /// Calls one of [#tools].
    Called call(String tool, Map<String, @Nullable Object> arguments, Scope scope);

    /// A part of a list.
    ///
    /// @param next the cursor of the next part, or null if this is the last
    record Page(List<Map<String, Object>> items, @Nullable String next) {}

    Page resources(@Nullable String cursor, Scope scope);

    List<Map<String, Object>> resourceTemplates();

    /// The contents of a resource.
    List<Map<String, Object>> read(String uri, Scope scope);

    /// Tells when what resources say has changed.
    Changes follow(Set<String> uris, Scope scope);

    /// Changes of resources. To be closed.
    interface Changes extends AutoCloseable {

        /// Waits until some have changed since this was last asked, or for `longest`, or until this
        /// is closed.
        ///
        /// @return their URIs; empty if none did
        Set<String> await(Duration longest) throws InterruptedException;

        @Override
        void close();
    }

    List<Map<String, Object>> prompts();

    /// What a prompt says: `description` and `messages`.
    Map<String, Object> prompt(String name, Map<String, String> arguments, Scope scope);

    /// Values for an argument of a prompt or a template that begin with `prefix`, best first.
    ///
    /// @param reference `type` and `name` or `uri`
    List<String> complete(
            Map<String, @Nullable Object> reference, String argument, String prefix, Scope scope);
}
