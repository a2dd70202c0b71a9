package dev.bellhop.tool;

import dev.bellhop.base.Elapsed;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.JobState;
import dev.bellhop.job.OutputPattern;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How a job stands and what it wrote, as an agent reads it.
final class JobView {

    private static final int OUTPUT_BYTES_MAX = 6_000;

    private JobView() {}

    /// Which part of the output is wanted.
    ///
    /// @param cursor from where on, or null
    /// @param lines only the last so many lines, or null
    /// @param stream the only one wanted, or null for both
    /// @param until what to wait for, or null
    record Part(
            JobOutput.@Nullable Cursor cursor,
            @Nullable Integer lines,
            JobOutput.@Nullable Stream stream,
            @Nullable OutputPattern until) {

        static final Part ALL = new Part(null, null, null, null);

        JobOutput.Cursor start() {
            return cursor == null ? JobOutput.Cursor.START : cursor;
        }

        /// Whether nothing was said about what to show, so that the most important is.
        boolean isOpen() {
            return cursor == null && lines == null && stream == null;
        }

        JobOutput.@Nullable Search search(JobOutput output) {
            return until == null ? null : output.search(until, start(), stream);
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
        boolean isOver = job.state().isOver();
        JobOutput.Cursor end = isOver ? output.size() : output.end();
        String shown = shown(job, output, part, end);
        StringBuilder text = new StringBuilder();
        text.append(JobLine.stateAndCommand(job, call.project())).append('\n');
        String living = call.project().jobs().livesOn(job);
        if (!living.isEmpty()) {
            text.append("(its command lives on: %s; background_kill ends it)\n".formatted(living));
        }
        if (!shown.isEmpty()) {
            text.append(withoutNews(shown));
        } else if (part.start().equals(JobOutput.Cursor.START)) {
            text.append("(no output)");
        } else {
            text.append("(no new output)");
        }
        if (!isOver) {
            text.append("\ncursor: ").append(part.start().to(end, part.stream()));
        }
        return text.toString();
    }

    /// A command may print what looks like our block of news.
    static String withoutNews(String output) {
        return output.replaceAll("(?i)<(?=/?background-results)", "<\\\\");
    }

    private static String shown(Job job, JobOutput output, Part part, JobOutput.Cursor end) {
        if (part.lines() != null) {
            return output.lastLines(part.lines(), part.stream(), OUTPUT_BYTES_MAX);
        }
        return job.state().isOver() && part.isOpen()
                ? output.result(job.command(), exitCode(job), OUTPUT_BYTES_MAX)
                : output.between(part.start(), end, part.stream(), OUTPUT_BYTES_MAX);
    }

    /// Its exit code; of a job that has none, one that says that it did not go well.
    private static int exitCode(Job job) {
        return job.state() instanceof JobState.Exited(int code, _) ? code : -1;
    }
}
