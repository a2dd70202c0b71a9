package dev.bellhop.bench;

import dev.bellhop.task.Task;
import dev.bellhop.tool.Projects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What it costs to know what the files say, by how many there are.
@State(Scope.Benchmark)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class IndexBenchmark {

    @Param({"10", "1000", "10000", "100000"})
    int size;

    private Path root = Path.of("");
    private Path changing = Path.of("");
    private @Nullable Projects projects;
    private boolean turn;

    @Setup(Level.Trial)
    public void fill() throws IOException {
        root = Files.createTempDirectory("bellhop-bench");
        Path tasks = Files.createDirectories(root.resolve("project/.tasks"));
        for (Task task : SampleTasks.of(size)) {
            Files.writeString(file(tasks, task), task.json().toPrettyString());
        }
        changing = tasks;
        projects = open();
        read(projects);
    }

    @TearDown(Level.Trial)
    public void delete() throws IOException {
        if (projects != null) {
            projects.close();
        }
        try (Stream<Path> files = Files.walk(root)) {
            files.sorted(Comparator.reverseOrder()).forEach(IndexBenchmark::delete);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path file(Path tasks, Task task) {
        return tasks.resolve("task_%d.json".formatted(task.id().number()));
    }

    private Projects open() {
        return new Projects(
                Map.of("HOME", root.toString(), "XDG_STATE_HOME", root.resolve("state").toString()),
                InstantSource.system());
    }

    private int read(@Nullable Projects projects) {
        if (projects == null) {
            throw new IllegalStateException("nothing is open");
        }
        return projects.at(root.resolve("project")).tasks().read(graph -> graph.tasks().size());
    }

    /// Nothing has changed since the last time.
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public int unchanged() {
        return read(projects);
    }

    /// Somebody has changed one file since the last time; with the time that writing it takes.
    @Benchmark
    @BenchmarkMode(Mode.AverageTime)
    public int oneChanged() throws IOException {
        turn = !turn;
        Task task = SampleTasks.number(SampleTasks.middle(size), turn ? "half of it" : "all of it");
        Files.writeString(file(changing, task), task.json().toPrettyString());
        return read(projects);
    }

    /// A server that has just started; the files are in the page cache.
    @Benchmark
    @BenchmarkMode(Mode.SingleShotTime)
    public int cold() {
        try (Projects fresh = open()) {
            return read(fresh);
        }
    }
}
