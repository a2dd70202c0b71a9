package dev.bellhop.server.mcp;

import dev.bellhop.base.Hangup;
import dev.bellhop.tool.Conversation;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// Who is at the other end of a pipe, as far as it has said, and the calls it waits for.
///
/// Any thread may use it at any time.
public final class Peer {

    private static final int CLIENT_CHARS_MAX = 100;

    /// Well below the five minutes after which the least patient of these clients gives a call up.
    private static final Duration LONG = Duration.ofMinutes(4);

    /// Below the minute after which many clients give a call up.
    private static final Duration SHORT = Duration.ofSeconds(45);

    private final Conversation conversation;
    private final Set<Waiting> calls = ConcurrentHashMap.newKeySet();
    private volatile Client client = new Client("unknown", SHORT);
    private volatile boolean gone;

    /// @param conversation whom the calls are made for that do not say so themselves
    public Peer(Conversation conversation) {
        this.conversation = conversation;
    }

    /// The program that calls.
    ///
    /// @param name with its version, such as `claude-code 2.1.329`
    /// @param patience how long it waits for the answer to a call
    record Client(String name, Duration patience) {}

    /// A call whose answer is waited for. Equal only to itself: a client may use an id twice.
    final class Waiting {

        private final Object id;
        private final Hangup hangup = new Hangup();
        private volatile boolean cancelled;

        private Waiting(Object id) {
            this.id = id;
        }

        Hangup hangup() {
            return hangup;
        }

        /// Whether its answer is not wanted any more.
        boolean isCancelled() {
            return cancelled;
        }

        void over() {
            calls.remove(this);
        }
    }

    Conversation conversation() {
        return conversation;
    }

    Client client() {
        return client;
    }

    /// It has said what it is.
    void introduced(String name, String version) {
        String lower = name.toLowerCase(Locale.ROOT);
        boolean patient =
                Stream.of("claude-code", "codex", "gemini", "qwen").anyMatch(lower::startsWith);
        String full = (name + " " + version).strip();
        client =
                new Client(
                        full.isEmpty()
                                ? "unknown"
                                : full.substring(0, Math.min(full.length(), CLIENT_CHARS_MAX)),
                        patient ? LONG : SHORT);
    }

    /// It has made a call and waits for it until that is [Waiting#over()].
    Waiting calls(Object id) {
        Waiting call = new Waiting(id);
        calls.add(call);
        // Asked after adding: whoever sets it goes through the calls afterwards, so none is missed.
        if (gone) {
            call.hangup.hangUp();
        }
        return call;
    }

    /// It does not want the answer to this call; nothing happens if that was given already, or
    /// never asked for.
    void cancels(Object id) {
        for (Waiting call : calls) {
            if (call.id.equals(id)) {
                call.cancelled = true;
                call.hangup.hangUp();
            }
        }
    }

    /// Nobody waits any longer, neither for the calls there are nor for those to come; they are
    /// still answered.
    void leaves() {
        gone = true;
        calls.forEach(call -> call.hangup.hangUp());
    }
}
