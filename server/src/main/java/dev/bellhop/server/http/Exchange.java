package dev.bellhop.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/// One request that may come in, and the way to answer it: once, by whichever thread.
public final class Exchange {

    private static final int NO_CONTENT = 204;

    private final HttpServerExchange exchange;
    private final String path;
    private final byte[] body;
    private final String principal;
    private final Limits limits;
    private final Streams streams;
    private final Executor threads;
    private final Outlet outlet;
    private final AtomicBoolean isAnswered = new AtomicBoolean();
    private volatile @Nullable OpenStream stream;

    Exchange(
            HttpServerExchange exchange,
            String path,
            byte[] body,
            String principal,
            Limits limits,
            Streams streams,
            Executor threads) {
        this.exchange = exchange;
        this.path = path;
        this.body = body;
        this.principal = principal;
        this.limits = limits;
        this.streams = streams;
        this.threads = threads;
        this.outlet = new Outlet(exchange, limits.stall());
    }

    /// `GET`, `POST` or `DELETE`.
    public String method() {
        return exchange.getRequestMethod().toString();
    }

    /// What is asked for, decoded, from its first slash; it has no empty segment and none of dots.
    public String path() {
        return path;
    }

    /// What the header `name` says, in whatever case that is; null if it is absent. Where lists may
    /// come in several headers, they are one.
    public @Nullable String header(String name) {
        HeaderValues values = exchange.getRequestHeaders().get(name);
        return values == null ? null : String.join(", ", values);
    }

    /// The whole body; empty where the method has none.
    public byte[] body() {
        return body.clone();
    }

    /// Who asks: whoever holds the token, under a name that does not tell it.
    public String principal() {
        return principal;
    }

    /// Answers, and waits until the operating system has taken all of it.
    ///
    /// @param contentType of `body`; null if there is none
    /// @param headers besides those that every answer has, which they may replace
    /// @throws IOException if the client is gone, or does not read
    public void answer(
            int status, @Nullable String contentType, Map<String, String> headers, byte[] body)
            throws IOException {
        begin();
        head(exchange, status, contentType, headers, body.length);
        try {
            outlet.writeLast(body).join();
        } catch (CompletionException e) {
            throw new IOException("the answer could not be sent", e);
        }
    }

    /// Begins an answer of events. The principal's oldest stream is closed if there are too many.
    ///
    /// @throws IOException if the client is gone
    public EventStream stream() throws IOException {
        begin();
        exchange.setPersistent(false);
        exchange.setStatusCode(200);
        exchange.getResponseHeaders()
                .put(Headers.CONTENT_TYPE, "text/event-stream")
                .put(new HttpString("X-Accel-Buffering"), "no");
        if (exchange.isHttp11()) {
            // So that the client can tell the end from a broken connection.
            exchange.getResponseHeaders().put(Headers.TRANSFER_ENCODING, "chunked");
        }
        OpenStream opened = new OpenStream(exchange, outlet, threads);
        opened.onClose(() -> streams.remove(principal, opened));
        OpenStream oldest = streams.add(principal, opened);
        if (oldest != null) {
            threads.execute(oldest::close);
        }
        stream = opened;
        opened.begin(limits.pulse());
        return opened;
    }

    private void begin() {
        if (!isAnswered.compareAndSet(false, true)) {
            throw new IllegalStateException(method() + " " + path + " was answered before");
        }
    }

    /// Whether an answer has begun.
    boolean isAnswered() {
        return isAnswered.get();
    }

    /// Ends what cannot be ended properly.
    void abandon() {
        OpenStream begun = stream;
        if (begun != null) {
            begun.close();
        } else {
            outlet.abandon();
        }
    }

    /// Sets everything of an answer but its body.
    static void head(
            HttpServerExchange exchange,
            int status,
            @Nullable String contentType,
            Map<String, String> headers,
            int bodyBytes) {
        exchange.setStatusCode(status);
        if (contentType != null) {
            exchange.getResponseHeaders().put(Headers.CONTENT_TYPE, contentType);
        }
        headers.forEach(
                (name, value) -> exchange.getResponseHeaders().put(new HttpString(name), value));
        if (status != NO_CONTENT) {
            exchange.getResponseHeaders().put(Headers.CONTENT_LENGTH, bodyBytes);
        }
    }
}
