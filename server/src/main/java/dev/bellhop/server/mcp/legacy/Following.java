package dev.bellhop.server.mcp.legacy;

import dev.bellhop.base.Hangup;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Offer;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Scope;
import dev.bellhop.server.mcp.Subscription;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Which resources clients at the other ends of pipes follow, each on a thread of its own.
final class Following {

    private final Offer offer;
    private final Codec codec;
    private final Map<Key, Peer.Waiting> followed = new ConcurrentHashMap<>();

    Following(Offer offer, Codec codec) {
        this.offer = offer;
        this.codec = codec;
    }

    private record Key(Peer peer, String uri) {}

    /// From now on `peer` is told when what `uri` says has changed.
    ///
    /// @throws dev.bellhop.base.Problem if there is no such resource
    void begin(String uri, Scope scope, Peer peer) {
        Key key = new Key(peer, uri);
        Peer.Waiting waiting = peer.calls(key);
        if (followed.putIfAbsent(key, waiting) != null) {
            waiting.over();
            return;
        }
        boolean begun = false;
        try {
            Offer.Changes changes = offer.follow(Set.of(uri), scope);
            Subscription subscription = new Subscription(codec, peer.channel(), Map.of());
            Hangup hangup = waiting.hangup();
            Thread.ofVirtual()
                    .name("following " + uri)
                    .start(() -> {
                        subscription.tell(changes, hangup);
                        end(uri, peer);
                    });
            begun = true;
        } finally {
            if (!begun) {
                end(uri, peer);
            }
        }
    }

    void end(String uri, Peer peer) {
        Peer.Waiting waiting = followed.remove(new Key(peer, uri));
        if (waiting != null) {
            waiting.hangup().hangUp();
            waiting.over();
        }
    }
}
