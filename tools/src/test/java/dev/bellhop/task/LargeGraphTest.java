package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.NOW;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import dev.bellhop.task.ProjectDirectory.Change;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What the graph keeps so that it need not go through all tasks is what going through them gives.
final class LargeGraphTest {

    private static final int TASKS = 30;

    private final TaskGraph graph = new TaskGraph(new TaskArchive(Path.of("no-tasks")));

    @Test
    void whatIsKeptIsWhatTheTasksSay() {
        for (int seed = 1; seed <= 20; seed++) {
            graph.clear();
            Random random = new Random(seed);
            for (int step = 0; step < 300; step++) {
                change(random);
                if (random.nextInt(4) == 0) {
                    compare("seed %d step %d".formatted(seed, step));
                }
            }
        }
    }

    private void change(Random random) {
        TaskId id = anyId(random);
        switch (random.nextInt(10)) {
            case 0 -> graph.remove(TaskFiles.name(id));
            case 1 -> graph.putUnreadable(TaskFiles.name(id), "broken");
            default ->
                    graph.put(
                            task(id, random),
                            random.nextInt(4) == 0 ? List.of(anyId(random)) : List.of());
        }
    }

    private static TaskId anyId(Random random) {
        return new TaskId(1 + random.nextInt(TASKS));
    }

    private static Task task(TaskId id, Random random) {
        Status status = Status.parse(Status.words().get(random.nextInt(Status.words().size())));
        Task blank = Task.blank(id, NOW);
        Task.Editor editor = blank.edit().subject("task").status(status);
        if (random.nextInt(5) == 0) {
            editor.owner("ada");
        }
        if (random.nextBoolean()) {
            editor.parent(anyId(random));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            editor.blockedBy.add(anyId(random));
        }
        editor.blockedBy.remove(id);
        Task task = editor.done();
        return random.nextInt(5) == 0 ? notBefore(task, random.nextBoolean() ? -1 : 1) : task;
    }

    private static Task notBefore(Task task, int hours) {
        return new Task(
                task.id(),
                task.subject(),
                task.description(),
                task.status(),
                task.blockedBy(),
                task.owner(),
                task.priority(),
                task.labels(),
                task.parent(),
                NOW.plusSeconds(3_600L * hours),
                task.result(),
                task.notes(),
                task.terms(),
                task.work(),
                task.requestKey(),
                task.createdAt(),
                task.updatedAt(),
                task.other());
    }

    private void compare(String when) {
        List<Task> all = List.copyOf(graph.tasks());
        assertEquals(
                all.stream().filter(task -> graph.isReady(task, NOW)).toList(),
                List.copyOf(graph.ready(NOW)),
                when);
        assertEquals(
                all.stream().filter(task -> !task.status().isTerminal()).toList(),
                List.copyOf(graph.open()),
                when);
        assertEquals(
                all.stream().filter(task -> task.status().isTerminal()).toList(),
                List.copyOf(graph.over()),
                when);
        for (int i = 1; i <= TASKS; i++) {
            TaskId id = new TaskId(i);
            assertEquals(
                    all.stream().filter(task -> id.equals(task.parent())).map(Task::id).toList(),
                    List.copyOf(graph.parts(id)),
                    when);
            assertEquals(
                    all.stream()
                            .filter(task -> task.blockedBy().contains(id))
                            .map(Task::id)
                            .toList(),
                    List.copyOf(graph.dependents(id)),
                    when);
        }
        for (Task task : all) {
            assertEquals(isUnreachable(task), graph.deadEnd(task) != null, when + " " + task.id());
        }
    }

    private boolean isUnreachable(Task task) {
        if (task.status().isTerminal()) {
            return false;
        }
        Set<TaskId> seen = new HashSet<>(task.blockedBy());
        Deque<TaskId> ahead = new ArrayDeque<>(seen);
        while (!ahead.isEmpty()) {
            Task blocker = graph.find(ahead.remove());
            if (blocker == null || blocker.status() == Status.COMPLETED) {
                continue;
            }
            if (blocker.status().isDeadEnd()) {
                return true;
            }
            blocker.blockedBy().stream().filter(seen::add).forEach(ahead::add);
        }
        return false;
    }

    /// An edge is refused exactly where a way leads back.
    @Test
    void anEdgeThatClosesACycleIsRefusedAndNoOther() {
        for (int seed = 1; seed <= 50; seed++) {
            graph.clear();
            Random random = new Random(seed);
            for (int i = 1; i <= TASKS; i++) {
                Task.Editor editor = Task.blank(new TaskId(i), NOW).edit().subject("task");
                graph.put(editor.done(), List.of());
            }
            for (int step = 0; step < 100; step++) {
                TaskId waiting = anyId(random);
                TaskId blocker = anyId(random);
                if (waiting.equals(blocker)) {
                    continue;
                }
                TaskChange change =
                        random.nextBoolean()
                                ? Change.edges().blockedBy(blocker.number()).done()
                                : Change.edges().blocks(waiting.number()).done();
                TaskId asked = change.addBlocks().isEmpty() ? waiting : blocker;
                String when = "seed %d step %d".formatted(seed, step);
                if (leadsBack(waiting, blocker)) {
                    assertThrows(
                            Problem.class,
                            () -> graph.changed(asked, change, ProjectDirectory.AUTHOR, NOW),
                            when);
                } else {
                    graph.changed(asked, change, ProjectDirectory.AUTHOR, NOW)
                            .tasks()
                            .forEach(task -> graph.put(task, List.of()));
                }
            }
        }
    }

    /// Whether `blocker` waits for `waiting` already.
    private boolean leadsBack(TaskId waiting, TaskId blocker) {
        Set<TaskId> seen = new HashSet<>(Set.of(blocker));
        Deque<TaskId> ahead = new ArrayDeque<>(seen);
        while (!ahead.isEmpty()) {
            TaskId id = ahead.remove();
            if (id.equals(waiting)) {
                return true;
            }
            graph.get(id).blockedBy().stream().filter(seen::add).forEach(ahead::add);
        }
        return false;
    }
}
