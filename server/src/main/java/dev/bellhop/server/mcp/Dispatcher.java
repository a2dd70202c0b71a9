package dev.bellhop.server.mcp;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads messages and decides which generation of the protocol answers them.
///
/// Keeps nothing between two messages.
public final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Legacy legacy;
    private final Codec codec;

    public Dispatcher(Legacy legacy, Codec codec) {
        this.legacy = legacy;
        this.codec = codec;
    }

    /// A message that was taken in and wants an answer.
    @FunctionalInterface
    interface Taken {

        /// Does what was asked, for as long as it takes. Never throws. To be called once.
        ///
        /// @return the answer, or null if nobody wants it any more
        @Nullable Answer answer();
    }

    /// Takes one message in; never throws. Quickly, and for each peer in the order in which its
    /// messages came, since one may be about another.
    ///
    /// @return null if the message wants no answer
    @Nullable Taken take(byte[] message, Peer peer) {
        long receivedNanos = System.nanoTime();
        Object id = null;
        try {
            if (!(Json.read(message) instanceof Map<?, ?> members)) {
                throw Refusal.request("a message is an object, and comes alone");
            }
            Map<String, @Nullable Object> fields = Request.object(members);
            id = validId(fields.get("id"));
            return take(fields, id, receivedNanos, peer);
        } catch (Refusal refusal) {
            return refused(id, refusal);
        } catch (Throwable e) {
            return refused(id, failed(e));
        }
    }

    /// The answer to what is no message at all.
    Taken refused(@Nullable Object id, Refusal refusal) {
        return () -> answer(id, () -> Response.refused(id, refusal));
    }

    private @Nullable Taken take(
            Map<String, @Nullable Object> fields,
            @Nullable Object id,
            long receivedNanos,
            Peer peer) {
        if (!"2.0".equals(fields.get("jsonrpc"))) {
            throw Refusal.request("jsonrpc is not \"2.0\"");
        }
        if (!fields.containsKey("method")
                && (fields.containsKey("result") || fields.containsKey("error"))) {
            return null; // We ask clients nothing, so this answers nothing.
        }
        if (!(fields.get("method") instanceof String method)) {
            throw Refusal.request("method is not a string");
        }
        if (!fields.containsKey("id")) {
            legacy.take(method, Request.object(fields.get("params")), peer);
            return null;
        }
        if (id == null) {
            throw Refusal.request("id is neither a string nor an integer");
        }
        if (fields.containsKey("params") && !(fields.get("params") instanceof Map<?, ?>)) {
            throw Refusal.params("params is not an object");
        }
        Request request =
                new Request(id, method, Request.object(fields.get("params")), receivedNanos);
        Pending pending = legacy.take(request, peer);
        return () -> answer(id, pending);
    }

    private static @Nullable Object validId(@Nullable Object id) {
        return id instanceof String
                        || id instanceof Integer
                        || id instanceof Long
                        || id instanceof BigInteger
                ? id
                : null;
    }

    private @Nullable Answer answer(@Nullable Object id, Pending pending) {
        try {
            try {
                Response response = pending.response();
                return response == null ? null : answer(response);
            } catch (Refusal refusal) {
                return answer(Response.refused(id, refusal));
            } catch (Throwable e) {
                return answer(Response.refused(id, failed(e)));
            }
        } catch (IOException e) {
            throw new IllegalStateException("an error cannot be written", e);
        }
    }

    /// What to answer after `e`, whatever it is: a client waits for every id it has sent, and
    /// several never start us again, so neither a bug nor a lack of memory may end us.
    private static Refusal failed(Throwable e) {
        try {
            LOG.error("a message could not be dealt with", e);
        } catch (Throwable unheard) {
            // Telling people may fail for the same reason; the client must have its answer.
        }
        return Refusal.internal();
    }

    private Answer answer(Response response) throws IOException {
        return new Answer(codec.bytes(response), response.sent());
    }
}
