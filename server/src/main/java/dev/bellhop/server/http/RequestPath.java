package dev.bellhop.server.http;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The path of a request, which everybody must read in the same way.
final class RequestPath {

    private RequestPath() {}

    /// What `raw` stands for; null if it could be read in two ways: if it has an empty segment, one
    /// of dots, or, however encoded, a backslash or a control character, or an encoded separator or
    /// percent sign.
    static @Nullable String of(String raw) {
        if (!raw.startsWith("/")) {
            return null;
        }
        String decoded = decoded(raw);
        if (decoded == null || decoded.contains("//")) {
            return null;
        }
        for (String segment : decoded.split("/", -1)) {
            if (segment.equals(".") || segment.equals("..")) {
                return null;
            }
        }
        boolean isPlain = decoded.chars().noneMatch(c -> c == '\\' || Character.isISOControl(c));
        return isPlain ? decoded : null;
    }

    private static @Nullable String decoded(String raw) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char each = raw.charAt(i);
            if (each != '%') {
                if (each >= 0x80) {
                    return null;
                }
                bytes.write(each);
                continue;
            }
            int value = i + 2 < raw.length() ? hexadecimal(raw, i + 1) : -1;
            if (value < 0 || value == '/' || value == '%') {
                return null;
            }
            bytes.write(value);
            i += 2;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes.toByteArray()))
                    .toString();
        } catch (CharacterCodingException e) {
            return null;
        }
    }

    private static int hexadecimal(String text, int at) {
        int high = Character.digit(text.charAt(at), 16);
        int low = Character.digit(text.charAt(at + 1), 16);
        return high < 0 || low < 0 ? -1 : high << 4 | low;
    }
}
