package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.blockers;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.move;
import static dev.bellhop.task.ProjectDirectory.update;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.bellhop.task.ProjectDirectory.Change;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Directories that s07 wrote, as they are.
final class S07FilesTest {

    private final ProjectDirectory project;

    S07FilesTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
        // #1 is done; #2 names #3 and #4 as waiting for it, of which only #3 says so too; #5 blocks
        // itself.
        s07(1, "Set up", "completed", "[]", "[\n    2\n  ]");
        s07(2, "Gr\\u00fc\\u00dfe \\ud83d\\ude80", "pending", "[]", "[\n    3,\n    4\n  ]");
        s07(3, "Parse", "pending", "[\n    2\n  ]", "[]");
        s07(4, "Print", "pending", "[]", "[]");
        s07(5, "Itself", "pending", "[\n    5\n  ]", "[]");
    }

    private void s07(int id, String subject, String status, String blockedBy, String blocks) {
        project.write(id, json(id, subject, status, blockedBy, blocks));
    }

    /// As `json.dumps(task, indent=2)` of Python writes it.
    private static String json(
            int id, String subject, String status, String blockedBy, String blocks) {
        return """
        {
          "id": %d,
          "subject": "%s",
          "description": "",
          "status": "%s",
          "blockedBy": %s,
          "blocks": %s,
          "owner": ""
        }\
        """
                .formatted(id, subject, status, blockedBy, blocks);
    }

    @Test
    void theGraphIsWhatTheFilesMeanAndReadingChangesNothing() {
        Map<String, String> before = project.bytes();
        TaskStore store = project.open();

        assertEquals(
                Map.of(1, List.of(), 2, List.of(), 3, ids(2), 4, ids(2), 5, List.of()),
                blockers(store));
        assertEquals("Grüße 🚀", get(store, 2).subject());
        assertNull(get(store, 2).owner());
        assertEquals(
                new TreeSet<>(ids(3, 4)),
                store.read(graph -> new TreeSet<>(graph.dependents(new TaskId(2)))));
        assertEquals(Map.of(), ProjectDirectory.unreadable(store));
        assertEquals(before, project.bytes());
    }

    @Test
    void rewritingABlockerMovesTheEdgeIntoTheFileOfTheTaskThatWaits() {
        TaskStore store = project.open();
        Map<String, String> before = project.bytes();

        assertEquals(ids(3, 4), move(store, 2, Status.COMPLETED).unblocked());

        assertEquals(
                """
                {
                  "id": 2,
                  "subject": "Grüße 🚀",
                  "description": "",
                  "status": "completed",
                  "blockedBy": [
                    1
                  ],
                  "owner": "",
                  "updatedAt": "2026-01-31T12:00:00Z"
                }
                """,
                project.text(2));
        assertEquals(
                """
                {
                  "id": 4,
                  "subject": "Print",
                  "description": "",
                  "status": "pending",
                  "blockedBy": [
                    2
                  ],
                  "owner": ""
                }
                """,
                project.text(4));
        Map<String, String> after = project.bytes();
        assertEquals(before.get("task_1.json"), after.get("task_1.json"));
        assertEquals(before.get("task_5.json"), after.get("task_5.json"));
        move(store, 2, Status.PENDING);
        assertEquals(ids(2), blockers(project.open()).get(4));
    }

    @Test
    void anEdgeThatOnlyTheBlockerNamesCanBeRemoved() {
        TaskStore store = project.open();

        update(store, 4, Change.edges().without(2).done());

        Map<Integer, List<TaskId>> expected =
                new TreeMap<>(
                        Map.of(1, List.of(), 2, List.of(), 3, ids(2), 4, List.of(), 5, List.of()));
        assertEquals(expected, blockers(store));
        assertEquals(expected, blockers(project.open()));
    }

    @Test
    void anEdgeGoesWhenTheFileThatNamedItGoesOrNoLongerNamesIt() throws IOException {
        TaskStore store = project.open();
        assertEquals(ids(2), blockers(store).get(4));

        s07(2, "No longer", "pending", "[]", "[]");
        assertEquals(List.of(), blockers(store).get(4));
        s07(2, "Again", "pending", "[]", "[\n    4\n  ]");
        assertEquals(ids(2), blockers(store).get(4));
        Files.delete(project.file(2));

        assertEquals(blockers(project.open()), blockers(store));
        assertEquals(List.of(), blockers(store).get(4));
    }

    @Test
    void aCycleThatS07LetInDoesNotHinderOtherWorkAndCanBeUntied() {
        s07(8, "Eight", "pending", "[\n    9\n  ]", "[]");
        s07(9, "Nine", "pending", "[\n    8\n  ]", "[]");
        TaskStore store = project.open();

        update(store, 8, Change.edges().blockedBy(3).done());
        update(store, 8, Change.edges().without(9).done());

        assertEquals(ids(3), blockers(project.open()).get(8));
    }
}
