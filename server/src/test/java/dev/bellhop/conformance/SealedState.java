package dev.bellhop.conformance;

import dev.bellhop.server.mcp.Refusal;
import java.nio.charset.StandardCharsets;
import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// What a client keeps for us between two rounds of a call, so that we know it again.
final class SealedState {

    private static final String ALGORITHM = "HmacSHA256";
    private static final int KEY_BYTES = 32;
    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private final SecretKeySpec key;

    SealedState() {
        byte[] bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        key = new SecretKeySpec(bytes, ALGORITHM);
    }

    String sealed(String text) {
        String encoded = ENCODER.encodeToString(text.getBytes(StandardCharsets.UTF_8));
        return encoded + "." + ENCODER.encodeToString(signature(encoded));
    }

    /// The text in what [#sealed] gave.
    ///
    /// @throws Refusal if it is anything else
    String opened(String sealed) {
        String encoded = sealed.substring(0, Math.max(0, sealed.indexOf('.')));
        String ours = encoded + "." + ENCODER.encodeToString(signature(encoded));
        if (!MessageDigest.isEqual(
                ours.getBytes(StandardCharsets.UTF_8), sealed.getBytes(StandardCharsets.UTF_8))) {
            throw Refusal.params("requestState is not as it was given");
        }
        return new String(Base64.getUrlDecoder().decode(encoded), StandardCharsets.UTF_8);
    }

    private byte[] signature(String text) {
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(key);
            return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new IllegalStateException(e);
        }
    }
}
