package dev.bellhop.job;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One background command, as it stood when somebody looked.
///
/// @param command as people write it
/// @param label a word for lists, or null
/// @param forTask the number of the task that it is run for, or null
/// @param directory where it runs
/// @param startedBy the consumer that started it, who is told its end
/// @param timeout after which it is ended; zero for never
public record Job(
        JobId id,
        String command,
        @Nullable String label,
        @Nullable Integer forTask,
        Path directory,
        String startedBy,
        Instant startedAt,
        Duration timeout,
        JobState state) {

    /// How long it ran, or has been running.
    public Duration time(Instant now) {
        return Duration.between(startedAt, state.isOver() ? state.endedAt() : now);
    }

    Job in(JobState next) {
        return new Job(id, command, label, forTask, directory, startedBy, startedAt, timeout, next);
    }
}
