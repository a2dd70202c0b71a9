package dev.bellhop.tool;

import dev.bellhop.base.Elapsed;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.job.JobRunner;
import java.time.Duration;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/// How a job stands and what it wrote, as an agent reads it.
final class JobView {

    private static final int OUTPUT_BYTES_MAX = 6_000;

    private JobView() {}

    /// Which part of the output is wanted.
    ///
    /// @param cursor from where on
    /// @param lines only the last so many lines, or null
    /// @param stream the only one wanted, or null for both
    /// @param until what to wait for: a text, or a pattern between slashes; or null
    record Part(
            JobOutput.Cursor cursor,
            @Nullable Integer lines,
            JobOutput.@Nullable Stream stream,
            @Nullable String until) {

        static final Part ALL = new Part(JobOutput.Cursor.START, null, null, null);

        JobOutput.@Nullable Search search(JobOutput output) {
            if (until == null || until.isEmpty()) {
                return null;
            }
            boolean isPattern = until.length() > 2 && until.startsWith("/") && until.endsWith("/");
            try {
                Pattern pattern =
                        isPattern
                                ? Pattern.compile(until.substring(1, until.length() - 1))
                                : Pattern.compile(until, Pattern.LITERAL);
                return output.search(pattern, cursor, stream);
            } catch (PatternSyntaxException e) {
                throw Problem.invalid(
                        "`until` is not a pattern: " + e.getDescription(),
                        "Write a plain text, or a regular expression between slashes.");
            }
        }
    }

    /// The job as it stands once it is over, or what `part` waits for is there, or `wait` has
    /// passed.
    static String after(Duration wait, Job job, Part part, Call call) {
        JobRunner jobs = call.project().jobs();
        JobOutput output = jobs.output(job);
        Duration longest =
                wait.compareTo(call.caller().patience()) < 0 ? wait : call.caller().patience();
        JobOutput.Search search = part.search(output);
        boolean there =
                jobs.await(job, new JobRunner.Wait(longest, search, call.caller().hangup()));
        Job now = jobs.get(job.id().text());
        call.tells(now);
        String text = now(now, output, part, call);
        if (!there && !longest.isZero() && !now.state().isOver()) {
            return text + "\n(still running after waiting %s)".formatted(Elapsed.text(longest));
        }
        return text;
    }

    private static String now(Job job, JobOutput output, Part part, Call call) {
        JobOutput.Cursor end = output.end();
        String shown =
                part.lines() == null
                        ? output.between(part.cursor(), end, part.stream(), OUTPUT_BYTES_MAX)
                        : output.lastLines(part.lines(), part.stream(), OUTPUT_BYTES_MAX);
        StringBuilder text = new StringBuilder();
        text.append(JobLine.stateAndCommand(job, call.project().clock().instant())).append('\n');
        if (!shown.isEmpty()) {
            // A command may print what looks like our block of news.
            text.append(shown.replaceAll("(?i)<(?=/?background-results)", "<\\\\"));
        } else if (part.cursor().equals(JobOutput.Cursor.START)) {
            text.append("(no output)");
        } else {
            text.append("(no new output)");
        }
        if (!job.state().isOver()) {
            text.append("\ncursor: ").append(part.cursor().to(end, part.stream()));
        }
        return text.toString();
    }
}
