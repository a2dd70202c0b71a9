package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.all;
import static dev.bellhop.task.ProjectDirectory.blockers;
import static dev.bellhop.task.ProjectDirectory.forced;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.id;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.move;
import static dev.bellhop.task.ProjectDirectory.newTask;
import static dev.bellhop.task.ProjectDirectory.note;
import static dev.bellhop.task.ProjectDirectory.unreadable;
import static dev.bellhop.task.ProjectDirectory.update;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.task.ProjectDirectory.Change;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The faults of the s07 task tools, one by one, and that they are not here. (Its crash and race
/// faults at full size: [KilledProcessTest] and [SeveralProcessesTest].)
final class BetterThanS07Test {

    private final ProjectDirectory project;
    private final TaskStore store;

    BetterThanS07Test(@TempDir Path root) {
        project = new ProjectDirectory(root);
        store = project.open();
    }

    private void tasks(int count) {
        for (int i = 1; i <= count; i++) {
            newTask(store, "task " + i);
        }
    }

    private String refused(int id, TaskChange change) {
        List<Task> before = all(store);
        Problem problem = assertThrows(Problem.class, () -> update(store, id, change));
        assertEquals(before, all(store));
        assertEquals(before, all(project.open()));
        return problem.text();
    }

    @Test
    void twelveTasksAreInNumericOrder() {
        tasks(12);

        List<TaskId> expected = IntStream.rangeClosed(1, 12).mapToObj(TaskId::new).toList();
        assertEquals(expected, all(store).stream().map(Task::id).toList());
        assertEquals(expected, all(project.open()).stream().map(Task::id).toList());
    }

    @Test
    void blockersKeepTheOrderInWhichTheyWereAddedAndAreThereOnce() {
        tasks(9);
        update(store, 9, Change.edges().blockedBy(7, 2, 7).done());
        update(store, 9, Change.edges().blockedBy(5, 2, 1).done());

        assertEquals(ids(7, 2, 5, 1), List.copyOf(get(project.open(), 9).blockedBy()));
    }

    @Test
    void aCycleIsRefusedAndItsPathIsNamed() {
        tasks(4);
        update(store, 3, Change.edges().blockedBy(4).done());

        assertEquals(
                "Error: that would be a cycle: #4 -> #3 -> #4 - Leave out one of these edges; a"
                        + " task cannot wait for itself by way of others.",
                refused(4, Change.edges().blockedBy(3).done()));
        assertEquals(
                "Error: that would be a cycle: #4 -> #3 -> #4 - Leave out one of these edges; a"
                        + " task cannot wait for itself by way of others.",
                refused(3, Change.edges().blocks(4).done()));
    }

    @Test
    void theOtherWayRoundTheCycleBeginsAtTheTaskThatWasChanged() {
        tasks(4);
        update(store, 4, Change.edges().blockedBy(3).done());

        assertTrue(refused(3, Change.edges().blockedBy(4).done()).contains(": #3 -> #4 -> #3 - "));
    }

    @Test
    void aTaskCannotWaitForItself() {
        tasks(1);

        assertEquals(
                "Error: #1 cannot wait for itself - Leave #1 out.",
                refused(1, Change.edges().blockedBy(1).done()));
        assertEquals(
                "Error: #1 cannot wait for itself - Leave #1 out.",
                refused(1, Change.edges().blocks(1).done()));
    }

    @Test
    void completingATaskAndNamingWhatItBlocksInOneCallLeavesThatTaskFree() {
        tasks(2);
        update(store, 1, Change.edges().status(Status.COMPLETED).blocks(2).done());

        assertEquals(Map.of(1, List.of(), 2, List.of()), blockers(project.open()));
        assertEquals(ids(1), List.copyOf(get(store, 2).blockedBy()));
    }

    @Test
    void idsThatDoNotExistAreRefusedByName() {
        tasks(2);

        assertEquals(
                "Error: there is no task #98, #99 - Find the right id with task_list.",
                refused(1, Change.edges().blockedBy(98, 2, 99).done()));
        assertEquals(
                "Error: there is no task #97 - Find the right id with task_list.",
                refused(1, Change.edges().blocks(2, 97).done()));
        Problem problem = assertThrows(Problem.class, () -> newTask(store, "three", 96));
        assertEquals(Problem.Kind.NOT_FOUND, problem.kind());
    }

    @Test
    void aBlockerThatIsCompletedAlreadyDoesNotBlock() {
        tasks(2);
        move(store, 1, Status.COMPLETED);
        update(store, 2, Change.edges().blockedBy(1).done());

        assertEquals(Map.of(1, List.of(), 2, List.of()), blockers(store));
        assertEquals(Status.IN_PROGRESS, move(store, 2, Status.IN_PROGRESS).task().status());
    }

    @Test
    void aBlockedTaskCanBeNeitherStartedNorCompletedWithoutForce() {
        tasks(2);
        update(store, 2, Change.edges().blockedBy(1).done());

        String expected =
                "Error: #2 waits for #1 - Complete it first, or pass force if that is no longer"
                        + " needed.";
        assertEquals(expected, refused(2, TaskChange.to(Status.IN_PROGRESS)));
        assertEquals(expected, refused(2, TaskChange.to(Status.COMPLETED)));

        Task forced = update(store, 2, forced(Status.COMPLETED)).task();
        assertEquals(
                List.of(
                        new Task.Note(
                                ProjectDirectory.NOW,
                                "test 1.0",
                                "set to completed by force while #1 was open")),
                forced.notes());
        assertEquals(forced, get(project.open(), 2));
    }

    @Test
    void reopeningABlockerBlocksAgain() {
        tasks(2);
        update(store, 2, Change.edges().blockedBy(1).done());
        assertEquals(ids(2), move(store, 1, Status.COMPLETED).unblocked());
        assertEquals(List.of(), blockers(store).get(2));

        move(store, 1, Status.PENDING);

        assertEquals(ids(1), blockers(store).get(2));
        assertEquals(ids(1), blockers(project.open()).get(2));
    }

    @Test
    void whoBlocksAndWhoIsBlockedAgreeFromWhicheverSideTheEdgeWasAdded() {
        tasks(3);
        update(store, 2, Change.edges().blockedBy(1).done());
        update(store, 1, Change.edges().blocks(3).done());

        for (TaskStore each : List.of(store, project.open())) {
            assertEquals(Map.of(1, List.of(), 2, ids(1), 3, ids(1)), blockers(each));
            assertEquals(
                    new TreeSet<>(ids(2, 3)),
                    each.read(graph -> new TreeSet<>(graph.dependents(id(1)))));
        }
    }

    @Test
    void aProcessKilledWhileItWritesLeavesNoTornFile() {
        tasks(1);
        for (int i = 0; i < 3; i++) {
            Set<String> acknowledged = new HashSet<>();
            try (OtherProcess other = OtherProcess.start(project, "create", "killed", "100000")) {
                other.awaitReady().go();
                for (int j = 0; j < 7 + i; j++) {
                    acknowledged.add(String.valueOf(other.line()));
                }
                other.kill();
                acknowledged.addAll(other.rest());
            }
            Set<String> there = new HashSet<>();
            all(project.open()).forEach(task -> there.add(task.id().toString()));
            assertTrue(there.containsAll(acknowledged));
            assertEquals(Map.of(), unreadable(project.open()));
        }
    }

    @Test
    void twoProcessesNeverGiveTheSameId() {
        tasks(1);
        try (OtherProcess one = OtherProcess.start(project, "create", "one", "20");
                OtherProcess two = OtherProcess.start(project, "create", "two", "20")) {
            one.awaitReady();
            two.awaitReady();
            one.go();
            two.go();
            Set<String> ids = new HashSet<>(one.rest());
            ids.addAll(two.rest());
            assertEquals(40, ids.size());
        }
        assertEquals(41, all(store).size());
    }

    @Test
    void anIdIsNotUsedAgainAfterTheHighestFileWasDeleted() throws IOException {
        tasks(3);
        Files.delete(project.file(3));

        assertEquals(id(4), newTask(store, "after deleting").id());
        Files.delete(project.file(4));
        assertEquals(id(5), newTask(project.open(), "after deleting and a restart").id());
    }

    @Test
    void aCorruptFileAndAStrayOneDoNotStopTheRest() {
        tasks(2);
        project.write(7, "{\"id\": 7, ");
        project.write("task_x.json", "{}".getBytes(StandardCharsets.UTF_8));

        assertEquals(
                Map.of(
                        "task_7.json",
                        "line 1 column 11: Unexpected end-of-input within/between Object entries",
                        "task_x.json",
                        "the name is not task_<number>.json"),
                unreadable(store));
        assertEquals(id(8), newTask(store, "goes on").id());
        assertEquals(ids(1, 2, 8), all(project.open()).stream().map(Task::id).toList());
    }

    @Test
    void completingATaskWritesItsFileAndNoOther() {
        tasks(20);
        for (int i = 2; i <= 20; i++) {
            update(store, i, Change.edges().blockedBy(1).done());
        }
        Map<String, String> before = project.stamps();

        assertEquals(
                IntStream.rangeClosed(2, 20).mapToObj(TaskId::new).toList(),
                move(store, 1, Status.COMPLETED).unblocked());

        Map<String, String> after = project.stamps();
        Set<String> written = new TreeSet<>();
        after.forEach((name, stamp) -> {
            if (!stamp.equals(before.get(name))) {
                written.add(name);
            }
        });
        assertEquals(Set.of(".seq", "task_1.json"), written);
        assertEquals(before.keySet(), after.keySet());
    }

    @Test
    void edgesCanBeRemovedAndNotesOwnersAndTimesAreKept() {
        tasks(2);
        update(store, 2, Change.edges().blockedBy(1).done());
        update(store, 2, Change.edges().without(1).done());
        update(store, 2, note("half way"));
        update(store, 2, TaskChange.make().status(Status.IN_PROGRESS).owner("claude").done());

        Task task = get(project.open(), 2);
        assertEquals(Set.of(), task.blockedBy());
        assertEquals("claude", task.owner());
        assertEquals(
                List.of(new Task.Note(ProjectDirectory.NOW, "test 1.0", "half way")), task.notes());
        assertEquals(ProjectDirectory.NOW, task.createdAt());
        assertEquals(ProjectDirectory.NOW, task.updatedAt());
    }

    @Test
    void textIsWrittenAsItIsAndNotEscaped() {
        newTask(store, "Грамматика für 日本語 🚀");

        assertTrue(project.text(1).contains("\"subject\": \"Грамматика für 日本語 🚀\""));
        assertEquals("Грамматика für 日本語 🚀", get(project.open(), 1).subject());
    }
}
