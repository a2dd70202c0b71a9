package dev.bellhop.server.mcp;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Which project is meant.
public interface Places {

    /// The project that every call is about, or null if it depends on the call.
    @Nullable Path known();

    /// The project that a call is about, as a real path.
    ///
    /// @param workspace the directory in which the caller says it works, or null if it says nothing
    Path project(@Nullable String workspace);
}
