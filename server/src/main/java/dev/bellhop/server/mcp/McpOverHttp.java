package dev.bellhop.server.mcp;

import dev.bellhop.server.http.EventStream;
import dev.bellhop.server.http.Exchange;
import dev.bellhop.server.http.Route;
import dev.bellhop.tool.Conversation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The door for clients that come over HTTP: a message a request, and nothing kept between two.
///
/// An answer is one JSON document, unless something has to be said before it or it takes long: then
/// it is the last event of a stream. When the client of a stream goes, its call is hung up.
public final class McpOverHttp implements Route {

    private static final String JSON = "application/json";
    private static final String SESSION = "Mcp-Session-Id";

    /// How long an answer may take before a stream is begun, by which one learns that the client
    /// has gone.
    private static final Duration STREAM_AFTER = Duration.ofSeconds(5);

    private final Dispatcher dispatcher;
    private final SessionIds sessions;
    private final Set<String> legacyVersions;
    private final Function<Exchange, Path> project;
    // Done when they have been answered.
    private final Map<Peer, CompletableFuture<Void>> open = new ConcurrentHashMap<>();

    /// @param secret with which session ids are signed
    /// @param project which a request is about; throws a [dev.bellhop.base.Problem] if that is none
    ///   of ours
    public McpOverHttp(
            Dispatcher dispatcher,
            String secret,
            Set<String> legacyVersions,
            Function<Exchange, Path> project) {
        this.dispatcher = dispatcher;
        this.sessions = new SessionIds(secret);
        this.legacyVersions = legacyVersions;
        this.project = project;
    }

    @Override
    public void serve(Exchange exchange) throws IOException {
        if (!exchange.method().equals("POST")) {
            refuse(exchange, 405, Map.of("Allow", "POST"), "send messages with POST");
            return;
        }
        String accept = lower(exchange.header("Accept"));
        if (accept != null && !accept.contains("*/*") && !accept.contains(JSON)) {
            refuse(exchange, 406, Map.of(), "accept application/json and text/event-stream");
            return;
        }
        Head head =
                new Head(
                        exchange.header("MCP-Protocol-Version"),
                        exchange.header("Mcp-Method"),
                        exchange.header("Mcp-Name"));
        Optional<Peer.Introduction> session = session(exchange, head);
        if (session.isEmpty()) {
            refuse(exchange, 404, Map.of(), "there is no such session; initialize again");
            return;
        }
        Reply reply =
                new Reply(
                        exchange,
                        accept == null
                                || accept.contains("*/*")
                                || accept.contains("text/event-stream"));
        Peer peer =
                Peer.ofMessage(
                        new Conversation("http:" + exchange.principal()),
                        reply,
                        project.apply(exchange));
        peer.wasIntroduced(session.get());
        answer(exchange, head, reply, peer);
    }

    private static @Nullable String lower(@Nullable String text) {
        return text == null ? null : text.toLowerCase(Locale.ROOT);
    }

    /// What the client has said in the session that a message of the first generation names; empty
    /// if that is none of ours. The second knows no sessions.
    private Optional<Peer.Introduction> session(Exchange exchange, Head head) {
        String id = exchange.header(SESSION);
        boolean isLegacy = head.version() == null || legacyVersions.contains(head.version());
        return id == null || !isLegacy ? Optional.of(Peer.Introduction.NONE) : sessions.read(id);
    }

    private void answer(Exchange exchange, Head head, Reply reply, Peer peer) throws IOException {
        reply.onClose(peer::leaves);
        Dispatcher.Taken taken = dispatcher.take(exchange.body(), peer, head);
        if (taken == null) {
            exchange.answer(202, null, Map.of(), new byte[0]);
            return;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (peer.introducesItself()) {
            headers.put(SESSION, sessions.of(peer.introduction()));
        }
        CompletableFuture<Void> done = new CompletableFuture<>();
        open.put(peer, done);
        Thread.ofVirtual().name("stream").start(() -> reply.streamUnless(done));
        try {
            reply.end(taken.answer(), headers);
        } finally {
            open.remove(peer);
            done.complete(null);
        }
    }

    /// What waits is answered with what there is.
    @Override
    public void end() {
        List<CompletableFuture<Void>> answered = List.copyOf(open.values());
        open.keySet().forEach(Peer::leaves);
        answered.forEach(CompletableFuture::join);
    }

    private static void refuse(
            Exchange exchange, int status, Map<String, String> headers, String message)
            throws IOException {
        exchange.answer(
                status,
                JSON,
                headers,
                "{\"error\":\"%s\"}".formatted(message).getBytes(StandardCharsets.UTF_8));
    }

    /// The answer to one request: a document, or a stream that ends with it.
    private static final class Reply implements Channel {

        private final Exchange exchange;
        private final boolean mayStream;
        private Runnable onClose = () -> {};
        private @Nullable EventStream stream;
        private boolean isOver;

        Reply(Exchange exchange, boolean mayStream) {
            this.exchange = exchange;
            this.mayStream = mayStream;
        }

        /// Has `run` done when the client of a stream is gone.
        void onClose(Runnable run) {
            onClose = run;
        }

        @Override
        public boolean send(byte[] json) {
            EventStream open = stream();
            return open != null && open.send(json);
        }

        /// The stream, which begins now if it has not; null if there can be none.
        private synchronized @Nullable EventStream stream() {
            if (stream == null && mayStream && !isOver) {
                try {
                    stream = exchange.stream();
                    stream.onClose(onClose);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
            return stream;
        }

        /// Begins the stream, if `done` is not done soon.
        void streamUnless(CompletableFuture<Void> done) {
            boolean isDone =
                    done.thenApply(_ -> true)
                            .completeOnTimeout(false, STREAM_AFTER.toNanos(), TimeUnit.NANOSECONDS)
                            .join();
            if (!isDone) {
                EventStream _ = stream();
            }
        }

        /// @param answer null if nobody wants one any more
        void end(@Nullable Answer answer, Map<String, String> headers) throws IOException {
            EventStream open;
            synchronized (this) {
                open = stream;
                isOver = true;
            }
            if (open != null) {
                boolean isSent = answer != null && open.send(answer.json());
                open.close();
                if (answer != null && isSent) {
                    answer.sent();
                }
            } else if (answer == null) {
                exchange.answer(202, null, headers, new byte[0]);
            } else {
                exchange.answer(answer.status(), JSON, headers, answer.json());
                answer.sent();
            }
        }
    }
}
