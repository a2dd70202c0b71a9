package dev.bellhop.job;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/// What to look for in a job's output, line by line.
///
/// Written `ready` for a text, `/regex/` for a regular expression; `stderr:ready` looks at one log
/// only. An expression takes time linear in what it is applied to, so that neither whoever writes
/// it nor whoever writes the output can make it hang.
public final class OutputPattern {

    private static final int CHARS_MAX = 1_000;

    // An expression is compiled with its repetitions written out.
    private static final int REPETITIONS_MAX = 1_000_000;
    private static final int STEPS_MAX = 10_000;

    private static final java.util.regex.Pattern REPETITION =
            java.util.regex.Pattern.compile("\\{([0-9]{1,9})(?:,([0-9]{0,9}))?}");

    private static final java.util.regex.Pattern PLACE =
            java.util.regex.Pattern.compile("([0-9]{1,18})(\\+?):([0-9]{1,18})(\\+?)");

    private static final String HINT =
            "Write a plain text, or a regular expression between slashes (RE2: no look-around, no"
                    + " back references), with stdout: or stderr: before it to look at one log only.";

    private final String written;
    private final JobOutput.@Nullable Stream stream;
    private final String literal;
    private final @Nullable Pattern expression;

    private OutputPattern(
            String written,
            JobOutput.@Nullable Stream stream,
            String literal,
            @Nullable Pattern expression) {
        this.written = written;
        this.stream = stream;
        this.literal = literal;
        this.expression = expression;
    }

    /// The pattern that `text` is.
    ///
    /// @throws Problem `INVALID` if it is none
    public static OutputPattern parse(String text) {
        if (text.isEmpty() || text.length() > CHARS_MAX) {
            throw Problem.invalid(
                    "a pattern cannot have %,d characters".formatted(text.length()), HINT);
        }
        JobOutput.Stream stream = null;
        String rest = text;
        for (JobOutput.Stream each : JobOutput.Stream.values()) {
            String prefix = each.word() + ":";
            if (text.startsWith(prefix) && text.length() > prefix.length()) {
                stream = each;
                rest = text.substring(prefix.length());
            }
        }
        boolean isExpression = rest.length() > 2 && rest.startsWith("/") && rest.endsWith("/");
        return new OutputPattern(
                text,
                stream,
                rest,
                isExpression ? compiled(rest.substring(1, rest.length() - 1)) : null);
    }

    private static Pattern compiled(String expression) {
        double repetitions =
                REPETITION
                        .matcher(expression)
                        .results()
                        .mapToDouble(OutputPattern::repetitions)
                        .reduce(1, (all, each) -> all * each);
        try {
            Pattern compiled = repetitions > REPETITIONS_MAX ? null : Pattern.compile(expression);
            if (compiled != null && compiled.programSize() <= STEPS_MAX) {
                return compiled;
            }
        } catch (PatternSyntaxException e) {
            throw Problem.invalid(
                    "/%s/ is not a pattern: %s".formatted(expression, e.getDescription()), HINT);
        }
        throw Problem.invalid(
                "/%s/ is not a pattern: it repeats too much".formatted(expression), HINT);
    }

    private static double repetitions(MatchResult repetition) {
        String most = repetition.group(2);
        return Math.max(
                1, Double.parseDouble(most == null || most.isEmpty() ? repetition.group(1) : most));
    }

    /// The only log that is looked at, or null for both.
    public JobOutput.@Nullable Stream stream() {
        return stream;
    }

    boolean matches(String line) {
        return expression == null ? line.contains(literal) : expression.matcher(line).find();
    }

    /// As it was written.
    @Override
    public String toString() {
        return written;
    }

    /// A line that the pattern is in, harmless and masked.
    public record Match(JobOutput.Stream stream, String line) {}

    /// What a scan found.
    ///
    /// @param count how many lines
    /// @param first the first of them
    /// @param last the last of them that are not among the first
    /// @param isMore whether there is more to look at now
    public record Found(long count, List<Match> first, List<Match> last, boolean isMore) {}

