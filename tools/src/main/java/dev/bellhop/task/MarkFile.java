package dev.bellhop.task;

import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/// The file `.seq`, which holds the [ChangeMark] of a directory. Not for several threads at once.
///
/// It is overwritten in place: making it anew would cost each change a second file, and ext4 a
/// search past the numbers of all that were just deleted. So it has a checksum, for who reads while
/// it is written.
final class MarkFile {

    /// How often it is read before what is wrong with it counts as damage: nobody takes that long
    /// to write it.
    private static final int TRIES = 10;

    private final Path file;
    private byte[] known = new byte[0];
    private ChangeMark mark = ChangeMark.NONE;

    MarkFile(Path file) {
        this.file = file;
    }

    /// The mark in the file; that of an empty directory if there is none or it is broken. Of one
    /// that is torn the ids, without what the last changes wrote.
    ChangeMark read() {
        try {
            for (int tries = 1; Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS); tries++) {
                byte[] bytes = Files.readAllBytes(file);
                if (Arrays.equals(bytes, known)) {
                    return mark;
                }
                Optional<ChangeMark> whole = ChangeMark.parse(bytes);
                if (whole.isPresent()) {
                    known = bytes;
                    mark = whole.get();
                    return mark;
                }
                if (tries == TRIES) {
                    return ChangeMark.parseHead(bytes);
                }
                Thread.onSpinWait();
            }
            return ChangeMark.NONE;
        } catch (NoSuchFileException e) {
            return ChangeMark.NONE;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// Makes `next` the mark. It may be lost with the power until [#sync] was called.
    void write(ChangeMark next) {
        byte[] bytes = next.text().getBytes(StandardCharsets.US_ASCII);
        try {
            if (!isOurs() || !overwrite(bytes)) {
                // This is rare, and what took its place loosely could be empty after a power cut.
                AtomicFile.write(file, bytes);
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not write", file, e);
        }
        known = bytes;
        mark = next;
    }

    /// Makes what was written last.
    void sync() {
        AtomicFile.sync(file);
    }

    /// Whether it is a file of which no other name can be in somebody's way.
    private boolean isOurs() throws IOException {
        try {
            Map<String, Object> attributes =
                    Files.readAttributes(
                            file, "unix:nlink,isRegularFile", LinkOption.NOFOLLOW_LINKS);
            return attributes.equals(Map.of("nlink", 1, "isRegularFile", true));
        } catch (NoSuchFileException | UnsupportedOperationException e) {
            return false;
        }
    }

    /// @return false if it may be replaced at most
    private boolean overwrite(byte[] bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            ByteBuffer buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                channel.write(buffer, buffer.position());
            }
            if (channel.size() > bytes.length) {
                channel.truncate(bytes.length);
            }
            return true;
        } catch (AccessDeniedException e) {
            return false;
        }
    }
}
