package dev.bellhop.server.mcp.legacy;

import dev.bellhop.base.Hangup;
import dev.bellhop.server.mcp.CallScope;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Questions;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Request;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// A request of the first generation: what is asked meanwhile goes out and is waited for.
final class LegacyScope extends CallScope {

    private final Peer peer;
    private final Questions questions;
    private final String logLevel;

    LegacyScope(
            Request request,
            Peer peer,
            Hangup hangup,
            Supplier<Path> project,
            Codec codec,
            Questions questions,
            String logLevel) {
        super(request, peer, peer.client(), hangup, project, codec);
        this.peer = peer;
        this.questions = questions;
        this.logLevel = logLevel;
    }

    @Override
    protected String logLevel() {
        return logLevel;
    }

    @Override
    public Map<String, @Nullable Object> ask(
            String key,
            String method,
            Map<String, Object> params,
            String capability,
            Duration longest) {
        if (!peer.capabilities().containsKey(capability)) {
            throw Refusal.capability(Map.of(capability, Map.of()));
        }
        return questions.ask(peer.channel(), method, params, longest, hangup());
    }

    @Override
    public Map<String, @Nullable Object> inputs() {
        return Map.of();
    }

    @Override
    public @Nullable String state() {
        return null;
    }
}
