package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.exchange.Form;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.task.Arrival;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// All tasks of a project in a form for others, as they are shown: masked and harmless.
///
/// @param text the tasks
/// @param count how many there are
/// @param warnings what is not among them
public record TaskExport(String text, int count, List<String> warnings) {

    /// The tasks as they are now.
    ///
    /// @param form `json`, `markdown` or `mermaid`; null for what the file's name says, else JSON
    /// @param file where it is to go, or null
    /// @throws Problem `INVALID` if there is no such form
    public static TaskExport of(@Nullable String form, @Nullable Path file, Project project) {
        Form chosen =
                form != null
                        ? Form.parse(form)
                        : Form.ofName(file == null ? "" : String.valueOf(file.getFileName()));
        List<String> warnings = new ArrayList<>();
        Collection<Task> tasks =
                project.tasks()
                        .read(graph -> {
                            graph.unreadable()
                                    .forEach((name, reason) ->
                                            warnings.add(
                                                    project.secrets()
                                                            .shown(
                                                                    "left out, unreadable: %s: %s"
                                                                            .formatted(
                                                                                    name,
                                                                                    reason))));
                            return withArchived(graph);
                        });
        List<Task> shown = tasks.stream().map(task -> shown(task, project)).toList();
        return new TaskExport(chosen.print(shown, project.name()), shown.size(), warnings);
    }

    /// Puts the text into `file`.
    ///
    /// @param replaces whether in place of what is there
    /// @throws Problem `INVALID` if that is no regular file; `CONFLICT` if it is there and not to
    ///   be replaced; `UNAVAILABLE` if it cannot be written
    public void write(Path file, boolean replaces) {
        boolean isThere = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        if (isThere && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw Problem.invalid(file + " is not a regular file", "Name another.");
        }
        if (isThere && !replaces) {
            throw Problem.conflict(
                    file + " is there already", "Name another, or replace it with --force.");
        }
        AtomicFile.write(file.toAbsolutePath(), text.getBytes(StandardCharsets.UTF_8));
    }

    /// The tasks, and of those that are put away what they are tied to.
    private static Collection<Task> withArchived(TaskGraph graph) {
        NavigableMap<TaskId, Task> all = new TreeMap<>();
        Deque<Task> ahead = new ArrayDeque<>(graph.tasks());
        while (!ahead.isEmpty()) {
            Task task = ahead.remove();
            if (all.putIfAbsent(task.id(), task) != null) {
                continue;
            }
            List<TaskId> tied = new ArrayList<>(task.blockedBy());
            if (task.parent() != null) {
                tied.add(task.parent());
            }
            for (TaskId id : tied) {
                Task other = all.containsKey(id) ? null : graph.find(id);
                if (other != null) {
                    ahead.add(other);
                }
            }
        }
        return all.values();
    }

    private static Task shown(Task task, Project project) {
        return Arrival.read(new Document(task.json(), project.secrets()).json());
    }
}
