package dev.bellhop.job;

import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a job wrote, as far as an agent should read it.
///
/// The logs stay raw and whole; what is taken from them is bounded, valid text without terminal
/// escapes or control characters.
public final class JobOutput {

    /// Of what is shown at most a quarter is its beginning: how a command failed stands at the end.
    private static final int HEAD_SHARE = 4;

    private static final int CARRIED_BYTES = 4_096;
    private static final int CHUNK_BYTES = 1 << 16;

    // CSI, OSC/DCS/APC/PM/SOS up to their end, other two-character escapes.
    private static final Pattern ESCAPES =
            Pattern.compile(
                    "\\x1B\\[[0-?]*[ -/]*[@-~]"
                            + "|\\x1B[\\]PX^_][^\\x07\\x1B]*(?:\\x07|\\x1B\\\\)?"
                            + "|\\x1B[ -/]*[0-~]?"
                            + "|\\x9B[0-?]*[ -/]*[@-~]");
    private static final Pattern OVERWRITTEN = Pattern.compile("(?m)^.*\\r+(?=[^\\r\\n])");

    // Control characters but tab and newline; what turns the direction of text; what has no width.
    private static final Pattern CONTROLS =
            Pattern.compile(
                    "[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2066-\\u2069\\uFEFF]");

    private final JobFolder folder;

    JobOutput(JobFolder folder) {
        this.folder = folder;
    }

    /// Which of the two logs.
    public enum Stream {
        STDOUT,
        STDERR;

        /// Takes `stdout` and `stderr` in any case.
        public static Stream parse(String text) {
            return switch (text.strip().toLowerCase(Locale.ROOT)) {
                case "stdout" -> STDOUT;
                case "stderr" -> STDERR;
                default ->
                        throw Problem.invalid(
                                "`stream` cannot be " + text, "Write stdout or stderr.");
            };
        }
    }

    /// How far somebody has read, in bytes of each log. Written `1240:35`.
    public record Cursor(long stdout, long stderr) {

        public static final Cursor START = new Cursor(0, 0);

        public static Cursor parse(String text) {
            String[] parts = text.strip().split(":", -1);
            if (parts.length == 2
                    && parts[0].matches("[0-9]{1,18}")
                    && parts[1].matches("[0-9]{1,18}")) {
                return new Cursor(Long.parseLong(parts[0]), Long.parseLong(parts[1]));
            }
            throw Problem.invalid(
                    "`cursor` cannot be " + text,
                    "Write the one that the last answer ended with, such as 1240:35.");
        }

        long of(Stream stream) {
            return stream == Stream.STDOUT ? stdout : stderr;
        }

        /// How far one has read who read on from here to `end`.
        ///
        /// @param stream the only one that was read, or null for both
        public Cursor to(Cursor end, @Nullable Stream stream) {
            return new Cursor(
                    stream == Stream.STDERR ? stdout : end.stdout(),
                    stream == Stream.STDOUT ? stderr : end.stderr());
        }

        @Override
        public String toString() {
            return stdout + ":" + stderr;
        }
    }

    /// Where both logs end now.
    public Cursor end() {
        return new Cursor(size(folder.stdout()), size(folder.stderr()));
    }

    /// What lies between `from` and `to`: stdout, then stderr below a line that says so. When it is
    /// too long, its beginning and its end with the number of bytes left out between them.
    ///
    /// @param stream the only one wanted, or null for both
    /// @param bytesMax how much of the logs to show at most
    public String between(Cursor from, Cursor to, @Nullable Stream stream, int bytesMax) {
        long out = stream == Stream.STDERR ? 0 : Math.max(0, to.stdout() - from.stdout());
        long err = stream == Stream.STDOUT ? 0 : Math.max(0, to.stderr() - from.stderr());
        int errShare = share(err, out, bytesMax);
        int outShare = share(out, err, bytesMax);
        List<String> shown = new ArrayList<>();
        if (out > 0) {
            shown.add(window(folder.stdout(), from.stdout(), to.stdout(), outShare));
        }
        if (err > 0) {
            String text = window(folder.stderr(), from.stderr(), to.stderr(), errShare);
            shown.add(stream == null ? "--- stderr\n" + text : text);
        }
        return String.join("\n", shown);
    }

    /// How much of `bytesMax` a log of `own` bytes gets beside one of `other` bytes.
    private static int share(long own, long other, int bytesMax) {
        long half = bytesMax / 2;
        return (int) Math.min(own, other < half ? bytesMax - other : half);
    }

    /// The last `lines` lines of each log.
    public String lastLines(int lines, @Nullable Stream stream, int bytesMax) {
        Cursor end = end();
        List<String> shown = new ArrayList<>();
        for (Stream each : Stream.values()) {
            if (stream == null || stream == each) {
                String text = lastLines(log(each), end.of(each), lines, bytesMax / 2);
                if (!text.isEmpty()) {
                    shown.add(
                            each == Stream.STDERR && stream == null ? "--- stderr\n" + text : text);
                }
            }
        }
        return String.join("\n", shown);
    }

