package dev.bellhop.server.mcp;

import java.io.IOException;
import java.math.BigInteger;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reads messages and decides which generation of the protocol answers them.
///
/// Over a pipe a message is of the second generation if it says so. Over HTTP it is of the first
/// only if neither the message nor its headers say otherwise. Keeps nothing between two messages.
public final class Dispatcher {

    private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

    private final Generation legacy;
    private final Set<String> legacyVersions;
    private final Generation modern;
    private final BiPredicate<String, Map<String, @Nullable Object>> speaksModern;
    private final Questions questions;
    private final Codec codec;

    /// @param legacyVersions the versions of the first generation
    /// @param speaksModern whether a method with such `_meta` is of the second
    public Dispatcher(
            Generation legacy,
            Collection<String> legacyVersions,
            Generation modern,
            BiPredicate<String, Map<String, @Nullable Object>> speaksModern,
            Questions questions,
            Codec codec) {
        this.legacy = legacy;
        this.legacyVersions = Set.copyOf(legacyVersions);
        this.modern = modern;
        this.speaksModern = speaksModern;
        this.questions = questions;
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
    /// @param head what HTTP says of it, or null if it came over a pipe
    /// @return null if the message wants no answer
    @Nullable Taken take(byte[] message, Peer peer, @Nullable Head head) {
        long receivedNanos = System.nanoTime();
        Object id = null;
        Generation generation = legacy;
        try {
            if (!(Json.read(message) instanceof Map<?, ?> members)) {
                throw Refusal.request("a message is an object, and comes alone");
            }
            Map<String, @Nullable Object> fields = Request.object(members);
            id = validId(fields.get("id"));
            if (fields.get("method") instanceof String method && isModern(method, fields, head)) {
                generation = modern;
            }
            return take(fields, id, receivedNanos, generation, peer, head);
        } catch (Refusal refusal) {
            return refused(id, refusal, generation);
        } catch (Throwable e) {
            return refused(id, failed(e), generation);
        }
    }

    private boolean isModern(
            String method, Map<String, @Nullable Object> fields, @Nullable Head head) {
        Map<String, @Nullable Object> params = Request.object(fields.get("params"));
        if (speaksModern.test(method, Request.object(params.get("_meta")))) {
            return true;
        }
        return head != null && head.version() != null && !legacyVersions.contains(head.version());
    }

    /// The answer to what is no message at all.
    Taken refused(Refusal refusal) {
        return refused(null, refusal, legacy);
    }

    private Taken refused(@Nullable Object id, Refusal refusal, Generation generation) {
        return () ->
                answer(
                        id,
                        () -> {
                            throw refusal;
                        },
                        generation);
    }

    private @Nullable Taken take(
            Map<String, @Nullable Object> fields,
            @Nullable Object id,
            long receivedNanos,
            Generation generation,
            Peer peer,
            @Nullable Head head) {
        if (!"2.0".equals(fields.get("jsonrpc"))) {
            throw Refusal.request("jsonrpc is not \"2.0\"");
        }
        if (!fields.containsKey("method")
                && (fields.containsKey("result") || fields.containsKey("error"))) {
            questions.answered(fields);
            return null;
        }
        if (!(fields.get("method") instanceof String method)) {
            throw Refusal.request("method is not a string");
        }
        if (!fields.containsKey("id")) {
            generation.take(method, Request.object(fields.get("params")), peer);
            return null;
        }
        if (id == null) {
            throw Refusal.request("id is neither a string nor an integer");
        }
        if (fields.containsKey("params") && !(fields.get("params") instanceof Map<?, ?>)) {
            throw Refusal.params("params is not an object");
        }
        Request request =
                new Request(id, method, Request.object(fields.get("params")), receivedNanos, head);
        Pending pending = generation.take(request, peer);
        return () -> answer(id, pending, generation);
    }

    private static @Nullable Object validId(@Nullable Object id) {
        return id instanceof String
                        || id instanceof Integer
                        || id instanceof Long
                        || id instanceof BigInteger
                ? id
                : null;
    }

    private @Nullable Answer answer(@Nullable Object id, Pending pending, Generation generation) {
        try {
            try {
                Response response = pending.response();
                return response == null ? null : answer(response, 200);
            } catch (Refusal refusal) {
                return answer(Response.refused(id, refusal), generation.status(refusal));
            } catch (Throwable e) {
                Refusal failed = failed(e);
                return answer(Response.refused(id, failed), generation.status(failed));
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

    private Answer answer(Response response, int status) throws IOException {
        return new Answer(codec.bytes(response), status, response.sent());
    }
}
