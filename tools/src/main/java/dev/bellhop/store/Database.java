package dev.bellhop.store;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;

/// The tables of one project. Opened when first used; several processes share them.
public final class Database {

    /// Which shape of the tables this program knows. A file of a later shape is not touched.
    private static final int VERSION = 1;

    private static final int BUSY_MILLIS = 5_000;

    private final Path file;
    private final List<String> tables;
    private final ReentrantLock lock = new ReentrantLock(true);
    private @Nullable Connection connection;

    /// @param file made if it is missing, as is its directory, for its owner alone
    /// @param tables `create table if not exists` statements
    public Database(Path file, List<String> tables) {
        this.file = file;
        this.tables = List.copyOf(tables);
    }

    /// What is done with the tables.
    ///
    /// @param <T> what comes of it
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T run(Connection connection) throws SQLException;
    }

    /// Does all of `work` or none of it. When this returns, what it did is on disk.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails; anything `work` throws is thrown on as
    ///   it is
    public <T extends @Nullable Object> T transact(Work<T> work) {
        lock.lock();
        try {
            return transact(open(), work);
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    private static <T extends @Nullable Object> T transact(Connection connection, Work<T> work)
            throws SQLException {
        try (Statement statement = connection.createStatement()) {
            // We begin and commit by hand because the driver, with auto-commit off, would begin the
            // next transaction as soon as one ends, and so keep other processes out for good.
            // Immediate: what is read here is still true when it is written.
            statement.execute("begin immediate");
            boolean done = false;
            try {
                T result = work.run(connection);
                statement.execute("commit");
                done = true;
                return result;
            } finally {
                if (!done) {
                    rollBack(statement);
                }
            }
        }
    }

    private static void rollBack(Statement statement) {
        try {
            statement.execute("rollback");
        } catch (SQLException e) {
            // SQLite has rolled back by itself, as it does when the disk is full. What led here
            // says more.
        }
    }

    /// Reads. What several statements of `work` see may lie apart in time.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails
    public <T extends @Nullable Object> T read(Work<T> work) {
        lock.lock();
        try {
            return work.run(open());
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    private Connection open() throws SQLException {
        Connection open = connection;
        if (open == null) {
            Path directory = file.toAbsolutePath().getParent();
            if (directory == null) {
                throw new IllegalStateException("not in a directory: " + file);
            }
            AtomicFile.makeDirectories(directory, ownerOnly());
            SqliteLibrary.load(directory.getParent() == null ? directory : directory.getParent());
            SQLiteConfig config = new SQLiteConfig();
            config.setBusyTimeout(BUSY_MILLIS);
            config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
            open = JDBC.createConnection("jdbc:sqlite:" + file, config.toProperties());
            boolean ready = false;
            try {
                prepare(open);
                ready = true;
            } finally {
                if (!ready) {
                    open.close();
                }
            }
            connection = open;
        }
        return open;
    }

    private void prepare(Connection open) throws SQLException {
        int version;
        try (Statement statement = open.createStatement()) {
            statement.execute("pragma journal_mode = wal");
            try (ResultSet row = statement.executeQuery("pragma user_version")) {
                version = row.getInt(1);
            }
        }
        if (version > VERSION) {
            throw Problem.unavailable(
                    "%s was written by a later Bellhop (shape %d, this one knows %d)"
                            .formatted(file, version, VERSION),
                    "Use the later one, or move the file away to start afresh.");
        }
        if (version < VERSION) {
            transact(
                    open,
                    connection -> {
                        try (Statement statement = connection.createStatement()) {
                            for (String table : tables) {
                                statement.execute(table);
                            }
                            return statement.execute("pragma user_version = " + VERSION);
                        }
                    });
            restrict();
        }
    }

    /// The directory keeps others out already; this is for a directory that somebody opened up.
    private void restrict() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return;
        }
        try {
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
        } catch (IOException e) {
            throw AtomicFile.failed("could not restrict", file, e);
        }
    }

    /// For what only its owner may read: directories of mode 0700.
    public static FileAttribute<?>[] ownerOnly() {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("posix")) {
            return new FileAttribute<?>[0];
        }
        return new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"))
        };
    }

    private Problem failed(SQLException e) {
        return Problem.unavailable(
                "the database %s failed: %s".formatted(file, e.getMessage()),
                "Make the same call again; if it fails again, run bellhop doctor.");
    }
}
