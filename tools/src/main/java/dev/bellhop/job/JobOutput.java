package dev.bellhop.job;

import dev.bellhop.base.Problem;
import dev.bellhop.display.Digest;
import dev.bellhop.display.Secrets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a job wrote, as far as an agent should read it.
///
/// The logs stay raw. What is taken from them is bounded, valid text, harmless and without secrets
/// ([dev.bellhop.display]), and says where something is left out or not kept.
public final class JobOutput {

    private static final int DIGEST_CHARS_MAX = 4_000;

    /// What is as short as this is shown as it is.
    // Less than that of an end says nothing beside the errors.
    private static final int TAIL_CHARS_MIN = 80;

    private static final int DIGEST_BYTES_MIN = 800;

    private final JobFolder folder;
    private final Supplier<Secrets> secrets;

    /// @param secrets what must not be shown
    JobOutput(JobFolder folder, Secrets secrets) {
        this(folder, () -> secrets);
    }

    /// What a job wrote, where it takes time to find out what must not be shown of it.
    JobOutput(JobFolder folder, Supplier<Secrets> secrets) {
        this.folder = folder;
        this.secrets = secrets;
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

        /// `stdout` or `stderr`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
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

    /// Where both logs end now, but for a character of which only the beginning is written yet.
    public Cursor end() {
        return new Cursor(unshown(Stream.STDOUT).end(), unshown(Stream.STDERR).end());
    }

    /// Where both logs end for good, once the job is over.
    public Cursor size() {
        // Asked again and again of each job, so without a look for gaps, which keep their place.
        return new Cursor(sizeOf(Stream.STDOUT), sizeOf(Stream.STDERR));
    }

    private long sizeOf(Stream stream) {
        return new Log(folder.log(stream), null, Secrets.NONE).size();
    }

    Log log(Stream stream) {
        return new Log(folder.log(stream), folder.gaps().read(stream).orElse(null), secrets.get());
    }

    /// A log that nothing is shown of.
    Log unshown(Stream stream) {
        return new Log(folder.log(stream), folder.gaps().read(stream).orElse(null), Secrets.NONE);
    }

    /// What lies between `from` and `to`: stdout, then stderr below a line that says so. When it is
    /// too long, its beginning and its end with the number of bytes left out between them.
    ///
    /// @param stream the only one wanted, or null for both
    /// @param bytesMax how much of the logs to show at most
    public String between(Cursor from, Cursor to, @Nullable Stream stream, int bytesMax) {
        long out = stream == Stream.STDERR ? 0 : Math.max(0, to.stdout() - from.stdout());
        long err = stream == Stream.STDOUT ? 0 : Math.max(0, to.stderr() - from.stderr());
        Shown shown = new Shown(stream);
        if (out > 0) {
            shown.add(
                    Stream.STDOUT,
                    log(Stream.STDOUT)
                            .window(from.stdout(), to.stdout(), share(out, err, bytesMax)));
        }
        if (err > 0) {
            shown.add(
                    Stream.STDERR,
                    log(Stream.STDERR)
                            .window(from.stderr(), to.stderr(), share(err, out, bytesMax)));
        }
        return shown.text();
    }

    /// How much of `bytesMax` a log of `own` bytes gets beside one of `other` bytes.
    private static int share(long own, long other, int bytesMax) {
        long half = bytesMax / 2;
        return (int) Math.min(own, other < half ? bytesMax - other : half);
    }

    /// A part of one log as it stands there, to be read on from where it ends.
    ///
    /// @param text whole lines, unless one is longer than a kilobyte; a line of ours says what is
    ///   not kept
    /// @param from where it begins, in bytes of the log
    /// @param to where it ends
    /// @param end where the log ends now
    public record Stretch(String text, long from, long to, long end) {}

    /// What stands in a log from `from` on.
    ///
    /// @param isOver whether the job is, and the log ends where it ends
    /// @param bytesMax how much of the log at most
    public Stretch from(Stream stream, long from, boolean isOver, int bytesMax) {
        Log log = log(stream);
        long end = isOver ? log.size() : log.end();
        long begin = Math.min(from, end);
        long to = log.reach(begin, end, bytesMax);
        return new Stretch(log.stretch(begin, to), begin, to, end);
    }

    /// The end of a log.
    ///
    /// @param isOver whether the job is, and the log ends where it ends
    /// @param bytesMax how much of the log at most
    public Stretch last(Stream stream, boolean isOver, int bytesMax) {
        Log log = log(stream);
        long end = isOver ? log.size() : log.end();
        long from = log.beginOfLast(end, bytesMax);
        return new Stretch(log.stretch(from, end), from, end, end);
    }

    /// Differs whenever what a log holds does.
    public String mark(Stream stream) {
        return unshown(stream).mark();
    }

    /// The folder in which the logs are, and in which something changes when they do.
    public Path folder() {
        return folder.path();
    }

    /// The last `lines` lines of each log.
    public String lastLines(int lines, @Nullable Stream stream, int bytesMax) {
        Shown shown = new Shown(stream);
        for (Stream each : Stream.values()) {
            if (stream == null || stream == each) {
                Log log = log(each);
                Log.Part part = log.lastLines(log.size(), lines, bytesMax / 2);
                if (!part.text().isEmpty()) {
                    shown.add(each, part);
                }
            }
        }
        return shown.text();
    }

    /// What is shown of both logs.
    private static final class Shown {
        private final @Nullable Stream only;
        private final List<String> parts = new ArrayList<>();
        private long brokenBytes;

        Shown(@Nullable Stream only) {
            this.only = only;
        }

        void add(Stream stream, Log.Part part) {
            parts.add(
                    stream == Stream.STDERR && only == null
                            ? "--- stderr\n" + part.text()
                            : part.text());
            brokenBytes += part.brokenBytes();
        }

        String text() {
            if (brokenBytes > 0) {
                parts.add(
                        brokenBytes == 1
                                ? "(1 byte was not UTF-8)"
                                : "(%,d bytes were not UTF-8)".formatted(brokenBytes));
            }
            return String.join("\n", parts);
        }
    }

    /// What is worth reading of a job that is over: where it is shorter than the plain window, a
    /// digest that puts errors first, and a line that says so.
    ///
    /// @param command as it is shown
    /// @param exitCode 0 if it went well
    /// @param bytesMax how much of the logs a plain window shows at most
    public String result(String command, int exitCode, int bytesMax) {
        Cursor size = size();
        String window = between(Cursor.START, size, null, bytesMax);
        if (size.stdout() + size.stderr() < DIGEST_BYTES_MIN) {
            return window;
        }
        return digest(command, exitCode, DIGEST_CHARS_MAX)
                .filter(digest -> digest.length() < window.length())
                .orElse(window);
    }

    /// The most important of what a job wrote that is over, for a notification: its errors and the
    /// end of its output.
    ///
    /// @param charsMax how long it may be
    /// @param command as it is shown
    /// @param exitCode 0 if it went well
    public String notice(int charsMax, String command, int exitCode) {
        Cursor size = size();
        if (size.stdout() + size.stderr() <= charsMax) {
            return tail(charsMax);
        }
        Digest digest = new Digest(command, exitCode);
        for (Stream each : Stream.values()) {
            log(each).readThrough(Log.Extent.OF_A_NOTICE, digest.log());
        }
        String tail = tail(charsMax);
        return digest.text(charsMax)
                .filter(errors -> !tail.contains(errors))
                .map(errors -> {
                    int left = charsMax - errors.length() - 1;
                    return left < TAIL_CHARS_MIN ? errors : errors + "\n" + tail(left);
                })
                .orElse(tail);
    }

    private Optional<String> digest(String command, int exitCode, int charsMax) {
        Digest digest = new Digest(command, exitCode);
        boolean isAll = true;
        for (Stream each : Stream.values()) {
            isAll &= log(each).readThrough(Log.Extent.OF_AN_ANSWER, digest.log());
        }
        Cursor size = size();
        String of =
                isAll
                        ? "%,d lines".formatted(digest.lines())
                        : "%,d bytes".formatted(size.stdout() + size.stderr());
        return digest.text(charsMax)
                .map(text -> "%s\n(digest of %s; all of it: cursor 0:0)".formatted(text, of));
    }

    /// The end of the output, for a notification: of stderr and stdout, the one written to last at
    /// the end.
    ///
    /// @param charsMax how long it may be
    public String tail(int charsMax) {
        Log stdout = log(Stream.STDOUT);
        Log stderr = log(Stream.STDERR);
        long outEnd = stdout.size();
        long errEnd = stderr.size();
        String out = stdout.tail(outEnd, share(outEnd, errEnd, charsMax));
        String err = stderr.tail(errEnd, share(errEnd, outEnd, charsMax));
        return stderr.modified() >= stdout.modified() ? joined(out, err) : joined(err, out);
    }

    private static String joined(String first, String last) {
        return first.isEmpty() ? last : last.isEmpty() ? first : first + "\n" + last;
    }

    /// Finds a pattern in what a job writes, reading on from where it was.
    public final class Search {
        private final OutputPattern pattern;
        private final List<LineReader> readers = new ArrayList<>();

        private Search(OutputPattern pattern, Cursor from, @Nullable Stream stream) {
            this.pattern = pattern;
            for (Stream each : Stream.values()) {
                if (stream == null || stream == each) {
                    readers.add(new LineReader(each, from.of(each), false));
                }
            }
        }

        /// Whether it is in what has been written by now, as far as that was looked at: after much
        /// at once, a later call goes on.
        boolean found() {
            return readers.stream().anyMatch(this::finds);
        }

        private boolean finds(LineReader reader) {
            boolean[] found = {false};
            reader.readOn(
                    unshown(reader.stream()),
                    LineReader.BYTES_AT_ONCE,
                    LineReader.Unfinished.READ,
                    line -> {
                        found[0] |= pattern.matches(line.text());
                        return found[0];
                    });
            return found[0];
        }
    }

    /// A search from `from` on.
    ///
    /// @param stream the only one looked at, or null for both, unless the pattern says which
    public Search search(OutputPattern pattern, Cursor from, @Nullable Stream stream) {
        return new Search(pattern, from, pattern.stream() == null ? stream : pattern.stream());
    }
}
