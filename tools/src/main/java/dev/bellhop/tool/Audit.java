package dev.bellhop.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.display.Secrets;
import dev.bellhop.store.Journal;
import dev.bellhop.task.TaskId;
import java.io.UncheckedIOException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Who did what, when, with which program and in which conversation, how it was before and after,
/// and why: as the journal has it, oldest first.
public final class Audit {

    public static final int LIMIT = 50;
    public static final int LIMIT_MAX = 10_000;

    private static final int SCHEMA_VERSION = 1;
    private static final int VALUE_CHARS_MAX = 120;
    private static final int WHY_CHARS_MAX = 300;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern AGO = Pattern.compile("([0-9]{1,6})\\s*([smhdw])");

    /// What is said as the reason, and not once more as a change.
    private static final Set<String> REASONS = Set.of("result", "notes");

    private final Journal.Found found;
    private final Secrets secrets;

    private Audit(Journal.Found found, Secrets secrets) {
        this.found = found;
        this.secrets = secrets;
    }

    /// Looks it up.
    ///
    /// @param task the number of a task, or null for everything
    /// @param since a date or a time, or how long ago, such as `2h` or `7d`; or null
    /// @param client what the program's name begins with, or null
    /// @param limit how many lines, the newest; at most 10,000
    /// @throws Problem `INVALID` if one of them cannot be
    public static Audit of(
            @Nullable String task,
            @Nullable String since,
            @Nullable String client,
            int limit,
            Project project) {
        if (limit < 1 || limit > LIMIT_MAX) {
            throw Problem.invalid(
                    "the limit cannot be " + limit,
                    "Give a number from 1 to %d.".formatted(LIMIT_MAX));
        }
        return new Audit(
                project.journal()
                        .find(
                                new Journal.Wanted(
                                        task == null ? null : TaskId.parse(task).toString(),
                                        since == null
                                                ? null
                                                : time(since.strip(), project.clock().instant()),
                                        client,
                                        limit)),
                project.secrets());
    }

    private static Instant time(String text, Instant now) {
        try {
            Matcher ago = AGO.matcher(text);
            if (ago.matches()) {
                long count = Long.parseLong(ago.group(1));
                return now.minus(
                        switch (ago.group(2)) {
                            case "s" -> Duration.ofSeconds(count);
                            case "m" -> Duration.ofMinutes(count);
                            case "h" -> Duration.ofHours(count);
                            case "d" -> Duration.ofDays(count);
                            default -> Duration.ofDays(7 * count);
                        });
            }
            if (text.startsWith("P")) {
                return now.minus(Duration.parse(text));
            }
            return text.contains("T")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
        } catch (DateTimeException | ArithmeticException e) {
            throw Problem.invalid(
                    "\"%s\" is not a time".formatted(text),
                    "Give a date (2026-01-31, in UTC), a time (2026-01-31T12:00:00Z), or how long"
                            + " ago (30m, 2h, 7d).");
        }
    }

    /// A line for each, with what changed and why.
    public String text() {
        if (found.lines().isEmpty()) {
            return "Nothing happened.";
        }
        List<String> lines = new ArrayList<>();
        if (found.hasMore()) {
            lines.add("… earlier ones are left out; see --limit and --since");
        }
        found.lines().forEach(line -> lines.add(line(line.entry())));
        return String.join("\n", lines);
    }

    private String line(Journal.Entry entry) {
        JsonNode before = values(entry.before());
        JsonNode after = values(entry.after());
        StringBuilder line = new StringBuilder();
        line.append(
                "%s %s %s by %s (%s)"
                        .formatted(
                                entry.at(),
                                entry.subject(),
                                entry.event(),
                                shown(entry.author().client(), VALUE_CHARS_MAX),
                                shown(entry.author().consumer(), VALUE_CHARS_MAX)));
        Set<String> keys = new LinkedHashSet<>();
        before.fieldNames().forEachRemaining(keys::add);
        after.fieldNames().forEachRemaining(keys::add);
        keys.removeAll(REASONS);
        String changes =
                keys.stream()
                        .map(key -> change(key, before.get(key), after.get(key)))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(", "));
        line.append(changes.isEmpty() ? "" : ": " + changes);
        String why = why(before, after);
        return why.isEmpty() ? line.toString() : line + "; why: " + shown(why, WHY_CHARS_MAX);
    }

    private String change(String key, @Nullable JsonNode before, @Nullable JsonNode after) {
        String old = before == null ? "" : word(before);
        String now = after == null ? "" : word(after);
        if (old.isEmpty() && now.isEmpty()) {
            return "";
        }
        // What stands before a value may tell that it is a secret.
        return secrets.shown(
                Excerpt.line(key, VALUE_CHARS_MAX)
                        + ": "
                        + (old.isEmpty() ? "" : old + " -> ")
                        + (now.isEmpty() ? "none" : now));
    }

    private String word(JsonNode value) {
        if (value.isNull() || (value.isContainerNode() && value.isEmpty())) {
            return "";
        }
        return shown(value.isTextual() ? value.textValue() : value.toString(), VALUE_CHARS_MAX);
    }

    private String shown(String text, int charsMax) {
        return Excerpt.line(secrets.shown(text), charsMax);
    }

    /// What was said with a change: its result and the notes that came with it, forcing included.
    private static String why(JsonNode before, JsonNode after) {
        List<String> reasons = new ArrayList<>();
        String result = after.path("result").asText();
        if (!result.isBlank()) {
            reasons.add(result);
        }
        JsonNode earlier = before.path("notes");
        for (int i = earlier.size(); i < after.path("notes").size(); i++) {
            String note = after.path("notes").path(i).path("text").asText();
            if (!note.isBlank() && !note.equals(result)) {
                reasons.add(note);
            }
        }
        return String.join("; ", reasons);
    }

    /// As one JSON object: `{"schema_version": 1, "entries": [{"seq", "at", "subject", "event",
    /// "client", "conversation", "before", "after", "why"}], "more": false}`.
    public String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("schema_version", SCHEMA_VERSION);
        ArrayNode entries = json.putArray("entries");
        for (Journal.Line line : found.lines()) {
            Journal.Entry entry = line.entry();
            JsonNode before = values(entry.before());
            JsonNode after = values(entry.after());
            ObjectNode each = entries.addObject();
            each.put("seq", line.seq());
            each.put("at", entry.at().toString());
            each.put("subject", entry.subject());
            each.put("event", entry.event());
            each.put("client", entry.author().client());
            each.put("conversation", entry.author().consumer());
            each.set("before", before);
            each.set("after", after);
            each.put("why", why(before, after));
        }
        json.put("more", found.hasMore());
        return new Document(json, secrets).text();
    }

    private static JsonNode values(@Nullable String json) {
        if (json == null) {
            return JsonNodeFactory.instance.objectNode();
        }
        try {
            JsonNode values = JSON.readTree(json);
            return values.isObject() ? values : JsonNodeFactory.instance.objectNode();
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }
}
