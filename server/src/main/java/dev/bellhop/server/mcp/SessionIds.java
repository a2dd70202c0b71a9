package dev.bellhop.server.mcp;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/// Session ids that hold what a client of the first generation has said of itself, so that nothing
/// of it has to be kept: it brings it along with every message. Signed, so that it is ours.
final class SessionIds {

    private static final String ALGORITHM = "HmacSHA256";
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    /// What we may ask a client for.
    private static final List<String> CAPABILITIES = List.of("elicitation", "roots", "sampling");

    private final SecretKeySpec key;

    SessionIds(String secret) {
        this.key = new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), ALGORITHM);
    }

    /// The id for a client that has said this.
    String of(Peer.Introduction said) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = Json.FACTORY.createGenerator(bytes)) {
            json.writeStartArray();
            json.writeString(Json.wellFormed(said.client().program()));
            json.writeString(Json.wellFormed(said.client().name()));
            for (String capability : CAPABILITIES) {
                if (said.capabilities().containsKey(capability)) {
                    json.writeString(capability);
                }
            }
            json.writeEndArray();
        } catch (IOException e) {
            throw new IllegalStateException("a session id cannot be written", e);
        }
        String text = ENCODER.encodeToString(bytes.toByteArray());
        return text + "." + ENCODER.encodeToString(signature(text));
    }

    /// What the client with this id has said; empty if the id is not one of ours.
    Optional<Peer.Introduction> read(String id) {
        int dot = id.indexOf('.');
        if (dot < 0) {
            return Optional.empty();
        }
        String text = id.substring(0, dot);
        byte[] signature = ENCODER.encodeToString(signature(text)).getBytes(StandardCharsets.UTF_8);
        if (!MessageDigest.isEqual(
                signature, id.substring(dot + 1).getBytes(StandardCharsets.UTF_8))) {
            return Optional.empty();
        }
        if (!(Json.read(Base64.getUrlDecoder().decode(text)) instanceof List<?> said)) {
            throw new IllegalStateException("a session id of ours says " + text);
        }
        String program = String.valueOf(said.getFirst());
        String name = String.valueOf(said.get(1));
        Map<String, @Nullable Object> capabilities = new LinkedHashMap<>();
        said.stream().skip(2).forEach(each -> capabilities.put(String.valueOf(each), Map.of()));
        return Optional.of(
                new Peer.Introduction(
                        Peer.Client.of(program, name.substring(program.length()).strip()),
                        capabilities));
    }

    private byte[] signature(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException("every JDK has " + ALGORITHM, e);
        }
    }
}
