package dev.bellhop.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// `.taskmaster/tasks/tasks.json` of task-master: by tag a list of tasks, each with subtasks; older
/// ones have the list alone.
///
/// A subtask becomes a part of its task, a tag other than `master` a label, `details` and
/// `testStrategy` paragraphs of the description. A dependency of a subtask names another of the
/// same task by its number alone, and any with a dot (`3.1`).
final class TaskMasterFile {

    private static final String MASTER = "master";
    private static final Set<String> KNOWN =
            Set.of(
                    "id",
                    "title",
                    "description",
                    "details",
                    "testStrategy",
                    "test_strategy",
                    "status",
                    "priority",
                    "dependencies",
                    "subtasks",
                    "assignee",
                    "labels",
                    "tags",
                    "createdAt",
                    "updatedAt",
                    "parentId",
                    "parentTaskId");

    private final TextFile file;
    private final Located located;
    private final Drafts drafts = new Drafts();

    private TaskMasterFile(TextFile file) {
        this.file = file;
        this.located = new Located(file, file.text(), 0);
    }

    static Incoming read(TextFile file) {
        return new TaskMasterFile(file).read();
    }

    private Incoming read() {
        if (!(located.root() instanceof ObjectNode root)) {
            throw file.refused(1, "it is no object", "Give the tasks.json of task-master.");
        }
        boolean isFound = false;
        if (root.get("tasks") instanceof ArrayNode tasks) {
            tasks(MASTER, tasks);
            isFound = true;
        } else {
            for (Map.Entry<String, JsonNode> tag : root.properties()) {
                if (tag.getValue().get("tasks") instanceof ArrayNode tasks) {
                    tasks(tag.getKey(), tasks);
                    isFound = true;
                }
            }
        }
        if (!isFound) {
            throw file.refused(
                    1, "there is no list of tasks in it", "Give the tasks.json of task-master.");
        }
        return drafts.finished(Form.TASK_MASTER, draft -> "taskmaster:" + draft.name);
    }

    private void tasks(String tag, ArrayNode tasks) {
        String first = tag.equals(MASTER) ? "" : tag + "/";
        for (JsonNode each : tasks) {
            if (!(each instanceof ObjectNode json)) {
                drafts.remark(file.name(), 1, "what is no object is left out of " + tag);
                continue;
            }
            Draft draft = task(json, first, null);
            if (draft == null) {
                continue;
            }
            if (!tag.equals(MASTER)) {
                draft.label(tag);
            }
            for (JsonNode part : json.path("subtasks")) {
                if (part instanceof ObjectNode subtask) {
                    Draft child = task(subtask, first, draft);
                    if (child != null && !tag.equals(MASTER)) {
                        child.label(tag);
                    }
                }
            }
        }
    }

    private @Nullable Draft task(ObjectNode json, String first, @Nullable Draft parent) {
        int line = located.line(json);
        String id = json.path("id").asText();
        if (id.isBlank() || id.length() > 100) {
            drafts.remark(file.name(), line, "a task without a number is left out");
            return null;
        }
        boolean isWhole = parent != null && id.contains(".");
        String name = parent == null || isWhole ? first + id : parent.name + "." + id;
        Draft draft = drafts.add(name, file.name(), line);
        if (draft == null) {
            return null;
        }
        draft.parent = parent == null ? null : parent.name;
        draft.subject(draft.text(json, "title"));
        draft.paragraph(draft.text(json, "description"));
        draft.paragraph("Details", draft.text(json, "details"));
        draft.paragraph("Test strategy", draft.text(json, "testStrategy"));
        draft.paragraph("Test strategy", draft.text(json, "test_strategy"));
        for (String blocker : draft.texts(json, "dependencies")) {
            draft.blocker(blocker(blocker.strip(), first, parent, json), line);
        }
        draft.status(json.path("status").asText("pending"));
        draft.priority(draft.text(json, "priority"));
        draft.owner(draft.text(json, "assignee"));
        draft.texts(json, "labels").forEach(draft::label);
        draft.texts(json, "tags").forEach(draft::label);
        for (String time : new String[] {"createdAt", "updatedAt"}) {
            if (json.path(time).isTextual()) {
                draft.time(time, json.path(time).textValue());
            }
        }
        json.properties()
                .forEach(entry -> {
                    if (!KNOWN.contains(entry.getKey())) {
                        draft.homeless(entry.getKey(), entry.getValue());
                    }
                });
        return draft;
    }

    /// The name of the draft that `id` means.
    private static String blocker(
            String id, String first, @Nullable Draft parent, ObjectNode json) {
        if (parent == null || id.contains(".") || id.equals(json.path("id").asText())) {
            return first + id;
        }
        return parent.name + "." + id;
    }
}
