package dev.bellhop.job;

import dev.bellhop.display.Harmless;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads a log line by line as it grows, and knows how far it has read.
///
/// What a line was written over with, as progress bars are, counts as a line of its own. A line of
/// more than 4,096 bytes is read in pieces that overlap.
final class LineReader {

    /// So much is read in one go, lest it takes long.
    static final int BYTES_AT_ONCE = 1 << 20;

    private static final int CHUNK_BYTES = 1 << 16;
    private static final int PIECE_BYTES = 4_096;
    private static final int OVERLAP_BYTES = 1_024;

    private final JobOutput.Stream stream;

    // The first byte of the line, or of the piece of it, that has not been read to its end.
    private long at;

    // Somebody has taken the line at that place.
    private boolean isTaken;

    private long endBefore = -1;

    /// @param isTaken whether the line at `from` is not to be offered, since it was taken
    LineReader(JobOutput.Stream stream, long from, boolean isTaken) {
        this.stream = stream;
        this.at = from;
        this.isTaken = isTaken;
    }

    /// What to do with a last line that has no newline yet.
    enum Unfinished {
        READ,
        /// It is read once nothing has been added to it since the last time.
        READ_WHEN_AT_REST
    }

    /// @param text harmless, but with secrets
    /// @param from where it begins in the log
    /// @param to where it ends
    record Line(String text, long from, long to) {}

    /// Takes lines.
    @FunctionalInterface
    interface Sink {
        /// Looks at a line.
        ///
        /// @return whether it was what is looked for; the rest of it is not offered again
        boolean takes(Line line);
    }

    JobOutput.Stream stream() {
        return stream;
    }

    /// Where the first line begins that has not been read to its end.
    long at() {
        return at;
    }

    /// Whether somebody has taken that line, or the beginning of it.
    boolean isTaken() {
        return isTaken;
    }

    /// Reads on, to the end or for about `bytesMax`.
    ///
    /// @return whether there is more to read now
    boolean readOn(Log log, int bytesMax, Unfinished unfinished, Sink sink) {
        Gap gap = log.gap();
        long end = log.size();
        boolean isAtRest = end == endBefore || unfinished == Unfinished.READ;
        long budget = bytesMax;
        while (at < end && budget > 0) {
            if (gap != null && at >= gap.from() && at < gap.to()) {
                at = gap.to();
                isTaken = false;
                continue;
            }
            long stop = stop(end, gap);
            byte[] bytes = log.read(at, stop);
            if (bytes.length == 0) {
                break;
            }
            budget -= bytes.length;
            int start = lines(bytes, sink);
            while (bytes.length - start >= PIECE_BYTES) {
                offer(bytes, start, start + PIECE_BYTES, sink);
                start += PIECE_BYTES - OVERLAP_BYTES;
            }
            boolean isLast = at + bytes.length >= end;
            boolean isBeforeGap = gap != null && at + bytes.length == gap.from();
            if (start < bytes.length && (isBeforeGap || (isLast && isAtRest))) {
                offer(bytes, start, bytes.length, sink);
            }
            at += isBeforeGap ? bytes.length : start;
            if (isLast) {
                endBefore = end;
                return false;
            }
        }
        return at < end;
    }

    private long stop(long end, @Nullable Gap gap) {
        long stop = Math.min(end, at + CHUNK_BYTES);
        return gap != null && at < gap.from() ? Math.min(stop, gap.from()) : stop;
    }

    /// Offers all lines that have an end.
    ///
    /// @return where the line begins that has none
    private int lines(byte[] bytes, Sink sink) {
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n' || bytes[i] == '\r') {
                for (; i - start > PIECE_BYTES; start += PIECE_BYTES - OVERLAP_BYTES) {
                    offer(bytes, start, start + PIECE_BYTES, sink);
                }
                offer(bytes, start, i, sink);
                isTaken = false;
                start = i + 1;
            }
        }
        return start;
    }

    private void offer(byte[] bytes, int from, int to, Sink sink) {
        if (isTaken || from == to) {
            return;
        }
        String text = new String(bytes, from, to - from, StandardCharsets.UTF_8);
        isTaken = sink.takes(new Line(Harmless.text(text), at + from, at + to));
    }
}
