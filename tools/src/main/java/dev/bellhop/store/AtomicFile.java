package dev.bellhop.store;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.time.Instant;
import java.util.concurrent.ThreadLocalRandom;

/// Files that are replaced whole: a reader sees the old content or the new, whatever dies when.
public final class AtomicFile {

    static final String TEMPORARY_SUFFIX = ".tmp";

    private AtomicFile() {}

    /// Makes `content` the content of `file`. When this returns it is on disk, and survives a power
    /// cut.
    ///
    /// @throws Problem `UNAVAILABLE` if it cannot be written; the file is then what it was, unless
    ///   the message says that this is not known
    public static void write(Path file, byte[] content) {
        replace(file, content);
        syncDirectory(directoryOf(file));
    }

    /// As [#write], but the new name may be lost with the power until [#syncDirectory] was called
    /// on its directory.
    public static void replace(Path file, byte[] content) {
        Path temporary = temporaryFor(file);
        try {
            try (FileChannel channel = create(temporary)) {
                writeAll(channel, content);
                channel.force(true);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            discard(temporary, e);
            throw failed("could not write", file, e);
        }
    }

    /// As [#replace], for what can be worked out again: it may be lost with the power.
    public static void replaceLoosely(Path file, byte[] content) {
        Path temporary = temporaryFor(file);
        try {
            try (FileChannel channel = create(temporary)) {
                writeAll(channel, content);
            }
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            discard(temporary, e);
            throw failed("could not write", file, e);
        }
    }

    /// Makes the names in `directory` last.
    public static void syncDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            throw Problem.unavailable(
                    "it is not known whether the last change in %s would survive a power cut: %s"
                            .formatted(directory, reason(e)),
                    "Read it again before you repeat the call.");
        }
    }

    /// Deletes what writers that died left in `directory` before `before`.
    public static void sweep(Path directory, Instant before) {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(directory, ".*" + TEMPORARY_SUFFIX)) {
            for (Path file : files) {
                if (Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS)
                        .toInstant()
                        .isBefore(before)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw failed("could not clean up", directory, e);
        }
    }

    /// Makes `directory` and those above it, each new one with `attributes`.
    public static void makeDirectories(Path directory, FileAttribute<?>... attributes) {
        try {
            Files.createDirectories(directory, attributes);
        } catch (IOException e) {
            throw failed("could not make the directory", directory, e);
        }
    }

    /// `could not …: reason`, with what to do about it.
    ///
    /// @param did such as `could not write`
    public static Problem failed(String did, Path file, IOException e) {
        String reason = reason(e);
        String hint =
                switch (e) {
                    case NoSuchFileException _ -> "Check that the directory is still there.";
                    default ->
                            reason.contains("No space left") || reason.contains("quota")
                                    ? "Free some space, then make the same call again."
                                    : "Check its permissions, then make the same call again.";
                };
        return Problem.unavailable("%s %s: %s".formatted(did, file, reason), hint);
    }

    private static String reason(IOException e) {
        if (e instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason();
        }
        return switch (e) {
            case NoSuchFileException _ -> "no such file or directory";
            case FileAlreadyExistsException _ -> "something of that name is in the way";
            case java.nio.file.AccessDeniedException _ -> "permission denied";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /// A new file beside `file`. Nobody can have planted a link under its name: it must not exist.
    private static FileChannel create(Path temporary) throws IOException {
        return FileChannel.open(
                temporary,
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE,
                LinkOption.NOFOLLOW_LINKS);
    }

    private static Path temporaryFor(Path file) {
        return file.resolveSibling(
                ".%s.%08x%s"
                        .formatted(
                                file.getFileName(),
                                ThreadLocalRandom.current().nextInt(),
                                TEMPORARY_SUFFIX));
    }

    private static void writeAll(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    private static void discard(Path temporary, IOException because) {
        try {
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            because.addSuppressed(e);
        }
    }

    private static Path directoryOf(Path file) {
        Path directory = file.getParent();
        if (directory == null) {
            throw new IllegalArgumentException("not in a directory: " + file);
        }
        return directory;
    }
}
