package dev.bellhop.exchange;

import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Arrival;
import dev.bellhop.task.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A folder with what others wrote, and short words for looking at what was read of it.
record Holder(Path folder) {

    Path file(String name, String text) {
        try {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            return Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Incoming read(String name, String text) {
        return Incoming.read(file(name, text), null);
    }

    /// What is said of a file that is refused.
    String refused(@Nullable Form form, String name, String text) {
        Path file = file(name, text);
        return assertThrows(Problem.class, () -> Incoming.read(file, form)).text();
    }

    static Map<String, Task> bySource(Incoming incoming) {
        return incoming.tasks().stream().collect(Collectors.toMap(Arrival::source, Arrival::task));
    }

    static Task task(Incoming incoming, String source) {
        return Objects.requireNonNull(bySource(incoming).get(source), source);
    }

    static List<String> remarks(Incoming incoming) {
        return incoming.remarks().stream().map(Remark::toString).toList();
    }

    /// A task in a few words: `[x] #2: Test it [#1] part of #3`.
    static String line(Task task) {
        return "[%c] %s: %s %s%s"
                .formatted(
                        task.status().mark(),
                        task.id(),
                        task.subject(),
                        task.blockedBy(),
                        task.parent() == null ? "" : " part of " + task.parent());
    }

    static List<String> lines(Incoming incoming) {
        return incoming.tasks().stream().map(arrival -> line(arrival.task())).toList();
    }
}
