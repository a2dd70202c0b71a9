package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TaskTest {

    private final Task task = Task.blank(new TaskId(1), NOW).edit().subject("one").done();

    @Test
    void aSubjectIsOneLineOfOneToTwoHundredCharacters() {
        assertEquals("a b c", task.edit().subject("  a\n b\t\tc ").done().subject());
        assertThrows(Problem.class, () -> task.edit().subject(" \n "));
        assertThrows(Problem.class, () -> task.edit().subject("x".repeat(201)));
    }

    @Test
    void aChangeThatChangesNothingGivesTheSameTaskWithTheSameTime() {
        assertSame(task, task.edit().subject("one").owner("").done(NOW.plusSeconds(60)));
        assertEquals(
                NOW.plusSeconds(60), task.edit().owner("me").done(NOW.plusSeconds(60)).updatedAt());
    }

    @ParameterizedTest
    @EnumSource(
            value = Status.class,
            names = {"COMPLETED", "FAILED", "CANCELLED"})
    void aTaskThatIsOverIsReopenedOnlyByPendingAndStartsAfresh(Status over) {
        Task done = task.edit().status(over).owner("me").result("so it was").done();

        assertThrows(Problem.class, () -> done.edit().status(Status.IN_PROGRESS));
        assertEquals(task, done.edit().status(Status.PENDING).done());
    }

    @Test
    void labelsAreStrippedAndThereOnce() {
        assertEquals(
                Set.of("a", "b"), task.edit().labels(List.of(" a", "b ", "a")).done().labels());
        assertThrows(Problem.class, () -> task.edit().labels(List.of(" ")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"12", "#12", " 12 "})
    void anIdIsTakenWithOrWithoutItsSign(String text) {
        assertEquals(new TaskId(12), TaskId.parse(text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "0",
                "-1",
                "1.5",
                "１",
                "##1",
                "2147483648",
                "9223372036854775808",
                "../../etc/passwd",
                "task_1.json",
                "1\u0000",
                "0x10",
                "1e3"
            })
    void whatIsNoIdIsRefused(String text) {
        assertEquals(
                Problem.Kind.INVALID, assertThrows(Problem.class, () -> TaskId.parse(text)).kind());
    }

    @Test
    void theNamesThatOtherSystemsUseForAStatusAreTaken() {
        assertEquals(
                List.of(
                        Status.COMPLETED,
                        Status.PENDING,
                        Status.BLOCKED_ON_HUMAN,
                        Status.CANCELLED,
                        Status.IN_PROGRESS,
                        Status.COMPLETED),
                List.of("done", "todo", "blocked", "deleted", "In-Progress", "COMPLETED").stream()
                        .map(Status::parse)
                        .toList());
        assertEquals(
                "Error: `status` cannot be nice - Write one of backlog, pending, in_progress,"
                        + " blocked_on_human, completed, failed, cancelled.",
                assertThrows(Problem.class, () -> Status.parse("nice")).text());
    }
}
