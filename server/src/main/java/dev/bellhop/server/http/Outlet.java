package dev.bellhop.server.http;

import io.undertow.server.HttpServerExchange;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.IoUtils;
import org.xnio.XnioExecutor;
import org.xnio.XnioIoThread;
import org.xnio.channels.StreamSinkChannel;

/// Where the answer of one request is written, piece by piece. A client that reads nothing for as
/// long as a stall may be loses its connection.
///
/// Any thread may ask for something to be written; the connection's own thread does it, so that
/// nobody waits with the channel in hand.
final class Outlet {

    private final HttpServerExchange exchange;
    private final XnioIoThread thread;
    private final Duration stall;

    // What follows belongs to the connection's thread.
    private final Queue<Piece> pieces = new ArrayDeque<>();
    private @Nullable StreamSinkChannel channel;
    private long progressNanos;
    private XnioExecutor.@Nullable Key watch;
    private boolean isFlowing;
    private @Nullable IOException failure;

    /// What is to be written.
    ///
    /// @param isLast whether the answer ends with it
    /// @param written done when the operating system has taken it
    private record Piece(ByteBuffer bytes, boolean isLast, CompletableFuture<Void> written) {}

    /// @param exchange whose status and headers are set before anything is written
    Outlet(HttpServerExchange exchange, Duration stall) {
        this.exchange = exchange;
        this.thread = exchange.getIoThread();
        this.stall = stall;
    }

    /// Writes `bytes` after what was to be written before.
    ///
    /// @return done when the operating system has them; fails if the client is gone
    CompletableFuture<Void> write(byte[] bytes) {
        return add(new Piece(ByteBuffer.wrap(bytes), false, new CompletableFuture<>()));
    }

    /// Writes `bytes`, and ends the answer.
    CompletableFuture<Void> writeLast(byte[] bytes) {
        return add(new Piece(ByteBuffer.wrap(bytes), true, new CompletableFuture<>()));
    }

    /// Gives the client up.
    void abandon() {
        run(() -> fail(new IOException("the client is gone")));
    }

    /// Has `work` done by the connection's thread: at once if this is it.
    ///
    /// @return false if the server has ended, and nothing is done any more
    boolean run(Runnable work) {
        if (exchange.isInIoThread()) {
            work.run();
            return true;
        }
        try {
            thread.execute(work);
            return true;
        } catch (RejectedExecutionException e) {
            return false;
        }
    }

    private CompletableFuture<Void> add(Piece piece) {
        boolean isGoing =
                run(() -> {
                    pieces.add(piece);
                    flow();
                });
        if (!isGoing) {
            piece.written.completeExceptionally(new IOException("the server has ended"));
        }
        return piece.written;
    }

    /// Writes as much as goes.
    private void flow() {
        isFlowing = true;
        try {
            boolean goes = true;
            while (goes && failure == null && !pieces.isEmpty()) {
                goes = write(pieces.element());
                if (goes) {
                    pieces.remove().written.complete(null);
                }
            }
            if (goes && channel != null) {
                channel.suspendWrites();
            }
        } catch (IOException e) {
            failure = e;
        } finally {
            isFlowing = false;
        }
        if (failure != null) {
            fail(failure);
        }
    }

    /// @return false if the rest has to wait
    private boolean write(Piece piece) throws IOException {
        StreamSinkChannel to = channel();
        while (piece.bytes.hasRemaining()) {
            if (to.write(piece.bytes) == 0) {
                awaitRoom(to);
                return false;
            }
            progressNanos = System.nanoTime();
        }
        if (piece.isLast) {
            to.shutdownWrites();
        }
        if (!to.flush()) {
            awaitRoom(to);
            return false;
        }
        return true;
    }

    private StreamSinkChannel channel() throws IOException {
        if (channel == null) {
            channel = exchange.getResponseChannel();
            if (channel == null) {
                throw new IOException("the answer has begun elsewhere");
            }
            channel.getWriteSetter().set(_ -> flow());
        }
        return channel;
    }

    private void awaitRoom(StreamSinkChannel full) {
        full.resumeWrites();
        if (watch == null) {
            progressNanos = System.nanoTime();
            watch(stall.toNanos());
        }
    }

    private void watch(long nanos) {
        watch = thread.executeAfter(this::look, nanos, TimeUnit.NANOSECONDS);
    }

    private void look() {
        watch = null;
        if (failure != null || pieces.isEmpty()) {
            return;
        }
        long left = progressNanos + stall.toNanos() - System.nanoTime();
        if (left > 0) {
            watch(left);
        } else {
            fail(new IOException("the client does not read"));
        }
    }

    private void fail(IOException cause) {
        failure = cause;
        if (isFlowing) {
            // The end of the answer has closed the connection. What was written was written.
            return;
        }
        if (watch != null) {
            watch.remove();
            watch = null;
        }
        List<Piece> lost = new ArrayList<>(pieces);
        pieces.clear();
        IoUtils.safeClose(exchange.getConnection());
        lost.forEach(piece -> piece.written.completeExceptionally(cause));
    }
}
