package dev.bellhop.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.Headers;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.channels.StreamSourceChannel;

/// Collects the body of one request as it arrives. No thread waits for it.
final class BodyReader {

    private static final int BUFFER_BYTES = 16 * 1024;

    /// One for each thread of the connections: it is empty again before anybody else reads.
    private static final ThreadLocal<byte[]> BUFFER =
            ThreadLocal.withInitial(() -> new byte[BUFFER_BYTES]);

    private static final int READS_AT_ONCE = 16;
    private static final Duration UNWANTED_TIME_MAX = Duration.ofSeconds(1);

    private final HttpServerExchange exchange;
    private final Limits limits;
    private final AtomicLong bytesInAll;
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private final long startNanos = System.nanoTime();
    private @Nullable StreamSourceChannel channel;
    private XnioExecutor.@Nullable Key watch;
    private boolean isOver;

    /// @param bytesInAll what the bodies of all open requests take; this one's until it is over
    BodyReader(HttpServerExchange exchange, Limits limits, AtomicLong bytesInAll) {
        this.exchange = exchange;
        this.limits = limits;
        this.bytesInAll = bytesInAll;
    }

    /// Reads what is there, and the rest as it comes. To be called by the connection's thread.
    ///
    /// @param whole is given the body
    /// @param refused is told why it is not read to its end. One of the two is called, once, unless
    ///   the client goes
    void read(Consumer<byte[]> whole, Consumer<Refusal> refused) {
        Consumer<Refusal> refuse =
                refusal -> {
                    end();
                    refused.accept(refusal);
                };
        String length = exchange.getRequestHeaders().getFirst(Headers.CONTENT_LENGTH);
        if (length != null && Long.parseLong(length) > limits.bodyBytes()) {
            refuse.accept(tooLarge());
            return;
        }
        exchange.addExchangeCompleteListener((_, next) -> {
            end();
            bytesInAll.addAndGet(-body.size());
            next.proceed();
        });
        StreamSourceChannel from = channel();
        from.getReadSetter().set(_ -> read(from, whole, refuse));
        read(from, whole, refuse);
    }

    private void read(StreamSourceChannel from, Consumer<byte[]> whole, Consumer<Refusal> refuse) {
        if (isOver) {
            return;
        }
        byte[] buffer = BUFFER.get();
        try {
            int count;
            while ((count = from.read(ByteBuffer.wrap(buffer))) > 0) {
                Refusal refusal = take(buffer, count);
                if (refusal != null) {
                    refuse.accept(refusal);
                    return;
                }
            }
            if (count == 0) {
                from.resumeReads();
                await(refuse);
            } else {
                from.suspendReads();
                end();
                whole.accept(body.toByteArray());
            }
        } catch (IOException e) {
            end();
            IoUtils.safeClose(exchange.getConnection());
        }
    }

    private @Nullable Refusal take(byte[] buffer, int count) {
        if (body.size() + count > limits.bodyBytes()) {
            return tooLarge();
        }
        body.write(buffer, 0, count);
        return bytesInAll.addAndGet(count) > limits.bodyBytesInAll()
                ? new Refusal(503, "busy", "too much is being asked at once; try again")
                : null;
    }

    private Refusal tooLarge() {
        return new Refusal(
                413,
                "body_size",
                "the body is larger than %d MiB".formatted(limits.bodyBytes() >> 20));
    }

    private void await(Consumer<Refusal> refuse) {
        if (watch == null) {
            watch(limits.body(body.size()).toNanos(), refuse);
        }
    }

    private void watch(long nanos, Consumer<Refusal> refuse) {
        watch =
                exchange.getIoThread()
                        .executeAfter(() -> look(refuse), nanos, TimeUnit.NANOSECONDS);
    }

    private void look(Consumer<Refusal> refuse) {
        watch = null;
        if (isOver) {
            return;
        }
        long left = startNanos + limits.body(body.size()).toNanos() - System.nanoTime();
        if (left > 0) {
            watch(left, refuse);
        } else {
            refuse.accept(new Refusal(408, "body_time", "the body did not arrive in time"));
        }
    }

    private void end() {
        isOver = true;
        if (watch != null) {
            watch.remove();
            watch = null;
        }
    }

    /// Reads what nobody wants for a little while, then ends the exchange. A client that writes all
    /// of its body before it reads comes to read its answer then, which a connection that is closed
    /// under it would lose.
    void discard() {
        if (exchange.isRequestComplete()) {
            exchange.endExchange();
            return;
        }
        exchange.getIoThread()
                .executeAfter(
                        () -> IoUtils.safeClose(exchange.getConnection()),
                        UNWANTED_TIME_MAX.toNanos(),
                        TimeUnit.NANOSECONDS);
        StreamSourceChannel from = channel();
        from.getReadSetter().set(_ -> discard(from));
        discard(from);
    }

    private void discard(StreamSourceChannel from) {
        byte[] buffer = BUFFER.get();
        try {
            // Others have their turn in between, however fast it comes.
            for (int i = 0; i < READS_AT_ONCE; i++) {
                int count = from.read(ByteBuffer.wrap(buffer));
                if (count < 0) {
                    exchange.endExchange();
                    return;
                }
                if (count == 0) {
                    break;
                }
            }
            from.resumeReads();
        } catch (IOException e) {
            IoUtils.safeClose(exchange.getConnection());
        }
    }

    private StreamSourceChannel channel() {
        if (channel == null) {
            channel = exchange.getRequestChannel();
        }
        return channel;
    }
}
