package dev.bellhop.sink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One thing that happened, as sinks are told it.
///
/// @param seq its place in the project's journal: later events have higher ones
/// @param project the project's directory
/// @param subject a job id, or a task such as `#12`
/// @param author who did it
/// @param before what of the subject was different before, as JSON, or null
/// @param after what of the subject was different afterwards, as JSON, or null
/// @param text what agents are told of it, or null
public record Event(
        EventKind kind,
        long seq,
        Instant at,
        Path project,
        String subject,
        Journal.Author author,
        @Nullable String before,
        @Nullable String after,
        @Nullable String text) {

    /// Of the shape of the JSON. A reader refuses one that is higher than it knows.
    public static final int SCHEMA_VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper();

    /// One object on one line, without its end.
    public String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("schema_version", SCHEMA_VERSION);
        json.put("event", kind.word());
        json.put("seq", seq);
        json.put("at", at.toString());
        json.put("project", project.toString());
        json.put("subject", subject);
        json.put("consumer", author.consumer());
        json.put("client", author.client());
        json.set("before", tree(before));
        json.set("after", tree(after));
        json.put("text", text);
        return json.toString();
    }

    private static JsonNode tree(@Nullable String json) {
        if (json == null) {
            return JsonNodeFactory.instance.nullNode();
        }
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return new TextNode(json);
        }
    }
}
