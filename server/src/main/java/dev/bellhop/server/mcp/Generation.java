package dev.bellhop.server.mcp;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One generation of the protocol: what its clients may ask, and in which words they are answered.
///
/// Takes messages in quickly, and for each peer in the order in which they came, since one may be
/// about another.
public interface Generation {

    /// Takes a notification in. One that is not known means nothing.
    void take(String method, Map<String, @Nullable Object> params, Peer peer);

    /// Takes a request in.
    ///
    /// @throws Refusal if it breaks the protocol
    Pending take(Request request, Peer peer);

    /// The status with which HTTP answers a request that is refused.
    int status(Refusal refusal);
}
