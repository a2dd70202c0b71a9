package dev.bellhop.store;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Which files of a folder somebody changed since one last asked.
///
/// Only Linux tells at once; elsewhere the JDK looks every few seconds, so that this always answers
/// "look at everything".
public final class FolderWatch {

    private static final boolean PROMPT =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("linux");

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
