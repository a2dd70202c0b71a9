package dev.bellhop.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import dev.bellhop.task.Task;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One JSON object with every task as its file has it: `{"schema_version": 1, "project": "app-…",
/// "tasks": [...]}`. All that a task says is in it.
final class JsonForm {

    private static final int SCHEMA_VERSION = 1;

    /// What `task list --json` works out of the other tasks.
    private static final Set<String> DERIVED =
            Set.of("openBlockers", "ready", "unreachableBecauseOf");

    /// What is good only where it was given: who holds a task, and what was proved there.
    private static final List<String> BOUND = List.of("claim", "evidence");

    private static final Set<String> TIES = Set.of("id", "blockedBy", "blocks", "parent");
    private static final Set<String> TEXTS = Set.of("subject", "description");

    private JsonForm() {}

    static String print(Collection<Task> tasks, String here) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("schema_version", SCHEMA_VERSION);
        json.put("project", here);
        ArrayNode list = json.putArray("tasks");
        for (Task task : tasks) {
            ObjectNode each = task.json();
            each.remove("requestKey");
            each.remove(BOUND);
            list.add(each);
        }
        return json.toPrettyString() + "\n";
    }

    static Incoming read(TextFile file) {
        Located located = new Located(file, file.text(), 0);
        JsonNode root = located.root();
        JsonNode version = root.path("schema_version");
        if (!version.isInt() || version.intValue() != SCHEMA_VERSION) {
            throw file.refused(
                    1,
                    "`schema_version` is not " + SCHEMA_VERSION,
                    "Give what bellhop task export wrote.");
        }
        if (!(root.get("tasks") instanceof ArrayNode tasks)) {
            throw file.refused(1, "`tasks` is not a list", "Give what bellhop task export wrote.");
        }
        Drafts drafts = new Drafts();
        for (JsonNode each : tasks) {
            if (!(each instanceof ObjectNode json)) {
                throw file.refused(1, "`tasks` is not a list of objects", "Correct it.");
            }
            draft(json, file, located.line(json), drafts);
        }
        for (JsonNode each : tasks) {
            // Edges that s07 names from the other side.
            if (each instanceof ObjectNode json) {
                int line = located.line(json);
                for (int id : numbers(json, "blocks", file, line)) {
                    Draft waiting = drafts.find("#" + id);
                    if (waiting != null) {
                        waiting.blocker("#" + number(json.get("id"), "id", file, line), line);
                    }
                }
            }
        }
        String project = root.path("project").asText();
        String first = project.isBlank() ? "json:" : own(project);
        Set<String> given = new HashSet<>();
        return drafts.finished(
                Form.JSON,
                draft -> {
                    // What came to that project from elsewhere keeps its first name.
                    String origin = draft.json.path("source").asText();
                    return !origin.isBlank() && given.add(origin) ? origin : first + draft.name;
                });
    }

    /// What the sources of tasks begin with that a project wrote down itself.
    static String own(String project) {
        return "bellhop:" + project;
    }

    private static void draft(ObjectNode json, TextFile file, int line, Drafts drafts) {
        int id = number(json.get("id"), "id", file, line);
        Draft draft = drafts.add("#" + id, file.name(), line);
        if (draft == null) {
            return;
        }
        draft.number = id;
        numbers(json, "blockedBy", file, line)
                .forEach(blocker -> draft.blocker("#" + blocker, line));
        JsonNode parent = json.get("parent");
        if (parent != null && !parent.isNull()) {
            draft.parent = "#" + number(parent, "parent", file, line);
        }
        draft.text(text(json, "description", file, line));
        draft.subject(text(json, "subject", file, line));
        for (String key : BOUND) {
            if (json.has(key)) {
                draft.remark(key + " is good only where it was given; it is left out");
            }
        }
        json.properties()
                .forEach(entry -> {
                    String key = entry.getKey();
                    if (!TIES.contains(key)
                            && !TEXTS.contains(key)
                            && !DERIVED.contains(key)
                            && !BOUND.contains(key)
                            && !key.equals("requestKey")) {
                        draft.json.set(key, entry.getValue());
                    }
                });
    }

    private static String text(ObjectNode json, String key, TextFile file, int line) {
        JsonNode value = json.path(key);
        if (!value.isTextual() && !value.isMissingNode() && !value.isNull()) {
            throw refused(file, line, key, "a text");
        }
        return value.asText("");
    }

    private static List<Integer> numbers(ObjectNode json, String key, TextFile file, int line) {
        JsonNode value = json.get(key);
        if (value == null || value.isNull()) {
            return List.of();
        }
        if (!(value instanceof ArrayNode array)) {
            throw refused(file, line, key, "a list of task ids");
        }
        return array.valueStream().map(each -> number(each, key, file, line)).toList();
    }

    private static int number(@Nullable JsonNode value, String key, TextFile file, int line) {
        String digits =
                value == null || value.isContainerNode()
                        ? ""
                        : value.asText().replaceFirst("^#", "");
        if (!digits.matches("[1-9][0-9]{0,8}")) {
            throw refused(file, line, key, "a task id");
        }
        return Integer.parseInt(digits);
    }

    private static Problem refused(TextFile file, int line, String key, String what) {
        return file.refused(line, "`%s` is not %s".formatted(key, what), "Correct it.");
    }
}