    private static String lastLines(Path log, long end, int lines, int bytesMax) {
        String text = clean(read(log, Math.max(0, end - bytesMax), end));
        List<String> all = text.lines().toList();
        int from = Math.max(0, all.size() - lines);
        // The first line read may have begun before.
        boolean cut = from == 0 && end > bytesMax;
        return (cut ? "…" : "") + String.join("\n", all.subList(from, all.size()));
    }

    /// The end of the output, for a notification: of stderr and stdout, the one written to last at
    /// the end.
    ///
    /// @param charsMax how long it may be
    public String tail(int charsMax) {
        Cursor end = end();
        boolean stderrLast = modified(folder.stderr()) >= modified(folder.stdout());
        int errShare = share(end.stderr(), end.stdout(), charsMax);
        int outShare = share(end.stdout(), end.stderr(), charsMax);
        String out = tail(folder.stdout(), end.stdout(), outShare);
        String err = tail(folder.stderr(), end.stderr(), errShare);
        return stderrLast ? joined(out, err) : joined(err, out);
    }

    private static String joined(String first, String last) {
        return first.isEmpty() ? last : last.isEmpty() ? first : first + "\n" + last;
    }

    private static String tail(Path log, long end, int charsMax) {
        // A character has up to four bytes, and escapes are taken out.
        long from = Math.max(0, end - 8L * charsMax);
        String text = clean(read(log, from, end)).strip().replaceAll("\\n\\s*\\n", "\n");
        if (text.length() <= charsMax) {
            return from == 0 ? text : "…" + text;
        }
        int cut = text.length() - charsMax;
        if (Character.isLowSurrogate(text.charAt(cut))) {
            cut++;
        }
        return "…" + text.substring(cut);
    }

    /// Finds a pattern in what a job writes, reading on from where it was. What it finds may be up
    /// to 4,096 bytes long.
    public static final class Search {
        private final Pattern pattern;
        private final List<Reading> readings;

        private Search(Pattern pattern, List<Reading> readings) {
            this.pattern = pattern;
            this.readings = readings;
        }

        /// Whether it is in what has been written by now.
        boolean found() {
            return readings.stream().anyMatch(reading -> reading.finds(pattern));
        }
    }

    /// How far a search has read one log.
    private static final class Reading {
        private final Path log;
        private final long start;
        private long at;

        Reading(Path log, long start) {
            this.log = log;
            this.start = start;
            this.at = start;
        }

        boolean finds(Pattern pattern) {
            long end = size(log);
            while (at < end) {
                long to = Math.min(end, at + CHUNK_BYTES);
                String text = clean(read(log, Math.max(start, at - CARRIED_BYTES), to));
                at = to;
                if (pattern.matcher(text).find()) {
                    return true;
                }
            }
            return false;
        }
    }

    /// A search from `from` on.
    ///
    /// @param stream the only one looked at, or null for both
    public Search search(Pattern pattern, Cursor from, @Nullable Stream stream) {
        List<Reading> readings = new ArrayList<>();
        for (Stream each : Stream.values()) {
            if (stream == null || stream == each) {
                readings.add(new Reading(log(each), from.of(each)));
            }
        }
        return new Search(pattern, readings);
    }

    private Path log(Stream stream) {
        return stream == Stream.STDOUT ? folder.stdout() : folder.stderr();
    }

    private static String window(Path log, long from, long to, int bytesMax) {
        if (to - from <= bytesMax) {
            return clean(read(log, from, to)).stripTrailing();
        }
        long headEnd = from + bytesMax / HEAD_SHARE;
        long tailStart = to - (bytesMax - bytesMax / HEAD_SHARE);
        String head = clean(read(log, from, headEnd));
        String tail = clean(read(log, tailStart, to));
        return "%s\n… %,d bytes left out …\n%s"
                .formatted(head.stripTrailing(), tailStart - headEnd, tail.stripTrailing());
    }

    /// The text in `raw`: without escapes and control characters, and of a line that was written
    /// over, as progress bars are, only what was seen last.
    static String clean(String raw) {
        String text = ESCAPES.matcher(raw).replaceAll("");
        text = OVERWRITTEN.matcher(text.replace("\r\n", "\n")).replaceAll("");
        return CONTROLS.matcher(text).replaceAll("");
    }

    private static String read(Path log, long from, long to) {
        try (FileChannel channel = FileChannel.open(log, StandardOpenOption.READ)) {
            ByteBuffer buffer = ByteBuffer.allocate((int) (to - from));
            while (buffer.hasRemaining() && channel.read(buffer, from + buffer.position()) > 0) {
                // Until it is full, or the log is shorter than it was.
            }
            // What is not UTF-8 becomes a replacement character.
            return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
        } catch (NoSuchFileException e) {
            return "";
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", log, e);
        }
    }

    /// A job that never ran may have no logs, and somebody may have deleted them.
    private static long size(Path log) {
        try {
            return Files.size(log);
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", log, e);
        }
    }

    private static long modified(Path log) {
        try {
            return Files.getLastModifiedTime(log).toMillis();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", log, e);
        }
    }
}
