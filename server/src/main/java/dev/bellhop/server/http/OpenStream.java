package dev.bellhop.server.http;

import io.undertow.server.AbstractServerConnection;
import io.undertow.server.HttpServerExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.xnio.conduits.ConduitStreamSourceChannel;

/// A stream of events on one connection, which carries nothing else after it.
final class OpenStream implements EventStream {

    private static final byte[] COMMENT = ":\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] BEFORE =
            "event: message\ndata: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] AFTER = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private final HttpServerExchange exchange;
    private final Outlet outlet;
    private final Executor threads;
    private final ByteBuffer ignored = ByteBuffer.allocate(512);
    private @Nullable CompletableFuture<Void> pulse;

    // Null once it is closed.
    private @Nullable List<Runnable> whenClosed = new ArrayList<>();

    /// @param threads where whoever waits for the end is told
    OpenStream(HttpServerExchange exchange, Outlet outlet, Executor threads) {
        this.exchange = exchange;
        this.outlet = outlet;
        this.threads = threads;
    }

    /// Begins the answer, and shows every `interval` that it goes on.
    ///
    /// @throws IOException if the client is gone
    void begin(Duration interval) throws IOException {
        outlet.run(() -> {
            exchange.getConnection()
                    .addCloseListener(_ -> {
                        outlet.abandon();
                        closed();
                    });
            exchange.addExchangeCompleteListener((_, next) -> {
                closed();
                next.proceed();
            });
            listen();
        });
        try {
            outlet.write(COMMENT).join();
        } catch (CompletionException e) {
            closed();
            throw new IOException("the client is gone", e);
        }
        pulse(interval);
    }

    /// Notices when the client goes. Nothing else is expected from it.
    private void listen() {
        if (exchange.getConnection() instanceof AbstractServerConnection connection) {
            ConduitStreamSourceChannel source = connection.getChannel().getSourceChannel();
            source.setReadListener(this::ignore);
            source.resumeReads();
        }
    }

    private void ignore(ConduitStreamSourceChannel source) {
        try {
            int count;
            do {
                count = source.read(ignored.clear());
            } while (count > 0);
            if (count < 0) {
                gone(source);
            }
        } catch (IOException e) {
            gone(source);
        }
    }

    private void gone(ConduitStreamSourceChannel source) {
        source.suspendReads();
        outlet.abandon();
        closed();
    }

    private void pulse(Duration interval) {
        outlet.run(() ->
                exchange.getIoThread()
                        .executeAfter(
                                () -> beat(interval), interval.toNanos(), TimeUnit.NANOSECONDS));
    }

    private void beat(Duration interval) {
        if (!isOpen()) {
            return;
        }
        // One that is still on its way is watched already.
        if (pulse == null || pulse.isDone()) {
            pulse = outlet.write(COMMENT);
        }
        pulse(interval);
    }

    @Override
    public boolean send(byte[] json) {
        ByteArrayOutputStream event =
                new ByteArrayOutputStream(BEFORE.length + json.length + AFTER.length);
        event.writeBytes(BEFORE);
        event.writeBytes(json);
        event.writeBytes(AFTER);
        if (!isOpen()) {
            return false;
        }
        try {
            outlet.write(event.toByteArray()).join();
            return true;
        } catch (CompletionException e) {
            closed();
            return false;
        }
    }

    @Override
    public synchronized boolean isOpen() {
        return whenClosed != null;
    }

    @Override
    public void onClose(Runnable run) {
        synchronized (this) {
            if (whenClosed != null) {
                whenClosed.add(run);
                return;
            }
        }
        threads.execute(run);
    }

    @Override
    public void close() {
        CompletableFuture<Void> ended = outlet.writeLast(new byte[0]);
        closed();
        try {
            ended.join();
        } catch (CompletionException e) {
            // The client was gone before.
        }
    }

    private void closed() {
        List<Runnable> told;
        synchronized (this) {
            if (whenClosed == null) {
                return;
            }
            told = whenClosed;
            whenClosed = null;
        }
        told.forEach(threads::execute);
    }
}
