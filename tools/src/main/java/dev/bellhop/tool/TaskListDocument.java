package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The tasks of a project as one JSON object, for programs: all that are asked for, open ones
/// first, each whole.
public final class TaskListDocument {

    private static final int SCHEMA_VERSION = 1;

    private TaskListDocument() {}

    /// `{"schema_version": 1, "tasks": [...], "more": 0, "unreadable": [{"file", "reason"}]}`,
    /// where `more` says how many there are beyond `limit`.
    ///
    /// @param arguments those of `task_list`; without `limit` there is none
    /// @throws dev.bellhop.base.Problem `INVALID` if one of them cannot be
    public static String of(Map<String, ? extends @Nullable Object> arguments, Project project) {
        TaskList.Input input = Schema.of(TaskList.Input.class).read(arguments);
        ObjectNode json = project.tasks().read(graph -> json(input, graph, project));
        return new Document(json, project.secrets()).text();
    }

    private static ObjectNode json(TaskList.Input input, TaskGraph graph, Project project) {
        Instant now = project.clock().instant();
        TaskList.Wanted wanted = input.of(graph, now);
        int limit = input.limit() == null ? Integer.MAX_VALUE : input.limit();
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("schema_version", SCHEMA_VERSION);
        ArrayNode tasks = json.putArray("tasks");
        Stream<Task> all = Stream.concat(wanted.open().stream(), wanted.over().stream());
        all.limit(limit).forEach(task -> tasks.add(TaskObject.of(task, graph, now)));
        json.put("more", wanted.open().size() + wanted.over().size() - tasks.size());
        ArrayNode unreadable = json.putArray("unreadable");
        graph.unreadable()
                .forEach((file, reason) ->
                        unreadable.addObject().put("file", file).put("reason", reason));
        return json;
    }
}
