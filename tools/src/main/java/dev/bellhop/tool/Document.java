package dev.bellhop.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.bellhop.base.Excerpt;
import dev.bellhop.display.Harmless;
import dev.bellhop.display.Secrets;
import java.util.ArrayList;
import java.util.List;

/// JSON that is about to be shown. What others wrote in it is harmless and masked, value by value;
/// then what is too long is cut, and `leftOut` says what is missing.
final class Document {

    private final ObjectNode json;
    private final ArrayNode leftOut = JsonNodeFactory.instance.arrayNode();
    private final Secrets secrets;

    Document(ObjectNode raw, Secrets secrets) {
        this.secrets = secrets;
        this.json = shown(raw);
    }

    private ObjectNode shown(ObjectNode raw) {
        ObjectNode shown = JsonNodeFactory.instance.objectNode();
        raw.properties()
                .forEach(entry ->
                        shown.set(
                                secrets.shown(entry.getKey()),
                                shown(entry.getKey(), entry.getValue())));
        return shown;
    }

    private JsonNode shown(String key, JsonNode raw) {
        return switch (raw) {
            case ObjectNode object -> shown(object);
            case ArrayNode array -> {
                ArrayNode shown = JsonNodeFactory.instance.arrayNode();
                array.forEach(each -> shown.add(shown(key, each)));
                yield shown;
            }
            default -> {
                String text = raw.asText();
                String shown = shown(key, text);
                yield shown.equals(text) ? raw : new TextNode(shown);
            }
        };
    }

    /// Some secrets are known by what stands before them, as in `Authorization: Basic …`.
    private String shown(String key, String text) {
        String lead = Harmless.text(key) + ": ";
        String all = lead + Harmless.text(text);
        return secrets.mask(all, lead.length(), all.length(), false, false);
    }

    /// Cuts the text under `key`, if there is one.
    void cut(String key, int charsMax) {
        cut(json, key, charsMax);
    }

    private static void cut(ObjectNode object, String key, int charsMax) {
        if (object.get(key) instanceof TextNode text) {
            object.put(key, Excerpt.of(text.textValue(), charsMax));
        }
    }

    /// Keeps the first of what is listed under `key`, and of each text in it so many characters.
    void keepFirst(String key, int max, int charsMax) {
        List<JsonNode> all = list(key);
        keep(key, all.subList(0, Math.min(max, all.size())), charsMax);
    }

    /// Keeps the last of what is listed under `key`, and of each text in it so many characters.
    void keepLast(String key, int max, int charsMax) {
        List<JsonNode> all = list(key);
        keep(key, all.subList(Math.max(0, all.size() - max), all.size()), charsMax);
    }

    private List<JsonNode> list(String key) {
        List<JsonNode> all = new ArrayList<>();
        json.path(key).forEach(all::add);
        return all;
    }

    private void keep(String key, List<JsonNode> kept, int charsMax) {
        if (!json.has(key)) {
            return;
        }
        leaveOut(json.path(key).size() - kept.size(), key);
        ArrayNode list = json.putArray(key);
        for (JsonNode each : kept) {
            switch (each) {
                case TextNode text -> list.add(Excerpt.of(text.textValue(), charsMax));
                case ObjectNode object -> {
                    List.copyOf(object.properties())
                            .forEach(entry -> cut(object, entry.getKey(), charsMax));
                    list.add(object);
                }
                default -> list.add(each);
            }
        }
    }

    /// Says that so many of `what` are not there.
    void leaveOut(int count, String what) {
        if (count > 0) {
            leftOut.add("%,d more of %s".formatted(count, what));
        }
    }

    /// The JSON as it may be shown.
    ObjectNode json() {
        return json;
    }

    String text() {
        if (!leftOut.isEmpty()) {
            json.set("leftOut", leftOut);
        }
        return json.toString();
    }
}
