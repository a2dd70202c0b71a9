package dev.bellhop.task;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;

/// Which of two ready tasks should be taken first: the one of the higher priority, of two of the
/// same the older. Each day of waiting counts as one point of priority, so that nothing waits for
/// ever behind what is always more important; and since all wait at the same pace, the order of two
/// never changes. One whose age is not known comes after all others.
final class Rank {

    private static final long SECONDS_A_POINT = Duration.ofDays(1).toSeconds();

    private static final Instant UNKNOWN = Instant.parse("2999-01-01T00:00:00Z");

    /// The best first.
    static final Comparator<Task> ORDER =
            (one, other) -> {
                int byDue = Long.compare(dueSecond(one), dueSecond(other));
                return byDue == 0 ? one.id().compareTo(other.id()) : byDue;
            };

    private Rank() {}

    private static long dueSecond(Task task) {
        Instant since = task.createdAt() == null ? UNKNOWN : task.createdAt();
        return since.getEpochSecond() - task.priority() * SECONDS_A_POINT;
    }
}
