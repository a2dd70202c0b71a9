package dev.bellhop.job;

import dev.bellhop.display.Harmless;
import dev.bellhop.display.Secrets;
import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One log of a job, and the text in its parts. Parts are given in bytes of the raw log; one that
/// begins or ends within a character does so before it.
///
/// @param gap what of it is not kept, or null
record Log(Path file, @Nullable Gap gap, Secrets secrets) {

    /// Of what is shown at most a quarter is its beginning: how a command failed stands at the end.
    private static final int HEAD_SHARE = 4;

    /// How much of a long log is gone through.
    ///
    /// @param headBytes of its beginning, at most
    /// @param tailBytes of its end, at most
    record Extent(long headBytes, long tailBytes) {

        /// A line takes its time however short it is, so that of shorter ones there are no more
        /// than of lines of this length.
        private static final long LINE_BYTES = 64;

        /// No more than an agent can wait for.
        static final Extent OF_AN_ANSWER = new Extent(1L << 20, 2L << 20);

        /// No more than the next job's end can wait for.
        static final Extent OF_A_NOTICE = new Extent(64L << 10, 192L << 10);
    }

    private static final int CHUNK_BYTES = 1 << 18;
    private static final int CHARACTER_BYTES_MAX = 4;

    /// So far after a gap its last line, of which the beginning is missing, is looked for.
    private static final int LINE_BYTES_MAX = 1_024;

    /// A part of the log as it is shown.
    ///
    /// @param brokenBytes how many were not UTF-8 and are replaced
    record Part(String text, long brokenBytes) {}

    private record Range(long from, long to) {

        long bytes() {
            return to - from;
        }
    }

