package dev.bellhop.task;

import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import dev.bellhop.store.FolderWatch;
import dev.bellhop.store.SideBySide;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the task files say, in memory, and which of them have to be read again.
///
/// The files are the truth. In a small directory every file's attributes are looked at each time;
/// in a large one those of the files that the watch and the mark name, and of all of them beside
/// the calls: a file system that other machines write to tells nothing. Not for several threads at
/// once.
final class TaskIndex implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(TaskIndex.class);

    /// Up to here looking at every file takes less than 1 ms.
    private static final int FEW_FILES = 64;

    private static final Duration SWEEP_EVERY = Duration.ofSeconds(2);

    /// So soon after a refresh another one does not take long.
    private static final Duration FRESH_FOR = Duration.ofMillis(200);

    // A sweep beside the calls pauses so many times as long as it took.
    private static final int PAUSE_FACTOR = 20;

    /// So many files, and a share of all, are read again rather than kept in another snapshot.
    private static final int UNSAVED_MAX = 50;

    private static final int UNSAVED_SHARE = 20;

    private final Path directory;
    private final Path snapshot;
    private final InstantSource clock;
    private final TaskGraph graph;

    // The sweeps beside the calls look them up too.
    private final Map<String, FileStamp> stamps = new ConcurrentHashMap<>();

    // Files that could not be read: nothing tells when they can be.
    private final Set<String> failed = new HashSet<>();
    private final FolderWatch watch;
    private final AtomicReference<@Nullable Thread> sweeper = new AtomicReference<>();
    private final Set<String> suspected = ConcurrentHashMap.newKeySet();
    private @Nullable Object directoryKey;
    private volatile long sweepDueNanos;
    // Up to which change everything is in memory, and at which every file was looked at.
    private long generation = -1;
    private long sweptGeneration = -1;
    private int unsaved;
    private long refreshedNanos;
    private boolean isRefreshed;

    /// @param snapshot the file in which what was read is kept for the next start
    TaskIndex(Path directory, TaskArchive archive, Path snapshot, InstantSource clock) {
        this.directory = directory;
        this.snapshot = snapshot;
        this.clock = clock;
        this.graph = new TaskGraph(archive);
        this.watch = new FolderWatch(directory);
    }

    TaskGraph graph() {
        return graph;
    }

    /// Keeps what was read, and watches no more.
    @Override
    public void close() {
        saveIfWorthIt();
        watch.close();
    }

    /// Whether there can be little to take in.
    boolean isFresh() {
        return isRefreshed && System.nanoTime() - refreshedNanos < FRESH_FOR.toNanos();
    }

    /// Takes in what changed since the last time.
    ///
    /// @param mark as it was just before
    /// @param isLocked whether nobody else can be writing what the mark names last
    void refresh(ChangeMark mark, boolean isLocked) {
        try {
            boolean isSwept = refresh();
            if (!isSwept) {
                Optional<Set<TaskId>> written = mark.since(generation);
                if (written.isPresent()) {
                    look(written.get());
                } else if (isLocked || sweptGeneration != mark.generation()) {
                    sweep();
                    isSwept = true;
                }
            }
            if (isSwept) {
                sweptGeneration = mark.generation();
            }
            generation = isLocked ? mark.generation() : Math.max(0, mark.generation() - 1);
            refreshedNanos = System.nanoTime();
            isRefreshed = true;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }

    /// @return whether every file was looked at
    private boolean refresh() throws IOException {
        if (!sameDirectory()) {
            readAll();
            saveIfWorthIt();
            return true;
        }
        Optional<Set<Path>> changed =
                stamps.size() <= FEW_FILES ? Optional.empty() : watch.changes();
        if (changed.isEmpty()) {
            sweep();
            return true;
        }
        for (Path name : changed.get()) {
            look(directory.resolve(name));
        }
        // Mostly there are none, and to go through a set that once was large takes long.
        if (!suspected.isEmpty() || !failed.isEmpty()) {
            Set<String> again = new HashSet<>(suspected);
            suspected.removeAll(again);
            again.addAll(failed);
            for (String name : again) {
                look(directory.resolve(name));
            }
        }
        sweepBesideIfDue();
        return false;
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
    ///
    /// @param contents what stands in the file of each
    void written(Collection<Task> tasks, Map<TaskId, byte[]> contents, ChangeMark mark) {
        for (Task task : tasks) {
            String name = TaskFiles.name(task.id());
            graph.put(task, Set.of());
            unsaved++;
            try {
                BasicFileAttributes attributes = attributes(directory.resolve(name));
                if (attributes == null) {
                    drop(name);
                } else {
                    byte[] content = Objects.requireNonNull(contents.get(task.id()));
                    stamps.put(name, FileStamp.of(attributes, clock.instant()).saying(content));
                }
            } catch (IOException e) {
                // It is written all the same; the next look reads it.
                stamps.put(name, FileStamp.UNKNOWN);
                failed.add(name);
            }
        }
        generation = mark.generation();
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
        suspected.clear();
        graph.clear();
        generation = -1;
        sweptGeneration = -1;
        unsaved = 0;
        directoryKey = key;
        return key == null;
    }

    /// Takes in everything: what was kept of it, and what the files say that changed since.
    private void readAll() throws IOException {
        List<Seen> seen = new ArrayList<>();
        try {
            if (directoryKey != null && Files.exists(snapshot)) {
                // What changes from here on is told, so that the next call need not look again.
                Optional<Set<Path>> _ = watch.changes();
                // Of many files this takes as long as reading what was kept.
                SideBySide.run(this::restore, () -> see(seen));
            } else {
                see(seen);
            }
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        }
        sweep(seen);
    }

    /// What a file is like.
    private record Seen(Listed file, BasicFileAttributes attributes) {}

    /// A file that is meant to be a task.
    private record Listed(Path path, String name) {}

    /// Looks at every file there is, and reads none.
    private void see(List<Seen> seen) {
        try {
            for (Listed file : files()) {
                BasicFileAttributes attributes = attributes(file.path());
                if (attributes != null) {
                    seen.add(new Seen(file, attributes));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void sweep() throws IOException {
        if (directoryKey == null) {
            return;
        }
        List<Seen> seen = new ArrayList<>(stamps.size());
        try {
            see(seen);
        } catch (UncheckedIOException e) {
            throw Objects.requireNonNull(e.getCause());
        }
        sweep(seen);
    }

    private void sweep(List<Seen> seen) throws IOException {
        int missing = stamps.size();
        for (Seen each : seen) {
            FileStamp known = stamps.get(each.file().name());
            missing -= known == null ? 0 : 1;
            if (known == null || !known.says(each.attributes())) {
                // Afresh: by now another may be there, of a kind that must not be opened.
                look(each.file().path());
            }
        }
        if (missing != 0) {
            Set<String> gone = new HashSet<>(stamps.keySet());
            seen.forEach(each -> gone.remove(each.file().name()));
            gone.forEach(this::drop);
        }
        sweepDueNanos = System.nanoTime() + SWEEP_EVERY.toNanos();
    }

    private List<Listed> files() throws IOException {
        List<Listed> files = new ArrayList<>(stamps.size());
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory)) {
            for (Path file : entries) {
                String name = String.valueOf(file.getFileName());
                if (TaskFiles.isMeant(name)) {
                    files.add(new Listed(file, name));
                }
            }
        } catch (DirectoryIteratorException e) {
            throw Objects.requireNonNull(e.getCause());
        }
        return files;
    }

    // ---- beside the calls

    private void sweepBesideIfDue() {
        if (System.nanoTime() - sweepDueNanos < 0) {
            return;
        }
        Thread thread = Thread.ofPlatform().daemon().name("tasks").unstarted(this::sweepBeside);
        if (sweeper.compareAndSet(null, thread)) {
            thread.start();
        }
    }

    /// Looks which files are not what they were, for the next call to read.
    private void sweepBeside() {
        long begun = System.nanoTime();
        try {
            Set<String> gone = new HashSet<>(stamps.keySet());
            for (Listed file : files()) {
                gone.remove(file.name());
                BasicFileAttributes attributes = attributes(file.path());
                FileStamp known = stamps.get(file.name());
                if (attributes == null || known == null || !known.says(attributes)) {
                    suspected.add(file.name());
                }
            }
            suspected.addAll(gone);
        } catch (IOException e) {
            LOG.warn("the tasks could not be looked through: {}", e.getMessage());
        } finally {
            long took = System.nanoTime() - begun;
            sweepDueNanos =
                    System.nanoTime() + Math.max(SWEEP_EVERY.toNanos(), took * PAUSE_FACTOR);
            sweeper.set(null);
        }
    }

    // ---- one file

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
        FileStamp known = stamps.get(name);
        if (known != null && known.says(attributes)) {
            return;
        }
        FileStamp stamp = FileStamp.of(attributes, clock.instant());
        stamps.put(name, stamp);
        failed.remove(name);
        try {
            byte[] bytes = TaskFiles.bytes(file, attributes);
            FileStamp now = stamp.saying(bytes);
            stamps.put(name, now);
            if (known != null && known.saidTheSameAs(now)) {
                return;
            }
            unsaved++;
            TaskFiles.Content content = TaskFiles.parse(name, bytes);
            graph.put(content.task(), content.blocks());
        } catch (NoSuchFileException e) {
            drop(name);
        } catch (TaskFiles.UnreadableException e) {
            graph.putUnreadable(name, e.reason());
        } catch (IOException e) {
            stamps.put(name, FileStamp.UNKNOWN);
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

    // ---- the snapshot

    private void restore() {
        for (TaskSnapshot.Entry entry : TaskSnapshot.read(snapshot).entries()) {
            stamps.put(TaskFiles.name(entry.content().task().id()), entry.stamp());
            graph.put(entry.content().task(), entry.content().blocks());
        }
        unsaved = 0;
    }

    /// Keeps what was read for the next start, if that is sooner done than reading it again.
    private void saveIfWorthIt() {
        if (unsaved <= Math.max(UNSAVED_MAX, stamps.size() / UNSAVED_SHARE)) {
            return;
        }
        unsaved = 0;
        List<TaskSnapshot.Entry> entries = new ArrayList<>(stamps.size());
        for (TaskFiles.Content content : graph.contents()) {
            FileStamp stamp = stamps.get(TaskFiles.name(content.task().id()));
            if (stamp != null && stamp.isSettled()) {
                entries.add(new TaskSnapshot.Entry(content, stamp));
            }
        }
        try {
            Path state = snapshot.getParent();
            if (state != null) {
                AtomicFile.makeDirectories(state, Database.ownerOnly());
            }
            new TaskSnapshot(entries).write(snapshot);
        } catch (Problem problem) {
            LOG.warn("the next start takes longer: {}", problem.getMessage());
        }
    }
}
