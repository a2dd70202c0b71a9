package dev.bellhop.store;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The file of a database, and the two that SQLite keeps beside it.
///
/// Nobody here ever opens them: the operating system would drop SQLite's locks on whatever this
/// process closes.
///
/// @param log what is committed, and not in the file yet
/// @param index where to find things in the log; several processes share it as memory
record DatabaseFiles(Path file, Path log, Path index) {

    private static final Set<String> NETWORKS =
            Set.of(
                    "9p", "afpfs", "afs", "ceph", "cifs", "drvfs", "lustre", "nfs", "nfs4", "smb2",
                    "smb3", "smbfs", "vboxsf", "webdav");

    /// Of network file systems in a process of their own, such as `fuse.sshfs`.
    private static final String IN_USER_SPACE = "fuse.";

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    static DatabaseFiles of(Path file) {
        return new DatabaseFiles(file, beside(file, "-wal"), beside(file, "-shm"));
    }

    private static Path beside(Path file, String suffix) {
        return file.resolveSibling(file.getFileName() + suffix);
    }

    /// Which files are there now: they are others when these were deleted or replaced.
    ///
    /// @param isEmpty whether the file of the database is missing or without content
    record Identity(
            @Nullable Object file, @Nullable Object log, @Nullable Object index, boolean isEmpty) {

        boolean isSameAs(Identity other) {
            return isOfSameFileAs(other)
                    && Objects.equals(log, other.log)
                    && Objects.equals(index, other.index)
                    && isEmpty == other.isEmpty;
        }

        boolean isOfSameFileAs(Identity other) {
            return Objects.equals(file, other.file);
        }
    }

    Identity identity() {
        BasicFileAttributes attributes = attributes(file);
        return new Identity(
                keyOf(attributes),
                keyOf(attributes(log)),
                keyOf(attributes(index)),
                attributes == null || attributes.size() == 0);
    }

    private static @Nullable Object keyOf(@Nullable BasicFileAttributes attributes) {
        return attributes == null ? null : attributes.fileKey();
    }

    private static @Nullable BasicFileAttributes attributes(Path file) {
        try {
            return Files.readAttributes(file, BasicFileAttributes.class);
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// Gives the files a name under which nobody works with them: that of the database, when it was
    /// last changed.
    Path setAside() {
        try {
            Instant changed = Files.getLastModifiedTime(file).toInstant();
            Path aside = freeName(prefix() + TIME.format(changed));
            // In this order: what is left if we die in between has no database, and goes.
            Files.move(file, aside);
            moveIfThere(log, beside(aside, "-wal"));
            moveIfThere(index, beside(aside, "-shm"));
            AtomicFile.syncDirectory(directory());
            return aside;
        } catch (IOException e) {
            throw AtomicFile.failed("could not set aside the damaged", file, e);
        }
    }

    private static void moveIfThere(Path from, Path to) throws IOException {
        if (Files.exists(from)) {
            Files.move(from, to);
        }
    }

    private Path freeName(String name) {
        Path free = file.resolveSibling(name);
        for (int i = 2; Files.exists(free); i++) {
            free = file.resolveSibling(name + "." + i);
        }
        return free;
    }

    private String prefix() {
        return file.getFileName() + ".damaged-";
    }

    /// The databases that were set aside, by name.
    List<Path> asides() {
        try (DirectoryStream<Path> all = Files.newDirectoryStream(directory())) {
            List<Path> asides = new ArrayList<>();
            for (Path each : all) {
                String name = String.valueOf(each.getFileName());
                if (name.startsWith(prefix()) && !name.endsWith("-wal") && !name.endsWith("-shm")) {
                    asides.add(each);
                }
            }
            asides.sort(null);
            return asides;
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (DirectoryIteratorException e) {
            throw AtomicFile.failed(
                    "could not list", directory(), Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw AtomicFile.failed("could not list", directory(), e);
        }
    }

    /// Deletes the log and the index that were there with `gone`, a database that is not there any
    /// more. Another process may still work with them, and a new database must not share them.
    void deleteRemainsOf(Identity gone) {
        Identity now = identity();
        try {
            if (now.log() != null && now.log().equals(gone.log())) {
                Files.deleteIfExists(log);
            }
            if (now.index() != null && now.index().equals(gone.index())) {
                Files.deleteIfExists(index);
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not delete what was left of", file, e);
        }
    }

    /// The directory keeps others out already; this is for a directory that somebody opened up.
    void restrict() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw AtomicFile.failed("could not restrict", file, e);
        }
    }

    /// The kind of file system they lie on, such as `ext4`.
    String fileSystem() {
        try {
            return Files.getFileStore(directory()).type();
        } catch (IOException e) {
            throw AtomicFile.failed("could not look at", directory(), e);
        }
    }

    /// Whether a file system of this kind may be shared with other machines. SQLite's index is
    /// memory, which they would not share.
    static boolean isNetwork(String fileSystem) {
        return NETWORKS.contains(fileSystem) || fileSystem.startsWith(IN_USER_SPACE);
    }

    Path directory() {
        Path directory = file.toAbsolutePath().getParent();
        if (directory == null) {
            throw new IllegalStateException("not in a directory: " + file);
        }
        return directory;
    }
}
