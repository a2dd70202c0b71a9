package dev.bellhop.sink;

import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// Tells an event by adding a line to a file.
final class FileDelivery {

    private FileDelivery() {}

    /// Adds the line. When it was delivered it is on disk.
    static Outcome attempt(Sink.NdjsonFile sink, Event event) {
        try {
            append(sink.file(), event.json() + "\n");
            return new Outcome.Delivered("");
        } catch (IOException e) {
            return Outcome.refused("%s: %s".formatted(sink.file(), AtomicFile.reason(e)));
        }
    }

    private static void append(Path file, String line) throws IOException {
        boolean isThere = Files.exists(file, LinkOption.NOFOLLOW_LINKS);
        // Before it is opened: opening a pipe would wait for somebody at its other end.
        if (isThere && !Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            throw new IOException("not a regular file, which is all that is written to");
        }
        byte[] bytes =
                ((isThere && endsWithinALine(file) ? "\n" : "") + line)
                        .getBytes(StandardCharsets.UTF_8);
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(
                                StandardOpenOption.CREATE,
                                StandardOpenOption.APPEND,
                                LinkOption.NOFOLLOW_LINKS),
                        forItsOwner())) {
            // In one piece, so that lines of several processes do not mix.
            int written = channel.write(ByteBuffer.wrap(bytes));
            if (written < bytes.length) {
                throw new IOException(
                        "only %d of %d bytes could be written".formatted(written, bytes.length));
            }
            channel.force(true);
        }
    }

    /// Whether the last line was not written to its end. It spoils no other then.
    private static boolean endsWithinALine(Path file) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS)) {
            long size = channel.size();
            ByteBuffer last = ByteBuffer.allocate(1);
            return size > 0 && channel.read(last, size - 1) == 1 && last.get(0) != '\n';
        }
    }

    private static FileAttribute<?>[] forItsOwner() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        };
    }
}
