package dev.bellhop.job;

import dev.bellhop.base.Posix;
import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// Keeps what a job writes within its limit: of a log that is too long the middle is given back to
/// the disk, by a hole in the file. What is shown of it keeps its place.
final class OutputLimit {

    // Of the limit, so much is kept of a log's beginning and of its end.
    private static final int HEAD_SHARE = 64;
    private static final int TAIL_SHARE = 8;

    private static final long BLOCK = 4_096;

    private final JobFolder folder;
    private final long bytesMax;
    private boolean canMakeHoles;

    /// @param bytesMax how much both logs may take together
    OutputLimit(JobFolder folder, long bytesMax) {
        this.folder = folder;
        this.bytesMax = bytesMax;
    }

    long bytesMax() {
        return bytesMax;
    }

    /// Finds out whether it can make holes while the logs are short: later that may wait for the
    /// disk, and the first hole of a server takes its time.
    void prepare() {
        try {
            // Not in a log: of two, the one written last is shown last.
            canMakeHoles = probe(folder.definitionFile());
        } catch (IOException e) {
            // What is wrong shows again when room is needed, and is said then.
            canMakeHoles = false;
        }
    }

    /// A hole behind the end changes nothing but when the file was written last, and shows whether
    /// holes can be made. Far behind: a log may grow meanwhile.
    private boolean probe(Path file) throws IOException {
        return Posix.punchHole(file, roundedUp(Files.size(file)) + (bytesMax << 1), BLOCK);
    }

    /// Makes room where it is needed.
    ///
    /// @param end how long the logs are
    /// @return false if there is too much, and the file system cannot make holes
    boolean keep(JobOutput.Cursor end) {
        // When the longer one was shortened, the other may still be too long.
        for (int i = 0; i < JobOutput.Stream.values().length; i++) {
            long stdout = kept(JobOutput.Stream.STDOUT, end);
            long stderr = kept(JobOutput.Stream.STDERR, end);
            if (stdout + stderr <= bytesMax) {
                return true;
            }
            JobOutput.Stream longer =
                    stdout >= stderr ? JobOutput.Stream.STDOUT : JobOutput.Stream.STDERR;
            if (!shorten(longer, end.of(longer))) {
                return false;
            }
        }
        return true;
    }

    private long kept(JobOutput.Stream stream, JobOutput.Cursor end) {
        return end.of(stream)
                - folder.gaps().read(stream).map(gap -> gap.to() - gap.from()).orElse(0L);
    }

    private boolean shorten(JobOutput.Stream stream, long size) {
        Path log = folder.log(stream);
        long from = roundedUp(bytesMax / HEAD_SHARE);
        long to = (size - bytesMax / TAIL_SHARE) / BLOCK * BLOCK;
        Optional<Gap> before = folder.gaps().read(stream);
        long alreadyTo = before.map(Gap::to).orElse(from);
        if (to <= alreadyTo) {
            return true;
        }
        try {
            canMakeHoles = canMakeHoles || probe(log);
            if (!canMakeHoles) {
                return false;
            }
            folder.gaps().write(stream, new Gap(from, to));
            // The gap is told before what is left in its place can be taken for output. From the
            // beginning: a server that died may have told of more than it gave back.
            return Posix.punchHole(log, from, to - from);
        } catch (NoSuchFileException e) {
            // Somebody deleted the log, and with it what was too much.
            return true;
        } catch (IOException e) {
            throw AtomicFile.failed("could not make room in", log, e);
        }
    }

    private static long roundedUp(long bytes) {
        return (bytes + BLOCK - 1) / BLOCK * BLOCK;
    }
}
