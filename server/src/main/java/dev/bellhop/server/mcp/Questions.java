package dev.bellhop.server.mcp;

import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What we have asked clients and they have not answered yet.
///
/// The ids are ours and cannot be guessed, so that an answer finds its question whatever way it
/// comes.
public final class Questions {

    private final Codec codec;
    private final Map<String, CompletableFuture<Map<String, @Nullable Object>>> open =
            new ConcurrentHashMap<>();

    public Questions(Codec codec) {
        this.codec = codec;
    }

    /// Asks, and waits for the answer.
    ///
    /// @param hangup whether anybody still waits for what the answer is for
    /// @return the result in it
    /// @throws Problem `UNAVAILABLE` if there is none within `longest`, or the client refuses
    public Map<String, @Nullable Object> ask(
            Channel channel,
            String method,
            Map<String, Object> params,
            Duration longest,
            Hangup hangup) {
        String id = "bellhop-" + UUID.randomUUID();
        CompletableFuture<Map<String, @Nullable Object>> answer = new CompletableFuture<>();
        open.put(id, answer);
        try {
            Map<String, Object> request = new LinkedHashMap<>();
            request.put("jsonrpc", "2.0");
            request.put("id", id);
            request.put("method", method);
            request.put("params", params);
            if (!channel.send(codec.writeValueAsBytes(request))) {
                throw unanswered(method, "there is no way to ask it");
            }
            CompletableFuture<Void> _ =
                    hangup.whenHungUp().thenRun(() -> answer.complete(Map.of()));
            Map<String, @Nullable Object> said =
                    answer.copy()
                            .completeOnTimeout(Map.of(), longest.toNanos(), TimeUnit.NANOSECONDS)
                            .join();
            if (said.isEmpty()) {
                withdraw(channel, id);
                throw unanswered(
                        method, "it did not answer in %d s".formatted(longest.toSeconds()));
            }
            if (!said.containsKey("result")) {
                Object message = Request.object(said.get("error")).get("message");
                throw unanswered(method, String.valueOf(message));
            }
            return Request.object(said.get("result"));
        } catch (IOException e) {
            throw new IllegalStateException("a question cannot be written", e);
        } finally {
            open.remove(id);
        }
    }

    private void withdraw(Channel channel, String id) throws IOException {
        boolean _ =
                channel.send(
                        codec.writeValueAsBytes(
                                Map.of(
                                        "jsonrpc",
                                        "2.0",
                                        "method",
                                        "notifications/cancelled",
                                        "params",
                                        Map.of("requestId", id))));
    }

    private static Problem unanswered(String method, String why) {
        return Problem.unavailable(
                "the client was asked (%s) in vain: %s".formatted(method, why),
                "Ask the person yourself, or try again.");
    }

    /// Takes an answer in; what answers nothing is passed over.
    void answered(Map<String, @Nullable Object> message) {
        if (message.get("id") instanceof String id) {
            CompletableFuture<Map<String, @Nullable Object>> answer = open.get(id);
            if (answer != null) {
                answer.complete(message);
            }
        }
    }
}
