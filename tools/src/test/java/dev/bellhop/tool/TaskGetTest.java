package dev.bellhop.tool;

import static dev.bellhop.tool.ProjectFolder.steady;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskGetTest {

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;

    TaskGetTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
    }

    @Test
    void everythingAboutATaskIsShownItsJobsAndChangesToo() {
        client.good("task_create", "subject", "one", "description", "what to do", "labels", "ui");
        client.good("task_create", "subject", "two", "blockedBy", 1);
        String id =
                ProjectFolder.id(
                        client.good(
                                "background_run",
                                "command",
                                "exit 3",
                                "for_task",
                                "#1",
                                "label",
                                "check",
                                "wait",
                                30));
        folder.awaitEnd(id);

        List<String> lines =
                client.lines("task_get", "task_id", "1").stream()
                        .map(line -> line.replaceAll("[0-9T:-]{19}Z", "TIME"))
                        .map(ProjectFolder::steady)
                        .toList();

        assertEquals(
                List.of(
                        "[ ] #1: one",
                        "status: pending",
                        "blocks: [2]",
                        "labels: ui",
                        "what to do",
                        "notes:",
                        "- TIME bellhop: [bg:ID] error (exit 3, T s): exit 3",
                        "jobs:",
                        "- ID: [exited 3, T s] exit 3 (check) for #1",
                        "last changes:"),
                lines.subList(0, 10));
        assertTrue(lines.get(10).startsWith("- T s ago by test 1.0: created {"), lines.get(10));
        assertTrue(lines.get(11).startsWith("- T s ago by bellhop: changed {"), lines.get(11));
        assertEquals(12, lines.size());
    }

    @Test
    void aTaskThatIsNotThereIsSaid() {
        assertEquals(
                "Error: there is no task #7",
                steady(client.call("task_get", "task_id", 7)).split(" - ", -1)[0]);
    }
}
