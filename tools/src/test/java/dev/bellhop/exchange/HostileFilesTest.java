package dev.bellhop.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A file that means no good is refused, naming the file and the line, and keeps nobody waiting.
class HostileFilesTest {

    private static final String MARKS = "[]{}()\"'\\:-#>&*!|\n \t1a,";
    private static final String KEYS = "---\nid: task-1\ntitle: One\n";

    @TempDir Path folder = Path.of("/");

    private Holder holder = new Holder(folder);

    @BeforeEach
    void theFolder() {
        holder = new Holder(folder);
    }

    private void refused(String message, @Nullable Form form, String name, String text) {
        String said = holder.refused(form, name, text);
        assertTrue(said.startsWith("Error: " + message), said);
    }

    private String backlog(String keys) {
        holder.file("backlog/tasks/task-1 - One.md", KEYS + keys + "---\n");
        return assertThrows(Problem.class, () -> Incoming.read(folder, Form.BACKLOG)).text();
    }

    @Test
    void jsonThatIsBrokenDeepOrSaysAKeyTwice() {
        refused("a.json line 2: Unexpected", Form.JSON, "a.json", "{\n\"tasks\": }");
        refused(
                "a.json line 3: Duplicate field 'id'",
                Form.TASK_MASTER,
                "a.json",
                "{\"tasks\": [\n{\"id\": 1,\n\"id\": 2}]}");
        refused(
                "a.json line 2: Document nesting depth (65)",
                Form.TASK_MASTER,
                "a.json",
                "{\"tasks\":\n" + "[".repeat(100_000));
        refused("a.jsonl line 2: Unrecognized token", null, "a.jsonl", "{\"id\":\"a\"}\nrubbish\n");
        refused("a.jsonl line 2: it is no object", null, "a.jsonl", "{\"id\":\"a\"}\n[]\n");
        refused(
                "a.json line 1: there is a NUL in a text",
                Form.TASK_MASTER,
                "a.json",
                "{\"tasks\": [{\"id\": 1, \"title\": \"a\\u0000b\"}]}");
        refused("a.json line 1: it is empty", Form.JSON, "a.json", "  ");
        refused("a.json line 1: there is more", Form.JSON, "a.json", "{} {}");
    }

    @Test
    void oursWithTypesThatCannotBe() {
        String first = "{\"schema_version\": 1, \"tasks\": [\n";
        refused("a.json line 1: `schema_version` is not 1", Form.JSON, "a.json", "{}");
        refused("a.json line 2: `id` is not", Form.JSON, "a.json", first + "{\"id\": \"x\"}]}");
        refused(
                "a.json line 2: `blockedBy` is not a task id",
                Form.JSON,
                "a.json",
                first + "{\"id\": 1, \"blockedBy\": [[]]}]}");
        refused(
                "a.json line 2: #1: `status` cannot be odd",
                Form.JSON,
                "a.json",
                first + "{\"id\": 1, \"subject\": \"x\", \"status\": \"odd\"}]}");
        refused(
                "a.json line 2: #1: the description has 100001 characters",
                Form.JSON,
                "a.json",
                first
                        + "{\"id\": 1, \"subject\": \"x\", \"description\": \"%s\"}]}"
                                .formatted("x".repeat(100_001)));
    }

    @Test
    void bytesThatAreNoText() throws IOException {
        Path file = folder.resolve("a.md");
        Files.write(file, "- [ ] one\n- [ ] \0two\n".getBytes(StandardCharsets.UTF_8));
        assertEquals(
                "a.md line 2: there is a NUL in it",
                assertThrows(Problem.class, () -> Incoming.read(file, null)).getMessage());

        Files.write(file, new byte[] {'a', '\n', '\n', (byte) 0xff});
        assertEquals(
                "a.md line 3: it is not UTF-8",
                assertThrows(Problem.class, () -> Incoming.read(file, null)).getMessage());
    }

