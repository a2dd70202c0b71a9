package dev.bellhop.store;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Keeps other processes, and the other threads of this one, out while a directory is changed.
///
/// The kernel lets go of it when its holder dies, so there are no stale locks. Inside it nobody
/// starts a process, waits or calls out.
public final class DirectoryLock {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    // Short, and never longer: a process that makes one change after another leaves the lock free
    // for moments only, and whoever looks rarely would miss them all.
    private static final long POLL_NANOS = 500_000;

    // The operating system drops a lock when the process closes any channel on its file, whoever
    // opened that. So there is one channel for a lock file in the whole process, never a second.
    private static final Map<Path, DirectoryLock> IN_THIS_PROCESS = new ConcurrentHashMap<>();

    private final Path file;
    private final ReentrantLock threads = new ReentrantLock(true);
    private @Nullable FileChannel channel;
    private @Nullable Object channelKey;

    private DirectoryLock(Path file) {
        this.file = file;
    }

    /// The lock whose file is `file`. It is made when first taken, and never deleted.
    public static DirectoryLock on(Path file) {
        return IN_THIS_PROCESS.computeIfAbsent(
                file.toAbsolutePath().normalize(), DirectoryLock::new);
    }

    /// The lock, until it is closed.
    public final class Held implements AutoCloseable {
        private final FileLock lock;

        private Held(FileLock lock) {
            this.lock = lock;
        }

        @Override
        public void close() {
            try {
                lock.release();
            } catch (IOException e) {
                closeChannel();
                throw AtomicFile.failed("could not unlock", file, e);
            } finally {
                threads.unlock();
            }
        }
    }

    /// Takes the lock. Threads of this process wait for each other in order; another process is
    /// waited for up to 5 s.
    ///
    /// @throws Problem `UNAVAILABLE` if another process keeps it
    public Held acquire() {
        threads.lock();
        boolean held = false;
        try {
            Held result = new Held(lockFile());
            held = true;
            return result;
        } catch (IOException e) {
            closeChannel();
            throw AtomicFile.failed("could not lock", file, e);
        } finally {
            if (!held) {
                threads.unlock();
            }
        }
    }

    private FileLock lockFile() throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            FileLock lock = openChannel().tryLock();
            if (lock != null) {
                // If the directory was replaced meanwhile, this is a lock on a file that nobody
                // else can find any more.
                if (Objects.equals(channelKey, keyOf(file))) {
                    return lock;
                }
                closeChannel();
            } else if (System.nanoTime() >= deadline) {
                throw Problem.unavailable(
                        "another process has kept %s locked for %d s"
                                .formatted(file, PATIENCE.toSeconds()),
                        "Make the same call again.");
            } else {
                LockSupport.parkNanos(POLL_NANOS);
            }
        }
    }

    private FileChannel openChannel() throws IOException {
        FileChannel open = channel;
        if (open == null || !open.isOpen()) {
            if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)
                    && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
                // Opening a pipe would wait for ever for somebody at its other end.
                throw new IOException("not a regular file");
            }
            open =
                    FileChannel.open(
                            file,
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE,
                            LinkOption.NOFOLLOW_LINKS);
            channel = open;
            channelKey = keyOf(file);
        }
        return open;
    }

    private void closeChannel() {
        FileChannel open = channel;
        channel = null;
        if (open != null) {
            try {
                open.close();
            } catch (IOException e) {
                throw AtomicFile.failed("could not close", file, e);
            }
        }
    }

    private static @Nullable Object keyOf(Path file) throws IOException {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (NoSuchFileException e) {
            return null;
        }
    }
}
