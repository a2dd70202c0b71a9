package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskCreateTest {

    private final ProjectFolder.Client client;

    TaskCreateTest(@TempDir Path root) {
        client = new ProjectFolder(root).client("session-1");
    }

    @Test
    void aTaskIsAnsweredWithItsLine() {
        assertEquals(
                "[ ] #1: Read the code", client.good("task_create", "subject", "Read the code"));
        assertEquals(
                "[ ] #2: Write the parser (blocked by: [1]) @ada p5",
                client.good(
                        "task_create",
                        "subject",
                        "Write the parser",
                        "blockedBy",
                        "#1",
                        "owner",
                        "ada",
                        "priority",
                        5));
    }

    @Test
    void aPlanIsLaidInOneCallAndItsTasksNameEachOther() {
        client.good("task_create", "subject", "before");

        assertEquals(
                """
                [ ] #2: parse (blocked by: [1])
                [ ] #3: print (blocked by: [2])\
                """,
                client.good(
                        "task_create",
                        "tasks",
                        List.of(
                                Map.of("ref", "a", "subject", "parse", "blockedBy", List.of(1)),
                                Map.of("subject", "print", "blockedBy", "a"))));
    }

    @Test
    void aPlanIsAllOrNothing() {
        client.call(
                "task_create",
                "tasks",
                List.of(Map.of("subject", "good"), Map.of("subject", "bad", "blockedBy", "no")));

        assertEquals("No tasks.", client.good("task_list"));
    }

    @Test
    void aRepeatedRequestIsAnsweredAsTheFirstOne() {
        for (int i = 0; i < 2; i++) {
            assertEquals(
                    "[ ] #1: once",
                    client.good("task_create", "subject", "once", "idempotency_key", "k"));
        }
        assertEquals("[ ] #1: once", client.good("task_list"));
    }

    @Test
    void oneTaskOrSeveralButNotBothAndNotNone() {
        assertEquals(
                "Error: `subject` is missing - Give a subject for one task, or tasks for several.",
                client.call("task_create"));
        assertEquals(
                "Error: both `subject` and `tasks` are given - Give a subject for one task, or"
                        + " tasks for several.",
                client.call(
                        "task_create", "subject", "x", "tasks", List.of(Map.of("subject", "y"))));
    }
}
