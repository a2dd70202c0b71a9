package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.time.Instant;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// `bellhop://board`: how a project stands, as JSON. How many tasks there are of each status, the
/// open ones, the jobs that run and wait, and the files that cannot be read.
final class Board {

    private static final int TASKS_MAX = 200;
    private static final int BLOCKERS_MAX = 20;
    private static final int JOBS_MAX = 50;
    private static final int JOBS_COUNTED_MAX = 1_000;
    private static final int FILES_MAX = 20;
    private static final int TEXT_CHARS_MAX = 200;

    private Board() {}

    static String of(Project project) {
        Instant now = project.clock().instant();
        Found found = project.tasks().read(graph -> found(graph, now));
        ObjectNode json = found.json();
        put(json, "running", project);
        put(json, "queued", project);
        Document document = new Document(json, project.secrets());
        document.keepFirst("tasks", TASKS_MAX, TEXT_CHARS_MAX);
        document.leaveOut(found.leftOut(), "tasks");
        for (String jobs : List.of("running", "queued")) {
            document.keepFirst(jobs, JOBS_MAX, TEXT_CHARS_MAX);
        }
        document.keepFirst("unreadable", FILES_MAX, TEXT_CHARS_MAX);
        return document.text();
    }

    /// What the tasks say.
    ///
    /// @param leftOut how many open tasks are not in it
    private record Found(ObjectNode json, int leftOut) {}

    private static Found found(TaskGraph graph, Instant now) {
        Map<Status, Integer> counts = new EnumMap<>(Status.class);
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ObjectNode shownCounts = json.putObject("counts");
        ArrayNode tasks = json.putArray("tasks");
        graph.tasks().forEach(task -> counts.merge(task.status(), 1, Integer::sum));
        graph.open().stream()
                .limit(TASKS_MAX)
                .forEach(task -> put(tasks.addObject(), task, graph, now));
        int leftOut = graph.open().size() - tasks.size();
        for (Status status : Status.values()) {
            shownCounts.put(status.word(), counts.getOrDefault(status, 0));
        }
        ArrayNode files = json.putArray("unreadable");
        graph.unreadable()
                .forEach((file, reason) ->
                        files.addObject().put("file", file).put("reason", reason));
        return new Found(json, leftOut);
    }

    private static void put(ObjectNode json, Task task, TaskGraph graph, Instant now) {
        json.put("id", task.id().number())
                .put("subject", task.subject())
                .put("status", task.status().word())
                .put("owner", task.owner());
        List<TaskId> blockers = graph.openBlockers(task);
        ArrayNode blockedBy = json.putArray("blockedBy");
        blockers.stream().limit(BLOCKERS_MAX).forEach(id -> blockedBy.add(id.number()));
        if (blockers.size() > BLOCKERS_MAX) {
            json.put("moreBlockers", blockers.size() - BLOCKERS_MAX);
        }
        json.put("ready", graph.isReady(task, now));
    }

    private static void put(ObjectNode json, String state, Project project) {
        ArrayNode list = json.putArray(state);
        JobRunner.Filter filter = new JobRunner.Filter(state, List.of(), null);
        for (Job job : project.jobs().list(filter, JOBS_COUNTED_MAX)) {
            JobObject.put(list.addObject(), job);
        }
    }
}
