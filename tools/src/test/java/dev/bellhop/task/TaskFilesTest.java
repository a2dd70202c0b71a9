package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.note;
import static dev.bellhop.task.ProjectDirectory.subject;
import static dev.bellhop.task.ProjectDirectory.unreadable;
import static dev.bellhop.task.ProjectDirectory.update;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What files of tasks look like, and what becomes of those that are none.
final class TaskFilesTest {

    private final ProjectDirectory project;
    private final TaskStore store;

    TaskFilesTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
        store = project.open();
    }

    @Test
    void aFileHasItsKeysInOneOrderAndOthersAfterThem() {
        project.write(
                7,
                """
                {"x-tool": {"z": [1, 2.50, 1e400], "a": null}, "owner": "me", "id": 7,
                 "status": "in_progress", "labels": ["a", "b"], "priority": 5, "y": 12345678901234567890,
                 "subject": "old", "blockedBy": [9, 3], "description": "line 1\\nline 2",
                 "notes": [{"at": "2026-01-01T00:00:00Z", "by": "me", "text": "hm"}],
                 "parent": 3, "notBefore": "2026-01-02T00:00:00Z", "result": "none",
                 "requestKey": {"key": "k", "payload": "p"}, "createdAt": "2026-01-01T00:00:00Z"}
                """);

        update(store, 7, subject("new \"line\" / \\ \t end"));

        assertEquals(
                """
                {
                  "id": 7,
                  "subject": "new \\"line\\" / \\\\ end",
                  "description": "line 1\\nline 2",
                  "status": "in_progress",
                  "blockedBy": [
                    9,
                    3
                  ],
                  "owner": "me",
                  "priority": 5,
                  "labels": [
                    "a",
                    "b"
                  ],
                  "parent": 3,
                  "notBefore": "2026-01-02T00:00:00Z",
                  "result": "none",
                  "notes": [
                    {
                      "at": "2026-01-01T00:00:00Z",
                      "by": "me",
                      "text": "hm"
                    }
                  ],
                  "requestKey": {
                    "key": "k",
                    "payload": "p"
                  },
                  "createdAt": "2026-01-01T00:00:00Z",
                  "updatedAt": "2026-01-31T12:00:00Z",
                  "x-tool": {
                    "z": [
                      1,
                      2.50,
                      1E+400
                    ],
                    "a": null
                  },
                  "y": 12345678901234567890
                }
                """,
                project.text(7));
        assertEquals(get(store, 7), get(project.open(), 7));
    }

    @Test
    void aByteOrderMarkAndForeignLineEndsAreNoFault() {
        project.write(1, "\uFEFF{\r\n  \"id\": 1,\r\n  \"subject\": \"from Windows\"\r\n}\r\n");

        assertEquals("from Windows", get(store, 1).subject());
        assertEquals(Map.of(), unreadable(store));
    }

    private static final String GOOD =
            "{\"id\": 5, \"subject\": \"five\", \"status\": \"pending\"}";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "`` | empty",
                "[] | not a JSON object",
                "null | not a JSON object",
                "{\"id\": 6} | it says it is #6, its name says #5",
                "{\"subject\": \"x\"} | \\`id\\` is missing",
                "{\"id\": 5, \"id\": 5} | line 1 column 15: Duplicate field 'id'",
                "{\"id\": 5} {} | line 1 column 11: Trailing token",
                "{\"id\": 5, \"status\": \"odd\"} | \\`status\\` cannot be odd",
                "{\"id\": 5, \"blockedBy\": 3} | \\`blockedBy\\` is not a list",
                "{\"id\": 5, \"blockedBy\": [1.0]} | \\`blockedBy\\` is not a task id",
                "{\"id\": 5, \"blockedBy\": [-1]} | \"-1\" is not a task id",
                "{\"id\": 5.0} | \\`id\\` is not a task id",
                "{\"id\": 5, \"subject\": 7} | \\`subject\\` is not a text",
            })
    void aFileThatIsNoTaskIsNamedAndLeftAlone(String content, String start) {
        bad(content.getBytes(StandardCharsets.UTF_8));

        String reason = String.valueOf(unreadable(store).get("task_5.json"));
        String expected = start.replace("\\`", "`");
        assertEquals(expected, reason.substring(0, Math.min(reason.length(), expected.length())));
    }

    private void bad(byte[] content) {
        project.write("task_5.json", content);
        isolated();
    }

    /// Whatever lies at `task_5.json`: the others are served, it is not touched, nothing hangs.
    private void isolated() {
        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> {
                    Map<String, String> before = project.bytes();
                    assertEquals(List.of("task_5.json"), List.copyOf(unreadable(store).keySet()));
                    Task other = ProjectDirectory.newTask(store, "goes on");
                    assertEquals(new TaskId(6), other.id());
                    Problem problem =
                            assertThrows(Problem.class, () -> update(store, 5, note("mine")));
                    assertEquals(Problem.Kind.CONFLICT, problem.kind());
                    assertThrows(Problem.class, () -> ProjectDirectory.newTask(store, "x", 5));
                    assertEquals(
                            ids(6),
                            ProjectDirectory.all(project.open()).stream().map(Task::id).toList());
                    Map<String, String> after = project.bytes();
                    after.remove("task_6.json");
                    assertEquals(before, after);
                });
    }

    @Test
    void mergeMarkersAreNamedWithTheirLine() {
        bad(
                """
                {
                  "id": 5,
                <<<<<<< HEAD
                  "subject": "ours",
                =======
                  "subject": "theirs",
                >>>>>>> theirs
                  "status": "pending"
                }
                """
                        .getBytes(StandardCharsets.UTF_8));

        String reason = String.valueOf(unreadable(store).get("task_5.json"));
        assertEquals("line 3 column", reason.substring(0, 13));
    }

    @Test
    void nulBytesAndTextThatIsNotUtf8AreNamed() {
        bad(new byte[] {'{', '"', (byte) 0xC3, 0x28, '"', '}'});
        assertEquals(Map.of("task_5.json", "line 1: not UTF-8"), unreadable(store));
        project.write("task_5.json", new byte[100]);
        assertEquals(
                "line 1 column 2: Illegal character ((CTRL-CHAR, code 0))",
                String.valueOf(unreadable(store).get("task_5.json")).substring(0, 56));
    }

    @Test
    void aFileThatIsTooLongIsNamed() {
        bad((GOOD + " ".repeat(2 << 20)).getBytes(StandardCharsets.UTF_8));

        assertEquals(
                Map.of("task_5.json", "2097201 bytes; a task has at most 1048576"),
                unreadable(store));
    }

    @Test
    void nestingWithoutEndIsNamed() {
        bad(("{\"id\": 5, \"x\": " + "[".repeat(100_000)).getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aLinkIsNotFollowed(@TempDir Path elsewhere) throws IOException {
        Path target = Files.writeString(elsewhere.resolve("secret"), GOOD);
        Files.createDirectories(project.tasks());
        Files.createSymbolicLink(project.file(5), target);
        isolated();

        assertEquals(Map.of("task_5.json", "not a regular file"), unreadable(store));
        assertEquals(GOOD, Files.readString(target));
    }

    @Test
    void aDirectoryAndAPipeAreNamedAndNothingHangs() throws IOException {
        Files.createDirectories(project.file(5));
        isolated();
        Files.delete(project.file(5));
        pipe(project.file(5));

        assertTimeoutPreemptively(
                Duration.ofSeconds(20),
                () -> assertEquals(Map.of("task_5.json", "not a regular file"), unreadable(store)));
    }

    static void pipe(Path file) throws IOException {
        assumeTrue(
                new ProcessBuilder("mkfifo", file.toString()).start().onExit().join().exitValue()
                        == 0,
                "no mkfifo");
    }

    @Test
    void withTheCLocaleAFileOfAnyNameStopsNothing() {
        ProjectDirectory.newTask(store, "one");
        project.write("task_ü日.json", GOOD.getBytes(StandardCharsets.UTF_8));
        try (OtherProcess other =
                OtherProcess.startWith(Map.of("LC_ALL", "C", "LANG", "C"), project, "list")) {
            assertEquals(
                    List.of("[#1] [the name is not task_<number>.json]"),
                    other.awaitReady().go().rest());
        }
    }

    @Test
    void aTaskThatWouldBeTooLongToReadIsNotWritten() {
        ProjectDirectory.newTask(store, "one");
        String text = "x".repeat(100_000);
        for (int i = 0; i < 10; i++) {
            update(store, 1, note(i + text.substring(1)));
        }
        Task before = get(store, 1);

        Problem problem = assertThrows(Problem.class, () -> update(store, 1, note(text)));

        assertEquals(Problem.Kind.INVALID, problem.kind());
        assertEquals(before, get(project.open(), 1));
    }

    @Test
    void noTaskIsCreatedUnderANumberThatCannotBeRead() {
        project.write(999_999_999, "{");

        assertEquals(
                "Error: no number is left after #999999999 - Give the task with that number another"
                        + " by hand.",
                assertThrows(Problem.class, () -> ProjectDirectory.newTask(store, "one")).text());
    }
}
