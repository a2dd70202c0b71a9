package dev.bellhop.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.task.Status;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A task of somebody else's while it is being read.
final class Draft {

    private static final int SUBJECT_CHARS_MAX = 200;
    private static final int LABELS_MAX = 50;
    private static final int TYPE_CHARS_MAX = 100;

    /// What it is called within its file.
    final String name;

    final String file;
    final int line;

    /// As a task's file has it, but for what other tasks are named in.
    final ObjectNode json = JsonNodeFactory.instance.objectNode();

    /// What it waits for, each with the line that says so.
    final Map<String, Integer> blockers = new LinkedHashMap<>();

    @Nullable String parent;

    /// The number by which people know it, or 0.
    int number;

    private final Remarks remarks;
    private final StringBuilder description = new StringBuilder();
    private final Set<String> labels = new LinkedHashSet<>();

    Draft(String name, String file, int line, Remarks remarks) {
        this.name = name;
        this.file = file;
        this.line = line;
        this.remarks = remarks;
    }

    void remark(String text) {
        remark(line, text);
    }

    void remark(int at, String text) {
        remarks.add(new Remark(file, at, name + ": " + text));
    }

    /// Takes `text` for its subject. What does not fit on a line of ours begins the description.
    void subject(String text) {
        String subject = text.strip().replaceAll("\\s+", " ");
        if (subject.isEmpty()) {
            remark("it has no title");
            subject = name.length() > SUBJECT_CHARS_MAX ? "untitled" : name;
        }
        if (subject.length() > SUBJECT_CHARS_MAX) {
            remark(
                    "its title has %d characters; it is cut, and whole in the description"
                            .formatted(subject.length()));
            paragraph(subject);
            int cut = SUBJECT_CHARS_MAX - 1;
            subject =
                    subject.substring(
                                    0,
                                    Character.isLowSurrogate(subject.charAt(cut)) ? cut - 1 : cut)
                            + "…";
        }
        json.put("subject", subject);
    }

    /// Adds to its description, below what is there.
    void paragraph(String text) {
        String stripped = text.strip();
        if (!stripped.isEmpty()) {
            description.append(description.isEmpty() ? "" : "\n\n").append(stripped);
        }
    }

    void paragraph(String heading, String text) {
        if (!text.isBlank()) {
            paragraph(heading + ":\n" + text.strip());
        }
    }

    /// Adds to its description, as it is.
    void text(String text) {
        description.append(description.isEmpty() || text.isEmpty() ? "" : "\n\n").append(text);
    }

    /// The text that `json` has under `key`; empty if it has none. What is no text is kept as it
    /// is.
    String text(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (value.isContainerNode()) {
            homeless(key, value);
            return "";
        }
        return value.asText("");
    }

    /// What `json` lists under `key`, texts and numbers alone. What is no list is kept as it is.
    List<String> texts(JsonNode json, String key) {
        JsonNode value = json.path(key);
        if (!value.isArray() || value.valueStream().anyMatch(JsonNode::isContainerNode)) {
            homeless(key, value);
            return List.of();
        }
        return value.valueStream().map(JsonNode::asText).toList();
    }

    /// Keeps, in the description, a field that tasks here do not have.
    void homeless(String key, JsonNode value) {
        boolean saysNothing =
                value.isNull()
                        || value.isMissingNode()
                        || (value.isContainerNode() && value.isEmpty())
                        || (value.isTextual() && value.textValue().isBlank());
        if (!saysNothing) {
            homeless(key, value.isTextual() ? value.textValue() : value.toString());
        }
    }

    void homeless(String key, String value) {
        paragraph(key + ": " + value.strip());
        remark(key + " has no place of its own here; it is in the description");
    }

    void status(Status status) {
        json.put("status", status.word());
    }

    /// Takes a status that nobody here knows for one that starts nothing.
    void unknownStatus(String word) {
        status(Status.BACKLOG);
        remark("status \"%s\" is not known; it is in the backlog".formatted(word));
    }

