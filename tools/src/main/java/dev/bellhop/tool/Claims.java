package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.Work;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What comes to an end by itself: claims of agents that nothing is heard of, and questions that
/// nobody answers in time. Whoever makes a call sees to it; no thread has to.
final class Claims {

    /// So many times within a lease it is written down that a consumer is there.
    private static final int HEARD_PER_LEASE = 8;

    private static final Duration HEARD_EVERY_MAX = Duration.ofSeconds(30);
    private static final Journal.Author BELLHOP = new Journal.Author("", "bellhop");

    private static final Logger LOG = LoggerFactory.getLogger(Claims.class);

    private Claims() {}

    /// Renews what `consumer` has claimed: it is there.
    static void renew(Project project, String consumer) {
        project.inbox().hear(consumer, project.clock().instant(), heardEvery(lease(project)));
    }

    /// A call so soon after one that was written down is not.
    private static Duration heardEvery(Duration lease) {
        Duration share = Duration.ofMillis(lease.toMillis() / HEARD_PER_LEASE);
        return share.compareTo(HEARD_EVERY_MAX) < 0 ? share : HEARD_EVERY_MAX;
    }

    /// Settings that cannot be read are told where they are needed, and end nobody's claims.
    private static Duration lease(Project project) {
        try {
            return project.settings().lease();
        } catch (Problem problem) {
            return Settings.DEFAULT.lease();
        }
    }

    /// What has to end at `now`.
    private record Due(List<Task> claimed, List<Task> asking) {}

    /// Ends what has run out. What cannot be ended keeps nothing else from it.
    static void expire(Project project) {
        Instant now = project.clock().instant();
        Duration set = lease(project);
        // What was heard last may not have been written down.
        Duration lease = set.plus(heardEvery(set));
        Due due =
                project.tasks()
                        .read(graph ->
                                new Due(
                                        graph.claimed().stream()
                                                .filter(task -> isOld(task, lease, now))
                                                .toList(),
                                        graph.asking().stream()
                                                .filter(task -> isOverdue(task, now))
                                                .toList()));
        Map<String, Boolean> silent = new HashMap<>();
        for (Task task : due.claimed()) {
            Work.Claim claim = Objects.requireNonNull(task.work().claim());
            boolean isSilent =
                    silent.computeIfAbsent(
                            claim.consumer(), consumer -> isSilent(project, consumer, lease));
            if (isSilent) {
                guarded(
                        task,
                        () -> {
                            boolean _ =
                                    project.tasks()
                                            .release(
                                                    task.id(),
                                                    claim.token(),
                                                    () ->
                                                            isSilent(
                                                                    project,
                                                                    claim.consumer(),
                                                                    lease),
                                                    BELLHOP);
                        });
            }
        }
        for (Task task : due.asking()) {
            Work.Question question = Objects.requireNonNull(task.work().question());
            String fallback = question.fallback();
            String answer = fallback == null || fallback.isBlank() ? Work.UNANSWERED : fallback;
            guarded(
                    task,
                    () ->
                            project.tasks()
                                    .update(
                                            task.id(),
                                            TaskChange.make()
                                                    .answer(new TaskChange.Answer(answer, question))
                                                    .done(),
                                            BELLHOP));
        }
    }

    private static void guarded(Task task, Runnable work) {
        try {
            work.run();
        } catch (Problem problem) {
            // Somebody else may have been faster.
            LOG.warn("{} was left as it is: {}", task.id(), problem.getMessage());
        }
    }

    private static boolean isOld(Task task, Duration lease, Instant now) {
        Work.Claim claim = task.work().claim();
        return claim != null && Duration.between(claim.at(), now).abs().compareTo(lease) >= 0;
    }

    /// Whether nothing was heard of a consumer for so long.
    private static boolean isSilent(Project project, String consumer, Duration lease) {
        return project.inbox()
                .silence(consumer, project.clock().instant())
                .map(silence -> silence.compareTo(lease) >= 0)
                .orElse(true);
    }

    private static boolean isOverdue(Task task, Instant now) {
        Work.Question question = task.work().question();
        return question != null
                && question.expiresAt() != null
                && !question.expiresAt().isAfter(now);
    }
}
