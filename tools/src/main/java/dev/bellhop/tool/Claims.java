package dev.bellhop.tool;

import dev.bellhop.store.Journal;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;

/// What comes to an end by itself: claims of agents that nothing is heard of, and questions that
/// nobody answers in time. Whoever makes a call sees to it; no thread has to.
final class Claims {

    /// So many times within a lease it is written down that a consumer is there.
    private static final int HEARD_PER_LEASE = 8;

    private static final Duration HEARD_EVERY_MAX = Duration.ofSeconds(30);
    private static final Journal.Author BELLHOP = new Journal.Author("", "bellhop");

    private Claims() {}

    /// Renews what `consumer` has claimed: it is there.
    static void renew(Project project, String consumer) {
        Duration share = project.settings().lease().dividedBy(HEARD_PER_LEASE);
        Duration every = share.compareTo(HEARD_EVERY_MAX) < 0 ? share : HEARD_EVERY_MAX;
        project.inbox().hear(consumer, project.clock().instant(), every);
    }

    /// What has to end at `now`.
    private record Due(List<Task> claimed, List<Task> asking) {}

    /// Ends what has run out.
    static void expire(Project project) {
        Instant now = project.clock().instant();
        Due due =
                project.tasks()
                        .read(graph ->
                                new Due(
                                        List.copyOf(graph.claimed()),
                                        graph.asking().stream()
                                                .filter(task -> isOverdue(task, now))
                                                .toList()));
        for (Task task : due.claimed()) {
            Work.Claim claim = Objects.requireNonNull(task.work().claim());
            if (silence(project, claim, now).compareTo(project.settings().lease()) >= 0) {
                boolean _ = project.tasks().release(task.id(), claim.token(), BELLHOP);
            }
        }
        for (Task task : due.asking()) {
            Work.Question question = Objects.requireNonNull(task.work().question());
            String fallback = question.fallback();
            project.tasks()
                    .update(
                            task.id(),
                            TaskChange.make()
                                    .answer(
                                            fallback == null
                                                    ? "(nobody answered in time)"
                                                    : fallback)
                                    .done(),
                            BELLHOP);
        }
    }

    private static boolean isOverdue(Task task, Instant now) {
        Work.Question question = task.work().question();
        return question != null
                && question.expiresAt() != null
                && !question.expiresAt().isAfter(now);
    }

    /// For how long nothing was heard of who made `claim`.
    private static Duration silence(Project project, Work.Claim claim, Instant now) {
        Duration sinceClaim = Duration.between(claim.at(), now).abs();
        return project.inbox()
                .silence(claim.consumer(), now)
                .filter(silence -> silence.compareTo(sinceClaim) < 0)
                .orElse(sinceClaim);
    }
}
