package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DatabaseTest {

    private final Path file;

    DatabaseTest(@TempDir Path root) {
        file = root.resolve("state/test.db");
    }

    private Database open() {
        return new Database(
                file, List.of("create table if not exists counter (value integer not null)"));
    }

    private static int add(Connection connection) throws SQLException {
        int value = count(connection);
        try (Statement statement = connection.createStatement()) {
            statement.execute("insert into counter values (" + value + ")");
        }
        return value + 1;
    }

    private static int count(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select count(*) from counter")) {
            return row.getInt(1);
        }
    }

    @Test
    void workThatFailsLeavesNothingAndItsProblemTravelsUntouched() {
        Database database = open();
        Problem problem = Problem.conflict("no", "Do not.");

        Problem thrown =
                assertThrows(
                        Problem.class,
                        () ->
                                database.transact(connection -> {
                                    add(connection);
                                    throw problem;
                                }));

        assertSame(problem, thrown);
        assertEquals(0, database.read(DatabaseTest::count));
        assertEquals(1, database.transact(DatabaseTest::add));
        assertEquals(1, open().read(DatabaseTest::count));
    }

    /// What has to be on disk must not be let off because something else had not to be.
    @Test
    void whatIsDoneLooselyIsThereAndTheNextWorkIsBroughtToTheDiskAgain() {
        Database database = open();

        for (int i = 1; i <= 3; i++) {
            assertEquals(1, database.transactLoosely(DatabaseTest::synchronous));
            assertEquals(2, database.transact(DatabaseTest::synchronous));
        }
        assertEquals(1, database.transactLoosely(DatabaseTest::add));
        assertThrows(
                Problem.class,
                () ->
                        database.transactLoosely(connection -> {
                            add(connection);
                            throw Problem.conflict("no", "Do not.");
                        }));

        assertEquals(List.of(1, 2), database.read(c -> List.of(count(c), synchronous(c))));
        assertEquals(1, open().read(DatabaseTest::count));
    }

    private static int synchronous(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("pragma synchronous")) {
            return row.getInt(1);
        }
    }

    /// Statements are kept for who asks the same next, who must find nothing of who asked before.
    @Test
    void aStatementIsAsNewWhoeverUsedItBefore() {
        Database database = open();
        String echo = "select ?";
        database.transact(connection -> {
            try (PreparedStatement first = connection.prepareStatement(echo)) {
                first.setInt(1, 7);
                try (PreparedStatement second = connection.prepareStatement(echo)) {
                    second.setInt(1, 8);
                    assertNotSame(first, second);
                    assertEquals(List.of("7", "8"), List.of(said(first), said(second)));
                }
            }
            try (PreparedStatement again = connection.prepareStatement(echo)) {
                again.setString(1, "left behind");
                ResultSet open = again.executeQuery();
                assertTrue(open.next());
            }
            PreparedStatement closed;
            try (PreparedStatement again = connection.prepareStatement(echo)) {
                assertEquals("null", said(again));
                closed = again;
            }
            assertSame(closed, connection.prepareStatement(echo));
            return null;
        });
    }

    private static String said(PreparedStatement select) throws SQLException {
        try (ResultSet row = select.executeQuery()) {
            return row.next() ? String.valueOf(row.getString(1)) : "nothing";
        }
    }

    /// The driver closes one that fails for no reason it knows.
    @Test
    void aStatementThatFailedIsMadeAgain() {
        Database database = open();
        database.read(connection -> {
            for (String sql : List.of("rollback", "rollback", "begin immediate")) {
                try (PreparedStatement statement = connection.prepareStatement(sql)) {
                    if (sql.equals("rollback")) {
                        assertThrows(SQLException.class, statement::execute);
                    } else {
                        statement.execute();
                    }
                }
            }
            try (PreparedStatement statement = connection.prepareStatement("rollback")) {
                return statement.execute();
            }
        });
        assertEquals(1, database.transact(DatabaseTest::add));
    }

    @Test
    void aStatementThatBrokeARuleCanBeUsedAgain() {
        Database database = open();
        database.transact(connection -> {
            for (String value : List.of("1", "null", "2")) {
                try (PreparedStatement insert =
                        connection.prepareStatement("insert into counter values (?)")) {
                    insert.setObject(1, value.equals("null") ? null : Integer.valueOf(value));
                    if (value.equals("null")) {
                        assertThrows(SQLException.class, insert::executeUpdate);
                    } else {
                        assertEquals(1, insert.executeUpdate());
                    }
                }
            }
            return null;
        });

        assertEquals(2, open().read(DatabaseTest::count));
    }

    @Test
    void ofManyStatementsTheLastAreKeptAndThoseInUse() {
        Database database = open();
        database.read(connection -> {
            try (PreparedStatement inUse = connection.prepareStatement("select 'in use'")) {
                PreparedStatement first = connection.prepareStatement("select 0");
                first.close();
                for (int i = 0; i < 250; i++) {
                    try (PreparedStatement select = connection.prepareStatement("select " + i)) {
                        assertEquals(String.valueOf(i), said(select));
                    }
                }
                assertNotSame(first, connection.prepareStatement("select 0"));
                assertEquals("in use", said(inUse));
            }
            return null;
        });
        database.close();
    }

    @Test
    void connectionsThatWriteAtOnceLoseNothing() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                all.add(
                        threads.submit(() -> {
                            Database database = open();
                            for (int j = 0; j < 25; j++) {
                                database.transact(DatabaseTest::add);
                            }
                        }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertEquals(100, open().read(DatabaseTest::count));
    }

    @Test
    void onlyItsOwnerMayReadIt() throws IOException {
        open().transact(DatabaseTest::add);

        assertEquals(
                "rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(file.getParent())));
    }

    @Test
    void aDatabaseOfALaterShapeIsNotTouched() {
        open().transact(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("pragma user_version = 4");
            }
        });

        Problem problem = assertThrows(Problem.class, () -> open().read(DatabaseTest::count));

        assertEquals(
                file + " was written by a later Bellhop (shape 4, this one knows 3)",
                problem.getMessage());
    }
}
