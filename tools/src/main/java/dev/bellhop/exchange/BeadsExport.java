package dev.bellhop.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.task.Status;
import java.util.List;
import java.util.Set;

/// `.beads/issues.jsonl` of beads: an issue a line.
///
/// Its priorities, 0 the highest and 2 the middle, become 2 to -2. A dependency of the type
/// `blocks` is one here too, `parent-child` makes a part, and the others are told in the
/// description.
final class BeadsExport {

    private static final int MIDDLE = 2;

    /// The types of dependency that keep an issue from being ready.
    private static final Set<String> BLOCKING = Set.of("blocks", "conditional-blocks", "waits-for");

    /// What says nothing that a task has to know.
    private static final Set<String> BOOKKEEPING =
            Set.of(
                    "_type",
                    "content_hash",
                    "source_repo",
                    "compaction_level",
                    "compacted_at",
                    "compacted_at_commit",
                    "original_size",
                    "dependency_count",
                    "dependent_count",
                    "comment_count");

    private static final Set<String> KNOWN =
            Set.of(
                    "id",
                    "title",
                    "description",
                    "design",
                    "acceptance_criteria",
                    "notes",
                    "status",
                    "priority",
                    "issue_type",
                    "assignee",
                    "created_at",
                    "updated_at",
                    "closed_at",
                    "close_reason",
                    "labels",
                    "dependencies",
                    "comments");

    private final TextFile file;
    private final Drafts drafts = new Drafts();

    private BeadsExport(TextFile file) {
        this.file = file;
    }

    static Incoming read(TextFile file) {
        return new BeadsExport(file).read();
    }

    private Incoming read() {
        List<String> lines = file.lines();
        for (int i = 0; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) {
                continue;
            }
            if (!(new Located(file, lines.get(i), i).root() instanceof ObjectNode json)) {
                throw file.refused(i + 1, "it is no object", "Give what bd export wrote.");
            }
            issue(json, i + 1);
        }
        return drafts.finished(Form.BEADS, draft -> "beads:" + draft.name);
    }

    private void issue(ObjectNode json, int line) {
        String id = json.path("id").asText();
        if (id.isBlank() || id.length() > 200) {
            drafts.remark(file.name(), line, "a line without an issue is left out");
            return;
        }
        String status = json.path("status").asText("open");
        if (status.equals("tombstone")) {
            drafts.remark(file.name(), line, id + ": it was deleted there; left out");
            return;
        }
        Draft draft = drafts.add(id, file.name(), line);
        if (draft == null) {
            return;
        }
        draft.subject(draft.text(json, "title"));
        draft.paragraph(draft.text(json, "description"));
        draft.paragraph("Design", draft.text(json, "design"));
        draft.paragraph("Acceptance criteria", draft.text(json, "acceptance_criteria"));
        json.path("dependencies").forEach(each -> dependency(draft, each));
        draft.texts(json, "labels").forEach(draft::label);
        draft.owner(draft.text(json, "assignee"));
        JsonNode priority = json.path("priority");
        if (priority.isInt() && priority.intValue() >= 0 && priority.intValue() <= 4) {
            draft.priority(MIDDLE - priority.intValue());
        } else if (!priority.isMissingNode()) {
            draft.homeless("priority", priority);
        }
        String type = draft.text(json, "issue_type");
        draft.type(type.equals("task") ? "" : type);
        for (String key : List.of("created", "updated")) {
            if (json.path(key + "_at").isTextual()) {
                draft.time(key + "At", json.path(key + "_at").textValue());
            }
        }
        draft.note(
                Draft.time(json.path("updated_at").asText()), "beads", draft.text(json, "notes"));
        for (JsonNode comment : json.path("comments")) {
            draft.note(
                    Draft.time(comment.path("created_at").asText()),
                    comment.path("author").asText("beads"),
                    comment.path("text").asText());
        }
        status(draft, status, json);
        json.properties()
                .forEach(entry -> {
                    if (!KNOWN.contains(entry.getKey()) && !BOOKKEEPING.contains(entry.getKey())) {
                        draft.homeless(entry.getKey(), entry.getValue());
                    }
                });
    }

    private static void dependency(Draft draft, JsonNode dependency) {
        String other = dependency.path("depends_on_id").asText();
        String type = dependency.path("type").asText("blocks");
        if (other.isBlank()) {
            draft.remark("a dependency on nothing is left out");
        } else if (BLOCKING.contains(type)) {
            draft.blocker(other, draft.line);
        } else if (type.equals("parent-child") && draft.parent == null) {
            draft.parent = other;
        } else {
            draft.homeless(type, other);
        }
    }

    private static void status(Draft draft, String word, ObjectNode json) {
        String reason = json.path("close_reason").asText();
        switch (word) {
            case "closed" -> {
                draft.status(Status.COMPLETED);
                if (!reason.isBlank()) {
                    draft.json.put("result", reason.strip());
                }
            }
            default -> {
                draft.status(word);
                draft.paragraph("Close reason", reason);
            }
        }
    }
}