    @Test
    void linksPipesAndFoldersAreNotOpened() throws Exception {
        Path secret = holder.file("secret", "- [ ] one\n");
        Path link = Files.createSymbolicLink(folder.resolve("link.md"), secret);
        Path pipe = folder.resolve("pipe.md");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());
        Files.createDirectories(folder.resolve("p/.beads"));
        Files.createSymbolicLink(folder.resolve("p/.beads/issues.jsonl"), secret);
        Files.createDirectories(folder.resolve("q/backlog/tasks"));
        Files.createSymbolicLink(folder.resolve("q/backlog/tasks/task-1 - x.md"), secret);

        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    for (Path path :
                            new Path[] {link, pipe, folder.resolve("p"), folder.resolve("q")}) {
                        String said =
                                assertThrows(Problem.class, () -> Incoming.read(path, null)).text();
                        assertTrue(
                                said.contains(" is a link") || said.contains("not a regular file"),
                                said);
                    }
                });
        assertEquals(
                Problem.Kind.NOT_FOUND,
                assertThrows(Problem.class, () -> Incoming.read(folder.resolve("nothing"), null))
                        .kind());
    }

    @Test
    void whatIsTooMuchIsRefused() throws IOException {
        refused(
                "a.md line 10001: there are more than 10,000 tasks",
                null,
                "a.md",
                "- [ ] one more\n".repeat(10_001));
        Path large = folder.resolve("b.json");
        Files.write(large, new byte[(32 << 20) + 1]);
        assertTrue(
                assertThrows(Problem.class, () -> Incoming.read(large, null))
                        .text()
                        .contains("b.json has more than 32 MiB"));
    }

    @Test
    void yamlsTricksAreNotRead() {
        String place = "Error: tasks/task-1 - One.md line ";
        assertTrue(backlog("a: &x [y]\n").startsWith(place + "4: a value that begins with &"));
        assertTrue(backlog("labels: *x\n").startsWith(place + "4: a value that begins with *"));
        assertTrue(backlog("labels: [*x]\n").startsWith(place + "4: a value that begins with *"));
        assertTrue(backlog("labels:\n  - !!x y\n").startsWith(place + "5: a value that begins"));
        assertTrue(backlog("<<: *x\n").startsWith(place + "4: this is no `key: value`"));
        assertTrue(backlog("a: {b: c}\n").startsWith(place + "4: a value that begins with {"));
        assertTrue(backlog("a:\n  b: *c\n").startsWith(place + "5: a value that begins with *"));
        assertTrue(backlog("title: Two\n").startsWith(place + "4: `title` is there twice"));
        assertTrue(backlog("labels: [[a]]\n").startsWith(place + "4: a list in a list"));
        assertTrue(backlog("labels: [a\n").startsWith(place + "4: the list does not end"));
        assertTrue(backlog("labels: \"a\n").startsWith(place + "4: a quote does not end"));
        assertTrue(backlog("labels: \"\\0\"\n").startsWith(place + "4: \\0 is not read"));
    }

    @Test
    void keysThatDoNotEnd() {
        holder.file("backlog/tasks/task-1 - One.md", KEYS);
        assertEquals(
                "tasks/task-1 - One.md line 3: there is no second ---",
                assertThrows(Problem.class, () -> Incoming.read(folder, null)).getMessage());
    }

    @Test
    void aPictureOfSomethingElseIsNoFlowchart() {
        refused(
                "a.mmd line 2: this is no flowchart",
                null,
                "a.mmd",
                "%% hello\nsequenceDiagram\n A->>B: hi\n");
    }

    /// Whatever stands on the lines, they are read in a time that grows with their number.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\\",
                "(",
                ")",
                "(owner: ",
                "[",
                "A",
                "A-",
                "-- x ",
                "\"",
                "&",
                "a & ",
                "A-->",
                "{{",
                " ",
                "\t",
                "> ",
                ":::",
                "#",
                "`",
                "- [ ] ",
                "|",
                "%%",
                "A-.-"
            })
    void longLinesTakeNoLongTime(String piece) {
        String line = piece.repeat(400_000 / piece.length());
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    read("a.md", "- [ ] x\n  " + line + "\n- [ ] y" + line + ")\n");
                    read("a.mmd", "graph TD\n" + line + "\nA[" + line + "\nA --" + line + "\n");
                });
    }

    /// Whatever is done to a file, it is read or refused, and nothing else happens.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void damagedFilesAreReadOrRefused(long seed) {
        Random random = new Random(seed);
        String markdown = "- [ ] #1: One (owner: a)\n  Text\n  > Result: x\n  - [x] #2: Two\n";
        String mermaid = "graph TD\nA[\"One\"]:::done --> B & C -- x --> D;E-.->|y|F\n";
        String json =
                "{\"schema_version\":1,\"tasks\":[{\"id\":1,\"subject\":\"x\",\"labels\":[]}]}";
        String tasks = "{\"m\":{\"tasks\":[{\"id\":1,\"title\":\"x\",\"subtasks\":[{\"id\":1}]}]}}";
        String beads = "{\"id\":\"a\",\"title\":\"b\",\"dependencies\":[{\"type\":\"blocks\"}]}\n";
        String keys = "---\nid: a\ntitle: 'x'\nlabels: [a, \"b\"]\nb:\n  - c\nd: >-\n  e\n---\nf\n";
        for (int i = 0; i < 60; i++) {
            read("a.md", damaged(markdown, random));
            read("a.mmd", damaged(mermaid, random));
            read("a.json", damaged(json, random));
            read("b.json", damaged(tasks, random));
            read("a.jsonl", damaged(beads, random));
            holder.file("backlog/tasks/a - b.md", damaged(keys, random));
            readable(folder.resolve("backlog"));
        }
    }

    private void read(String name, String text) {
        readable(holder.file(name, text));
    }

    private static void readable(Path path) {
        try {
            Incoming.read(path, null);
        } catch (Problem problem) {
            assertTrue(!problem.hint().isBlank());
        }
    }

    private static String damaged(String text, Random random) {
        StringBuilder damaged = new StringBuilder(text);
        for (int n = 1 + random.nextInt(4); n > 0; n--) {
            int at = random.nextInt(damaged.length());
            switch (random.nextInt(3)) {
                case 0 -> damaged.deleteCharAt(at);
                case 1 -> damaged.insert(at, MARKS.charAt(random.nextInt(MARKS.length())));
                default -> damaged.insert(at, damaged.charAt(random.nextInt(damaged.length())));
            }
        }
        return damaged.toString();
    }
}
