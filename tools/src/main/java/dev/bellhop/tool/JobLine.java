package dev.bellhop.tool;

import dev.bellhop.base.Elapsed;
import dev.bellhop.base.Excerpt;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobState;
import java.time.Instant;

/// A job on one line: `3fa94c01: [running 12 s] npm test`.
final class JobLine {

    private static final int COMMAND_CHARS_MAX = 80;

    private JobLine() {}

    static String of(Job job, Project project) {
        StringBuilder line = new StringBuilder();
        line.append(job.id()).append(": ").append(stateAndCommand(job, project));
        if (job.label() != null) {
            line.append(" (").append(line(job.label(), project)).append(')');
        }
        if (job.forTask() != null) {
            line.append(" for #").append(job.forTask());
        }
        return line.toString();
    }

    /// `[running 12 s] npm test`, `[exited 0, 41 s] npm test`.
    static String stateAndCommand(Job job, Project project) {
        return "[%s] %s".formatted(state(job, project.clock().instant()), command(job, project));
    }

    static String command(Job job, Project project) {
        return line(job.command(), project);
    }

    /// What is secret is masked first: it must not be known by its beginning either.
    private static String line(String text, Project project) {
        return Excerpt.line(project.secrets().shown(text), COMMAND_CHARS_MAX);
    }

    private static String state(Job job, Instant now) {
        String time = Elapsed.text(job.time(now));
        return switch (job.state()) {
            case JobState.Created _ -> "created, not started";
            case JobState.Queued _ -> "queued " + time;
            case JobState.Running _ -> "running " + time;
            case JobState.Exited exited ->
                    "%s%s, %s"
                            .formatted(
                                    exited.word(),
                                    exited.probableSignal()
                                            .map(" (probably %s)"::formatted)
                                            .orElse(""),
                                    time);
            case JobState.TimedOut _ -> job.state().word() + ", " + time;
            case JobState.Killed killed -> "killed %s, %s".formatted(killed.how(), time);
            case JobState.Failed(String reason, _) -> "failed, could not start: " + reason;
            case JobState.Lost _ -> "lost, nobody saw how it ended";
        };
    }
}
