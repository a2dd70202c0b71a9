package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;

/// A task as JSON: its file, and what follows from the others.
final class TaskObject {

    private TaskObject() {}

    static ObjectNode of(Task task, TaskGraph graph, Instant now) {
        ObjectNode json = task.json();
        // Its digest says nothing to anybody.
        json.remove("requestKey");
        put(
                json,
                "openBlockers",
                task.status().isTerminal() ? List.of() : graph.openBlockers(task));
        json.put("ready", graph.isReady(task, now));
        Task deadEnd = graph.deadEnd(task);
        if (deadEnd != null) {
            json.put("unreachableBecauseOf", deadEnd.id().number());
        }
        return json;
    }

    static void put(ObjectNode json, String key, Collection<TaskId> ids) {
        ArrayNode list = json.putArray(key);
        ids.forEach(id -> list.add(id.number()));
    }
}
