package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.NOW;
import static dev.bellhop.task.ProjectDirectory.id;
import static dev.bellhop.task.ProjectDirectory.ids;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.task.ProjectDirectory.Change;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TaskGraphTest {

    private final TaskGraph graph = new TaskGraph(new TaskArchive(Path.of("no-tasks")));

    private Task put(int number, Status status, int... blockedBy) {
        Task task =
                Task.blank(id(number), NOW)
                        .edit()
                        .subject("task " + number)
                        .status(status)
                        .done()
                        .waitingFor(ids(blockedBy));
        graph.put(task, List.of());
        return task;
    }

    private TaskGraph.Changed changed(int number, TaskChange change) {
        return graph.changed(id(number), change, ProjectDirectory.AUTHOR, NOW);
    }

    @Test
    void aTaskIsReadyWhenItIsPendingHasNoOwnerAndNoOpenBlocker() {
        put(1, Status.PENDING);
        put(2, Status.PENDING, 1);
        put(3, Status.COMPLETED);
        put(4, Status.PENDING, 3);
        Task owned = put(5, Status.PENDING).edit().owner("me").done();
        graph.put(owned, List.of());

        assertEquals(
                ids(1, 4),
                graph.tasks().stream()
                        .filter(task -> graph.isReady(task, NOW))
                        .map(Task::id)
                        .toList());
    }

    @Test
    void aBlockerWhoseFileIsMissingIsOpen() {
        Task task = put(2, Status.PENDING, 9);

        assertEquals(ids(9), graph.openBlockers(task));
        assertFalse(graph.isReady(task, NOW));
    }

    @Test
    void whatWaitsForAFailedTaskIsUnreachableHoweverFarAway() {
        Task failed = put(1, Status.FAILED);
        put(2, Status.PENDING, 1);
        Task far = put(3, Status.PENDING, 2);
        Task free = put(4, Status.PENDING);

        assertEquals(failed, graph.deadEnd(far));
        assertNull(graph.deadEnd(free));
        put(1, Status.PENDING);
        assertNull(graph.deadEnd(far));
    }

    @Test
    void aCycleOfAThousandIsRefusedAndALongChainIsNot() {
        int length = 100_000;
        put(1, Status.PENDING);
        for (int i = 2; i <= length; i++) {
            put(i, Status.PENDING, i - 1);
        }
        put(length + 1, Status.PENDING);

        assertEquals(1, changed(1, Change.edges().blockedBy(length + 1).done()).tasks().size());
        Problem problem =
                assertThrows(
                        Problem.class, () -> changed(1, Change.edges().blockedBy(1000).done()));
        assertTrue(problem.text().contains("#1 -> #1000 -> #999 -> "), problem.text());
        assertEquals(ids(2), changed(1, TaskChange.to(Status.COMPLETED)).unblocked());
    }

    @Test
    void failingNeedsAReason() {
        put(1, Status.IN_PROGRESS);

        Problem problem =
                assertThrows(Problem.class, () -> changed(1, TaskChange.to(Status.FAILED)));
        assertEquals("Error: #1 cannot fail without a reason - Say why in result.", problem.text());
        assertEquals(
                "the disk broke",
                changed(1, ProjectDirectory.failed("the disk broke")).task().result());
    }

    @Test
    void onlyPendingTasksThatWaitForNothingElseAreReportedUnblocked() {
        put(1, Status.IN_PROGRESS);
        put(2, Status.PENDING, 1);
        put(3, Status.PENDING, 1, 2);
        put(4, Status.BACKLOG, 1);
        put(5, Status.COMPLETED, 1);

        assertEquals(ids(2), changed(1, TaskChange.to(Status.COMPLETED)).unblocked());
    }

    @Test
    void addingAnEdgeThatExistsChangesNothing() {
        put(1, Status.PENDING);
        put(2, Status.PENDING, 1);

        assertEquals(List.of(), changed(2, Change.edges().blockedBy(1).done()).tasks());
        assertEquals(List.of(), changed(1, Change.edges().blocks(2).done()).tasks());
        assertEquals(List.of(), changed(1, TaskChange.to(Status.PENDING)).tasks());
    }
}
