package dev.bellhop.store;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Which files of a folder somebody changed since one last asked.
///
/// Only Linux tells at once; elsewhere the JDK looks every few seconds, so that this always answers
/// "look at everything".
public final class FolderWatch implements AutoCloseable {

    static final boolean PROMPT =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

    /// Where nobody tells.
    static final Duration LOOK_EVERY = Duration.ofMillis(200);

    private final Path folder;
    private @Nullable WatchService service;
    private @Nullable WatchKey key;

    public FolderWatch(Path folder) {
        this.folder = folder;
    }

    /// The names of the files that changed; empty if that is not known and everything has to be
    /// looked at. Not for several threads at once.
    public Optional<Set<Path>> changes() {
        WatchKey watched = key;
        if (!PROMPT || watched == null) {
            watch();
            return Optional.empty();
        }
        Set<Path> names = new TreeSet<>();
        boolean known = true;
        for (WatchEvent<?> event : watched.pollEvents()) {
            known &= !event.kind().equals(StandardWatchEventKinds.OVERFLOW);
            if (event.context() instanceof Path name) {
                names.add(name);
            }
        }
        if (!watched.reset()) {
            key = null;
            known = false;
        }
        return known ? Optional.of(names) : Optional.empty();
    }

    /// Waits until something has changed in the folder, or for `longest`. For one thread alone,
    /// which does not ask for [#changes] as well.
    public void await(Duration longest) throws InterruptedException {
        WatchService open = service;
        if (open == null || key == null) {
            watch();
            if (key == null) {
                Thread.sleep(longest.compareTo(LOOK_EVERY) < 0 ? longest : LOOK_EVERY);
            }
            return;
        }
        WatchKey changed = open.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
        if (changed != null) {
            changed.pollEvents();
            key = changed.reset() ? changed : null;
        }
    }

    @Override
    public void close() {
        WatchService open = service;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw AtomicFile.failed("could not stop watching", folder, e);
            }
        }
    }

    private void watch() {
        if (!PROMPT || !Files.isDirectory(folder)) {
            return;
        }
        try {
            WatchService open = service;
            if (open == null) {
                open = folder.getFileSystem().newWatchService();
                service = open;
            }
            key =
                    folder.register(
                            open,
                            StandardWatchEventKinds.ENTRY_CREATE,
                            StandardWatchEventKinds.ENTRY_MODIFY,
                            StandardWatchEventKinds.ENTRY_DELETE);
        } catch (IOException | ClosedWatchServiceException e) {
            // Out of watches, or a file system without them: then everything is looked at each
            // time.
            key = null;
        }
    }
}
