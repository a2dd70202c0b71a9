package dev.bellhop.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.core.util.Separators;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What a task's file looks like: its name, and the JSON in it.
///
/// `id, subject, description, status, blockedBy, owner` are always there, as s07 writes them; the
/// rest only where it says something. `blocks` is read and never written. Keys of others stay.
final class TaskFiles {

    private static final Pattern NAME = Pattern.compile("task_([1-9][0-9]{0,8})\\.json");
    private static final int FILE_BYTES_MAX = 1 << 20;
    private static final Set<String> KEYS =
            Set.of(
                    "id",
                    "subject",
                    "description",
                    "status",
                    "blockedBy",
                    "blocks",
                    "owner",
                    "priority",
                    "labels",
                    "parent",
                    "notBefore",
                    "result",
                    "notes",
                    "requestKey",
                    "createdAt",
                    "updatedAt");

    private static final ObjectMapper JSON =
            JsonMapper.builder(
                            JsonFactory.builder()
                                    .streamReadConstraints(
                                            StreamReadConstraints.builder()
                                                    .maxNestingDepth(64)
                                                    .maxNumberLength(64)
                                                    .build())
                                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                                    .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                                    .build())
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    // Numbers of others stay as they are, to the last digit.
                    .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                    .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                    .build();

    private static final DefaultPrettyPrinter PRETTY = pretty();

    private TaskFiles() {}

    /// What a file says.
    ///
    /// @param blocks the tasks that it names as waiting for it
    record Content(Task task, List<TaskId> blocks) {}

    /// Why a file cannot be read as a task; the message is for people.
    static final class UnreadableException extends Exception {
        private static final long serialVersionUID = 1;

        UnreadableException(String reason) {
            super(reason);
        }

        String reason() {
            return String.valueOf(getMessage());
        }
    }

    static String name(TaskId id) {
        return "task_" + id.number() + ".json";
    }

    /// The task whose file has this name; empty if it is no task's.
    static Optional<TaskId> id(String name) {
        Matcher matcher = NAME.matcher(name);
        return matcher.matches()
                ? Optional.of(new TaskId(Integer.parseInt(matcher.group(1))))
                : Optional.empty();
    }

    /// Whether a file of this name is meant to be a task, even if it cannot be one.
    static boolean isMeant(String name) {
        return name.startsWith("task_") && name.endsWith(".json");
    }

    /// Reads `file`, whose attributes are `attributes`. Never follows a link, and never opens what
    /// is not a regular file: a pipe would keep it for ever.
    static Content read(Path file, BasicFileAttributes attributes)
            throws IOException, UnreadableException {
        TaskId id =
                id(String.valueOf(file.getFileName()))
                        .orElseThrow(() ->
                                new UnreadableException("the name is not task_<number>.json"));
        if (!attributes.isRegularFile()) {
            throw new UnreadableException("not a regular file");
        }
        if (attributes.size() > FILE_BYTES_MAX) {
            throw new UnreadableException(
                    "%d bytes; a task has at most %d".formatted(attributes.size(), FILE_BYTES_MAX));
        }
        byte[] bytes = bytes(file);
        Content content = parse(text(bytes));
        if (!content.task().id().equals(id)) {
            throw new UnreadableException(
                    "it says it is %s, its name says %s".formatted(content.task().id(), id));
        }
        return content;
    }

