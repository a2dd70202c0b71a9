package dev.bellhop.server.mcp;

import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import dev.bellhop.tool.Asker;
import dev.bellhop.tool.Caller;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What both generations give the work on a request in the same way.
public abstract class CallScope implements Scope {

    /// As syslog has them, the least important first.
    public static final List<String> LOG_LEVELS =
            List.of(
                    "debug",
                    "info",
                    "notice",
                    "warning",
                    "error",
                    "critical",
                    "alert",
                    "emergency");

    private static final String LOGGER = "bellhop";
    private static final String ANSWER = "answer";

    private final Request request;
    private final Peer peer;
    private final Codec codec;
    private final Peer.Client client;
    private final Hangup hangup;
    private final Supplier<Path> project;
    private @Nullable Caller caller;

    /// @param client who has sent the request
    /// @param project which is meant; asked only by what works on one, since a client may have to
    ///   be asked for it
    protected CallScope(
            Request request,
            Peer peer,
            Peer.Client client,
            Hangup hangup,
            Supplier<Path> project,
            Codec codec) {
        this.request = request;
        this.peer = peer;
        this.codec = codec;
        this.client = client;
        this.hangup = hangup;
        this.project = project;
    }

    /// The consumer that a request names. Of those that come without a pipe, whoever holds the
    /// token and what program it is.
    private @Nullable String thread() {
        if (request.meta().get("threadId") instanceof String thread && !thread.isBlank()) {
            return thread;
        }
        return peer.stays()
                ? null
                : "%s %s".formatted(peer.conversation().consumer(), client.program()).strip();
    }

    /// The directory in which the conversation behind a request works, where it says so: Codex
    /// does, and runs the servers of its plugins elsewhere.
    public static @Nullable String workspace(Request request) {
        Map<String, @Nullable Object> turn =
                Request.object(request.meta().get("x-codex-turn-metadata"));
        return Request.object(turn.get("workspaces")).keySet().stream().findFirst().orElse(null);
    }

    @Override
    public Caller caller() {
        Caller known = caller;
        if (known == null) {
            known =
                    new Caller(
                            project.get(),
                            client.name(),
                            peer.conversation(),
                            thread(),
                            client.patience(),
                            hangup,
                            this::askPerson,
                            request.receivedNanos());
            caller = known;
        }
        return known;
    }

    private Asker.Said askPerson(
            String key, String message, List<String> options, Duration longest) {
        Map<String, Object> answer = new LinkedHashMap<>();
        answer.put("type", "string");
        answer.put("title", "Answer");
        if (!options.isEmpty()) {
            answer.put("enum", options);
        }
        Map<String, Object> schema = new LinkedHashMap<>();
        schema.put("type", "object");
        schema.put("properties", Map.of(ANSWER, answer));
        schema.put("required", List.of(ANSWER));
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("message", message);
        params.put("requestedSchema", schema);
        try {
            Map<String, @Nullable Object> said =
                    ask(key, "elicitation/create", params, "elicitation", longest);
            Object action = said.get("action");
            Object text = Request.object(said.get("content")).get(ANSWER);
            return "accept".equals(action) && text != null && !text.toString().isBlank()
                    ? new Asker.Said.Text(text.toString())
                    : new Asker.Said.Nothing(
                            "decline".equals(action) ? "they declined" : "they did not answer");
        } catch (Refusal e) {
            return new Asker.Said.Unheard();
        } catch (Problem problem) {
            return new Asker.Said.Nothing(String.valueOf(problem.getMessage()));
        }
    }

    /// Hung up when the client does not wait any longer.
    protected Hangup hangup() {
        return hangup;
    }

    @Override
    public boolean wantsProgress() {
        return progressToken() != null;
    }

    private @Nullable Object progressToken() {
        Object token = request.meta().get("progressToken");
        return token instanceof String || token instanceof Number ? token : null;
    }

    @Override
    public void progress(double done, @Nullable Double total, @Nullable String message) {
        Object token = progressToken();
        if (token == null) {
            return;
        }
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("progressToken", token);
        params.put("progress", number(done));
        if (total != null) {
            params.put("total", number(total));
        }
        if (message != null) {
            params.put("message", message);
        }
        tell("notifications/progress", params);
    }

    private static Object number(double value) {
        return value == Math.rint(value) && Math.abs(value) < Integer.MAX_VALUE
                ? (Object) (int) value
                : BigDecimal.valueOf(value);
    }

    /// The least important level that the client wants to hear; null if it wants to hear none.
    protected abstract @Nullable String logLevel();

    @Override
    public void log(String level, Object data) {
        String least = logLevel();
        if (least == null || LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) {
            return;
        }
        Map<String, Object> params = new LinkedHashMap<>();
        params.put("level", level);
        params.put("logger", LOGGER);
        params.put("data", data);
        tell("notifications/message", params);
    }

    /// Tells the client something; if it is gone nobody minds.
    private void tell(String method, Map<String, Object> params) {
        boolean _ = peer.channel().send(notification(codec, method, params));
    }

    /// The document of a notification.
    public static byte[] notification(Codec codec, String method, Map<String, Object> params) {
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("jsonrpc", "2.0");
        message.put("method", method);
        message.put("params", params);
        try {
            return codec.writeValueAsBytes(message);
        } catch (IOException e) {
            throw new IllegalStateException("a notification cannot be written", e);
        }
    }
}
