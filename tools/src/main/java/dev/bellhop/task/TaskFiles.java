package dev.bellhop.task;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
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
import dev.bellhop.base.CommandLine;
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
                    "type",
                    "role",
                    "verify",
                    "maxAttempts",
                    "onDepFailure",
                    "round",
                    "claim",
                    "question",
                    "answers",
                    "attempts",
                    "evidence",
                    "requestKey",
                    "createdAt",
                    "updatedAt");

    /// Made when a file is read or written. Mostly none has changed since the last start, and it
    /// takes long to load.
    private static final class Json {
        static final ObjectMapper MAPPER =
                JsonMapper.builder(StrictJson.factory(64))
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        // Numbers of others stay as they are, to the last digit.
                        .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                        .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                        .build();
    }

    private static final DefaultPrettyPrinter PRETTY = pretty();

    /// A file with what most of them have.
    private static final String USUAL =
            """
            {"id": 2, "subject": "s", "description": "", "status": "pending", "blockedBy": [1],
            "owner": "", "priority": 1, "createdAt": "2026-01-31T12:00:00Z"}
            """;

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

    /// The bytes of `file`, whose attributes are `attributes`. Never follows a link, and never
    /// opens what is not a regular file: a pipe would keep it for ever.
    static byte[] bytes(Path file, BasicFileAttributes attributes)
            throws IOException, UnreadableException {
        if (!attributes.isRegularFile()) {
            throw new UnreadableException("not a regular file");
        }
        if (attributes.size() > FILE_BYTES_MAX) {
            throw new UnreadableException(
                    "%d bytes; a task has at most %d".formatted(attributes.size(), FILE_BYTES_MAX));
        }
        try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = stream.readNBytes(FILE_BYTES_MAX + 1);
            if (bytes.length > FILE_BYTES_MAX) {
                throw new UnreadableException("more than %d bytes".formatted(FILE_BYTES_MAX));
            }
            return bytes;
        }
    }

    /// Reads `file`, whose attributes are `attributes`.
    static Content read(Path file, BasicFileAttributes attributes)
            throws IOException, UnreadableException {
        return parse(String.valueOf(file.getFileName()), bytes(file, attributes));
    }

    /// What the file `name` says, whose bytes are `bytes`.
    static Content parse(String name, byte[] bytes) throws UnreadableException {
        TaskId id =
                id(name).orElseThrow(() ->
                        new UnreadableException("the name is not task_<number>.json"));
        Content content = parse(text(bytes));
        if (!content.task().id().equals(id)) {
            throw new UnreadableException(
                    "it says it is %s, its name says %s".formatted(content.task().id(), id));
        }
        return content;
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

    /// Reads a task that is none, and with that loads what reading takes.
    static void load() {
        try {
            Content _ = parse(USUAL);
        } catch (UnreadableException e) {
            throw new IllegalStateException(e);
        }
    }

    static Content parse(String text) throws UnreadableException {
        JsonNode root;
        try {
            root = Json.MAPPER.readTree(text);
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
        try (JsonParser parser = Json.MAPPER.getFactory().createParser(text)) {
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
                        new LinkedHashSet<>(texts(json, "labels")),
                        taskId(json.get("parent"), "parent"),
                        instant(json, "notBefore"),
                        emptyToNull(string(json, "result")),
                        notes(json),
                        terms(json),
                        work(json),
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

    private static List<String> texts(ObjectNode json, String key) throws UnreadableException {
        List<String> texts = new ArrayList<>();
        for (JsonNode each : array(json, key)) {
            if (!each.isTextual()) {
                throw new UnreadableException("`%s` is not a list of texts".formatted(key));
            }
            texts.add(each.textValue());
        }
        return texts;
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
        for (ObjectNode note : objects(json, "notes")) {
            notes.add(
                    new Task.Note(
                            time(note, "at"),
                            orEmpty(string(note, "by")),
                            orEmpty(string(note, "text"))));
        }
        return notes;
    }

    private static Terms terms(ObjectNode json) throws UnreadableException {
        String onDeadEnd = string(json, "onDepFailure");
        Terms terms =
                new Terms(
                        emptyToNull(string(json, "type")),
                        emptyToNull(string(json, "role")),
                        command(json),
                        Math.max(0, integer(json, "maxAttempts")),
                        onDeadEnd == null
                                ? Terms.OnDeadEnd.BLOCK
                                : Terms.OnDeadEnd.parse(onDeadEnd));
        // Most tasks ask for nothing, and there may be a hundred thousand in memory.
        return terms.equals(Terms.NONE) ? Terms.NONE : terms;
    }

    private static @Nullable CommandLine command(ObjectNode json) throws UnreadableException {
        JsonNode value = value(json, "verify");
        if (value == null) {
            return null;
        }
        if (value.isTextual() && value.textValue().isBlank()) {
            return null;
        }
        return value.isTextual()
                ? new CommandLine.Shell(value.textValue())
                : new CommandLine.Argv(List.copyOf(texts(json, "verify")));
    }

    private static Work work(ObjectNode json) throws UnreadableException {
        Work work =
                new Work(
                        Math.max(0, integer(json, "round")),
                        claim(json),
                        question(json),
                        answers(json),
                        attempts(json),
                        evidence(json));
        return work.equals(Work.NONE) ? Work.NONE : work;
    }

    private static Work.@Nullable Claim claim(ObjectNode json) throws UnreadableException {
        ObjectNode claim = object(json, "claim");
        return claim == null
                ? null
                : new Work.Claim(
                        orEmpty(string(claim, "consumer")),
                        time(claim, "at"),
                        orEmpty(string(claim, "token")));
    }

    private static Work.@Nullable Question question(ObjectNode json) throws UnreadableException {
        ObjectNode question = object(json, "question");
        return question == null
                ? null
                : new Work.Question(
                        orEmpty(string(question, "text")),
                        texts(question, "options"),
                        orEmpty(string(question, "asker")),
                        time(question, "at"),
                        instant(question, "expiresAt"),
                        string(question, "default"));
    }

    private static List<Work.Answer> answers(ObjectNode json) throws UnreadableException {
        List<Work.Answer> answers = new ArrayList<>();
        for (ObjectNode answer : objects(json, "answers")) {
            answers.add(
                    new Work.Answer(
                            orEmpty(string(answer, "question")),
                            orEmpty(string(answer, "text")),
                            orEmpty(string(answer, "by")),
                            time(answer, "at")));
        }
        return answers;
    }

    private static List<Work.Attempt> attempts(ObjectNode json) throws UnreadableException {
        List<Work.Attempt> attempts = new ArrayList<>();
        for (ObjectNode attempt : objects(json, "attempts")) {
            attempts.add(
                    new Work.Attempt(
                            time(attempt, "at"),
                            orEmpty(string(attempt, "by")),
                            orEmpty(string(attempt, "text"))));
        }
        return attempts;
    }

    private static Work.@Nullable Evidence evidence(ObjectNode json) throws UnreadableException {
        ObjectNode evidence = object(json, "evidence");
        return evidence == null
                ? null
                : new Work.Evidence(
                        orEmpty(string(evidence, "job")),
                        integer(evidence, "exitCode"),
                        time(evidence, "at"),
                        string(evidence, "commit"));
    }

    private static Task.@Nullable RequestKey requestKey(ObjectNode json)
            throws UnreadableException {
        ObjectNode key = object(json, "requestKey");
        return key == null
                ? null
                : new Task.RequestKey(orEmpty(string(key, "key")), orEmpty(string(key, "payload")));
    }

    private static @Nullable ObjectNode object(ObjectNode json, String key)
            throws UnreadableException {
        JsonNode value = value(json, key);
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode object)) {
            throw new UnreadableException("`%s` is not an object".formatted(key));
        }
        return object;
    }

    private static List<ObjectNode> objects(ObjectNode json, String key)
            throws UnreadableException {
        List<ObjectNode> objects = new ArrayList<>();
        for (JsonNode each : array(json, key)) {
            if (!(each instanceof ObjectNode object)) {
                throw new UnreadableException("`%s` is not a list of objects".formatted(key));
            }
            objects.add(object);
        }
        return objects;
    }

    private static Instant time(ObjectNode json, String key) throws UnreadableException {
        Instant time = instant(json, key);
        return time == null ? Instant.EPOCH : time;
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
        return bytes(task, json(task));
    }

    /// As [#bytes(Task)], of a task whose JSON this is.
    static byte[] bytes(Task task, ObjectNode json) {
        byte[] bytes = (print(json, PRETTY) + "\n").getBytes(StandardCharsets.UTF_8);
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
        put(json, task.terms());
        put(json, task.work());
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

    private static void put(ObjectNode json, Terms terms) {
        putText(json, "type", terms.type());
        putText(json, "role", terms.role());
        switch (terms.verify()) {
            case null -> {}
            case CommandLine.Shell(String line) -> json.put("verify", line);
            case CommandLine.Argv(List<String> argv) -> {
                ArrayNode words = json.putArray("verify");
                argv.forEach(words::add);
            }
        }
        if (terms.attemptsMax() != 0) {
            json.put("maxAttempts", terms.attemptsMax());
        }
        if (terms.onDeadEnd() != Terms.OnDeadEnd.BLOCK) {
            json.put("onDepFailure", terms.onDeadEnd().word());
        }
    }

    private static void put(ObjectNode json, Work work) {
        if (work.round() != 0) {
            json.put("round", work.round());
        }
        Work.Claim claim = work.claim();
        if (claim != null) {
            ObjectNode object = json.putObject("claim").put("consumer", claim.consumer());
            putTime(object, "at", claim.at());
            object.put("token", claim.token());
        }
        Work.Question question = work.question();
        if (question != null) {
            ObjectNode object = json.putObject("question").put("text", question.text());
            ArrayNode options = object.putArray("options");
            question.options().forEach(options::add);
            object.put("asker", question.asker());
            putTime(object, "at", question.at());
            putTime(object, "expiresAt", question.expiresAt());
            putText(object, "default", question.fallback());
        }
        if (!work.answers().isEmpty()) {
            ArrayNode answers = json.putArray("answers");
            for (Work.Answer answer : work.answers()) {
                answers.addObject()
                        .put("question", answer.question())
                        .put("text", answer.text())
                        .put("by", answer.by())
                        .put("at", answer.at().toString());
            }
        }
        if (!work.attempts().isEmpty()) {
            ArrayNode attempts = json.putArray("attempts");
            for (Work.Attempt attempt : work.attempts()) {
                attempts.addObject()
                        .put("at", attempt.at().toString())
                        .put("by", attempt.by())
                        .put("text", attempt.text());
            }
        }
        Work.Evidence evidence = work.evidence();
        if (evidence != null) {
            ObjectNode object =
                    json.putObject("evidence")
                            .put("job", evidence.job())
                            .put("exitCode", evidence.exitCode());
            putTime(object, "at", evidence.at());
            putText(object, "commit", evidence.commit());
        }
    }

    /// The keys of `task` for [Terms] and [Work] alone, on one line; null if it has none.
    static @Nullable String course(Task task) {
        if (task.terms().equals(Terms.NONE) && task.work().equals(Work.NONE)) {
            return null;
        }
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        put(json, task.terms());
        put(json, task.work());
        return text(json);
    }

    /// What [#course] printed.
    record Course(Terms terms, Work work) {
        static final Course NONE = new Course(Terms.NONE, Work.NONE);

        static Course parse(@Nullable String text) {
            if (text == null) {
                return NONE;
            }
            try {
                return value(text) instanceof ObjectNode json
                        ? new Course(TaskFiles.terms(json), TaskFiles.work(json))
                        : NONE;
            } catch (UnreadableException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static void putText(ObjectNode json, String key, @Nullable String text) {
        if (text != null) {
            json.put(key, text);
        }
    }

    private static void putTime(ObjectNode json, String key, @Nullable Instant time) {
        if (time != null) {
            json.put(key, time.toString());
        }
    }

    /// What `after` has other than `before`, as one line of JSON: for the journal, and so without
    /// the token of a claim.
    ///
    /// @param before empty if there was nothing
    static String difference(ObjectNode before, ObjectNode after) {
        ObjectNode difference = JsonNodeFactory.instance.objectNode();
        after.properties()
                .forEach(entry -> {
                    boolean isStamp =
                            entry.getKey().equals("updatedAt") || entry.getKey().equals("id");
                    if (!isStamp && !entry.getValue().equals(before.get(entry.getKey()))) {
                        difference.set(entry.getKey(), entry.getValue());
                    }
                });
        // Who reads along is not to complete what another has claimed.
        if (difference.get("claim") instanceof ObjectNode claim) {
            difference.set("claim", claim.deepCopy().put("token", "[masked]"));
        }
        return print(difference, null);
    }

    /// `json` on one line.
    static String text(JsonNode json) {
        return print(json, null);
    }

    /// What [#text] printed.
    static JsonNode value(String text) {
        try {
            return Json.MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String print(JsonNode json, @Nullable DefaultPrettyPrinter printer) {
        StringWriter out = new StringWriter();
        try (JsonGenerator generator = Json.MAPPER.getFactory().createGenerator(out)) {
            if (printer != null) {
                generator.setPrettyPrinter(printer.createInstance());
            }
            Json.MAPPER.writeTree(generator, json);
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
