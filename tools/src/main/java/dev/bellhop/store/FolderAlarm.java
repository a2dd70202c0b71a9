package dev.bellhop.store;

import java.io.IOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Wakes those who wait for something to change in folders of theirs.
///
/// However many wait and whatever for, they take one watch of the kernel's and one virtual thread,
/// and nothing when nobody waits: a user has few such watches for all programs together.
public final class FolderAlarm {

    private final ReentrantLock lock = new ReentrantLock();

    // Guarded by the lock, as everything below.
    private final Map<Path, Watched> watched = new HashMap<>();
    private final Set<Waiter> waiters = new HashSet<>();
    private @Nullable WatchService service;

    /// A folder that is watched, and for whom.
    private record Watched(WatchKey key, Set<Waiter> waiters) {}

    /// Somebody who waits; to be closed.
    public Waiter waiter() {
        lock.lock();
        try {
            Waiter waiter = new Waiter();
            waiters.add(waiter);
            return waiter;
        } finally {
            lock.unlock();
        }
    }

    /// One who waits. Only one thread waits at once; any may close it.
    public final class Waiter implements AutoCloseable {
        private final Condition rung = lock.newCondition();
        private boolean isRung;
        private boolean isClosed;

        // Some folder of it cannot be watched, so that it has to look for itself.
        private boolean isDeaf;

        private Waiter() {}

        /// From when this returns on, changes in these folders wake it, and no others. In the place
        /// of a folder that is not there stands the nearest one above it that is.
        public void watch(Set<Path> folders) {
            lock.lock();
            try {
                if (isClosed) {
                    return;
                }
                isDeaf = !FolderWatch.PROMPT;
                Set<Path> wanted = new HashSet<>();
                for (Path folder : FolderWatch.PROMPT ? folders : Set.<Path>of()) {
                    try {
                        Path there = nearest(folder);
                        wanted.add(there);
                        watched(there).waiters().add(this);
                    } catch (IOException | ClosedWatchServiceException e) {
                        // Out of watches, a file system without them, or gone this very moment.
                        isDeaf = true;
                    }
                }
                forget(this, wanted);
            } finally {
                lock.unlock();
            }
        }

        /// Waits until something has changed since this was last asked, or for `longest`.
        ///
        /// @return whether something may have changed
        public boolean await(Duration longest) throws InterruptedException {
            lock.lockInterruptibly();
            try {
                Duration pause =
                        isDeaf && longest.compareTo(FolderWatch.LOOK_EVERY) > 0
                                ? FolderWatch.LOOK_EVERY
                                : longest;
                long left = pause.toNanos();
                while (!isRung && !isClosed && left > 0) {
                    left = rung.awaitNanos(left);
                }
                boolean mayHaveChanged = isRung || isDeaf;
                isRung = false;
                return mayHaveChanged;
            } finally {
                lock.unlock();
            }
        }

        /// Ends the wait.
        @Override
        public void close() {
            lock.lock();
            try {
                isClosed = true;
                rung.signalAll();
                forget(this, Set.of());
                waiters.remove(this);
                if (waiters.isEmpty()) {
                    stop();
                }
            } finally {
                lock.unlock();
            }
        }

        private void ring() {
            isRung = true;
            rung.signalAll();
        }
    }

    private static Path nearest(Path folder) throws IOException {
        Path there = folder.toAbsolutePath().normalize();
        while (!Files.isDirectory(there) && there.getParent() != null) {
            there = there.getParent();
        }
        // One folder by two names would be one watch, which ends for both when one lets it go.
        return there.toRealPath();
    }

    private Watched watched(Path folder) throws IOException {
        Watched known = watched.get(folder);
        if (known != null && known.key().isValid()) {
            return known;
        }
        Watched fresh =
                new Watched(
                        folder.register(
                                service(),
                                StandardWatchEventKinds.ENTRY_CREATE,
                                StandardWatchEventKinds.ENTRY_MODIFY,
                                StandardWatchEventKinds.ENTRY_DELETE),
                        known == null ? new HashSet<>() : known.waiters());
        watched.put(folder, fresh);
        return fresh;
    }

    private WatchService service() throws IOException {
        WatchService open = service;
        if (open == null) {
            WatchService opened = FileSystems.getDefault().newWatchService();
            service = opened;
            Thread.ofVirtual().name("folders").start(() -> ring(opened));
            return opened;
        }
        return open;
    }

    private void forget(Waiter waiter, Set<Path> but) {
        Iterator<Map.Entry<Path, Watched>> all = watched.entrySet().iterator();
        while (all.hasNext()) {
            Map.Entry<Path, Watched> each = all.next();
            Watched folder = each.getValue();
            if (!but.contains(each.getKey())
                    && folder.waiters().remove(waiter)
                    && folder.waiters().isEmpty()) {
                folder.key().cancel();
                all.remove();
            }
        }
    }

    private void stop() {
        WatchService open = service;
        service = null;
        watched.clear();
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                // It watches nothing any more that anybody waits for.
            }
        }
    }

    private void ring(WatchService open) {
        try {
            while (true) {
                ring(open.take());
            }
        } catch (ClosedWatchServiceException | InterruptedException e) {
            // Nobody waits any more.
        }
    }

    private void ring(WatchKey key) {
        key.pollEvents();
        // One that is gone is watched anew when a waiter says again what it waits for.
        boolean _ = key.reset();
        lock.lock();
        try {
            Watched folder = key.watchable() instanceof Path path ? watched.get(path) : null;
            if (folder != null && folder.key().equals(key)) {
                folder.waiters().forEach(Waiter::ring);
            }
        } finally {
            lock.unlock();
        }
    }
}
