package dev.bellhop.server.http;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import io.undertow.UndertowOptions;
import io.undertow.server.AbstractServerConnection;
import io.undertow.server.DefaultByteBufferPool;
import io.undertow.server.HttpServerExchange;
import io.undertow.server.handlers.HttpContinueReadHandler;
import io.undertow.server.protocol.http.HttpOpenListener;
import io.undertow.util.HeaderMap;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xnio.ChannelListener;
import org.xnio.ChannelListeners;
import org.xnio.IoUtils;
import org.xnio.OptionMap;
import org.xnio.Options;
import org.xnio.StreamConnection;
import org.xnio.Xnio;
import org.xnio.XnioWorker;
import org.xnio.channels.AcceptingChannel;

/// The door on a port. It listens from when it is made until it is closed.
///
/// Besides the routes it is given it has two of its own: `/health`, and `/metrics` for Prometheus.
public final class HttpServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(HttpServer.class);

    private static final String JSON = "application/json";

    /// The property that names the class which makes JMX's server.
    private static final String JMX_BUILDER = "javax.management.builder.initial";

    private static final String THREADS_TELL_NOBODY = "jboss.threads.eqe.disable-mbean";

    private static final int IO_THREADS = 2;
    private static final int BUFFER_BYTES = 16 * 1024;
    private static final int BUFFERS_KEPT = 256;
    private static final int BUFFERS_KEPT_BY_THREAD = 4;
    private static final long NO_LIMIT = -1;

    private final Door door;
    private final Limits limits;
    private final Guard guard;
    private final SortedMap<String, Route> routes;
    private final Metrics metrics;
    private final Streams streams;
    private final AtomicLong bodyBytes = new AtomicLong();
    private final Requests requests = new Requests();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final Executor threads = task -> Thread.ofVirtual().name("http").start(task);
    private final XnioWorker worker;
    private final HttpOpenListener connections;
    private final AcceptingChannel<StreamConnection> listening;
    private final Doorplate plate;

    /// The requests that are with a route. Any thread may use it.
    private static final class Requests {

        private int count;
        private boolean isEnding;

        synchronized void begin() {
            count++;
        }

        synchronized void end() {
            count--;
            notifyAll();
        }

        synchronized boolean isEnding() {
            return isEnding;
        }

        /// @return false if that was said before
        synchronized boolean beginEnding() {
            boolean isFirst = !isEnding;
            isEnding = true;
            return isFirst;
        }

        /// Waits until there are none, but not longer than `time`.
        synchronized void awaitNone(Duration time) throws InterruptedException {
            long end = System.nanoTime() + time.toNanos();
            for (long left = time.toNanos(); count > 0 && left > 0; ) {
                wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(left)));
                left = end - System.nanoTime();
            }
        }
    }

    /// @param routes by what the paths begin with: `/mcp` for `/mcp` and all below it
    /// @param gauges figures that `/metrics` tells besides its own, by name
    /// @throws Problem `INVALID` if it may not listen there; `CONFLICT` if somebody else does
    public HttpServer(
            Door door,
            Map<String, Route> routes,
            Map<String, Supplier<Number>> gauges,
            InstantSource clock) {
        this.door = door;
        this.limits = door.limits();
        this.streams = new Streams(limits.streams());
        Map<String, Supplier<Number>> figures = new TreeMap<>(gauges);
        figures.put("bellhop_http_streams", streams::count);
        this.metrics = new Metrics(figures);
        this.routes = new TreeMap<>(routes);
        this.routes.put("/health", exchange -> tell(exchange, JSON, "{\"status\":\"ok\"}"));
        this.routes.put(
                "/metrics", exchange -> tell(exchange, Metrics.CONTENT_TYPE, metrics.text()));
        InetSocketAddress address = door.address();
        this.worker = worker();
        this.connections =
                new HttpOpenListener(
                        new DefaultByteBufferPool(
                                true, BUFFER_BYTES, BUFFERS_KEPT, BUFFERS_KEPT_BY_THREAD),
                        options());
        try {
            this.listening = listen(address);
            InetSocketAddress bound = listening.getLocalAddress(InetSocketAddress.class);
            this.guard = new Guard(door.token(), bound, door.bind(), door.origins());
            this.plate =
                    new Doorplate(
                            ProcessIdentity.ofThisProcess(),
                            door.bind(),
                            bound.getPort(),
                            clock.instant());
            plate.hang(door.state());
            connections.setRootHandler(new HttpContinueReadHandler(this::take));
            listening.resumeAccepts();
        } catch (BindException e) {
            worker.shutdownNow();
            throw isTaken(e)
                    ? Doorplate.taken(door.state(), address)
                    : Problem.invalid(
                            "%s is no address of this machine".formatted(door.bind()),
                            "Give one of its own, such as 127.0.0.1.");
        } catch (IOException e) {
            worker.shutdownNow();
            throw Problem.unavailable(
                    "cannot listen on port %d: %s".formatted(address.getPort(), e.getMessage()),
                    "Give another --port.");
        }
    }

    /// Gets ready what listens, which takes longer than all else before the first request. Whoever
    /// comes first does; with this that need not be somebody in a hurry.
    public static void load() {
        Xnio _ = xnio();
    }

    /// XNIO and its threads tell JMX of themselves, and for that alone JMX would begin, which is a
    /// third of a start. The threads can be told not to; XNIO goes on where there is none to tell.
    private static synchronized Xnio xnio() {
        System.setProperty(THREADS_TELL_NOBODY, "true");
        String before = System.getProperty(JMX_BUILDER);
        System.setProperty(JMX_BUILDER, "none");
        try {
            return Xnio.getInstance("nio", HttpServer.class.getClassLoader());
        } finally {
            if (before == null) {
                System.clearProperty(JMX_BUILDER);
            } else {
                System.setProperty(JMX_BUILDER, before);
            }
        }
    }

    private static XnioWorker worker() {
        try {
            return xnio().createWorker(
                            OptionMap.builder()
                                    .set(Options.WORKER_NAME, "http")
                                    .set(Options.WORKER_IO_THREADS, IO_THREADS)
                                    // Nothing is ever given to them: routes have virtual threads.
                                    .set(Options.WORKER_TASK_CORE_THREADS, 1)
                                    .set(Options.WORKER_TASK_MAX_THREADS, 1)
                                    .set(Options.THREAD_DAEMON, true)
                                    .getMap());
        } catch (IOException e) {
            throw Problem.unavailable(
                    "the threads for HTTP cannot be had: " + e.getMessage(),
                    "Close other programs, then try again.");
        }
    }

    private OptionMap options() {
        return OptionMap.builder()
                .set(UndertowOptions.MAX_HEADER_SIZE, limits.headBytes())
                .set(UndertowOptions.MAX_HEADERS, limits.headers())
                // Bodies are read, and kept within their limits, by us.
                .set(UndertowOptions.MAX_ENTITY_SIZE, NO_LIMIT)
                .set(UndertowOptions.REQUEST_PARSE_TIMEOUT, millis(limits.head()))
                .set(UndertowOptions.NO_REQUEST_TIMEOUT, millis(limits.idle()))
                // Paths are decoded by us: Undertow would leave some of them ambiguous.
                .set(UndertowOptions.DECODE_URL, false)
                .getMap();
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }

    private AcceptingChannel<StreamConnection> listen(InetSocketAddress address)
            throws IOException {
        ChannelListener<StreamConnection> opened =
                connection -> {
                    connection
                            .getSourceChannel()
                            .setConduit(new Heads(connection.getSourceChannel().getConduit()));
                    connections.handleEvent(connection);
                };
        return worker.createStreamConnectionServer(
                address,
                ChannelListeners.openListenerAdapter(opened),
                OptionMap.builder()
                        .set(Options.TCP_NODELAY, true)
                        .set(Options.KEEP_ALIVE, true)
                        .set(Options.REUSE_ADDRESSES, true)
                        .set(Options.CONNECTION_HIGH_WATER, limits.connections())
                        .set(Options.CONNECTION_LOW_WATER, limits.connections())
                        .getMap());
    }

    private static boolean isTaken(BindException e) {
        return String.valueOf(e.getMessage()).contains("in use");
    }

    /// Where it listens.
    public int port() {
        return plate.port();
    }

    /// Where clients find it: `http://127.0.0.1:7411`.
    public String url() {
        String host = door.bind();
        return "http://%s:%d".formatted(host.contains(":") ? "[" + host + "]" : host, port());
    }

    /// Waits until it has been closed.
    public void awaitEnd() {
        ended.join();
    }

    /// Takes in a request of which the head has been read. Done by the connection's thread.
    private void take(HttpServerExchange exchange) {
        AbstractServerConnection connection = (AbstractServerConnection) exchange.getConnection();
        exchange.addExchangeCompleteListener((_, next) -> {
            ((Heads) connection.getOriginalSourceConduit()).expectHead();
            metrics.answered(exchange.getStatusCode());
            next.proceed();
        });
        HeaderMap headers = exchange.getResponseHeaders();
        headers.put(Headers.CACHE_CONTROL, "no-store");
        headers.put(new HttpString("X-Content-Type-Options"), "nosniff");
        headers.put(
                new HttpString("Content-Security-Policy"),
                "default-src 'none'; frame-ancestors 'none'");

        Refusal refusal = guard.refusal(exchange);
        if (refusal == null && requests.isEnding()) {
            refusal = new Refusal(503, "ending", "the server is ending");
        }
        String path = RequestPath.of(exchange.getRequestURI());
        Route route = path == null ? null : route(path);
        if (refusal == null && route == null) {
            refusal = new Refusal(404, "path", "there is nothing at this path");
        }
        BodyReader reader = new BodyReader(exchange, limits, bodyBytes);
        if (refusal != null || path == null || route == null) {
            refuse(exchange, Objects.requireNonNull(refusal), reader);
        } else if (exchange.isRequestComplete()) {
            give(exchange, path, route, new byte[0]);
        } else {
            reader.read(
                    body -> give(exchange, path, route, body),
                    why -> refuse(exchange, why, reader));
        }
    }

    /// The route with the longest beginning of `path`.
    private @Nullable Route route(String path) {
        for (String prefix = path; ; prefix = prefix.substring(0, prefix.lastIndexOf('/'))) {
            Route route = routes.get(prefix);
            if (route != null || prefix.isEmpty()) {
                return route;
            }
        }
    }

    private void refuse(HttpServerExchange exchange, Refusal refusal, BodyReader reader) {
        metrics.refused(refusal.reason());
        byte[] body = error(refusal.message());
        Exchange.head(exchange, refusal.status(), JSON, refusal.headers(), body.length);
        if (!exchange.isRequestComplete()) {
            exchange.setPersistent(false);
        }
        CompletableFuture<Void> _ =
                new Outlet(exchange, limits.stall()).writeLast(body).thenRun(reader::discard);
    }

    private static byte[] error(String message) {
        return "{\"error\":\"%s\"}"
                .formatted(new String(JsonStringEncoder.getInstance().quoteAsString(message)))
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Gives a request, of which all has arrived, to its route.
    private void give(HttpServerExchange exchange, String path, Route route, byte[] body) {
        if (((AbstractServerConnection) exchange.getConnection()).getExtraBytes() != null) {
            // The client has sent more before it was answered. What begins there need not be what
            // it believes, so this is the last we read of it.
            exchange.setPersistent(false);
        }
        requests.begin();
        exchange.addExchangeCompleteListener((_, next) -> {
            requests.end();
            next.proceed();
        });
        Exchange asked =
                new Exchange(
                        exchange, path, body, door.token().principal(), limits, streams, threads);
        exchange.dispatch(threads, () -> serve(route, asked));
    }

    /// Has the route answer. The one place that catches everything.
    private void serve(Route route, Exchange exchange) {
        long start = System.nanoTime();
        try {
            route.serve(exchange);
            if (!exchange.isAnswered()) {
                throw new IllegalStateException(exchange.path() + " was not answered");
            }
        } catch (Problem problem) {
            fail(exchange, status(problem.kind()), problem.text());
        } catch (IOException e) {
            LOG.debug("a client was gone before its answer", e);
            exchange.abandon();
        } catch (RuntimeException | Error e) {
            LOG.error("a request failed", e);
            fail(exchange, 500, "Bellhop failed; its log says more");
        }
        metrics.took(System.nanoTime() - start);
    }

    private static int status(Problem.Kind kind) {
        return switch (kind) {
            case INVALID -> 400;
            case NOT_FOUND -> 404;
            case CONFLICT -> 409;
            case UNAVAILABLE -> 503;
            case INTERNAL -> 500;
        };
    }

    private static void fail(Exchange exchange, int status, String message) {
        if (exchange.isAnswered()) {
            exchange.abandon();
            return;
        }
        try {
            exchange.answer(status, JSON, Map.of(), error(message));
        } catch (IOException e) {
            LOG.debug("a client was gone before it was told of a failure", e);
        }
    }

    /// A route of the server's own.
    private static void tell(Exchange exchange, String contentType, String text)
            throws IOException {
        if (exchange.method().equals("GET")) {
            exchange.answer(200, contentType, Map.of(), text.getBytes(StandardCharsets.UTF_8));
        } else {
            exchange.answer(405, JSON, Map.of("Allow", "GET"), error("use GET"));
        }
    }

    /// Ends it: takes no more requests, has the routes bring those that are open to an end, closes
    /// the streams, waits a while for the answers, and gives the port back.
    @Override
    public void close() {
        if (!requests.beginEnding()) {
            return;
        }
        long end = System.nanoTime() + limits.farewell().toNanos();
        try {
            finish(routes.values().stream().<Runnable>map(route -> route::end).toList(), end);
            finish(streams.all().stream().<Runnable>map(stream -> stream::close).toList(), end);
            requests.awaitNone(Duration.ofNanos(end - System.nanoTime()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        IoUtils.safeClose(listening);
        connections.closeConnections();
        worker.shutdownNow();
        plate.takeDown(door.state());
        ended.complete(null);
    }

    /// Does all of `work` at once, and waits for it until `endNanos`.
    private static void finish(List<Runnable> work, long endNanos) throws InterruptedException {
        List<Thread> doing = new ArrayList<>();
        for (Runnable each : work) {
            doing.add(Thread.ofVirtual().name("http end").start(each));
        }
        for (Thread each : doing) {
            each.join(Duration.ofNanos(Math.max(1, endNanos - System.nanoTime())));
        }
    }
}
