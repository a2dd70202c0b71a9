package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.job.Job;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.util.List;

/// `bellhop://task/12`: everything about one task, as JSON. Its file, what follows from the other
/// tasks, its jobs and its last changes.
final class TaskDocument {

    private static final int LINE_CHARS_MAX = 200;
    private static final int DESCRIPTION_CHARS_MAX = 12_000;
    private static final int RESULT_CHARS_MAX = 4_000;
    private static final int NOTE_CHARS_MAX = 800;
    private static final int OTHER_CHARS_MAX = 8_000;
    private static final int IDS_MAX = 200;
    private static final int WORDS_MAX = 50;
    private static final int SHOWN_MAX = 10;

    private TaskDocument() {}

    /// @throws dev.bellhop.base.Problem `NOT_FOUND` if there is no such task
    static String of(TaskId id, Project project) {
        Found found = project.tasks().read(graph -> found(graph.get(id), graph, project));
        ObjectNode json = found.json();
        List<Job> jobs = project.jobs().forTask(id.number());
        ArrayNode shownJobs = json.putArray("jobs");
        jobs.forEach(job -> JobObject.put(shownJobs.addObject(), job));
        ArrayNode changes = json.putArray("changes");
        for (Journal.Entry entry : project.journal().about(id.toString(), SHOWN_MAX)) {
            changes.addObject()
                    .put("at", entry.at().toString())
                    .put("by", entry.author().client())
                    .put("event", entry.event())
                    .put("after", entry.after());
        }
        Document document = new Document(json, project.secrets());
        document.cut("subject", LINE_CHARS_MAX);
        document.cut("owner", LINE_CHARS_MAX);
        document.cut("description", DESCRIPTION_CHARS_MAX);
        document.cut("result", RESULT_CHARS_MAX);
        for (String ids : List.of("blockedBy", "openBlockers", "blocks", "parts")) {
            document.keepFirst(ids, IDS_MAX, LINE_CHARS_MAX);
        }
        document.keepFirst("labels", WORDS_MAX, LINE_CHARS_MAX);
        document.keepLast("notes", SHOWN_MAX, NOTE_CHARS_MAX);
        document.keepLast("jobs", SHOWN_MAX, LINE_CHARS_MAX);
        document.keepLast("changes", SHOWN_MAX, LINE_CHARS_MAX);
        document.leaveOut(found.leftOut(), "keys of other programs");
        return document.text();
    }

    /// What the tasks say of one of them.
    ///
    /// @param leftOut how many keys of other programs there was no room for
    private record Found(ObjectNode json, int leftOut) {}

    private static Found found(Task task, TaskGraph graph, Project project) {
        ObjectNode json = TaskObject.of(task, graph, project.clock().instant());
        TaskObject.put(json, "blocks", graph.dependents(task.id()));
        TaskObject.put(json, "parts", graph.parts(task.id()));
        int leftOut = 0;
        int room = OTHER_CHARS_MAX;
        for (String key : task.other().keySet()) {
            int chars = key.length() + json.path(key).toString().length();
            if (chars > room) {
                json.remove(key);
                leftOut++;
            } else {
                room -= chars;
            }
        }
        return new Found(json, leftOut);
    }
}
