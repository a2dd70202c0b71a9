package dev.bellhop.server.mcp;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// What HTTP says of a message beside the message itself.
///
/// @param version `MCP-Protocol-Version`
/// @param method `Mcp-Method`
/// @param name `Mcp-Name`, as it was sent
public record Head(@Nullable String version, @Nullable String method, @Nullable String name) {

    private static final String PREFIX = "=?base64?";
    private static final String SUFFIX = "?=";

    /// The value that a header stands for: `=?base64?…?=` where it could not be sent as it is.
    ///
    /// @throws Refusal if that cannot be decoded
    public static String decoded(String header) {
        if (!header.startsWith(PREFIX) || !header.endsWith(SUFFIX)) {
            return header;
        }
        String encoded =
                header.substring(
                        PREFIX.length(),
                        Math.max(PREFIX.length(), header.length() - SUFFIX.length()));
        try {
            // The decoder of the JDK takes a text without its padding, which others do not.
            if (encoded.length() % 4 != 0) {
                throw Refusal.header("a header is not in base64");
            }
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(Base64.getDecoder().decode(encoded)))
                    .toString();
        } catch (IllegalArgumentException | CharacterCodingException e) {
            throw Refusal.header("a header is not in base64");
        }
    }
}
