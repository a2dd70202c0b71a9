package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskListTest {

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;

    TaskListTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
    }

    private void tasks(int count) {
        for (int i = 1; i <= count; i++) {
            client.good("task_create", "subject", "task " + i);
        }
    }

    @Test
    void withoutTasksItSaysSo() {
        assertEquals("No tasks.", client.good("task_list"));
    }

    @Test
    void openTasksComeFirstInNumericOrder() {
        tasks(11);
        client.good("task_update", "task_id", 1, "status", "cancelled");

        List<String> lines = client.lines("task_list");

        assertEquals("[ ] #2: task 2", lines.getFirst());
        assertEquals("[ ] #11: task 11", lines.get(9));
        assertEquals("[-] #1: task 1", lines.getLast());
    }

    @Test
    void whatIsNotShownIsCounted() {
        tasks(5);

        assertEquals(
                List.of("[ ] #1: task 1", "[ ] #2: task 2", "… 3 more"),
                client.lines("task_list", "limit", 2));
        assertEquals(
                "Error: `limit` cannot be 0 - Write 1 or more.",
                client.call("task_list", "limit", 0));
    }

    @Test
    void itCanBeNarrowedDown() {
        tasks(3);
        client.good("task_update", "task_id", 2, "labels", "ui", "owner", "ada");
        client.good("task_update", "task_id", 3, "addBlockedBy", 1);

        assertEquals("[ ] #2: task 2 @ada", client.good("task_list", "owner", "ada"));
        assertEquals("[ ] #2: task 2 @ada", client.good("task_list", "label", "ui"));
        assertEquals("[ ] #1: task 1", client.good("task_list", "query", "TASK 1"));
        assertEquals("[ ] #1: task 1", client.good("task_list", "ready", true));
        assertEquals("No tasks match; 3 in all.", client.good("task_list", "status", "completed"));
    }

    @Test
    void aFileThatCannotBeReadIsNamedAndStopsNothing() throws Exception {
        tasks(1);
        Files.writeString(folder.project.resolve(".tasks/task_9.json"), "{ nonsense");

        List<String> lines = client.lines("task_list");

        assertEquals("[ ] #1: task 1", lines.getFirst());
        assertTrue(
                lines.getLast().startsWith("1 unreadable file: task_9.json: "), lines.toString());
    }
}
