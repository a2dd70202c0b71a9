package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// `task_list`: a line a task, open ones first.
final class TaskList implements Tool<TaskList.Input> {

    private static final int LIMIT = 50;
    private static final int CHARS_MAX = 6_500;
    private static final int UNREADABLE_SHOWN = 5;

    record Input(
            @About(plain = true) @Nullable Status status,
            @About("Only what can be started now") @Nullable Boolean ready,
            @Nullable String owner,
            @Nullable String label,
            @About("Words in subject or description") @Nullable String query,
            @About("Default 50") @Nullable Integer limit) {

        Input {
            if (limit != null && limit < 1) {
                throw Problem.invalid("`limit` cannot be " + limit, "Write 1 or more.");
            }
        }

        Wanted of(TaskGraph graph, Instant now) {
            return Boolean.TRUE.equals(ready)
                    ? new Wanted(of(graph.ready(now)), List.of())
                    : new Wanted(of(graph.open()), of(graph.over()));
        }

        /// Those of `tasks` that are wanted; all of them without a look at each.
        private Collection<Task> of(Collection<Task> tasks) {
            String words = query == null ? "" : query.strip().toLowerCase(Locale.ROOT);
            if (status == null && owner == null && label == null && words.isEmpty()) {
                return tasks;
            }
            return tasks.stream()
                    .filter(task -> status == null || task.status() == status)
                    .filter(task -> owner == null || owner.equals(task.owner()))
                    .filter(task -> label == null || task.labels().contains(label))
                    .filter(task ->
                            words.isEmpty()
                                    || task.subject().toLowerCase(Locale.ROOT).contains(words)
                                    || task.description().toLowerCase(Locale.ROOT).contains(words))
                    .toList();
        }
    }

    /// What is asked for, in numeric order.
    record Wanted(Collection<Task> open, Collection<Task> over) {}

    @Override
    public String name() {
        return "task_list";
    }

    @Override
    public String about() {
        return "List the tasks of the project: [ ] pending, [>] in progress, [x] completed,"
                + " [!] failed, [?] blocked on a human, [-] cancelled, [.] backlog. Call it at the"
                + " start, after compaction, and before you say that all is done.";
    }

    @Override
    public String searchHint() {
        return "list tasks todo plan progress ready next open";
    }

    @Override
    public Hints hints() {
        return Hints.READS;
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        return call.project().tasks().read(graph -> list(input, graph, call.project()));
    }

    private static String list(Input input, TaskGraph graph, Project project) {
        Wanted wanted = input.of(graph, project.clock().instant());
        int limit = input.limit() == null ? LIMIT : input.limit();
        StringBuilder text = new StringBuilder();
        int shown = 0;
        for (Collection<Task> tasks : List.of(wanted.open(), wanted.over())) {
            for (Task task : tasks) {
                String line = shown < limit ? TaskLine.of(task, graph) : "";
                if (line.isEmpty() || text.length() + line.length() > CHARS_MAX) {
                    limit = shown;
                    break;
                }
                text.append(text.isEmpty() ? "" : "\n").append(line);
                shown++;
            }
        }
        int more = wanted.open().size() + wanted.over().size() - shown;
        if (more > 0) {
            text.append(text.isEmpty() ? "" : "\n").append("… %d more".formatted(more));
        }
        if (text.isEmpty()) {
            int all = graph.tasks().size();
            text.append(all == 0 ? "No tasks." : "No tasks match; %d in all.".formatted(all));
        }
        return text + unreadable(graph);
    }

    private static String unreadable(TaskGraph graph) {
        Map<String, String> files = graph.unreadable();
        if (files.isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        text.append(
                "\n%d unreadable file%s:".formatted(files.size(), files.size() == 1 ? "" : "s"));
        files.entrySet().stream()
                .limit(UNREADABLE_SHOWN)
                .forEach(entry ->
                        text.append(files.size() == 1 ? " " : "\n  ")
                                .append(entry.getKey())
                                .append(": ")
                                .append(entry.getValue()));
        if (files.size() > UNREADABLE_SHOWN) {
            text.append("\n  … %d more".formatted(files.size() - UNREADABLE_SHOWN));
        }
        return text.toString();
    }
}
