package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskUpdateTest {

    private final ProjectFolder.Client client;

    TaskUpdateTest(@TempDir Path root) {
        client = new ProjectFolder(root).client("session-1");
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two", "blockedBy", List.of(1));
        client.good("task_create", "subject", "three", "blockedBy", List.of(1));
    }

    @Test
    void completingATaskSaysWhatItFreed() {
        client.good("task_update", "task_id", 1, "status", "in_progress");

        assertEquals(
                List.of("[x] #1: one", "unblocked: #2, #3"),
                client.lines("task_update", "task_id", 1, "status", "done").stream()
                        .map(line -> line.replace(" @session-1", ""))
                        .toList());
        assertEquals("[ ] #2: two", client.good("task_update", "task_id", 2, "note", "x"));
    }

    @Test
    void edgesCanBeAddedAndRemoved() {
        assertEquals(
                "[ ] #3: three (blocked by: [1, 2])",
                client.good("task_update", "task_id", 3, "addBlockedBy", 2));
        assertEquals(
                "[ ] #3: three (blocked by: [2])",
                client.good("task_update", "task_id", 3, "removeBlockedBy", List.of("#1")));
    }

    @Test
    void anUpdateThatChangesNothingIsRefused() {
        assertEquals(
                "Error: nothing to change about #1 - Give a status, a note or another field;"
                        + " task_get shows the task.",
                client.call("task_update", "task_id", 1));
    }

    @Test
    void aTaskWithOpenBlockersCannotBeStarted() {
        assertEquals(
                "Error: #2 waits for #1",
                client.call("task_update", "task_id", 2, "status", "in_progress")
                        .split(" - ", -1)[0]);
    }
}
