package dev.bellhop.job;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One background command, as it stood when somebody looked.
///
/// @param run how often it has been started, counted from 1
/// @param command as people write it
/// @param label a word for lists, or null
/// @param tags words by which it is found
/// @param forTask the number of the task that it is run for, or null
/// @param directory where it runs
/// @param startedBy the consumer that started it, who is told its end
/// @param priority of those that wait, higher ones begin first
/// @param startedAt when it began; while it has not, when it was asked for
/// @param timeout after which it is ended; zero for never
public record Job(
        JobId id,
        int run,
        String command,
        @Nullable String label,
        List<String> tags,
        @Nullable Integer forTask,
        Path directory,
        String startedBy,
        int priority,
        Instant startedAt,
        Duration timeout,
        JobState state) {

    public Job {
        tags = List.copyOf(tags);
    }

    /// How long it ran, has been running, or has been waiting.
    public Duration time(Instant now) {
        return Duration.between(startedAt, state.isOver() ? state.endedAt() : now);
    }

    Job in(JobState next) {
        return in(next, run, startedAt);
    }

    /// This job, begun once more.
    Job begun(int nextRun, Instant at) {
        return in(new JobState.Running(), nextRun, at);
    }

    private Job in(JobState next, int nextRun, Instant at) {
        return new Job(
                id, nextRun, command, label, tags, forTask, directory, startedBy, priority, at,
                timeout, next);
    }
}
