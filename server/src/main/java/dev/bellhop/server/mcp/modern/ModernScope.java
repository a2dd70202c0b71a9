package dev.bellhop.server.mcp.modern;

import dev.bellhop.base.Hangup;
import dev.bellhop.server.mcp.CallScope;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.InputRequired;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A request of the second generation: what is asked goes back as its result, and the client comes
/// again with the answers.
final class ModernScope extends CallScope {

    private final Request request;
    private final Envelope envelope;

    ModernScope(
            Request request,
            Envelope envelope,
            Peer peer,
            Hangup hangup,
            Supplier<Path> project,
            Codec codec) {
        super(request, peer, envelope.client(), hangup, project, codec);
        this.request = request;
        this.envelope = envelope;
    }

    @Override
    protected @Nullable String logLevel() {
        return envelope.logLevel();
    }

    @Override
    public Map<String, @Nullable Object> ask(
            String key,
            String method,
            Map<String, Object> params,
            String capability,
            Duration longest) {
        if (inputs().get(key) instanceof Map<?, ?> answer) {
            return Request.object(answer);
        }
        requireDeclared(capability);
        Map<String, Object> question = new LinkedHashMap<>();
        question.put("method", method);
        question.put("params", params);
        throw new InputRequired(Map.of(key, question), null);
    }

    private void requireDeclared(String capability) {
        if (!envelope.capabilities().containsKey(capability)) {
            throw Refusal.capability(Map.of(capability, Map.of()));
        }
    }

    @Override
    public Map<String, @Nullable Object> inputs() {
        return Request.object(request.params().get("inputResponses"));
    }

    @Override
    public @Nullable String state() {
        return request.params().get("requestState") instanceof String state ? state : null;
    }
}
