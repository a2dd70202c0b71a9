package dev.bellhop.task;

import dev.bellhop.bench.SampleTasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/// What it costs to make a task of its file and a file of a task.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class TaskFilesBenchmark {

    private static final Task TASK = SampleTasks.number(2, "It is there, and it is tested.");

    private Path directory = Path.of("");
    private Path file = Path.of("");

    @Setup
    public void begin() throws IOException {
        directory = Files.createTempDirectory("bellhop-bench");
        file = directory.resolve(TaskFiles.name(TASK.id()));
        Files.write(file, TaskFiles.bytes(TASK));
    }

    @TearDown
    public void end() throws IOException {
        Files.delete(file);
        Files.delete(directory);
    }

    /// With the system calls that it takes; the file is in the page cache.
    @Benchmark
    public Object read() throws IOException, TaskFiles.UnreadableException {
        return TaskFiles.read(
                file,
                Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
    }

    /// The bytes alone, which nobody writes.
    @Benchmark
    public byte[] bytes() {
        return TaskFiles.bytes(TASK);
    }
}