    /// Takes a word for its status. One that is not quite ours is told.
    void status(String word) {
        Status status = Statuses.known(word);
        switch (status) {
            case null -> unknownStatus(word);
            case BLOCKED_ON_HUMAN -> blocked();
            case IN_PROGRESS -> {
                status(status);
                if (!word.toLowerCase(Locale.ROOT).matches("in.progress")) {
                    remark("status \"%s\" is taken for in_progress".formatted(word));
                }
            }
            default -> status(status);
        }
    }

    /// It is said to be blocked. Where it waits for something that is so by itself, else only a
    /// person can know by what.
    private void blocked() {
        if (!blockers.isEmpty()) {
            status(Status.PENDING);
        } else {
            status(Status.BLOCKED_ON_HUMAN);
            remark("it is blocked and does not say by what; it waits for a person");
        }
    }

    /// What kind of work it is, such as `bug`.
    void type(String word) {
        if (word.strip().length() > TYPE_CHARS_MAX) {
            homeless("type", word);
        } else if (!word.isBlank()) {
            json.put("type", word.strip());
        }
    }

    void priority(int value) {
        if (value != 0) {
            json.put("priority", value);
        }
    }

    /// Takes a word for a priority; none is 0.
    void priority(String word) {
        switch (word.strip().toLowerCase(Locale.ROOT)) {
            case "critical", "urgent" -> json.put("priority", 2);
            case "high" -> json.put("priority", 1);
            case "medium", "normal", "none", "" -> {}
            case "low" -> json.put("priority", -1);
            default -> homeless("priority", word);
        }
    }

    void owner(String name) {
        if (!name.isBlank()) {
            if (name.strip().length() > SUBJECT_CHARS_MAX) {
                homeless("owner", name);
            } else {
                json.put("owner", name.strip());
            }
        }
    }

    void label(String word) {
        String label = word.strip();
        if (label.isEmpty() || labels.contains(label)) {
            return;
        }
        if (label.length() > SUBJECT_CHARS_MAX || labels.size() == LABELS_MAX) {
            homeless("label", label);
        } else {
            labels.add(label);
        }
    }

    void note(@Nullable Instant at, String by, String text) {
        if (!text.isBlank()) {
            json.withArray("notes")
                    .addObject()
                    .put("at", (at == null ? Instant.EPOCH : at).toString())
                    .put("by", by)
                    .put("text", text.strip());
        }
    }

    /// Takes `text` for the time `key`, if it is one: with a zone, or without in UTC.
    void time(String key, String text) {
        Instant time = time(text);
        if (time == null) {
            homeless(key, text);
        } else {
            json.put(key, time.toString());
        }
    }

    static @Nullable Instant time(String text) {
        String iso = text.strip().replace(' ', 'T');
        try {
            if (iso.length() == "2026-01-31".length()) {
                return LocalDate.parse(iso).atStartOfDay(ZoneOffset.UTC).toInstant();
            }
            boolean hasZone = iso.matches(".*(?:[zZ]|[+-][0-9]{2}:?[0-9]{2})");
            return hasZone
                    ? OffsetDateTime.parse(iso).toInstant()
                    : LocalDateTime.parse(iso).toInstant(ZoneOffset.UTC);
        } catch (DateTimeException e) {
            return null;
        }
    }

    void blocker(String other, int at) {
        blockers.putIfAbsent(other, at);
    }

    /// The task as a file of ours has it, with the numbers of the others.
    ObjectNode finished(int id, List<Integer> blockedBy, @Nullable Integer parentId) {
        ObjectNode finished = json.deepCopy();
        finished.put("id", id);
        if (!description.isEmpty()) {
            finished.put("description", description.toString());
        }
        if (!labels.isEmpty()) {
            ArrayNode array = finished.putArray("labels");
            labels.forEach(array::add);
        }
        ArrayNode blockers = finished.putArray("blockedBy");
        blockedBy.forEach(blockers::add);
        if (parentId != null) {
            finished.put("parent", parentId);
        }
        return finished;
    }
}
