package dev.bellhop.store;

import dev.bellhop.base.Problem;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.JDBC;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteErrorCode;

/// The tables of one project. Opened when first used; several processes share them.
///
/// It outlives its file. One that was deleted or replaced, also while it is open, is made anew or
/// opened again; one that is damaged is set aside, never deleted, and a new one is made.
public final class Database implements AutoCloseable {

    /// Which shape of the tables this program knows. A file of an earlier one is upgraded, and one
    /// of a later one is not touched.
    static final int VERSION = 3;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long BUSY_PAUSE_NANOS = 1_000_000;

    /// How often the file may vanish under one call.
    private static final int TRIES = 4;

    /// A log that a long reader made longer is cut back to this when that reader is gone.
    private static final int LOG_BYTES = 64 << 20;

    private final DatabaseFiles files;
    private final List<String> tables;
    private final Map<Integer, List<String>> upgrades;
    private final Afresh afresh;
    // Not a fair one: of a thousand calls each would wait for all others at each of its statements,
    // and all would be answered at the very end.
    private final ReentrantLock lock = new ReentrantLock();
    private @Nullable Open open;
    private boolean closed;

    /// A connection, and the files it works with.
    private record Open(Connection connection, DatabaseFiles.Identity identity) {}

    /// A database whose tables begin empty, and have always had this shape.
    ///
    /// @param file made if it is missing, as is its directory, for its owner alone
    /// @param tables `create table if not exists` statements
    public Database(Path file, List<String> tables) {
        this(file, tables, Map.of(), (_, _) -> {});
    }

    /// @param file made if it is missing, as is its directory, for its owner alone
    /// @param tables `create … if not exists` statements that make the newest shape
    /// @param upgrades under n, the statements that lead from shape n to the next; `tables` are run
    ///   after them
    /// @param afresh what a new file begins with
    public Database(
            Path file, List<String> tables, Map<Integer, List<String>> upgrades, Afresh afresh) {
        this.files = DatabaseFiles.of(file);
        this.tables = List.copyOf(tables);
        this.upgrades = Map.copyOf(upgrades);
        this.afresh = afresh;
    }

    /// Gets ready what opening any database takes. Whoever comes first does, and waits; with this
    /// that need not be somebody in a hurry.
    public static void load() {
        SQLiteConfig _ = new SQLiteConfig();
    }

    /// What is done with the tables. It is run again when the file vanished meanwhile, so it leaves
    /// no trace but in the tables.
    ///
    /// @param <T> what comes of it
    @FunctionalInterface
    public interface Work<T extends @Nullable Object> {
        T run(Connection connection) throws SQLException;
    }

    /// Why a file is new.
    public sealed interface Reason {

        /// There was none: this is the first start, or it was lost.
        record Missing() implements Reason {}

        /// The one that was there could not be read.
        ///
        /// @param aside where it is now
        record Damaged(Path aside) implements Reason {}
    }

    /// What a new file begins with. Part of the transaction that makes its tables: whoever opens it
    /// sees both or neither, and if it throws it is run again by the next call.
    @FunctionalInterface
    public interface Afresh {

        /// Fills the tables, which are empty.
        ///
        /// @param connection the only way to this database meanwhile; other processes wait for it
        void enter(Connection connection, Reason reason) throws SQLException;
    }

    /// Does all of `work` or none of it. When this returns, what it did is on disk.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails; anything `work` throws is thrown on as
    ///   it is
    public <T extends @Nullable Object> T transact(Work<T> work) {
        return call(current -> {
            T result = transact(current.connection(), work);
            // If the file went while we wrote, we wrote where nobody will read.
            return files.identity().isSameAs(current.identity())
                    ? Optional.of(new Done<>(result))
                    : Optional.empty();
        });
    }

    /// As [#transact], for what can be done again: until something else is on disk it may be lost
    /// with the power, though not with this process.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails
    public <T extends @Nullable Object> T transactLoosely(Work<T> work) {
        return call(current -> {
            boolean isFull = false;
            try {
                synchronous(current.connection(), "normal");
                Optional<Done<T>> done =
                        Optional.of(new Done<>(transact(current.connection(), work)));
                synchronous(current.connection(), "full");
                isFull = true;
                return done;
            } finally {
                if (!isFull) {
                    // Nothing else may be done as loosely: the next call opens another.
                    open = null;
                    current.connection().close();
                }
            }
        });
    }

