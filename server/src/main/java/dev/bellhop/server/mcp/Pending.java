package dev.bellhop.server.mcp;

import org.jspecify.annotations.Nullable;

/// A request that was taken in and is still to be worked on.
@FunctionalInterface
public interface Pending {

    /// Does the work, for as long as it takes. To be called once.
    ///
    /// @return what came of it, or null if nobody wants to know any more
    /// @throws Refusal if the request turns out to break the protocol
    @Nullable Response response();
}
