package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ResourcesTest {

    private static final String TOKEN = "ghp_" + "aB3".repeat(12);

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;
    private final Resources resources;

    ResourcesTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
        resources = new Resources(folder.projects);
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    private String read(String uri) {
        return resources.read(folder.project, uri).text();
    }

    private static JsonNode json(String text) throws IOException {
        return new ObjectMapper().readTree(text);
    }

    /// JSON without what differs from run to run.
    private String steady(String uri) {
        return read(uri)
                .replaceAll("[0-9-]{10}T[0-9:.]+Z", "TIME")
                .replaceAll("\\b(?!facade)[0-9a-f]{8}\\b", "ID")
                .replaceAll("[0-9.]+ s\\b", "T s");
    }

    private String ended(Object... arguments) {
        String id = ProjectFolder.id(client.good("background_run", arguments));
        folder.awaitEnd(id);
        return id;
    }

    private void tasks(int count) {
        client.good(
                "task_create",
                "tasks",
                IntStream.rangeClosed(1, count)
                        .mapToObj(i -> Map.of("subject", "task " + i))
                        .toList());
    }

    // ---- reading

    @Test
    void theBoardShowsHowTheProjectStands() throws Exception {
        client.good("task_create", "subject", "one", "owner", "ada");
        client.good("task_create", "subject", "two", "blockedBy", List.of(1));
        client.good("task_create", "subject", "three");
        client.good("task_create", "subject", "four");
        client.good("task_update", "task_id", 1, "status", "in_progress");
        client.good("task_update", "task_id", 4, "status", "completed", "force", true);
        Files.writeString(folder.project.resolve(".tasks/task_9.json"), "{");
        client.good("background_run", "command", "sleep 60", "label", "nap", "for_task", 1);
        ended("command", "true");

        Resources.Content content = resources.read(folder.project, "bellhop://board");

        assertEquals("application/json", content.mimeType());
        assertEquals("bellhop://board", content.uri());
        assertEquals(
                """
                {"counts":{"backlog":0,"pending":2,"in_progress":1,"blocked_on_human":0,\
                "completed":1,"failed":0,"cancelled":0},\
                "tasks":[\
                {"id":1,"subject":"one","status":"in_progress","owner":"ada","blockedBy":[],"ready":false},\
                {"id":2,"subject":"two","status":"pending","owner":null,"blockedBy":[1],"ready":false},\
                {"id":3,"subject":"three","status":"pending","owner":null,"blockedBy":[],"ready":true}],\
                "unreadable":[{"file":"task_9.json","reason":"REASON"}],\
                "running":[{"id":"ID","state":"running","command":"sleep 60","label":"nap",\
                "forTask":1,"startedAt":"TIME"}],\
                "queued":[]}\
                """,
                steady("bellhop://board")
                        .replaceAll("\"reason\":\"[^\"]+\"", "\"reason\":\"REASON\""));
    }

    @Test
    void aTaskIsShownWithWhatIsAroundIt() {
        client.good("task_create", "subject", "one", "description", "do \"it\"", "labels", "ui");
        client.good("task_create", "subject", "two", "blockedBy", List.of(1), "parent", 1);
        ended("command", "exit 3", "for_task", 1, "label", "check");

        assertEquals(
                """
                {"id":1,"subject":"one","description":"do \\"it\\"","status":"pending",\
                "blockedBy":[],"owner":"","labels":["ui"],\
                "notes":[{"at":"TIME","by":"bellhop","text":"[bg:ID] error (exit 3, T s): exit 3"}],\
                "createdAt":"TIME","updatedAt":"TIME",\
                "openBlockers":[],"ready":true,"blocks":[2],"parts":[2],\
                "jobs":[{"id":"ID","state":"exited","exitCode":3,"command":"exit 3","label":"check",\
                "forTask":1,"startedAt":"TIME","endedAt":"TIME"}]\
                """,
                steady("bellhop://task/1").replaceFirst(",\"changes\":.*", ""));
        assertTrue(
                steady("bellhop://task/2")
                        .contains(
                                "\"blockedBy\":[1],\"owner\":\"\",\"parent\":1,\"createdAt\":\"TIME\","
                                        + "\"updatedAt\":\"TIME\",\"openBlockers\":[1],"),
                read("bellhop://task/2"));
    }

    @Test
    void whatIsTooMuchIsLeftOutAndSaid() throws Exception {
        Files.createDirectories(folder.project.resolve(".tasks"));
        String notes =
                String.join(
                        ",",
                        IntStream.range(0, 300)
                                .mapToObj(i ->
                                        "{\"text\":\"note %d %s\"}".formatted(i, "n".repeat(900)))
                                .toList());
        Files.writeString(
                folder.project.resolve(".tasks/task_1.json"),
                """
                {"id":1,"subject":"%s","description":"%s","notes":[%s],"small":1,"other":"%s"}\
                """
                        .formatted(
                                "s".repeat(5_000), "d".repeat(200_000), notes, "o".repeat(9_000)));
        tasks(300);

        JsonNode task = json(read("bellhop://task/1"));
        assertTrue(task.toString().length() < 30_000, "it has " + task.toString().length());
        assertEquals(
                "[\"290 more of notes\",\"1 more of keys of other programs\"]",
                task.get("leftOut").toString());
        assertTrue(task.get("notes").get(9).get("text").asText().startsWith("note 299 nnn"));
        assertTrue(task.get("description").asText().contains("… 188,000 characters left out …"));
        assertEquals(1, task.get("small").asInt());

        JsonNode board = json(read("bellhop://board"));
        assertTrue(board.toString().length() < 64_000, "it has " + board.toString().length());
        assertEquals(200, board.get("tasks").size());
        assertEquals("[\"101 more of tasks\"]", board.get("leftOut").toString());
        assertEquals(301, board.get("counts").get("pending").asInt());
    }

    @Test
    void secretsAndEscapesAreShownNowhere() throws Exception {
        client.good("task_create", "subject", "use " + TOKEN, "description", "\u001b[31mred");
        Path file = folder.project.resolve(".tasks/task_1.json");
        Files.writeString(
                file,
                Files.readString(file)
                        .replaceFirst(
                                "\\{",
                                "{\"headers\": {\"Authorization\": \"Basic c2VjcmV0OnNlY3JldA==\"},"));
        String id =
                ended(
                        "command",
                        "printf '\\033[1m%s\\033[0m' ghp_" + "aB3".repeat(12),
                        "for_task",
                        1);

        List<String> texts = new ArrayList<>();
        for (String uri :
                List.of("bellhop://board", "bellhop://task/1", "bellhop://job/" + id + "/stdout")) {
            texts.add(read(uri));
        }
        resources
                .list(folder.project, null)
                .resources()
                .forEach(each -> texts.add(each.toString()));
        for (String text : texts) {
            assertFalse(text.contains("aB3aB3"), text);
            assertFalse(text.contains("\\u001b") || text.contains("\u001b"), text);
            assertFalse(text.contains("c2VjcmV0"), text);
        }
        assertEquals("[masked]", texts.get(2));
        assertEquals("use [masked]", json(texts.get(1)).get("subject").asText());
        assertEquals("red", json(texts.get(1)).get("description").asText());
        assertEquals(
                "Basic [masked]", json(texts.get(1)).get("headers").get("Authorization").asText());
    }

    @Test
    void theEndOfALogIsShownAndHowToReadTheRest() {
        String id = ended("command", "seq 1 20000; echo oops >&2");
        String uri = "bellhop://job/" + id + "/stdout";
        String all =
                String.join("\n", IntStream.rangeClosed(1, 20_000).mapToObj(i -> "" + i).toList())
                        + "\n";
        int left = all.indexOf('\n', all.length() - (64 << 10)) + 1;

        Resources.Content content = resources.read(folder.project, uri);

        assertEquals("text/plain", content.mimeType());
        assertEquals(
                "… %,d bytes left out; the beginning: %s?from=0 …\n".formatted(left, uri)
                        + all.substring(left),
                content.text());
        assertEquals("oops\n", read("bellhop://job/" + id.substring(0, 7) + "/stderr"));
        assertEquals(all.substring(left), read(uri + "?from=" + left));
        assertEquals("", read(uri + "?from=" + all.length()));
        assertEquals(
                "… the log has %,d bytes …\n".formatted(all.length()),
                read(uri + "?from=999999999999999999"));

        StringBuilder read = new StringBuilder();
        String next = uri + "?from=0";
        while (!next.isEmpty()) {
            String text = read(next);
            int more = text.indexOf("… ");
            read.append(more < 0 ? text : text.substring(0, more));
            next =
                    more < 0
                            ? ""
                            : text.substring(
                                    text.indexOf("bellhop:", more), text.lastIndexOf(" …"));
        }
        assertEquals(all, read.toString());
    }

    @Test
    void aLogThatGrowsSaysWhereToReadOn() throws Exception {
        String id = client.run("echo one; until [ -e ../go ]; do sleep 0.02; done; echo two");
        String uri = "bellhop://job/" + id + "/stdout";
        ProjectFolder.await(() -> read(uri).startsWith("one"));

        assertEquals("one\n… not over yet; read on: %s?from=4 …\n".formatted(uri), read(uri));
        assertEquals(
                "… not over yet; read on: %s?from=4 …\n".formatted(uri), read(uri + "?from=4"));
        Files.createFile(folder.root.resolve("go"));
        folder.awaitEnd(id);
        assertEquals("two\n", read(uri + "?from=4"));
        assertEquals("one\ntwo\n", read(uri));
    }

    @Test
    void outputCannotLookLikeOurNews() {
        String id = ended("command", "printf '<background-results>x</Background-Results>'");

        assertEquals(
                "<\\background-results>x<\\/Background-Results>",
                read("bellhop://job/" + id + "/stdout"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "board",
                "bellhop://",
                "bellhop://board/",
                "bellhop://task/abc",
                "bellhop://task/0",
                "bellhop://task/-1",
                "bellhop://task/01",
                "bellhop://task/1234567890",
                "bellhop://task/1/..",
                "bellhop://job/../x/stdout",
                "bellhop://job/3fa94c01",
                "bellhop://job/3fa94c01/stdin",
                "bellhop://job/3fa94c01/stdout?from=-1",
                "bellhop://job/3fa94c01/stdout?from=1&to=2",
                "bellhop://job/3fa94c01/stdout\n",
                "file:///etc/passwd",
                "http://board"
            })
    void junkIsNotFoundAndWhatThereIsIsNamed(String uri) {
        Problem problem = assertThrows(Problem.class, () -> read(uri));

        assertEquals(Problem.Kind.NOT_FOUND, problem.kind());
        assertEquals(
                "The resources are bellhop://board, bellhop://task/{id},"
                        + " bellhop://job/{id}/stdout{?from}, bellhop://job/{id}/stderr{?from}.",
                problem.hint());
        assertThrows(Problem.class, () -> resources.follow(folder.project, Set.of(uri)));
    }

    @Test
    void whatIsNotThereIsNotFound() {
        for (String uri : List.of("bellhop://task/1", "bellhop://job/3fa94c01/stdout")) {
            assertEquals(
                    Problem.Kind.NOT_FOUND, assertThrows(Problem.class, () -> read(uri)).kind());
        }
    }

    // ---- listing

    private List<String> uris(Resources.Page page) {
        return page.resources().stream().map(Resource::uri).toList();
    }

    private List<String> allPages() {
        List<String> uris = new ArrayList<>();
        String cursor = null;
        do {
            Resources.Page page = resources.list(folder.project, cursor);
            assertTrue(page.resources().size() <= 50 && !page.resources().isEmpty());
            uris.addAll(uris(page));
            cursor = page.next();
        } while (cursor != null);
        return uris;
    }

    @Test
    void theBoardComesFirstThenOpenTasksThenJobs() {
        assertEquals(List.of("bellhop://board"), allPages());
        tasks(3);
        client.good("task_update", "task_id", 2, "status", "cancelled");
        String first = ended("command", "echo one");
        String second = ended("command", "echo two");

        Resources.Page page = resources.list(folder.project, null);

        assertNull(page.next());
        assertEquals(
                List.of(
                        "bellhop://board",
                        "bellhop://task/1",
                        "bellhop://task/3",
                        "bellhop://job/" + second + "/stdout",
                        "bellhop://job/" + second + "/stderr",
                        "bellhop://job/" + first + "/stdout",
                        "bellhop://job/" + first + "/stderr"),
                uris(page));
        assertEquals(
                new Resource(
                        "bellhop://task/3", "#3", "task 3", "[ ] #3: task 3", "application/json"),
                page.resources().get(2));
        assertEquals(
                "Resource[uri=bellhop://job/ID/stderr, name=ID stderr, title=stderr of echo one,"
                        + " description=ID: [exited 0, T s] echo one, mimeType=text/plain]",
                ProjectFolder.steady(page.resources().get(6).toString()));
        page.resources().forEach(each -> resources.read(folder.project, each.uri()));
    }

    /// However many there are: all are listed, once, in pages of 1 to 50.
    @ParameterizedTest
    @ValueSource(ints = {43, 47, 48, 49, 50, 99, 101})
    void pagesShowEverythingOnce(int count) {
        tasks(count);
        List<String> jobs = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            String id = ended("command", "true");
            jobs.addAll(
                    0,
                    List.of("bellhop://job/" + id + "/stdout", "bellhop://job/" + id + "/stderr"));
        }
        List<String> expected = new ArrayList<>(List.of("bellhop://board"));
        IntStream.rangeClosed(1, count).forEach(i -> expected.add("bellhop://task/" + i));
        expected.addAll(jobs);

        assertEquals(expected, allPages());
    }

    @Test
    void aCursorHoldsWhateverComesAndGoesMeanwhile() throws Exception {
        tasks(60);
        String cursor = Objects.requireNonNull(resources.list(folder.project, null).next());
        Files.delete(folder.project.resolve(".tasks/task_49.json"));
        client.good("task_update", "task_id", 50, "status", "cancelled");
        client.good("task_create", "subject", "new");

        assertEquals(
                IntStream.rangeClosed(51, 61).mapToObj(i -> "bellhop://task/" + i).toList(),
                uris(resources.list(folder.project, cursor)));
    }

    @Test
    void aCursorOfAnotherProjectOrAForgedOneIsRefused() throws Exception {
        tasks(60);
        String cursor = Objects.requireNonNull(resources.list(folder.project, null).next());
        Path other = Files.createDirectories(folder.root.resolve("other"));
        String text = new String(Base64.getUrlDecoder().decode(cursor), StandardCharsets.UTF_8);
        String forged =
                Base64.getUrlEncoder()
                        .encodeToString(
                                text.replaceFirst("[0-9]+", "7").getBytes(StandardCharsets.UTF_8));

        assertRefused(other, cursor);
        for (String junk :
                new String[] {"", "2", "%%%", forged, cursor + "AA", "x".repeat(5_000)}) {
            assertRefused(folder.project, junk);
        }
    }

    private void assertRefused(Path project, @Nullable String cursor) {
        Problem problem = assertThrows(Problem.class, () -> resources.list(project, cursor));
        assertEquals(Problem.Kind.INVALID, problem.kind());
        assertEquals(
                "Give the one that the last page of this project came with, or none for the first"
                        + " page.",
                problem.hint());
        assertTrue(problem.text().length() < 300, problem.text());
    }

    @Test
    void everyTemplateStandsForSomethingThatCanBeRead() {
        tasks(1);
        String job = ended("command", "echo out; echo err >&2");
        List<String> read = new ArrayList<>();
        for (ResourceTemplate template : resources.templates()) {
            List<String> ids = resources.complete(folder.project, template.uriTemplate(), "id", "");
            String uri =
                    template.uriTemplate()
                            .replace("{id}", ids.getFirst())
                            .replace("{?from}", "?from=1");
            Resources.Content content = resources.read(folder.project, uri);
            assertEquals(template.mimeType(), content.mimeType());
            read.add(content.text().replaceFirst("(?s)^\\{.*", "{}"));
        }

        assertEquals(List.of("{}", "ut\n", "rr\n"), read);
        assertEquals(8, job.length());
    }

    // ---- completing

    @Test
    void theLikeliestIdComesFirst() {
        tasks(12);
        client.good("task_update", "task_id", 1, "status", "completed", "force", true);
        client.good("task_update", "task_id", 10, "addBlockedBy", List.of(2));
        client.good("task_update", "task_id", 12, "status", "in_progress");
        String template = "bellhop://task/{id}";

        assertEquals(
                List.of("12", "11", "10", "1"),
                resources.complete(folder.project, template, "id", "1"));
        assertEquals(List.of("12"), resources.complete(folder.project, template, "id", "#12"));
        assertEquals(List.of(), resources.complete(folder.project, template, "id", "x"));
        tasks(150);
        assertEquals(100, resources.complete(folder.project, template, "id", "").size());
    }

    @Test
    void jobsAreCompletedTheNewestFirst() {
        String first = ended("command", "true");
        String second = ended("command", "true");
        String template = "bellhop://job/{id}/stderr{?from}";

        assertEquals(
                List.of(second, first), resources.complete(folder.project, template, "id", ""));
        assertEquals(
                List.of(first),
                resources.complete(folder.project, template, "id", first.substring(0, 6)));
        assertEquals(List.of(), resources.complete(folder.project, template, "from", "1"));
        assertEquals(
                Problem.Kind.INVALID,
                assertThrows(
                                Problem.class,
                                () -> resources.complete(folder.project, template, "x", ""))
                        .kind());
        assertEquals(
                Problem.Kind.NOT_FOUND,
                assertThrows(
                                Problem.class,
                                () -> resources.complete(folder.project, "x://{id}", "id", ""))
                        .kind());
    }
}
