package dev.bellhop.server.mcp;

import dev.bellhop.base.Hangup;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Tells a client that resources have changed, until nobody listens any more.
public final class Subscription {

    /// So often a client that has gone without a word is noticed.
    private static final Duration LOOK_EVERY = Duration.ofSeconds(30);

    private final Codec codec;
    private final Channel channel;
    private final Map<String, Object> meta;

    /// @param meta what is put into every notification as `_meta`; nothing if it is empty
    public Subscription(Codec codec, Channel channel, Map<String, Object> meta) {
        this.codec = codec;
        this.channel = channel;
        this.meta = meta;
    }

    /// Tells of every change, on the caller's thread.
    ///
    /// @param changes closed when this returns
    public void tell(Offer.Changes changes, Hangup hangup) {
        try (changes) {
            CompletableFuture<Void> _ = hangup.whenHungUp().thenRun(changes::close);
            boolean listens = true;
            while (listens && !hangup.isHungUp()) {
                Set<String> changed = changes.await(LOOK_EVERY);
                for (String uri : changed) {
                    listens &= !hangup.isHungUp() && updated(uri);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean updated(String uri) {
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("uri", uri);
        return tell("notifications/resources/updated", params);
    }

    /// Tells one thing.
    ///
    /// @return false if nobody listens any more
    public boolean tell(String method, Map<String, Object> params) {
        Map<String, Object> all = new LinkedHashMap<>(params);
        if (!meta.isEmpty()) {
            all.put("_meta", meta);
        }
        return channel.send(CallScope.notification(codec, method, all));
    }
}
