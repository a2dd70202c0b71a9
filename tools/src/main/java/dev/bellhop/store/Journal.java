package dev.bellhop.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that happened in a project, in order. Lines are added and never changed.
public final class Journal {

    public static final String TABLE =
            """
            create table if not exists journal (
                seq integer primary key autoincrement,
                at text not null,
                consumer text not null,
                client text not null,
                subject text not null,
                event text not null,
                before text,
                after text
            )\
            """;

    public static final String INDEX =
            "create index if not exists journal_subject on journal (subject, seq)";

    private final Database database;

    public Journal(Database database) {
        this.database = database;
    }

    /// Who did it.
    ///
    /// @param consumer the conversation or the person
    /// @param client the program they used, such as `claude-code 2.1.329`
    public record Author(String consumer, String client) {}

    /// One thing that happened.
    ///
    /// @param subject what it happened to: `#12`, or a job id
    /// @param event one word: `created`, `changed`, `started`, `ended`
    /// @param before what of the subject was different before, as JSON, or null
    /// @param after what of the subject was different afterwards, as JSON, or null
    public record Entry(
            Instant at,
            Author author,
            String subject,
            String event,
            @Nullable String before,
            @Nullable String after) {}

    /// Adds a line, as part of the transaction that `connection` is in.
    public void append(Connection connection, Entry entry) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into journal (at, consumer, client, subject, event, before, after)"
                                + " values (?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, entry.at().toString());
            insert.setString(2, entry.author().consumer());
            insert.setString(3, entry.author().client());
            insert.setString(4, entry.subject());
            insert.setString(5, entry.event());
            insert.setString(6, entry.before());
            insert.setString(7, entry.after());
            insert.executeUpdate();
        }
    }

    /// The last lines about `subject`, oldest first.
    public List<Entry> about(String subject, int limit) {
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "select * from journal where subject = ?"
                                    + " order by seq desc limit ?")) {
                select.setString(1, subject);
                select.setInt(2, limit);
                List<Entry> entries = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        entries.addFirst(
                                new Entry(
                                        Instant.parse(row.getString("at")),
                                        new Author(
                                                row.getString("consumer"), row.getString("client")),
                                        row.getString("subject"),
                                        row.getString("event"),
                                        row.getString("before"),
                                        row.getString("after")));
                    }
                }
                return entries;
            }
        });
    }
}
