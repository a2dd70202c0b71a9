package dev.bellhop.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.task.Arrival;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was written down is read back as it was, whatever it was: all of it from JSON, and from the
/// others what they can show.
class RoundTripTest {

    private static final List<String> WORDS =
            List.of(
                    "write",
                    "the parser",
                    "(owner: x)",
                    "#5:",
                    "\\",
                    "\\(",
                    "\"",
                    "`",
                    "]",
                    ")",
                    "-->",
                    "(blocked by: #2)",
                    "&",
                    "<b>",
                    "|",
                    "%%",
                    ";",
                    "é",
                    "🛎",
                    "a_b*c",
                    "[x]",
                    "#35;",
                    "end",
                    "\u2028",
                    ":::",
                    "{",
                    "--",
                    "labels: a, b)",
                    "\\\\");

    private static final List<String> LINES =
            List.of(
                    "plain",
                    "- [ ] not a task",
                    "  - [x] nor this",
                    "\\- [ ] nor that",
                    "",
                    "> quoted",
                    "> Result: none",
                    "\\> Result: x",
                    "```",
                    "    code",
                    "1. [ ] one",
                    "# heading",
                    "<!-- bellhop: x -->",
                    "* [?] and",
                    "\\\\\\+ [!] more",
                    "é 🛎");

    private static final Set<String> OF_MARKDOWN =
            Set.of(
                    "id",
                    "subject",
                    "description",
                    "status",
                    "blockedBy",
                    "owner",
                    "priority",
                    "labels",
                    "parent",
                    "result");
    private static final Set<String> OF_MERMAID =
            Set.of("id", "subject", "status", "blockedBy", "parent");

    @TempDir Path folder = Path.of("/");

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void ofJsonEverythingComesBack(long seed) {
        List<Task> tasks = graph(new Random(seed), true);

        Incoming incoming = new Holder(folder).read("all.json", Form.JSON.print(tasks, "app-1"));

        assertSame(tasks, incoming.tasks().stream().map(Arrival::task).toList());
        assertEquals(List.of(), incoming.remarks());
        assertEquals(
                tasks.stream().map(task -> "bellhop:app-1" + task.id()).toList(),
                incoming.tasks().stream().map(Arrival::source).toList());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void ofAChecklistComesBackWhatItShows(long seed) {
        List<Task> tasks = graph(new Random(seed), false);

        Incoming incoming = new Holder(folder).read("all.md", Form.MARKDOWN.print(tasks, "app-1"));

        assertEquals(List.of(), incoming.remarks());
        assertSame(only(OF_MARKDOWN, tasks), only(OF_MARKDOWN, sorted(incoming)));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
    void ofAFlowchartComesBackWhatItShows(long seed) {
        List<Task> tasks = graph(new Random(seed), false);

        Incoming incoming = new Holder(folder).read("all.mmd", Form.MERMAID.print(tasks, "app-1"));

        assertEquals(List.of(), incoming.remarks());
        assertSame(only(OF_MERMAID, tasks), only(OF_MERMAID, sorted(incoming)));
    }

    /// One by one, so that a failure shows the one that differs.
    private static void assertSame(List<?> expected, List<?> actual) {
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(expected.get(i), actual.get(i));
        }
    }

    private static List<Task> sorted(Incoming incoming) {
        return incoming.tasks().stream()
                .map(Arrival::task)
                .sorted((a, b) -> a.id().compareTo(b.id()))
                .toList();
    }

    private static List<ObjectNode> only(Set<String> keys, List<Task> tasks) {
        return tasks.stream()
                .map(task -> {
                    ObjectNode json = task.json();
                    json.retain(keys);
                    if (task.status() == Status.FAILED) {
                        // It always has one.
                        json.remove("result");
                    }
                    return json;
                })
                .toList();
    }

    /// @param isWhole whether with everything, else with what people can write in a list
    private static List<Task> graph(Random random, boolean isWhole) {
        List<Task> tasks = new ArrayList<>();
        int id = 0;
        int count = 1 + random.nextInt(30);
        for (int i = 0; i < count; i++) {
            id += 1 + random.nextInt(3);
            ObjectNode json = JsonNodeFactory.instance.objectNode();
            json.put("id", id);
            json.put("subject", words(random, 1 + random.nextInt(6)));
            json.put("status", any(random, Status.words()));
            ArrayNode blockedBy = json.putArray("blockedBy");
            for (Task task : tasks) {
                if (random.nextInt(5) == 0) {
                    blockedBy.add(task.id().number());
                }
            }
            if (!tasks.isEmpty() && random.nextInt(3) > 0) {
                json.put("parent", any(random, tasks).id().number());
            }
            String text = text(random);
            json.put("description", isWhole ? text : text.strip().replaceAll("^ +", ""));
            if (random.nextInt(3) == 0) {
                json.put("owner", words(random, 2));
            }
            if (random.nextInt(3) == 0) {
                json.put("priority", random.nextInt(20) - 10);
            }
            ArrayNode labels = json.putArray("labels");
            for (int n = random.nextInt(4); n > 0; n--) {
                labels.add(words(random, 2));
            }
            if (json.path("status").asText().equals("failed") || random.nextInt(4) == 0) {
                json.put("result", ("done. " + text(random)).strip());
            }
            if (isWhole) {
                json.put("createdAt", "2026-01-31T12:00:00Z");
                json.putArray("notes")
                        .addObject()
                        .put("at", "2026-01-31T12:00:00Z")
                        .put("by", "x 1.0")
                        .put("text", words(random, 3));
                json.put("custom", new BigDecimal("1.50"));
                json.putObject("other").put("deep", words(random, 2));
            }
            tasks.add(new Arrival("test", Arrival.read(json)).task());
        }
        return tasks;
    }

    private static <T> T any(Random random, List<T> list) {
        return list.get(random.nextInt(list.size()));
    }

    private static String words(Random random, int count) {
        List<String> words = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            words.add(any(random, WORDS));
        }
        // What is blank alone is nothing in a list.
        return ("w " + String.join(random.nextBoolean() ? " " : "", words)).strip();
    }

    private static String text(Random random) {
        List<String> lines = new ArrayList<>();
        for (int n = random.nextInt(6); n > 0; n--) {
            lines.add(any(random, LINES));
        }
        return String.join("\n", lines);
    }
}
