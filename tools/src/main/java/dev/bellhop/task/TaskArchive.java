package dev.bellhop.task;

import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Completed tasks that are out of everybody's way: `archive/2026-01/task_12.json`, by the month in
/// which they were last changed.
///
/// The files are what they were, and moving one back takes the task out again. They are only looked
/// at when somebody asks for one. Not for several threads at once.
final class TaskArchive {

    private static final Pattern MONTH = Pattern.compile("[0-9]{4}-(?:0[1-9]|1[0-2])");

    private final Path folder;

    // Those that were asked for, so that a list of what waits for them is no work for the disk.
    private final Set<TaskId> completed = new HashSet<>();

    /// @param directory of the tasks
    TaskArchive(Path directory) {
        this.folder = directory.resolve("archive");
    }

    /// The folder for a task that was last changed at `updatedAt`; it need not be there.
    Path folder(Instant updatedAt) {
        return folder.resolve(YearMonth.from(updatedAt.atOffset(ZoneOffset.UTC)).toString());
    }

    /// The task `id`; null if it is not archived, or its file cannot be read.
    @Nullable Task find(TaskId id) {
        for (Path month : months()) {
            Path file = month.resolve(TaskFiles.name(id));
            try {
                BasicFileAttributes attributes =
                        Files.readAttributes(
                                file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                return TaskFiles.read(file, attributes).task();
            } catch (NoSuchFileException e) {
                // In another month, then.
            } catch (IOException | TaskFiles.UnreadableException e) {
                return null;
            }
        }
        return null;
    }

    boolean isCompleted(TaskId id) {
        if (completed.contains(id)) {
            return true;
        }
        Task task = find(id);
        return task != null && task.status() == Status.COMPLETED && completed.add(id);
    }

    /// Where the file of `id` is, as seen from the directory of the tasks.
    String place(TaskId id) {
        for (Path month : months()) {
            if (Files.exists(month.resolve(TaskFiles.name(id)), LinkOption.NOFOLLOW_LINKS)) {
                return "archive/%s/%s".formatted(month.getFileName(), TaskFiles.name(id));
            }
        }
        return "archive";
    }

    /// The highest id there is; 0 if there is none.
    int highestId() {
        int[] highest = {0};
        for (Path month : months()) {
            eachIn(
                    month,
                    file ->
                            highest[0] =
                                    Math.max(
                                            highest[0],
                                            TaskFiles.id(String.valueOf(file.getFileName()))
                                                    .map(TaskId::number)
                                                    .orElse(0)));
        }
        return highest[0];
    }

    /// Every task that can be read.
    List<Task> tasks() {
        List<Task> tasks = new ArrayList<>();
        for (Path month : months()) {
            eachIn(
                    month,
                    file -> {
                        if (TaskFiles.id(String.valueOf(file.getFileName())).isPresent()) {
                            try {
                                BasicFileAttributes attributes =
                                        Files.readAttributes(
                                                file,
                                                BasicFileAttributes.class,
                                                LinkOption.NOFOLLOW_LINKS);
                                tasks.add(TaskFiles.read(file, attributes).task());
                            } catch (IOException | TaskFiles.UnreadableException e) {
                                // It is nobody's task, then, as for whoever asks for it by number.
                            }
                        }
                    });
        }
        return tasks;
    }

    /// The newest month first.
    private List<Path> months() {
        if (!Files.exists(folder) || !Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return List.of();
        }
        List<Path> months = new ArrayList<>();
        eachIn(
                folder,
                month -> {
                    if (MONTH.matcher(String.valueOf(month.getFileName())).matches()
                            && Files.isDirectory(month, LinkOption.NOFOLLOW_LINKS)) {
                        months.add(month);
                    }
                });
        months.sort(null);
        return months.reversed();
    }

    private static void eachIn(Path directory, Consumer<Path> action) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            entries.forEach(action);
        } catch (NoSuchFileException e) {
            // Somebody took it away meanwhile.
        } catch (DirectoryIteratorException e) {
            throw AtomicFile.failed(
                    "could not read", directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }
}
