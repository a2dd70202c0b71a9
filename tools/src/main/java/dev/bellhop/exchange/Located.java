package dev.bellhop.exchange;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DecimalNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import dev.bellhop.task.StrictJson;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.IdentityHashMap;

/// JSON of somebody else's, and on which line each object in it begins.
final class Located {

    private static final int DEPTH_MAX = 64;

    private static final JsonFactory JSON = StrictJson.factory(DEPTH_MAX);

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final TextFile file;
    private final int linesBefore;
    private final IdentityHashMap<JsonNode, Integer> lines = new IdentityHashMap<>();
    private final JsonNode root;

    /// @param text what of the file is JSON
    /// @param linesBefore how many lines of the file stand before it
    /// @throws Problem `INVALID`, naming the line, if it is not one JSON value
    Located(TextFile file, String text, int linesBefore) {
        this.file = file;
        this.linesBefore = linesBefore;
        try (JsonParser parser = JSON.createParser(text)) {
            try {
                if (parser.nextToken() == null) {
                    throw file.refused(linesBefore + 1, "it is empty", "Give a JSON document.");
                }
                root = node(parser);
                if (parser.nextToken() != null) {
                    throw file.refused(
                            line(parser), "there is more after the end", "Give one document.");
                }
            } catch (JsonProcessingException e) {
                throw file.refused(
                        line(parser),
                        e.getOriginalMessage().lines().findFirst().orElse("not JSON"),
                        "Correct it; nothing of the file was taken.");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    JsonNode root() {
        return root;
    }

    /// The line on which `object` begins.
    int line(ObjectNode object) {
        return lines.getOrDefault(object, linesBefore + 1);
    }

    private int line(JsonParser parser) {
        return linesBefore + Math.max(1, parser.currentLocation().getLineNr());
    }

    /// The value at whose first token the parser is. The parser holds how deep it may be.
    private JsonNode node(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                lines.put(object, line(parser));
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    parser.nextToken();
                    object.set(key, node(parser));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    array.add(node(parser));
                }
                yield array;
            }
            case VALUE_STRING -> NODES.textNode(text(parser));
            case VALUE_NUMBER_INT ->
                    switch (parser.getNumberType()) {
                        case INT -> NODES.numberNode(parser.getIntValue());
                        case LONG -> NODES.numberNode(parser.getLongValue());
                        default -> NODES.numberNode(parser.getBigIntegerValue());
                    };
            case VALUE_NUMBER_FLOAT -> DecimalNode.valueOf(parser.getDecimalValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            default -> NODES.nullNode();
        };
    }

    private String text(JsonParser parser) throws IOException {
        String text = parser.getText();
        if (text.indexOf('\0') >= 0) {
            throw file.refused(line(parser), "there is a NUL in a text", "Take it out.");
        }
        return text;
    }
}
