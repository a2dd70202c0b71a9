package dev.bellhop.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/// What the JSON of a sink looks like.
final class SinkShape {

    private static final String COMMAND = "command";
    private static final String FILE = "file";
    private static final String WEBHOOK = "webhook";
    private static final String SECRET = "secretEnv";
    private static final String EVENTS = "events";
    private static final List<String> PLACES = List.of(COMMAND, FILE, WEBHOOK);
    private static final String HINT =
            "Write an object with \"command\", \"file\" or \"webhook\", such as {\"command\":"
                    + " \"notify-send done\"}.";

    private SinkShape() {}

    static Sink read(JsonNode json) {
        if (!json.isObject()) {
            throw Problem.invalid("a sink is " + json, HINT);
        }
        List<String> keys = new ArrayList<>();
        json.fieldNames().forEachRemaining(keys::add);
        List<String> places = keys.stream().filter(PLACES::contains).toList();
        if (places.size() != 1) {
            throw Problem.invalid(
                    places.isEmpty()
                            ? "a sink has no place"
                            : "a sink has several places: " + String.join(", ", places),
                    HINT);
        }
        String place = places.getFirst();
        Set<String> allowed =
                place.equals(WEBHOOK) ? Set.of(place, EVENTS, SECRET) : Set.of(place, EVENTS);
        for (String key : keys) {
            if (!allowed.contains(key)) {
                throw Problem.invalid(
                        "a %s sink has no \"%s\"".formatted(place, key),
                        "Leave it out, or write one of "
                                + allowed.stream().sorted().collect(Collectors.joining(", "))
                                + ".");
            }
        }
        Set<EventKind> events = events(json.path(EVENTS));
        JsonNode value = json.path(place);
        return switch (place) {
            case COMMAND ->
                    value.isArray()
                            ? new Sink.Command(texts(value, place), false, events)
                            : new Sink.Command(List.of(text(value, place)), true, events);
            case FILE -> new Sink.NdjsonFile(path(text(value, place)), events);
            default ->
                    new Sink.Webhook(
                            url(text(value, place)),
                            json.has(SECRET) ? text(json.path(SECRET), SECRET) : null,
                            events);
        };
    }

    static ObjectNode write(Sink sink) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        switch (sink) {
            case Sink.Command(List<String> words, boolean isLine, _) -> {
                if (isLine) {
                    json.put(COMMAND, words.getFirst());
                } else {
                    ArrayNode array = json.putArray(COMMAND);
                    words.forEach(array::add);
                }
            }
            case Sink.NdjsonFile(Path file, _) -> json.put(FILE, file.toString());
            case Sink.Webhook(URI url, String secretEnv, _) -> {
                json.put(WEBHOOK, url.toString());
                if (secretEnv != null) {
                    json.put(SECRET, secretEnv);
                }
            }
        }
        if (sink.events().size() < EventKind.values().length) {
            ArrayNode array = json.putArray(EVENTS);
            sink.events().forEach(kind -> array.add(kind.word()));
        }
        return json;
    }

    private static String text(JsonNode value, String key) {
        if (!value.isTextual() || value.textValue().isBlank()) {
            throw Problem.invalid("\"%s\" of a sink is %s".formatted(key, value), "Write a text.");
        }
        return value.textValue();
    }

    private static List<String> texts(JsonNode array, String key) {
        List<String> texts = new ArrayList<>();
        for (JsonNode value : array) {
            if (!value.isTextual()) {
                throw Problem.invalid(
                        "\"%s\" of a sink has %s in it".formatted(key, value),
                        "Write a list of texts.");
            }
            texts.add(value.textValue());
        }
        return texts;
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw Problem.invalid(
                    "the file of a sink is no path: " + e.getReason(),
                    "Give an absolute path, such as /home/me/events.ndjson.");
        }
    }

    private static URI url(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            throw Problem.invalid(
                    "the webhook of a sink is no URL: " + e.getReason(),
                    "Give an http or https URL, such as https://example.org/hook.");
        }
    }

    private static Set<EventKind> events(JsonNode value) {
        if (value.isMissingNode()) {
            return EnumSet.allOf(EventKind.class);
        }
        if (!value.isArray()) {
            throw Problem.invalid(
                    "\"events\" of a sink is " + value,
                    "Write a list, such as [\"job.finished\"].");
        }
        Set<EventKind> events = EnumSet.noneOf(EventKind.class);
        for (String word : texts(value, EVENTS)) {
            events.add(
                    EventKind.named(word)
                            .orElseThrow(() ->
                                    Problem.invalid(
                                            "there is no event " + word,
                                            "The events are "
                                                    + Arrays.stream(EventKind.values())
                                                            .map(EventKind::word)
                                                            .collect(Collectors.joining(", "))
                                                    + ".")));
        }
        return events;
    }
}