    /// Looks for the pattern in what is written after `from`.
    public Scan scan(JobOutput.Cursor from) {
        return new Scan(
                new LineReader(JobOutput.Stream.STDOUT, from.stdout(), false),
                new LineReader(JobOutput.Stream.STDERR, from.stderr(), false));
    }

    /// Goes on where another scan was, as [Scan#place] said; from the beginning if nobody said so.
    Scan scanFrom(String place) {
        Matcher matcher = PLACE.matcher(place);
        return matcher.matches()
                ? new Scan(
                        new LineReader(
                                JobOutput.Stream.STDOUT,
                                Long.parseLong(matcher.group(1)),
                                !matcher.group(2).isEmpty()),
                        new LineReader(
                                JobOutput.Stream.STDERR,
                                Long.parseLong(matcher.group(3)),
                                !matcher.group(4).isEmpty()))
                : scan(JobOutput.Cursor.START);
    }

    /// A look-out for the pattern that goes on where it was. Not for several threads at once.
    public final class Scan {

        private final LineReader stdout;
        private final LineReader stderr;

        private Scan(LineReader stdout, LineReader stderr) {
            this.stdout = stdout;
            this.stderr = stderr;
        }

        /// What has been written since the last time and has the pattern in it. A line without an
        /// end counts once nothing was added to it from one time to the next. Looks at no more than
        /// about 1 MiB of each log at a time.
        ///
        /// @param isOver whether the job is, so that its last line is as long as it will be
        public Found scan(JobOutput output, boolean isOver) {
            Hits hits = new Hits(output);
            boolean isMore = false;
            for (LineReader reader : List.of(stdout, stderr)) {
                if (stream == null || stream == reader.stream()) {
                    isMore |=
                            reader.readOn(
                                    output.unshown(reader.stream()),
                                    LineReader.BYTES_AT_ONCE,
                                    isOver
                                            ? LineReader.Unfinished.READ
                                            : LineReader.Unfinished.READ_WHEN_AT_REST,
                                    line ->
                                            matches(line.text())
                                                    && hits.add(reader.stream(), line));
                }
            }
            return hits.found(isMore);
        }

        /// How far it has looked; a scan from there goes on.
        public JobOutput.Cursor cursor() {
            return new JobOutput.Cursor(stdout.at(), stderr.at());
        }

        /// How far it has looked, and whether the lines there have counted although they may go on:
        /// `1240+:35`.
        String place() {
            return place(stdout) + ":" + place(stderr);
        }

        private static String place(LineReader reader) {
            return reader.at() + (reader.isTaken() ? "+" : "");
        }
    }

    /// The lines that were found, of which only a few are read again to be shown.
    private static final class Hits {

        private static final int LINES_MAX = 3;
        private static final int LINE_CHARS_MAX = 300;

        private record Hit(JobOutput.Stream stream, LineReader.Line line) {}

        private final JobOutput output;
        private final List<Hit> first = new ArrayList<>();
        private final Deque<Hit> last = new ArrayDeque<>();
        private long count;

        Hits(JobOutput output) {
            this.output = output;
        }

        boolean add(JobOutput.Stream stream, LineReader.Line line) {
            count++;
            Hit hit = new Hit(stream, line);
            if (first.size() < LINES_MAX) {
                first.add(hit);
            } else {
                if (last.size() == LINES_MAX) {
                    last.removeFirst();
                }
                last.addLast(hit);
            }
            return true;
        }

        private Match match(Hit hit) {
            LineReader.Line line = hit.line();
            String shown = output.log(hit.stream()).part(line.from(), line.to()).text();
            return new Match(hit.stream(), Excerpt.line(shown, LINE_CHARS_MAX));
        }

        Found found(boolean isMore) {
            return new Found(
                    count,
                    first.stream().map(this::match).toList(),
                    last.stream().map(this::match).toList(),
                    isMore);
        }
    }
}
