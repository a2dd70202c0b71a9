package dev.bellhop.store;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Files that are replaced whole: a reader sees the old content or the new, whatever dies when.
public final class AtomicFile {

    private static final String TEMPORARY_SUFFIX = ".tmp";

    /// `.name.3fa94c01.tmp`, where `name` is that of the file to be.
    private static final Pattern TEMPORARY = Pattern.compile("\\.([^/]+)\\.[0-9a-f]{8}\\.tmp");

    private AtomicFile() {}

    /// Makes `content` the content of `file`. When this returns it is on disk, and survives a power
    /// cut.
    ///
    /// @throws Problem `UNAVAILABLE` if it cannot be written; the file is then what it was, unless
    ///   the message says that this is not known
    public static void write(Path file, byte[] content) {
        stage(file, content).commit();
        syncDirectory(directoryOf(file));
    }

    /// As [#write], for what only its owner may read.
    public static void writePrivately(Path file, byte[] content) {
        stage(file, content, true, ownerAlone()).commit();
        syncDirectory(directoryOf(file));
    }

    /// Writes `content` beside `file`, which stays what it is. When this returns the content is on
    /// disk and has its space, so that little can go wrong in [Staged#commit].
    ///
    /// @throws Problem `UNAVAILABLE` if it cannot be written
    public static Staged stage(Path file, byte[] content) {
        return stage(file, content, true);
    }

    /// As [#stage], but it may be lost with the power until [Staged#sync] was called.
    ///
    /// @throws Problem `UNAVAILABLE` if it cannot be written
    public static Staged stageLoosely(Path file, byte[] content) {
        return stage(file, content, false);
    }

    /// As [#write], for what can be worked out again: it may be lost with the power.
    public static void replaceLoosely(Path file, byte[] content) {
        stage(file, content, false).commit();
    }

    /// As [#replaceLoosely], for what only its owner may read.
    public static void replaceLooselyAndPrivately(Path file, byte[] content) {
        stage(file, content, false, ownerAlone()).commit();
    }

    /// What makes a file its owner's alone: mode 0600, where there are modes.
    public static FileAttribute<?>[] ownerAlone() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    private static Staged stage(
            Path file, byte[] content, boolean toDisk, FileAttribute<?>... attributes) {
        Staged staged = new Staged(temporaryFor(file), file);
        try (FileChannel channel = create(staged.temporary, attributes)) {
            writeAll(channel, content);
            if (toDisk) {
                channel.force(true);
            }
        } catch (IOException e) {
            staged.discard();
            throw failed("could not write", file, e);
        }
        return staged;
    }

    /// What a file is about to contain.
    ///
    /// @param temporary where it is until then
    public record Staged(Path temporary, Path file) {

        /// What lies staged in `directory` under the name `temporary`.
        ///
        /// @throws IllegalArgumentException if nothing is ever staged under such a name
        public static Staged named(Path directory, String temporary) {
            Matcher matcher = TEMPORARY.matcher(temporary);
            if (!matcher.matches()) {
                throw new IllegalArgumentException("not a staged file: " + temporary);
            }
            return new Staged(directory.resolve(temporary), directory.resolve(matcher.group(1)));
        }

        /// Brings the content to the disk, if that was not done.
        ///
        /// @throws Problem `UNAVAILABLE` if that cannot be done
        public void sync() {
            AtomicFile.sync(temporary);
        }

        /// Makes it the content of the file. The new name may be lost with the power until
        /// [#syncDirectory] was called on the directory.
        ///
        /// @throws Problem `UNAVAILABLE` if the file cannot be replaced; nothing is staged any more
        public void commit() {
            try {
                move();
            } catch (IOException e) {
                discard();
                throw failed("could not write", file, e);
            }
        }

        /// As [#commit], but it stays staged if the file cannot be replaced.
        ///
        /// @throws java.nio.file.NoSuchFileException if it is not staged: it was committed before
        public void move() throws IOException {
            Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
        }

        /// Forgets it. What cannot be deleted is swept later.
        public void discard() {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException e) {
                // Whoever asked is told of the failure that led here.
            }
        }
    }

    /// Makes what was written to `file` last.
    ///
    /// @throws Problem `UNAVAILABLE` if that cannot be done
    public static void sync(Path file) {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS)) {
            channel.force(true);
        } catch (IOException e) {
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

    /// Deletes what writers that died left in `directory` before `before`. What cannot be deleted
    /// stays.
    public static void sweep(Path directory, Instant before) {
        try (DirectoryStream<Path> files =
                Files.newDirectoryStream(
                        directory, file -> file.toString().endsWith(TEMPORARY_SUFFIX))) {
            for (Path file : files) {
                sweepFile(file, before);
            }
        } catch (DirectoryIteratorException e) {
            throw failed("could not clean up", directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw failed("could not clean up", directory, e);
        }
    }

    private static void sweepFile(Path file, Instant before) {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (TEMPORARY.matcher(String.valueOf(file.getFileName())).matches()
                    && attributes.isRegularFile()
                    && attributes.lastModifiedTime().toInstant().isBefore(before)) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            // It is in nobody's way.
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

    /// What the operating system said.
    public static String reason(IOException e) {
        if (e instanceof FileSystemException named && named.getReason() != null) {
            return named.getReason();
        }
        return switch (e) {
            case NoSuchFileException _ -> "no such file or directory";
            case FileAlreadyExistsException _ -> "something of that name is in the way";
            case AccessDeniedException _ -> "permission denied";
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    /// A new file beside `file`. Nobody can have planted a link under its name: it must not exist.
    private static FileChannel create(Path temporary, FileAttribute<?>... attributes)
            throws IOException {
        return FileChannel.open(
                temporary,
                Set.of(
                        StandardOpenOption.CREATE_NEW,
                        StandardOpenOption.WRITE,
                        LinkOption.NOFOLLOW_LINKS),
                attributes);
    }

    private static Path temporaryFor(Path file) {
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        return file.resolveSibling("." + file.getFileName() + "." + random + TEMPORARY_SUFFIX);
    }

    private static void writeAll(FileChannel channel, byte[] content) throws IOException {
        ByteBuffer buffer = ByteBuffer.wrap(content);
        while (buffer.hasRemaining()) {
            channel.write(buffer);
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
