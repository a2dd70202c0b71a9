package dev.bellhop.server.mcp;

import dev.bellhop.base.Hangup;
import dev.bellhop.tool.Conversation;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Who is at the other end, as far as it has said, the calls it waits for, and the way back to it.
///
/// Of a pipe there is one for as long as it is open; over HTTP there is one for each message. Any
/// thread may use it at any time.
public final class Peer {

    private static final int CLIENT_CHARS_MAX = 100;

    /// Well below the five minutes after which the least patient of these clients gives a call up.
    private static final Duration LONG = Duration.ofMinutes(4);

    /// Below the minute after which many clients give a call up.
    private static final Duration SHORT = Duration.ofSeconds(45);

    private final Conversation conversation;
    private final Channel channel;
    private final boolean stays;
    private final @Nullable Path project;
    private final Set<Waiting> calls = ConcurrentHashMap.newKeySet();
    private volatile Introduction introduction = Introduction.NONE;
    private volatile boolean introducesItself;
    private volatile boolean gone;

    private Peer(
            Conversation conversation, Channel channel, boolean stays, @Nullable Path project) {
        this.conversation = conversation;
        this.channel = channel;
        this.stays = stays;
        this.project = project;
    }

    /// Whoever is at the other end of a pipe.
    ///
    /// @param conversation whom the calls are made for that do not say so themselves
    public static Peer ofPipe(Conversation conversation, Channel channel) {
        return new Peer(conversation, channel, true, null);
    }

    /// Whoever has sent one message.
    ///
    /// @param conversation whom it is sent for unless it says so itself
    /// @param channel the stream of its answer
    /// @param project which it is about, or null if the message says
    public static Peer ofMessage(
            Conversation conversation, Channel channel, @Nullable Path project) {
        return new Peer(conversation, channel, false, project);
    }

    /// What a client has said of itself when it came.
    ///
    /// @param capabilities what it can
    public record Introduction(Client client, Map<String, @Nullable Object> capabilities) {

        static final Introduction NONE = new Introduction(Client.of("", ""), Map.of());
    }

    /// The program that calls.
    ///
    /// @param program such as `claude-code`; empty if it does not say
    /// @param name with its version, such as `claude-code 2.1.329`
    /// @param patience how long it waits for the answer to a call
    public record Client(String program, String name, Duration patience) {

        public static Client of(String program, String version) {
            String name = program.substring(0, Math.min(program.length(), CLIENT_CHARS_MAX));
            String lower = name.toLowerCase(Locale.ROOT);
            boolean patient =
                    Stream.of("claude-code", "codex", "gemini", "qwen").anyMatch(lower::startsWith);
            String full = (name + " " + version).strip();
            return new Client(
                    name,
                    full.isEmpty()
                            ? "unknown"
                            : full.substring(0, Math.min(full.length(), CLIENT_CHARS_MAX)),
                    patient ? LONG : SHORT);
        }
    }

    /// A call whose answer is waited for. Equal only to itself: a client may use an id twice.
    public final class Waiting {

        private final Object id;
        private final Hangup hangup = new Hangup();
        private volatile boolean cancelled;

        private Waiting(Object id) {
            this.id = id;
        }

        public Hangup hangup() {
            return hangup;
        }

        /// Whether its answer is not wanted any more.
        public boolean isCancelled() {
            return cancelled;
        }

        public void over() {
            calls.remove(this);
        }
    }

    public Conversation conversation() {
        return conversation;
    }

    public Channel channel() {
        return channel;
    }

    /// Whether it is there between its messages too, so that it can be told things then.
    public boolean stays() {
        return stays;
    }

    /// The project that its way here names, or null.
    public @Nullable Path project() {
        return project;
    }

    public Client client() {
        return introduction.client();
    }

    /// It says what it is, and what it can.
    public void introduced(Introduction said) {
        introduction = said;
        introducesItself = true;
    }

    /// It has said so in a message before.
    void wasIntroduced(Introduction said) {
        introduction = said;
    }

    /// Whether it said so at this end, and not in a message before.
    boolean introducesItself() {
        return introducesItself;
    }

    /// What it has said of itself, here or in a message before.
    public Introduction introduction() {
        return introduction;
    }

    /// What it has said it can.
    public Map<String, @Nullable Object> capabilities() {
        return introduction.capabilities();
    }

    /// It has made a call and waits for it until that is [Waiting#over()].
    public Waiting calls(Object id) {
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
    public void cancels(Object id) {
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
