package dev.bellhop.task;

import dev.bellhop.bench.SampleTasks;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.infra.Blackhole;

/// What the rules over many tasks cost in memory, by how many there are.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GraphBenchmark {

    private static final int LISTED = 50;
    private static final Journal.Author BENCH = new Journal.Author("bench", "bench");
    private static final Task.RequestKey KEY = new Task.RequestKey("bench", "bench");

    @Param({"10", "1000", "10000", "100000"})
    int size;

    private TaskGraph graph = empty();
    private TaskId middle = new TaskId(1);
    private Task one = SampleTasks.number(1);
    private Task other = SampleTasks.number(1);
    private boolean turn;

    private static TaskGraph empty() {
        return new TaskGraph(new TaskArchive(Path.of("nothing-is-archived")));
    }

    @Setup
    public void fill() {
        graph = empty();
        SampleTasks.of(size).forEach(task -> graph.put(task, List.of()));
        middle = new TaskId(SampleTasks.middle(size));
        one = SampleTasks.number(middle.number());
        other = SampleTasks.number(middle.number(), "half of it");
    }

    /// The first 50 tasks, with what they wait for.
    @Benchmark
    public void list(Blackhole hole) {
        graph.tasks().stream()
                .limit(LISTED)
                .forEach(task -> hole.consume(graph.openBlockers(task)));
    }

    /// The first 50 tasks that can be started, after one task has changed.
    @Benchmark
    public void ready(Blackhole hole) {
        put();
        graph.ready(SampleTasks.NOW).stream().limit(LISTED).forEach(hole::consume);
    }

    /// What a plan of one task that waits for another becomes.
    @Benchmark
    public Object planned() {
        Plan plan = new Plan(List.of(Plan.Item.of("One more", middle)), KEY);
        return graph.planned(plan, size + 1, SampleTasks.NOW);
    }

    /// What starting a task makes of it.
    @Benchmark
    public Object changed() {
        return graph.changed(middle, TaskChange.to(Status.IN_PROGRESS), BENCH, SampleTasks.NOW);
    }

    /// Taking in a task that was changed.
    @Benchmark
    public void put() {
        turn = !turn;
        graph.put(turn ? other : one, List.of());
    }
}
