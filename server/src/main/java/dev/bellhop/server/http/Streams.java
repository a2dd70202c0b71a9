package dev.bellhop.server.http;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// The streams that are open, and whose. Any thread may use it.
final class Streams {

    private final int perPrincipal;
    private final Map<String, SequencedSet<OpenStream>> open = new LinkedHashMap<>();

    Streams(int perPrincipal) {
        this.perPrincipal = perPrincipal;
    }

    /// Takes one more in.
    ///
    /// @return the principal's oldest if that is one too many; it is not among them any more
    synchronized @Nullable OpenStream add(String principal, OpenStream stream) {
        SequencedSet<OpenStream> own = open.computeIfAbsent(principal, _ -> new LinkedHashSet<>());
        own.add(stream);
        return own.size() > perPrincipal ? own.removeFirst() : null;
    }

    synchronized void remove(String principal, OpenStream stream) {
        SequencedSet<OpenStream> own = open.get(principal);
        if (own != null && own.remove(stream) && own.isEmpty()) {
            open.remove(principal);
        }
    }

    synchronized int count() {
        return open.values().stream().mapToInt(SequencedSet::size).sum();
    }

    synchronized List<OpenStream> all() {
        List<OpenStream> all = new ArrayList<>();
        open.values().forEach(all::addAll);
        return all;
    }
}
