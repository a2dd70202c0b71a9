package dev.bellhop.task;

import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.FolderWatch;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the task files say, in memory, and which of them have to be read again.
///
/// The files are the truth. In a small directory every file's attributes are looked at each time;
/// in a large one only those that the watch names, and all of them every 2 s. Not for several
/// threads at once.
final class TaskIndex {

    /// Up to here looking at every file takes less than 1 ms.
    private static final int FEW_FILES = 64;

    private static final Duration SWEEP_EVERY = Duration.ofSeconds(2);

    /// A file changed so shortly before it was read may change again with the same time.
    private static final Duration TIME_STEP = Duration.ofMillis(50);

    private final Path directory;
    private final InstantSource clock;
    private final TaskGraph graph = new TaskGraph();
    private final Map<String, Stamp> stamps = new HashMap<>();

    // Files that could not be read: nothing tells when they can be.
    private final Set<String> failed = new HashSet<>();
    private final FolderWatch watch;
    private @Nullable Object directoryKey;
    private long sweptNanos;
    private long generation = -1;

    TaskIndex(Path directory, InstantSource clock) {
        this.directory = directory;
        this.clock = clock;
        this.watch = new FolderWatch(directory);
    }

    /// What a file was like when it was read.
    ///
    /// @param settled whether its time tells if it changed since
    private record Stamp(long size, FileTime modified, @Nullable Object key, boolean settled) {

        /// Of a file that has to be read again in any case.
        static final Stamp UNKNOWN = new Stamp(0, FileTime.fromMillis(0), null, false);

        boolean says(BasicFileAttributes now) {
            return settled
                    && size == now.size()
                    && modified.equals(now.lastModifiedTime())
                    && Objects.equals(key, now.fileKey());
        }
    }

    TaskGraph graph() {
        return graph;
    }

    /// Takes in what changed since the last time.
    void refresh() {
        try {
            if (!sameDirectory()) {
                sweep();
                return;
            }
            if (stamps.size() <= FEW_FILES || sweepIsDue()) {
                sweep();
                return;
            }
            Optional<Set<Path>> changed = watch.changes();
            if (changed.isEmpty()) {
                sweep();
                return;
            }
            for (Path name : changed.get()) {
                look(directory.resolve(name));
            }
            for (String name : List.copyOf(failed)) {
                look(directory.resolve(name));
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }

    /// Takes in what other processes wrote, exactly: for whoever holds the lock.
    ///
    /// @param mark as it is now
    void refresh(ChangeMark mark) {
        refresh();
        try {
            if (mark.generation() != generation) {
                Optional<Set<TaskId>> written = mark.since(generation);
                if (written.isEmpty()) {
                    sweep();
                } else {
                    look(written.get());
                }
                generation = mark.generation();
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }

    /// Looks at the files of `tasks` again: they are about to be replaced, or just were.
    void look(Collection<TaskId> tasks) {
        try {
            for (TaskId id : tasks) {
                look(directory.resolve(TaskFiles.name(id)));
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }

    /// Takes in what this process just wrote; `mark` is the one that names it.
    void written(Collection<Task> tasks, ChangeMark mark) {
        for (Task task : tasks) {
            String name = TaskFiles.name(task.id());
            graph.put(task, Set.of());
            try {
                BasicFileAttributes attributes = attributes(directory.resolve(name));
                if (attributes == null) {
                    drop(name);
                } else {
                    stamps.put(name, stamp(attributes));
                }
            } catch (IOException e) {
                // It is written all the same; the next look reads it.
                stamps.put(name, Stamp.UNKNOWN);
                failed.add(name);
            }
        }
        generation = mark.generation();
    }

    private boolean sweepIsDue() {
        return System.nanoTime() - sweptNanos > SWEEP_EVERY.toNanos();
    }

    /// Whether the directory is the one that was read; if not, nothing of it is known any more.
    private boolean sameDirectory() throws IOException {
        Object key = null;
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            directory, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            key = attributes.isDirectory() ? attributes.fileKey() : null;
        } catch (NoSuchFileException e) {
            // No directory, no tasks.
        }
        if (key != null && key.equals(directoryKey)) {
            return true;
        }
        stamps.clear();
        failed.clear();
        graph.clear();
        generation = -1;
        directoryKey = key;
        return key == null;
    }

    private void sweep() throws IOException {
        if (directoryKey == null) {
            return;
        }
        sweptNanos = System.nanoTime();
        Set<String> gone = new HashSet<>(stamps.keySet());
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "task_*.json")) {
            for (Path file : files) {
                String name = String.valueOf(file.getFileName());
                gone.remove(name);
                look(file);
            }
        } catch (DirectoryIteratorException e) {
            throw Objects.requireNonNull(e.getCause());
        }
        gone.forEach(this::drop);
    }

    // The path, not its name: with the C locale a name of other letters gives no path again.
    private void look(Path file) throws IOException {
        String name = String.valueOf(file.getFileName());
        if (!TaskFiles.isMeant(name)) {
            return;
        }
        BasicFileAttributes attributes = attributes(file);
        if (attributes == null) {
            drop(name);
            return;
        }
        Stamp known = stamps.get(name);
        if (known != null && known.says(attributes)) {
            return;
        }
        stamps.put(name, stamp(attributes));
        failed.remove(name);
        try {
            TaskFiles.Content content = TaskFiles.read(file, attributes);
            graph.put(content.task(), content.blocks());
        } catch (NoSuchFileException e) {
            drop(name);
        } catch (TaskFiles.UnreadableException e) {
            graph.putUnreadable(name, e.reason());
        } catch (IOException e) {
            stamps.put(name, Stamp.UNKNOWN);
            failed.add(name);
            graph.putUnreadable(
                    name,
                    String.valueOf(AtomicFile.failed("could not read", file, e).getMessage()));
        }
    }

    private void drop(String name) {
        stamps.remove(name);
        failed.remove(name);
        graph.remove(name);
    }

    private static @Nullable BasicFileAttributes attributes(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    private Stamp stamp(BasicFileAttributes attributes) {
        Instant modified = attributes.lastModifiedTime().toInstant();
        return new Stamp(
                attributes.size(),
                attributes.lastModifiedTime(),
                attributes.fileKey(),
                modified.plus(TIME_STEP).isBefore(clock.instant()));
    }
}
