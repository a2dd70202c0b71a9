package dev.bellhop.server.mcp.legacy;

import dev.bellhop.server.mcp.Peer;
import java.util.Collections;
import java.util.Map;
import java.util.WeakHashMap;

/// From which level on a client wants to hear what happens. Over HTTP nobody is there to keep that
/// of, and everybody hears what all do.
final class LogLevels {

    private static final String AT_FIRST = "info";

    private final Map<Peer, String> levels = Collections.synchronizedMap(new WeakHashMap<>());

    void set(Peer peer, String level) {
        if (peer.stays()) {
            levels.put(peer, level);
        }
    }

    String of(Peer peer) {
        return levels.getOrDefault(peer, AT_FIRST);
    }
}
