package dev.bellhop.tool;

import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/// A task on one line: `[ ] #12: Write the parser (blocked by: [3]) @ada p5`.
final class TaskLine {

    private TaskLine() {}

    static String of(Task task, TaskGraph graph) {
        StringBuilder line = new StringBuilder();
        line.append('[').append(task.status().mark()).append("] ").append(task.id()).append(": ");
        line.append(task.subject());
        List<TaskId> open = task.status().isTerminal() ? List.of() : graph.openBlockers(task);
        if (!open.isEmpty()) {
            line.append(" (blocked by: ").append(numbers(open)).append(')');
        }
        if (task.owner() != null) {
            line.append(" @").append(task.owner());
        }
        if (task.priority() != 0) {
            line.append(" p").append(task.priority());
        }
        Task deadEnd = graph.deadEnd(task);
        if (deadEnd != null) {
            line.append(
                    " unreachable (blocked by %s %s)"
                            .formatted(deadEnd.status().word(), deadEnd.id()));
        }
        return line.toString();
    }

    /// `[3, 4]`.
    static String numbers(Collection<TaskId> ids) {
        return ids.stream()
                .map(id -> Integer.toString(id.number()))
                .collect(Collectors.joining(", ", "[", "]"));
    }

    /// `#3, #4`.
    static String ids(Collection<TaskId> ids) {
        return ids.stream().map(TaskId::toString).collect(Collectors.joining(", "));
    }
}
