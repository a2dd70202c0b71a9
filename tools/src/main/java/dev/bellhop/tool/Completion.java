package dev.bellhop.tool;

import dev.bellhop.job.Job;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/// Ids that begin as somebody has begun to write one, the likeliest first.
final class Completion {

    private static final int MAX = 100;
    private static final int JOBS_LOOKED_AT = 1_000;

    private Completion() {}

    /// Ids of tasks, such as `12`: what is being worked on, then what could be.
    ///
    /// @param prefix its `#` is not looked at
    static List<String> tasks(Project project, String prefix, Predicate<Task> filter) {
        String begun = prefix.strip().replaceFirst("^#", "");
        Instant now = project.clock().instant();
        return project.tasks()
                .read(graph ->
                        graph.tasks().stream()
                                .filter(filter)
                                .filter(task -> number(task).startsWith(begun))
                                .sorted(
                                        Comparator.comparingInt(
                                                        (Task task) -> rank(task, graph, now))
                                                .thenComparing(Task::id))
                                .limit(MAX)
                                .map(Completion::number)
                                .toList());
    }

    private static String number(Task task) {
        return Integer.toString(task.id().number());
    }

    private static int rank(Task task, TaskGraph graph, Instant now) {
        return switch (task.status()) {
            case IN_PROGRESS -> 0;
            case PENDING -> graph.isReady(task, now) ? 1 : 3;
            case BLOCKED_ON_HUMAN -> 2;
            case BACKLOG -> 4;
            case COMPLETED, FAILED, CANCELLED -> 5;
        };
    }

    /// Ids of jobs, the newest first.
    static List<String> jobs(Project project, String prefix) {
        String begun = prefix.strip().toLowerCase(Locale.ROOT);
        return project.jobs().newest(JOBS_LOOKED_AT).stream()
                .map(Job::id)
                .map(id -> id.text())
                .filter(id -> id.startsWith(begun))
                .limit(MAX)
                .toList();
    }
}
