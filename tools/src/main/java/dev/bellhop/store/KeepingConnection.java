package dev.bellhop.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;
import org.sqlite.core.DB;
import org.sqlite.jdbc4.JDBC4Connection;
import org.sqlite.jdbc4.JDBC4PreparedStatement;

/// A connection whose prepared statements are closed by whoever used them, as usual, and kept all
/// the same for who prepares the same text next: making one takes SQLite twice as long as running
/// it. As any connection it is not for several threads at once.
final class KeepingConnection extends JDBC4Connection {

    /// The product has about as many, and each takes a few kilobytes.
    private static final int KEPT_MAX = 100;

    // In the order in which they were used, the one that was not for longest at first.
    private final Map<String, Kept> kept = new LinkedHashMap<>(KEPT_MAX, 0.75f, true);

    /// @param url such as `jdbc:sqlite:/a/file`
    /// @param file the file in it
    KeepingConnection(String url, String file, Properties properties) throws SQLException {
        super(url, file, properties);
    }

    @Override
    public PreparedStatement prepareStatement(
            String sql, int resultSetType, int concurrency, int holdability) throws SQLException {
        checkOpen();
        Kept statement = kept.get(sql);
        if (statement != null && statement.isInUse) {
            return super.prepareStatement(sql, resultSetType, concurrency, holdability);
        }
        // A statement that failed badly is closed by the driver.
        if (statement == null || statement.pointer.isClosed()) {
            statement = new Kept(this, sql);
            kept.put(sql, statement);
        }
        statement.isInUse = true;
        dropTooMany();
        return statement;
    }

    private void dropTooMany() throws SQLException {
        Iterator<Kept> eldest = kept.values().iterator();
        while (kept.size() > KEPT_MAX && eldest.hasNext()) {
            Kept statement = eldest.next();
            if (!statement.isInUse) {
                eldest.remove();
                statement.drop();
            }
        }
    }

    /// A statement that is reset where another is closed.
    private static final class Kept extends JDBC4PreparedStatement {

        private boolean isInUse;

        Kept(KeepingConnection connection, String sql) throws SQLException {
            super(connection, sql);
        }

        @Override
        public void close() throws SQLException {
            if (!isInUse) {
                return;
            }
            isInUse = false;
            rs.close();
            if (!pointer.isClosed()) {
                // One whose rows were not all fetched would hold what it has locked.
                pointer.safeRunInt(DB::reset);
                clearParameters();
            }
        }

        private void drop() throws SQLException {
            super.close();
        }
    }
}
