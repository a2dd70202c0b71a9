package dev.bellhop.tool;

import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/// A task on one line: `[ ] #12: Write the parser (blocked by: [3]) @ada p5`.
final class TaskLine {

    /// So many ids are named on a line; it stays one.
    private static final int IDS_MAX = 20;

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

    /// `[3, 4]`, or `[3, 4, … 17 more]`.
    static String numbers(Collection<TaskId> ids) {
        return "[" + first(ids, id -> Integer.toString(id.number())) + "]";
    }

    /// `#3, #4`, or `#3, #4, … 17 more`.
    static String ids(Collection<TaskId> ids) {
        return first(ids, TaskId::toString);
    }

    private static String first(Collection<TaskId> ids, Function<TaskId, String> name) {
        String named = ids.stream().limit(IDS_MAX).map(name).collect(Collectors.joining(", "));
        return ids.size() <= IDS_MAX
                ? named
                : "%s, … %d more".formatted(named, ids.size() - IDS_MAX);
    }
}
