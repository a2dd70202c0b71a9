package dev.bellhop.server.mcp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The lines of a stream as bytes, without their ends. Blank lines are left out, as is a byte order
/// mark at the very beginning.
///
/// For one thread.
final class Lines {

    private static final int BUFFER_BYTES = 1 << 16;

    private final InputStream in;
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private int next;
    private int end;
    private boolean begun;

    Lines(InputStream in) {
        this.in = in;
    }

    /// The next line, or null if the stream has ended. What stands behind the last line end is a
    /// line too.
    ///
    /// @throws Refusal if the line is longer than a document may be; it is skipped, not kept, and
    ///   the next call gives the line after it
    byte @Nullable [] next() throws IOException {
        while (true) {
            byte[] line = line();
            if (line == null || !isBlank(line)) {
                return line;
            }
        }
    }

    private byte @Nullable [] line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        boolean tooLong = false;
        while (fill()) {
            int from = next;
            while (next < end && buffer[next] != '\n') {
                next++;
            }
            tooLong |= line.size() + (next - from) > Json.DOCUMENT_BYTES_MAX;
            if (tooLong) {
                line.reset();
            } else {
                line.write(buffer, from, next - from);
            }
            if (next < end) {
                next++;
                return finished(line, tooLong);
            }
        }
        return line.size() == 0 && !tooLong ? null : finished(line, tooLong);
    }

    private byte[] finished(ByteArrayOutputStream line, boolean tooLong) {
        if (tooLong) {
            throw Refusal.request(
                    "a message may have " + Json.DOCUMENT_BYTES_MAX + " bytes at most");
        }
        byte[] bytes = line.toByteArray();
        int from = !begun && startsWithMark(bytes) ? 3 : 0;
        int to =
                bytes.length > from && bytes[bytes.length - 1] == '\r'
                        ? bytes.length - 1
                        : bytes.length;
        begun = true;
        return from == 0 && to == bytes.length ? bytes : Arrays.copyOfRange(bytes, from, to);
    }

    /// Whether there is a byte to take.
    private boolean fill() throws IOException {
        if (next == end) {
            next = 0;
            end = Math.max(0, in.read(buffer));
        }
        return next < end;
    }

    private static boolean startsWithMark(byte[] line) {
        return line.length >= 3
                && line[0] == (byte) 0xEF
                && line[1] == (byte) 0xBB
                && line[2] == (byte) 0xBF;
    }

    private static boolean isBlank(byte[] line) {
        for (byte each : line) {
            if (each != ' ' && each != '\t' && each != '\r') {
                return false;
            }
        }
        return true;
    }
}