    // Not a kept statement: SQLite does what this says while it prepares it.
    private static void synchronous(Connection connection, String how) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute("pragma synchronous = " + how);
        }
    }

    private static <T extends @Nullable Object> T transact(Connection connection, Work<T> work)
            throws SQLException {
        // We begin and commit by hand because the driver, with auto-commit off, would begin the
        // next transaction as soon as one ends, and so keep other processes out for good.
        // Immediate: what is read here is still true when it is written.
        execute(connection, "begin immediate");
        boolean done = false;
        try {
            T result = work.run(connection);
            execute(connection, "commit");
            done = true;
            return result;
        } finally {
            if (!done) {
                rollBack(connection);
            }
        }
    }

    private static void execute(Connection connection, String sql) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            statement.execute();
        }
    }

    private static void rollBack(Connection connection) {
        try {
            execute(connection, "rollback");
        } catch (SQLException e) {
            // SQLite has rolled back by itself, as it does when the disk is full. What led here
            // says more.
        }
    }

    /// Reads. What several statements of `work` see may lie apart in time.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails
    public <T extends @Nullable Object> T read(Work<T> work) {
        return call(current -> Optional.of(new Done<>(work.run(current.connection()))));
    }

    /// What came of a call, which may be null.
    private record Done<T extends @Nullable Object>(T result) {}

    /// One try to do what was asked; empty if it came to nothing and is to be made again.
    @FunctionalInterface
    private interface Try<T extends @Nullable Object> {
        Optional<Done<T>> run(Open open) throws SQLException;
    }

    private <T extends @Nullable Object> T call(Try<T> work) {
        lock.lock();
        try {
            long begun = System.nanoTime();
            int tries = 0;
            while (tries < TRIES) {
                try {
                    Optional<Done<T>> done = work.run(open());
                    if (done.isPresent()) {
                        return done.get().result();
                    }
                    tries++;
                } catch (SQLException e) {
                    switch (Failure.of(e)) {
                        case BUSY -> {
                            if (System.nanoTime() - begun >= PATIENCE.toNanos()) {
                                throw failed(e);
                            }
                            LockSupport.parkNanos(BUSY_PAUSE_NANOS);
                        }
                        case DAMAGED -> {
                            if (++tries == TRIES) {
                                throw failed(e);
                            }
                            reopen(true);
                        }
                        case FULL, BROKEN_DISK, FORBIDDEN, OTHER -> {
                            if (++tries == TRIES || isStillThere()) {
                                throw failed(e);
                            }
                        }
                    }
                }
            }
            throw Problem.unavailable(
                    "the database %s vanishes again and again".formatted(files.file()),
                    "See who deletes it, then make the same call again.");
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    private boolean isStillThere() {
        Open current = open;
        return current == null || current.identity().isSameAs(files.identity());
    }

    // ---- opening

    private Open open() throws SQLException {
        if (closed) {
            throw Problem.unavailable(
                    "this server is ending", "Make the same call to the next one.");
        }
        Open current = open;
        return current != null && current.identity().isSameAs(files.identity())
                ? current
                : reopen(false);
    }

    /// @param damaged whether the connection there is says so of the file
    private Open reopen(boolean damaged) throws SQLException {
        Path directory = files.directory();
        AtomicFile.makeDirectories(directory, ownerOnly());
        SqliteLibrary.load(directory.getParent() == null ? directory : directory.getParent());
        // Who makes or replaces the file does so alone, and the others find what it made.
        try (DirectoryLock.Held _ =
                DirectoryLock.on(directory.resolve("." + files.file().getFileName() + ".lock"))
                        .acquire()) {
            Reason reason = release(damaged);
            Open opened = connect(reason);
            open = opened;
            return opened;
        }
    }

    /// Lets go of the connection there is.
    private Reason release(boolean damaged) throws SQLException {
        Open before = open;
        if (before == null) {
            return new Reason.Missing();
        }
        open = null;
        Reason reason = new Reason.Missing();
        try {
            DatabaseFiles.Identity now = files.identity();
            boolean emptied = now.isEmpty() && now.isOfSameFileAs(before.identity());
            if (emptied || (damaged && now.isSameAs(before.identity()))) {
                // Before the connection is closed: SQLite would write what is left of the log into
                // the file, and leaves one alone that has moved.
                reason = new Reason.Damaged(files.setAside());
            } else if (!now.isOfSameFileAs(before.identity())) {
                // What is in the log of the file that is gone would be read as part of the new one.
                files.deleteRemainsOf(before.identity());
            } else if (!damaged) {
                saveLog(before.connection());
            }
        } finally {
            before.connection().close();
        }
        return reason;
    }

    /// The log was deleted, and we are among those that still have it: what it holds goes into the
    /// file.
    private static void saveLog(Connection connection) {
        try (Statement statement = connection.createStatement()) {
            statement.execute("pragma wal_checkpoint(truncate)");
        } catch (SQLException e) {
            // What cannot be saved was lost before.
        }
    }

    private Open connect(Reason reason) throws SQLException {
        DatabaseFiles.Identity before = files.identity();
        if (before.isEmpty()) {
            files.deleteRemainsOf(before);
        }
        try {
            return connectOnce(reason);
        } catch (SQLException e) {
            if (Failure.of(e) == Failure.DAMAGED && files.identity().isOfSameFileAs(before)) {
                return connectOnce(new Reason.Damaged(files.setAside()));
            }
            throw e;
        }
    }

    private Open connectOnce(Reason reason) throws SQLException {
        SQLiteConfig config = new SQLiteConfig();
        config.setBusyTimeout((int) PATIENCE.toMillis());
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setJournalSizeLimit(LOG_BYTES);
        // Or the driver asks after each insert which number the row got.
        config.setGetGeneratedKeys(false);
        String file = files.file().toString();
        Connection connection =
                new KeepingConnection(JDBC.PREFIX + file, file, config.toProperties());
        boolean ready = false;
        try {
            prepare(connection, reason);
            Open opened = new Open(connection, files.identity());
            ready = true;
            return opened;
        } finally {
            if (!ready) {
                connection.close();
            }
        }
    }

    private void prepare(Connection connection, Reason reason) throws SQLException {
        int version = version(connection);
        if (version > VERSION) {
            throw Problem.unavailable(
                    "%s was written by a later Bellhop (shape %d, this one knows %d)"
                            .formatted(files.file(), version, VERSION),
                    "Use the later one, or move the file away to start afresh.");
        }
        try (Statement statement = connection.createStatement()) {
            statement.execute("pragma journal_mode = wal");
        }
        if (version == 0) {
            files.restrict();
        }
        if (version < VERSION) {
            transact(
                    connection,
                    within -> {
                        shape(within, version);
                        if (version == 0) {
                            afresh.enter(within, reason);
                        }
                        return null;
                    });
        }
    }

    private static int version(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("pragma user_version")) {
            return row.getInt(1);
        }
    }

    /// @param version the shape there is; 0 if there is none
    private void shape(Connection connection, int version) throws SQLException {
        List<String> statements = new ArrayList<>();
        for (int from = version; from > 0 && from < VERSION; from++) {
            statements.addAll(upgrades.getOrDefault(from, List.of()));
        }
        statements.addAll(tables);
        statements.add("pragma user_version = " + VERSION);
        try (Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
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

    /// Lets go of the file for good: calls that come later are refused, and so do not make anew
    /// what somebody deletes then.
    ///
    /// @throws Problem `UNAVAILABLE` if the database fails
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            Open current = open;
            open = null;
            if (current != null) {
                current.connection().close();
            }
        } catch (SQLException e) {
            throw failed(e);
        } finally {
            lock.unlock();
        }
    }

    // ---- how it is

    /// Where it lies.
    public Path directory() {
        return files.directory();
    }

    /// The damaged files that were set aside, oldest first.
    public List<Path> asides() {
        return files.asides();
    }

    /// The file system it lies on, such as `nfs4`, if that may be one that several machines share:
    /// there two of them would damage it. Empty if not.
    public Optional<String> network() {
        return Optional.of(files.fileSystem()).filter(DatabaseFiles::isNetwork);
    }

    /// What is wrong with its content; empty if nothing is. Reads all of it.
    public List<String> damage() {
        return read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery("pragma integrity_check(10)")) {
                List<String> said = new ArrayList<>();
                while (row.next()) {
                    said.add(row.getString(1));
                }
                return said.equals(List.of("ok")) ? List.of() : said;
            }
        });
    }

    // ---- failures

    /// What can be done about a failure of SQLite.
    private enum Failure {
        BUSY,
        DAMAGED,
        FULL,
        BROKEN_DISK,
        FORBIDDEN,
        OTHER;

        static Failure of(SQLException e) {
            // The rest of the number tells kinds of the same failure apart.
            return switch (SQLiteErrorCode.getErrorCode(e.getErrorCode() & 0xff)) {
                case SQLITE_BUSY, SQLITE_PROTOCOL -> BUSY;
                case SQLITE_CORRUPT, SQLITE_NOTADB -> DAMAGED;
                case SQLITE_FULL -> FULL;
                case SQLITE_IOERR -> BROKEN_DISK;
                case SQLITE_CANTOPEN, SQLITE_PERM, SQLITE_READONLY -> FORBIDDEN;
                default -> OTHER;
            };
        }
    }

    private Problem failed(SQLException e) {
        Failure failure = Failure.of(e);
        String said =
                failure == Failure.BUSY
                        ? "another process has kept the database %s busy for %d s"
                                .formatted(files.file(), PATIENCE.toSeconds())
                        : "the database %s failed: %s".formatted(files.file(), e.getMessage());
        String first =
                switch (failure) {
                    case BUSY -> "";
                    case FULL -> "Free some space on the disk of %s. ";
                    case BROKEN_DISK -> "Check the disk of %s, and that it has space. ";
                    case FORBIDDEN -> "Check the permissions of %s. ";
                    case DAMAGED, OTHER -> "If this comes again, run bellhop doctor. ";
                };
        return Problem.unavailable(
                said, first.formatted(files.directory()) + "Make the same call again.");
    }
}
