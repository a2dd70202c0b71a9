package dev.bellhop.bench;

import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Terms;
import dev.bellhop.task.Work;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The graph that everything is measured with: chains of ten tasks, so that one in ten is ready.
///
/// The same as that of the side-by-side runs.
public final class SampleTasks {

    public static final Instant NOW = Instant.parse("2026-11-21T00:00:00Z");

    private static final int CHAIN = 10;

    private SampleTasks() {}

    /// The first `count` tasks.
    public static List<Task> of(int count) {
        return IntStream.rangeClosed(1, count).mapToObj(SampleTasks::number).toList();
    }

    /// The task with the id `number`.
    public static Task number(int number) {
        return task(number, null);
    }

    /// The task with the id `number`, which has come to `result`.
    public static Task number(int number, String result) {
        return task(number, result);
    }

    /// The first task of a chain in the middle of `count`: one that is ready, and that another
    /// waits for.
    public static int middle(int count) {
        return count / 2 / CHAIN * CHAIN + 1;
    }

    private static Task task(int number, @Nullable String result) {
        boolean isFirst = number % CHAIN == 1;
        return new Task(
                new TaskId(number),
                "Task %d: implement part %d".formatted(number, number),
                """
                Implement part %d of the feature: add the endpoint, validate the input, write the \
                record and cover it with a unit test.\
                """
                        .formatted(number),
                Status.PENDING,
                new LinkedHashSet<>(isFirst ? List.of() : List.of(new TaskId(number - 1))),
                null,
                0,
                new LinkedHashSet<>(),
                null,
                null,
                result,
                List.of(),
                Terms.NONE,
                Work.NONE,
                null,
                NOW,
                NOW,
                new LinkedHashMap<>());
    }
}
