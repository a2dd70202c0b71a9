package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.AUTHOR;
import static dev.bellhop.task.ProjectDirectory.NOW;
import static dev.bellhop.task.ProjectDirectory.all;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.id;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.move;
import static dev.bellhop.task.ProjectDirectory.newTask;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.store.Journal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskArchiveTest {

    private static final Instant LATER = NOW.plusSeconds(1);

    @TempDir private Path root;
    private ProjectDirectory project;
    private TaskStore store;

    /// #1 is completed, #2 waits for it and for #3, #4 was cancelled.
    @BeforeEach
    void start() {
        project = new ProjectDirectory(root);
        store = project.open();
        newTask(store, "done");
        newTask(store, "waiting", 1);
        newTask(store, "open");
        newTask(store, "cancelled");
        move(store, 1, Status.COMPLETED);
        move(store, 4, Status.CANCELLED);
    }

    private static List<TaskId> shown(TaskStore store) {
        return all(store).stream().map(Task::id).toList();
    }

    @Test
    void onlyWhatIsCompletedAndOldIsPutAway() {
        assertEquals(0, store.archive(NOW, AUTHOR));
        assertEquals(ids(1, 2, 3, 4), shown(store));

        assertEquals(1, store.archive(LATER, AUTHOR));

        assertEquals(ids(2, 3, 4), shown(store));
        assertTrue(Files.exists(project.tasks().resolve("archive/2026-01/task_1.json")));
        assertFalse(Files.exists(project.file(1)));
        assertEquals(0, store.archive(LATER, AUTHOR));
    }

    @Test
    void itIsFoundAndCountsAsCompletedHereAndElsewhere() {
        TaskStore other = project.open();
        assertEquals(ids(1, 2, 3, 4), shown(other));
        store.archive(LATER, AUTHOR);

        for (TaskStore each : List.of(store, other, project.open())) {
            assertEquals("done", get(each, 1).subject());
            assertEquals(ids(2, 3, 4), shown(each));
            assertEquals(
                    ids(2, 3),
                    each.read(graph -> graph.ready(NOW).stream().map(Task::id).toList()));
        }
        assertEquals(ids(1), newTask(store, "after it", 1).blockedBy().stream().toList());
        assertEquals(true, store.read(graph -> graph.isReady(graph.get(id(5)), NOW)));
    }

    @Test
    void itIsNotChangedThereAndComesBackWithItsFile() throws Exception {
        store.archive(LATER, AUTHOR);

        Problem problem = assertThrows(Problem.class, () -> move(store, 1, Status.PENDING));
        assertTrue(problem.text().contains("archive/2026-01/task_1.json"), problem.text());

        Files.move(project.tasks().resolve("archive/2026-01/task_1.json"), project.file(1));
        move(store, 1, Status.PENDING);

        assertEquals(ids(1), store.read(graph -> graph.openBlockers(graph.get(id(2)))));
    }

    @Test
    void itsIdIsNotGivenAgainWhenTheMarkIsLost() throws Exception {
        move(store, 3, Status.COMPLETED);
        for (int i = 2; i <= 4; i += 2) {
            Files.delete(project.file(i));
        }
        assertEquals(2, store.archive(LATER, AUTHOR));
        Files.delete(project.tasks().resolve(".seq"));

        assertEquals(id(4), newTask(project.open(), "next").id());
    }

    @Test
    void itIsInTheJournal() {
        store.archive(LATER, AUTHOR);

        assertEquals("archived", new Journal(project.database()).about("#1", 10).getLast().event());
    }

    @Test
    void aFolderThatIsNoMonthOrALinkIsNotLookedInto() throws Exception {
        Path elsewhere = Files.createDirectories(root.resolve("elsewhere"));
        Files.move(project.file(1), elsewhere.resolve("task_1.json"));
        Path archive = Files.createDirectories(project.tasks().resolve("archive"));
        Files.createSymbolicLink(archive.resolve("2026-01"), elsewhere);
        Files.createSymbolicLink(archive.resolve("old"), elsewhere);

        assertThrows(Problem.class, () -> get(store, 1));
        assertEquals(ids(1), store.read(graph -> graph.openBlockers(graph.get(id(2)))));
    }
}
