package dev.bellhop.server.mcp;

import dev.bellhop.tool.Conversation;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The door for a client that has started us: one message a line on a pipe in, one on a pipe out.
///
/// It ends when its input ends, when its output is closed, or when [#end()] is called, whichever
/// comes first. Every message that was read by then is answered; calls that wait answer with what
/// they have.
public final class Stdio {

    private static final Logger LOG = LoggerFactory.getLogger(Stdio.class);

    /// Only a tool that does not notice a hangup lets so long pass without any answer.
    private static final long SILENCE_SECONDS_MAX = 10;

    private final Dispatcher dispatcher;
    private final Peer peer;
    private final InputStream in;
    private final OutputStream out;
    private final Lock writing = new ReentrantLock();
    private final Open open = new Open();
    private final CompletableFuture<Void> ending = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();

    /// @param out where a failed write shows as an exception, which a `PrintStream` would swallow
    public Stdio(
            Dispatcher dispatcher, Conversation conversation, InputStream in, OutputStream out) {
        this.dispatcher = dispatcher;
        this.peer = Peer.ofPipe(conversation, this::write);
        this.in = in;
        this.out = out;
    }

    /// The messages that were read and are not yet answered.
    private static final class Open {

        private final CompletableFuture<Void> none = new CompletableFuture<>();
        private int count;
        private boolean closed;

        /// @return false if it is too late
        synchronized boolean begin() {
            if (!closed) {
                count++;
            }
            return !closed;
        }

        synchronized int count() {
            return count;
        }

        synchronized void end() {
            count--;
            tell();
        }

        /// No more begin.
        ///
        /// @return done when the last has ended
        synchronized CompletableFuture<Void> close() {
            closed = true;
            tell();
            return none;
        }

        private void tell() {
            if (closed && count == 0) {
                none.complete(null);
            }
        }
    }

    /// Reads and answers until the input ends or can no longer be read.
    ///
    /// Belongs on a platform thread of its own that does not keep the process alive: reading a pipe
    /// holds on to its carrier, and nothing wakes a thread that reads.
    public void read() {
        Lines lines = new Lines(in);
        try {
            while (readOne(lines)) {}
        } catch (IOException e) {
            LOG.debug("the input cannot be read", e);
        } finally {
            ending.complete(null);
        }
    }

    /// Waits for the end; when this returns, what was read has been answered.
    public void awaitEnd() {
        ending.join();
        CompletableFuture<Void> answered = open.close();
        peer.leaves();
        int left;
        do {
            left = open.count();
            answered.copy().completeOnTimeout(null, SILENCE_SECONDS_MAX, TimeUnit.SECONDS).join();
        } while (!answered.isDone() && open.count() < left);
        ended.complete(null);
    }

    /// Ends it, and waits as [#awaitEnd()] does, which some thread must be in or come to.
    public void end() {
        ending.complete(null);
        ended.join();
    }

    /// @return false if there is nothing more to read
    private boolean readOne(Lines lines) throws IOException {
        try {
            byte[] line = lines.next();
            return line != null && begin(() -> dispatcher.take(line, peer, null));
        } catch (Refusal refusal) {
            return begin(() -> dispatcher.refused(refusal));
        }
    }

    /// Takes a message in that was just read.
    ///
    /// @return false if it came too late
    private boolean begin(Supplier<Dispatcher.@Nullable Taken> taking) {
        if (!open.begin()) {
            return false;
        }
        Dispatcher.Taken taken = taking.get();
        if (taken == null) {
            open.end();
        } else {
            start(taken);
        }
        return true;
    }

    private void start(Dispatcher.Taken taken) {
        Thread.ofVirtual()
                .name("request")
                .start(() -> {
                    try {
                        Answer answer = taken.answer();
                        if (answer != null && write(answer.json())) {
                            answer.sent();
                        }
                    } finally {
                        open.end();
                    }
                });
    }

    /// Writes a message, whole.
    ///
    /// @return false if the output is closed
    private boolean write(byte[] json) {
        byte[] line = Arrays.copyOf(json, json.length + 1);
        line[line.length - 1] = '\n';
        writing.lock();
        try {
            out.write(line);
            out.flush();
            return true;
        } catch (IOException e) {
            LOG.debug("the output is closed", e);
            ending.complete(null);
            return false;
        } finally {
            writing.unlock();
        }
    }
}