    /// A job that never ran may have no logs, and somebody may have deleted them.
    long size() {
        try {
            return Files.size(file);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// Where it ends but for a character of which only the beginning is written.
    long end() {
        long size = size();
        byte[] last = read(Math.max(0, size - (CHARACTER_BYTES_MAX - 1)), size);
        for (int i = last.length - 1; i >= 0; i--) {
            int b = last[i] & 0xFF;
            if (b < 0x80) {
                return size;
            }
            if (b >= 0xC2) {
                int length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : 2;
                return b <= 0xF4 && last.length - i < length ? size - (last.length - i) : size;
            }
        }
        return size;
    }

    /// In milliseconds since 1970; 0 if there is none.
    long modified() {
        try {
            return Files.getLastModifiedTime(file).toMillis();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// The raw bytes from `from` to `to`, or as far as there are any.
    byte[] read(long from, long to) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) (to - from));
            while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) > 0) {
                // Until it is full, or the log is shorter than it was.
            }
            return buffer.hasRemaining()
                    ? Arrays.copyOf(buffer.array(), buffer.position())
                    : buffer.array();
        } catch (NoSuchFileException e) {
            return new byte[0];
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// What is kept from `from` to `to`. After a gap it begins with the next line.
    private List<Range> kept(long from, long to) {
        if (gap == null || to <= gap.from() || from >= afterGap()) {
            return from < to ? List.of(new Range(from, to)) : List.of();
        }
        List<Range> kept = new ArrayList<>();
        if (from < gap.from()) {
            kept.add(new Range(from, gap.from()));
        }
        if (to > afterGap()) {
            kept.add(new Range(afterGap(), to));
        }
        return kept;
    }

    private long afterGap() {
        return gap == null ? 0 : nextLine(gap.to());
    }

    /// Where the first line begins after `from`; `from` if that is too far.
    private long nextLine(long from) {
        byte[] bytes = read(from, from + LINE_BYTES_MAX);
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == '\n') {
                return from + i + 1;
            }
        }
        return from;
    }

    /// Where the last line ends before `to`; `to` if that is too far.
    private long lineEnd(long from, long to) {
        long start = Math.max(from, to - LINE_BYTES_MAX);
        byte[] bytes = read(start, to);
        for (int i = bytes.length; i > 0; i--) {
            if (bytes[i - 1] == '\n') {
                return start + i;
            }
        }
        return to;
    }

    /// Where a part ends that begins at `from` and has at most `bytesMax`; what is not kept takes
    /// none of them.
    long reach(long from, long end, int bytesMax) {
        long to = from + bytesMax;
        if (gap != null && from < afterGap() && to > gap.from()) {
            to += afterGap() - Math.max(from, gap.from());
        }
        return to >= end ? end : lineEnd(from, to);
    }

    /// Where the last part before `end` begins that has at most `bytesMax`.
    long beginOfLast(long end, int bytesMax) {
        long from = end - bytesMax;
        if (from <= 0) {
            return 0;
        }
        return gap != null && from >= gap.from() && from < afterGap()
                ? gap.from()
                : Math.min(nextLine(from), end);
    }

    /// All that is kept from `from` to `to`, as it stands there. A line says how much is not.
    String stretch(long from, long to) {
        StringBuilder text = new StringBuilder();
        long at = from;
        for (Range range : kept(from, to)) {
            if (range.from() > at) {
                appendLine(text, missing(at, range.from()));
            }
            text.append(part(range.from(), range.to()).text());
            at = range.to();
        }
        if (at < to) {
            appendLine(text, missing(at, to));
        }
        return text.toString();
    }

    private static void appendLine(StringBuilder text, String line) {
        boolean isWithinLine = !text.isEmpty() && text.charAt(text.length() - 1) != '\n';
        text.append(isWithinLine ? "\n" : "").append(line).append('\n');
    }

    /// Differs whenever what the log holds does.
    String mark() {
        return size() + " " + modified() + (gap == null ? "" : " " + gap);
    }

    /// The text from `from` to `to`, where nothing is missing: harmless, and masked, also where a
    /// secret reaches beyond its ends.
    Part part(long from, long to) {
        long low = gap != null && from >= gap.to() ? gap.to() : 0;
        long high = gap != null && to <= gap.from() ? gap.from() : size();
        long begin = Math.max(low, from - secrets.marginBytes());
        long end = Math.max(to, Math.min(high, to + secrets.marginBytes()));
        byte[] bytes = read(begin, end);
        int first = wholeCharacter(bytes, (int) (from - begin));
        int last = wholeCharacter(bytes, (int) (to - begin));
        Part before = decoded(bytes, 0, first);
        Part inside = decoded(bytes, first, last);
        Part after = decoded(bytes, last, bytes.length);
        int start = before.text().length();
        Harmless.Piece piece =
                Harmless.piece(
                        before.text() + inside.text() + after.text(),
                        start,
                        start + inside.text().length());
        boolean isCutBefore = low > 0 && begin == low;
        return new Part(
                secrets.mask(piece.text(), piece.from(), piece.to(), isCutBefore, end >= high),
                inside.brokenBytes());
    }

    /// `index`, or where the character begins that it is within.
    private static int wholeCharacter(byte[] bytes, int index) {
        if (index >= bytes.length) {
            return bytes.length;
        }
        int start = index;
        while (start > 0 && index - start < CHARACTER_BYTES_MAX - 1 && isWithin(bytes[start])) {
            start--;
        }
        return isWithin(bytes[start]) ? index : start;
    }

    private static boolean isWithin(byte b) {
        return (b & 0xC0) == 0x80;
    }

    private static Part decoded(byte[] bytes, int from, int to) {
        CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
        ByteBuffer in = ByteBuffer.wrap(bytes, from, to - from);
        CharBuffer out = CharBuffer.allocate(to - from);
        long broken = 0;
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isUnderflow()) {
                return new Part(out.flip().toString(), broken);
            }
            broken += result.length();
            in.position(in.position() + result.length());
            out.put('\uFFFD');
        }
    }

    /// The text from `from` to `to`; where it is longer than `bytesMax`, its beginning and its end.
    /// A line says how much is left out, or not kept, where it is.
    Part window(long from, long to, int bytesMax) {
        List<Range> kept = kept(from, to);
        long bytes = kept.stream().mapToLong(Range::bytes).sum();
        List<String> shown = new ArrayList<>();
        long broken = 0;
        long at = from;
        for (Range range : bytes <= bytesMax ? kept : ends(kept, bytesMax)) {
            if (range.from() > at) {
                shown.add(missing(at, range.from()));
            }
            Part part = part(range.from(), range.to());
            shown.add(part.text().stripTrailing());
            broken += part.brokenBytes();
            at = range.to();
        }
        if (at < to) {
            shown.add(missing(at, to));
        }
        shown.removeIf(String::isEmpty);
        return new Part(String.join("\n", shown), broken);
    }

    /// The first and the last of what is in `ranges`, `bytesMax` together.
    private static List<Range> ends(List<Range> ranges, int bytesMax) {
        List<Range> ends = new ArrayList<>();
        long headBytes = bytesMax / HEAD_SHARE;
        long head = headBytes;
        for (Range range : ranges) {
            if (head > 0) {
                ends.add(new Range(range.from(), Math.min(range.to(), range.from() + head)));
                head -= ends.getLast().bytes();
            }
        }
        int place = ends.size();
        long tail = bytesMax - headBytes;
        for (Range range : ranges.reversed()) {
            if (tail > 0) {
                ends.add(place, new Range(Math.max(range.from(), range.to() - tail), range.to()));
                tail -= ends.get(place).bytes();
            }
        }
        return ends;
    }

    private String missing(long from, long to) {
        long notKept =
                gap == null
                        ? 0
                        : Math.max(0, Math.min(to, afterGap()) - Math.max(from, gap.from()));
        long leftOut = to - from - notKept;
        if (notKept == 0) {
            return "… %,d bytes left out …".formatted(leftOut);
        }
        return leftOut == 0
                ? "… %,d bytes not kept …".formatted(notKept)
                : "… %,d bytes left out, %,d more not kept …".formatted(leftOut, notKept);
    }

    /// The last lines before `end`, out of the last `bytesMax` bytes.
    Part lastLines(long end, int lines, int bytesMax) {
        List<Range> kept = kept(0, end);
        if (kept.isEmpty()) {
            return new Part("", 0);
        }
        Range last = kept.getLast();
        long from = Math.max(last.from(), end - bytesMax);
        Part part = part(from, end);
        List<String> all = part.text().lines().toList();
        int first = Math.max(0, all.size() - lines);
        String text = String.join("\n", all.subList(first, all.size()));
        if (first > 0 || from == 0) {
            return new Part(text, part.brokenBytes());
        }
        // The first line read may have begun before.
        return new Part(
                from == last.from()
                        ? missing(gap == null ? 0 : gap.from(), from) + "\n" + text
                        : "…" + text,
                part.brokenBytes());
    }

    /// The text before `end` without empty lines, at most `charsMax` characters of it and a mark
    /// that says whether there was more.
    String tail(long end, int charsMax) {
        List<Range> kept = kept(0, end);
        if (kept.isEmpty()) {
            return "";
        }
        // A character has up to four bytes, and escapes are taken out.
        long from = Math.max(kept.getLast().from(), end - 8L * charsMax);
        String text = part(from, end).text().strip().replaceAll("\\n\\s*\\n", "\n");
        if (text.length() <= charsMax) {
            return from == 0 ? text : "…" + text;
        }
        int cut = text.length() - charsMax;
        if (Character.isLowSurrogate(text.charAt(cut))) {
            cut++;
        }
        return "…" + text.substring(cut);
    }

    /// Goes through the lines, in a long log through those of its beginning and its end.
    ///
    /// @return whether all of it was gone through
    boolean readThrough(Extent extent, Consumer<String> lines) {
        long size = size();
        List<Range> kept = kept(0, size);
        List<Range> outer = kept.isEmpty() ? kept : outer(kept, extent);
        long at = 0;
        for (Range range : outer) {
            if (range.from() > at) {
                lines.accept(missing(at, range.from()));
            }
            readThrough(range, lines);
            at = range.to();
        }
        return at == size && outer.size() <= 1;
    }

    private List<Range> outer(List<Range> kept, Extent extent) {
        Range first = kept.getFirst();
        Range last = kept.getLast();
        long headEnd =
                endOfLines(
                        first.from(),
                        Math.min(first.to(), first.from() + extent.headBytes()),
                        extent.headBytes() / Extent.LINE_BYTES);
        long tailStart =
                startOfLines(
                        Math.max(last.from(), last.to() - extent.tailBytes()),
                        last.to(),
                        extent.tailBytes() / Extent.LINE_BYTES);
        return kept.size() == 1 && headEnd >= tailStart
                ? kept
                : List.of(new Range(first.from(), headEnd), new Range(tailStart, last.to()));
    }

    /// Where the first `lines` lines between two places end.
    private long endOfLines(long from, long to, long lines) {
        long left = lines;
        for (long at = from; at < to; at += CHUNK_BYTES) {
            byte[] bytes = read(at, Math.min(to, at + CHUNK_BYTES));
            for (int i = 0; i < bytes.length; i++) {
                if (bytes[i] == '\n' && --left == 0) {
                    return at + i + 1;
                }
            }
        }
        return to;
    }

    /// Where the last `lines` lines between two places begin.
    private long startOfLines(long from, long to, long lines) {
        // The end of the last one does not begin another.
        long left = lines + 1;
        for (long end = to; end > from; end -= CHUNK_BYTES) {
            long at = Math.max(from, end - CHUNK_BYTES);
            byte[] bytes = read(at, end);
            for (int i = bytes.length - 1; i >= 0; i--) {
                if (bytes[i] == '\n' && --left == 0) {
                    return at + i + 1;
                }
            }
        }
        return from;
    }

    private void readThrough(Range range, Consumer<String> lines) {
        long at = range.from();
        while (at < range.to()) {
            long to = Math.min(range.to(), at + CHUNK_BYTES);
            byte[] bytes = read(at, to);
            if (bytes.length == 0) {
                return;
            }
            if (to < range.to()) {
                int line = bytes.length;
                while (line > 0 && bytes[line - 1] != '\n') {
                    line--;
                }
                to = line == 0 ? to : at + line;
            }
            part(at, to).text().lines().forEach(lines);
            at = to;
        }
    }
}
