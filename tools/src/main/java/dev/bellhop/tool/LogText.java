package dev.bellhop.tool;

import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;

/// `bellhop://job/3fa94c01/stdout`: what a job wrote, a window of it. Lines of ours before and
/// after it say what is left out, and how to read on.
final class LogText {

    private static final int BYTES_MAX = 64 << 10;

    private LogText() {}

    /// @throws dev.bellhop.base.Problem `NOT_FOUND` if there is no such job, `INVALID` if several
    ///   ids begin so
    static String of(ResourceUri.OfLog log, Project project) {
        Job job = project.jobs().get(log.job());
        boolean isOver = job.state().isOver();
        JobOutput output = project.jobs().output(job);
        JobOutput.Stretch stretch =
                log.from() == null
                        ? output.last(log.stream(), isOver, BYTES_MAX)
                        : output.from(log.stream(), log.from(), isOver, BYTES_MAX);
        String uri = ResourceUri.of(job, log.stream());
        StringBuilder text = new StringBuilder();
        if (log.from() == null && stretch.from() > 0) {
            text.append(
                    "… %,d bytes left out; the beginning: %s?from=0 …\n"
                            .formatted(stretch.from(), uri));
        } else if (log.from() != null && log.from() > stretch.end()) {
            text.append("… the log has %,d bytes …\n".formatted(stretch.end()));
        }
        text.append(JobView.withoutNews(stretch.text()));
        String more = more(stretch, isOver);
        if (!more.isEmpty()) {
            boolean isWithinLine = !text.isEmpty() && text.charAt(text.length() - 1) != '\n';
            text.append(isWithinLine ? "\n" : "")
                    .append("… %s: %s?from=%d …\n".formatted(more, uri, stretch.to()));
        }
        return text.toString();
    }

    private static String more(JobOutput.Stretch stretch, boolean isOver) {
        if (stretch.to() < stretch.end()) {
            return "%,d bytes left out; they begin".formatted(stretch.end() - stretch.to());
        }
        return isOver ? "" : "not over yet; read on";
    }

    /// Differs whenever [#of] does.
    static String mark(ResourceUri.OfLog log, Project project) {
        Job job = project.jobs().get(log.job());
        return "%d %s %s"
                .formatted(
                        job.run(),
                        job.state().isOver(),
                        project.jobs().output(job).mark(log.stream()));
    }
}
