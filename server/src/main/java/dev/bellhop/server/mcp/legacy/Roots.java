package dev.bellhop.server.mcp.legacy;

import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Questions;
import dev.bellhop.server.mcp.Request;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.WeakHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where clients say that they work, asked of those that can say it, once until it changes.
final class Roots {

    private static final Logger LOG = LoggerFactory.getLogger(Roots.class);

    /// Some clients declare roots and never answer.
    private static final Duration PATIENCE = Duration.ofSeconds(2);

    private final Questions questions;
    private final Map<Peer, Optional<String>> known =
            Collections.synchronizedMap(new WeakHashMap<>());

    Roots(Questions questions) {
        this.questions = questions;
    }

    /// The first directory in which `peer` works, or null if it does not say.
    @Nullable String first(Peer peer) {
        if (!peer.stays() || !peer.capabilities().containsKey("roots")) {
            return null;
        }
        Optional<String> asked = known.get(peer);
        if (asked == null) {
            asked = ask(peer);
            known.put(peer, asked);
        }
        return asked.orElse(null);
    }

    /// `peer` has moved.
    void changed(Peer peer) {
        known.remove(peer);
    }

    private Optional<String> ask(Peer peer) {
        try {
            Map<String, @Nullable Object> answer =
                    questions.ask(peer.channel(), "roots/list", Map.of(), PATIENCE, new Hangup());
            return answer.get("roots") instanceof List<?> roots
                    ? roots.stream()
                            .map(root -> directory(Request.object(root).get("uri")))
                            .flatMap(Optional::stream)
                            .findFirst()
                    : Optional.empty();
        } catch (Problem problem) {
            LOG.debug("no roots: {}", problem.getMessage());
            return Optional.empty();
        }
    }

    private static Optional<String> directory(@Nullable Object uri) {
        try {
            return uri instanceof String text && text.startsWith("file:")
                    ? Optional.of(Path.of(URI.create(text)).toString())
                    : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