    private static byte[] bytes(Path file) throws IOException, UnreadableException {
        try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = stream.readNBytes(FILE_BYTES_MAX + 1);
            if (bytes.length > FILE_BYTES_MAX) {
                throw new UnreadableException("more than %d bytes".formatted(FILE_BYTES_MAX));
            }
            return bytes;
        }
    }

    private static String text(byte[] bytes) throws UnreadableException {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult end = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (end.isError()) {
            long line = 1;
            for (int i = 0; i < in.position(); i++) {
                line += bytes[i] == '\n' ? 1 : 0;
            }
            throw new UnreadableException("line %d: not UTF-8".formatted(line));
        }
        String text = out.flip().toString();
        return text.startsWith("\uFEFF") ? text.substring(1) : text;
    }

    static Content parse(String text) throws UnreadableException {
        JsonNode root;
        try {
            root = JSON.readTree(text);
        } catch (JsonProcessingException e) {
            JsonLocation at = e.getLocation() == null ? whereItStops(text) : e.getLocation();
            String message = e.getOriginalMessage().lines().findFirst().orElse("not JSON");
            throw new UnreadableException(
                    "line %d column %d: %s".formatted(at.getLineNr(), at.getColumnNr(), message));
        }
        if (!(root instanceof ObjectNode json)) {
            throw new UnreadableException(root.isMissingNode() ? "empty" : "not a JSON object");
        }
        try {
            return content(json);
        } catch (Problem problem) {
            throw new UnreadableException(String.valueOf(problem.getMessage()));
        }
    }

    /// How far `text` can be read. A document that is too deep is refused without saying where.
    private static JsonLocation whereItStops(String text) {
        try (JsonParser parser = JSON.getFactory().createParser(text)) {
            try {
                while (parser.nextToken() != null) {}
            } catch (JsonProcessingException e) {
                // Here.
            }
            return parser.currentLocation();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What `json` says, in the form of a task's file.
    static Content content(ObjectNode json) throws UnreadableException {
        TaskId id = taskId(json.get("id"), "id");
        if (id == null) {
            throw new UnreadableException("`id` is missing");
        }
        String status = string(json, "status");
        SequencedSet<TaskId> blockedBy = new LinkedHashSet<>(taskIds(json, "blockedBy"));
        blockedBy.remove(id); // s07 takes a task that blocks itself.
        SequencedMap<String, JsonNode> other = new LinkedHashMap<>();
        json.properties()
                .forEach(entry -> {
                    if (!KEYS.contains(entry.getKey())) {
                        other.put(entry.getKey(), entry.getValue());
                    }
                });
        Task task =
                new Task(
                        id,
                        orEmpty(string(json, "subject")),
                        orEmpty(string(json, "description")),
                        status == null ? Status.PENDING : Status.parse(status),
                        blockedBy,
                        emptyToNull(string(json, "owner")),
                        integer(json, "priority"),
                        strings(json, "labels"),
                        taskId(json.get("parent"), "parent"),
                        instant(json, "notBefore"),
                        emptyToNull(string(json, "result")),
                        notes(json),
                        requestKey(json),
                        instant(json, "createdAt"),
                        instant(json, "updatedAt"),
                        other);
        return new Content(task, taskIds(json, "blocks"));
    }

    // ---- what a key holds

    private static @Nullable JsonNode value(ObjectNode json, String key) {
        JsonNode value = json.get(key);
        return value == null || value.isNull() ? null : value;
    }

    private static @Nullable String string(ObjectNode json, String key) throws UnreadableException {
        JsonNode value = value(json, key);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw new UnreadableException("`%s` is not a text".formatted(key));
        }
        return value.textValue();
    }

    private static int integer(ObjectNode json, String key) throws UnreadableException {
        JsonNode value = value(json, key);
        if (value == null) {
            return 0;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new UnreadableException("`%s` is not a whole number".formatted(key));
        }
        return value.intValue();
    }

    private static @Nullable Instant instant(ObjectNode json, String key)
            throws UnreadableException {
        String text = string(json, key);
        try {
            return text == null || text.isEmpty() ? null : Instant.parse(text);
        } catch (DateTimeException e) {
            throw new UnreadableException(
                    "`%s` is not a time such as 2026-01-31T12:00:00Z".formatted(key));
        }
    }

    private static @Nullable TaskId taskId(@Nullable JsonNode value, String key)
            throws UnreadableException {
        if (value == null || value.isNull()) {
            return null;
        }
        if (value.isInt() || value.isTextual()) {
            return TaskId.parse(value.asText());
        }
        throw new UnreadableException("`%s` is not a task id".formatted(key));
    }

    private static List<TaskId> taskIds(ObjectNode json, String key) throws UnreadableException {
        List<TaskId> ids = new ArrayList<>();
        for (JsonNode each : array(json, key)) {
            TaskId id = taskId(each, key);
            if (id == null) {
                throw new UnreadableException("`%s` has a null in it".formatted(key));
            }
            ids.add(id);
        }
        return ids;
    }

    private static SequencedSet<String> strings(ObjectNode json, String key)
            throws UnreadableException {
        SequencedSet<String> strings = new LinkedHashSet<>();
        for (JsonNode each : array(json, key)) {
            if (!each.isTextual()) {
                throw new UnreadableException("`%s` is not a list of texts".formatted(key));
            }
            strings.add(each.textValue());
        }
        return strings;
    }

    private static ArrayNode array(ObjectNode json, String key) throws UnreadableException {
        JsonNode value = value(json, key);
        if (value == null) {
            return JsonNodeFactory.instance.arrayNode();
        }
        if (!(value instanceof ArrayNode array)) {
            throw new UnreadableException("`%s` is not a list".formatted(key));
        }
        return array;
    }

    private static List<Task.Note> notes(ObjectNode json) throws UnreadableException {
        List<Task.Note> notes = new ArrayList<>();
        for (JsonNode each : array(json, "notes")) {
            if (!(each instanceof ObjectNode note)) {
                throw new UnreadableException("`notes` is not a list of objects");
            }
            Instant at = instant(note, "at");
            notes.add(
                    new Task.Note(
                            at == null ? Instant.EPOCH : at,
                            orEmpty(string(note, "by")),
                            orEmpty(string(note, "text"))));
        }
        return notes;
    }

    private static Task.@Nullable RequestKey requestKey(ObjectNode json)
            throws UnreadableException {
        JsonNode value = value(json, "requestKey");
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode key)) {
            throw new UnreadableException("`requestKey` is not an object");
        }
        return new Task.RequestKey(orEmpty(string(key, "key")), orEmpty(string(key, "payload")));
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static @Nullable String emptyToNull(@Nullable String text) {
        return text == null || text.isEmpty() ? null : text;
    }

    // ---- writing

    /// The file of `task`.
    ///
    /// @throws Problem `INVALID` if it would be longer than what is read
    static byte[] bytes(Task task) {
        byte[] bytes = (print(json(task), PRETTY) + "\n").getBytes(StandardCharsets.UTF_8);
        if (bytes.length > FILE_BYTES_MAX) {
            throw Problem.invalid(
                    "%s would have %d bytes, and a task has at most %d"
                            .formatted(task.id(), bytes.length, FILE_BYTES_MAX),
                    "Put long texts into a file and name it.");
        }
        return bytes;
    }

    /// `task` as its file has it.
    static ObjectNode json(Task task) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", task.id().number());
        json.put("subject", task.subject());
        json.put("description", task.description());
        json.put("status", task.status().word());
        ArrayNode blockedBy = json.putArray("blockedBy");
        task.blockedBy().forEach(id -> blockedBy.add(id.number()));
        json.put("owner", orEmpty(task.owner()));
        if (task.priority() != 0) {
            json.put("priority", task.priority());
        }
        if (!task.labels().isEmpty()) {
            ArrayNode labels = json.putArray("labels");
            task.labels().forEach(labels::add);
        }
        if (task.parent() != null) {
            json.put("parent", task.parent().number());
        }
        putTime(json, "notBefore", task.notBefore());
        if (task.result() != null) {
            json.put("result", task.result());
        }
        if (!task.notes().isEmpty()) {
            ArrayNode notes = json.putArray("notes");
            for (Task.Note note : task.notes()) {
                notes.addObject()
                        .put("at", note.at().toString())
                        .put("by", note.by())
                        .put("text", note.text());
            }
        }
        if (task.requestKey() != null) {
            json.putObject("requestKey")
                    .put("key", task.requestKey().key())
                    .put("payload", task.requestKey().payload());
        }
        putTime(json, "createdAt", task.createdAt());
        putTime(json, "updatedAt", task.updatedAt());
        task.other().forEach(json::set);
        return json;
    }

    private static void putTime(ObjectNode json, String key, @Nullable Instant time) {
        if (time != null) {
            json.put(key, time.toString());
        }
    }

    /// What `after` has other than `before`, as one line of JSON: for the journal.
    static String difference(@Nullable Task before, Task after) {
        ObjectNode old = before == null ? JsonNodeFactory.instance.objectNode() : json(before);
        ObjectNode difference = JsonNodeFactory.instance.objectNode();
        json(after)
                .properties()
                .forEach(entry -> {
                    boolean isStamp =
                            entry.getKey().equals("updatedAt") || entry.getKey().equals("id");
                    if (!isStamp && !entry.getValue().equals(old.get(entry.getKey()))) {
                        difference.set(entry.getKey(), entry.getValue());
                    }
                });
        return print(difference, null);
    }

    /// `json` on one line.
    static String text(JsonNode json) {
        return print(json, null);
    }

    /// What [#text] printed.
    static JsonNode value(String text) {
        try {
            return JSON.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String print(JsonNode json, @Nullable DefaultPrettyPrinter printer) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = JSON.getFactory().createGenerator(out)) {
            if (printer != null) {
                generator.setPrettyPrinter(printer.createInstance());
            }
            JSON.writeTree(generator, json);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return out.toString();
    }

    private static DefaultPrettyPrinter pretty() {
        DefaultIndenter indent = new DefaultIndenter("  ", "\n");
        DefaultPrettyPrinter printer =
                new DefaultPrettyPrinter(
                        Separators.createDefaultInstance()
                                .withObjectFieldValueSpacing(Separators.Spacing.AFTER)
                                .withArrayEmptySeparator("")
                                .withObjectEmptySeparator(""));
        printer.indentObjectsWith(indent);
        printer.indentArraysWith(indent);
        return printer;
    }
}
