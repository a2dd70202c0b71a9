package dev.bellhop.server.http;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/// A server with routes that do what tests need.
final class Fixture implements AutoCloseable {

    static final String TOKEN = "a-token-that-nobody-guesses-0123456789";

    /// As the product's, but nobody waits long for whoever is slow.
    static final Limits QUICK =
            with(Duration.ofMillis(300), Duration.ofMillis(100), Duration.ofSeconds(5));

    private static final int BIG = 32 << 20;

    private final HttpServer server;
    private final BlockingQueue<EventStream> streams = new LinkedBlockingQueue<>();
    private final BlockingQueue<EventStream> closed = new LinkedBlockingQueue<>();
    private final CountDownLatch slowHasBegun = new CountDownLatch(1);
    private final CountDownLatch slowMayEnd = new CountDownLatch(1);

    Fixture(Path state, Limits limits) {
        this(state, limits, Set.of());
    }

    Fixture(Path state, Limits limits, Set<String> origins) {
        Door door =
                new Door(
                        "127.0.0.1",
                        0,
                        Token.of(Map.of(Token.VARIABLE, TOKEN), state),
                        origins,
                        limits,
                        state);
        Route streaming =
                new Route() {
                    @Override
                    public void serve(Exchange exchange) throws IOException {
                        EventStream stream = exchange.stream();
                        stream.onClose(() -> closed.add(stream));
                        streams.add(stream);
                    }

                    @Override
                    public void end() {
                        streams.forEach(stream -> stream.send(bytes("\"bye\"")));
                    }
                };
        server =
                new HttpServer(
                        door,
                        Map.of(
                                "/echo",
                                Fixture::echo,
                                "/stream",
                                streaming,
                                "/slow",
                                this::slow,
                                "/big",
                                exchange ->
                                        exchange.answer(200, "text/plain", Map.of(), new byte[BIG]),
                                "/break",
                                _ -> {
                                    throw new IllegalStateException("a secret of ours");
                                }),
                        Map.of("bellhop_jobs_running", () -> 3),
                        InstantSource.system());
    }

    static Limits with(Duration slow, Duration pulse, Duration farewell) {
        return new Limits(
                1 << 20,
                4 << 20,
                32 * 1024,
                100,
                slow,
                slow,
                slow,
                Duration.ofSeconds(30),
                pulse,
                3,
                64,
                farewell);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void echo(Exchange exchange) throws IOException {
        String said =
                String.join(
                        " ",
                        List.of(
                                exchange.method(),
                                exchange.path(),
                                Integer.toString(exchange.body().length),
                                new String(
                                        exchange.body(),
                                        0,
                                        Math.min(exchange.body().length, 100),
                                        StandardCharsets.UTF_8)));
        exchange.answer(200, "text/plain", Map.of(), bytes(said.strip()));
    }

    private void slow(Exchange exchange) throws IOException {
        slowHasBegun.countDown();
        try {
            slowMayEnd.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        exchange.answer(200, "text/plain", Map.of(), bytes("at last"));
    }

    HttpServer server() {
        return server;
    }

    int port() {
        return server.port();
    }

    RawClient client() throws IOException {
        return new RawClient(server.port());
    }

    /// The next stream that was opened.
    EventStream stream() throws InterruptedException {
        return streams.take();
    }

    /// The next that is over.
    EventStream closed() throws InterruptedException {
        return closed.take();
    }

    void awaitSlow() throws InterruptedException {
        slowHasBegun.await();
    }

    void endSlow() {
        slowMayEnd.countDown();
    }

    /// The first lines of an honest request.
    String head(String method, String path) {
        return "%s %s HTTP/1.1\nHost: 127.0.0.1:%d\nAuthorization: Bearer %s\n"
                .formatted(method, path, port(), TOKEN);
    }

    @Override
    public void close() {
        slowMayEnd.countDown();
        server.close();
    }
}
