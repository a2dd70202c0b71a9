package dev.bellhop.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several processes at work on the tasks of one project.
final class SeveralProcessesTest {

    private static final int PROCESSES = 8;
    private static final int CREATES = 50;
    private static final int BLOCKERS = 12;

    private final ProjectDirectory project;

    SeveralProcessesTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
    }

    private static List<String> together(List<OtherProcess> processes) throws Exception {
        try (ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
            processes.forEach(OtherProcess::awaitReady);
            processes.forEach(OtherProcess::go);
            List<Future<List<String>>> outputs = new ArrayList<>();
            for (OtherProcess process : processes) {
                outputs.add(readers.submit(process::rest));
            }
            List<String> lines = new ArrayList<>();
            for (Future<List<String>> output : outputs) {
                lines.addAll(output.get());
            }
            return lines;
        } finally {
            processes.forEach(OtherProcess::close);
        }
    }

    /// Twelve blockers, and 24 tasks that wait for one, two or three of them.
    private List<String> dependents() {
        TaskStore store = project.open();
        Plan.Item[] items = new Plan.Item[BLOCKERS * 3];
        for (int i = 0; i < BLOCKERS; i++) {
            items[i] = ProjectDirectory.item("blocker " + i);
        }
        for (int i = BLOCKERS; i < items.length; i++) {
            String[] refs = new String[1 + i % 3];
            for (int j = 0; j < refs.length; j++) {
                refs[j] = "blocker " + (i + 5 * j) % BLOCKERS;
            }
            items[i] = ProjectDirectory.item("dependent " + i, refs);
        }
        return store.create(ProjectDirectory.plan(items), ProjectDirectory.AUTHOR).stream()
                .skip(BLOCKERS)
                .map(task -> "unblocked " + task.id())
                .toList();
    }

    @Test
    void eightProcessesLoseNothingAndReportEachUnblockedTaskOnce() throws Exception {
        List<String> expected = dependents();
        List<OtherProcess> processes =
                IntStream.range(0, PROCESSES)
                        .mapToObj(i ->
                                OtherProcess.start(
                                        project, "complete", String.valueOf(CREATES), "p" + i))
                        .toList();

        List<String> lines = together(processes);

        List<String> unblocked = lines.stream().filter(line -> line.startsWith("un")).toList();
        assertEquals(expected, unblocked.stream().sorted().toList());
        List<String> created = lines.stream().filter(line -> line.startsWith("created")).toList();
        assertEquals(PROCESSES * CREATES, created.size());
        assertEquals(PROCESSES * CREATES, new HashSet<>(created).size());
        List<Task> tasks = ProjectDirectory.all(project.open());
        assertEquals(PROCESSES * CREATES + BLOCKERS * 3, tasks.size());
        assertEquals(
                PROCESSES * CREATES + BLOCKERS,
                (int) tasks.stream().filter(task -> task.status() == Status.COMPLETED).count());
        assertEquals(Map.of(), ProjectDirectory.unreadable(project.open()));
    }

    @Test
    void processesThatRepeatARequestGetTheSameTask() throws Exception {
        List<String> answers =
                together(
                        IntStream.range(0, 3)
                                .mapToObj(i -> OtherProcess.start(project, "once", "key-1"))
                                .toList());

        List<Task> tasks = ProjectDirectory.all(project.open());
        assertEquals(List.of(tasks.toString(), tasks.toString(), tasks.toString()), answers);
        assertEquals(1, tasks.size());
    }

    @Test
    void eightThreadsThatRepeatARequestGetTheSameTask() throws Exception {
        TaskStore store = project.open();
        Plan plan =
                new Plan(List.of(Plan.Item.of("only once")), new Task.RequestKey("key", "payload"));
        Callable<List<Task>> request = () -> store.create(plan, ProjectDirectory.AUTHOR);
        TreeSet<Integer> numbers = new TreeSet<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<List<Task>> answer : threads.invokeAll(Collections.nCopies(8, request))) {
                answer.get().forEach(task -> numbers.add(task.id().number()));
            }
        }

        assertEquals(List.of(1), List.copyOf(numbers));
        assertEquals(1, ProjectDirectory.all(project.open()).size());
    }
}
