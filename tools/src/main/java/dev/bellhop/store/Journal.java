package dev.bellhop.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that happened in a project, in order. Lines are added and never changed.
public final class Journal {

    private static final String TABLE =
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

    private static final String INDEX =
            "create index if not exists journal_subject on journal (subject, seq)";

    /// Which entries somebody has yet to be told. A row is here until its holder has acknowledged
    /// it; `shown` counts how often it went out, and `sent_by` and `sent_nanos` say from which
    /// process and when it last did.
    private static final String UNTOLD =
            """
            create table if not exists untold (
                seq integer primary key references journal (seq),
                key text not null,
                holder text not null,
                text text not null,
                shown integer not null default 0,
                sent_by text,
                sent_nanos integer
            )\
            """;

    /// The statements that make the tables of this class.
    public static List<String> tables() {
        return List.of(TABLE, INDEX, UNTOLD);
    }

    private final Database database;
    private final QuietMark quiet;

    public Journal(Database database) {
        this.database = database;
        this.quiet = QuietMark.beside(database);
    }

    /// Who did it.
    ///
    /// @param consumer the conversation or the person
    /// @param client the program they used, such as `claude-code 2.1.329`
    public record Author(String consumer, String client) {

        private static final String PERSON = "person:";

        /// A person at a terminal or a page.
        public static Author person(String name, String client) {
            return new Author(PERSON + name, client);
        }

        /// Whether it is a person, and no agent.
        public boolean isPerson() {
            return consumer.startsWith(PERSON);
        }

        /// Who the person is.
        public String person() {
            return consumer.substring(PERSON.length());
        }
    }

    /// One thing that happened.
    ///
    /// @param subject what it happened to: `#12`, or a job id
    /// @param event one word: `created`, `changed`, `started`, `ended`
    /// @param before what of the subject was different before, as JSON, or null
    /// @param after what of the subject was different afterwards, as JSON, or null
    /// @param news what somebody has to be told of it, or null
    public record Entry(
            Instant at,
            Author author,
            String subject,
            String event,
            @Nullable String before,
            @Nullable String after,
            @Nullable News news) {}

    /// What somebody has to be told.
    ///
    /// @param holder the consumer who is to be told; one that nobody is called, such as the empty
    ///   name, means the first who comes
    /// @param key names the matter, such as `bg:3fa94c01`
    /// @param text as it is shown
    /// @param folds whether it says all that earlier news of the same matter did, and takes the
    ///   place of those that the holder was not shown
    public record News(String holder, String key, String text, boolean folds) {

        /// News that stand beside the earlier ones of the same matter.
        public News(String holder, String key, String text) {
            this(holder, key, text, false);
        }

        /// News that take the place of those of the same matter that were not shown.
        public static News folding(String holder, String key, String text) {
            return new News(holder, key, text, true);
        }
    }

    /// Adds a line, as part of the transaction that `connection` is in.
    ///
    /// @return its number, higher than that of every line before it
    public long append(Connection connection, Entry entry) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into journal (at, consumer, client, subject, event, before, after)"
                                + " values (?, ?, ?, ?, ?, ?, ?) returning seq")) {
            insert.setString(1, entry.at().toString());
            insert.setString(2, entry.author().consumer());
            insert.setString(3, entry.author().client());
            insert.setString(4, entry.subject());
            insert.setString(5, entry.event());
            insert.setString(6, entry.before());
            insert.setString(7, entry.after());
            try (ResultSet row = insert.executeQuery()) {
                long seq = row.getLong(1);
                if (entry.news() != null) {
                    appendNews(connection, seq, entry.news());
                }
                return seq;
            }
        }
    }

    private void appendNews(Connection connection, long seq, News news) throws SQLException {
        quiet.remove();
        if (news.folds()) {
            try (PreparedStatement delete =
                    connection.prepareStatement(
                            "delete from untold where key = ? and holder = ? and shown = 0")) {
                delete.setString(1, news.key());
                delete.setString(2, news.holder());
                delete.executeUpdate();
            }
        }
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into untold (seq, key, holder, text) values (?, ?, ?, ?)")) {
            insert.setLong(1, seq);
            insert.setString(2, news.key());
            insert.setString(3, news.holder());
            insert.setString(4, news.text());
            insert.executeUpdate();
        }
    }

    /// The last lines about `subject`, oldest first, without their news.
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
                        entries.addFirst(entry(row));
                    }
                }
                return entries;
            }
        });
    }

    /// Which lines somebody wants to see; null where it does not matter.
    ///
    /// @param subject what they are about, such as `#12`
    /// @param since the time of the first
    /// @param client what the name of the program begins with, whatever its case
    /// @param limit how many at most, the newest
    public record Wanted(
            @Nullable String subject,
            @Nullable Instant since,
            @Nullable String client,
            int limit) {}

    /// A line with its number.
    public record Line(long seq, Entry entry) {}

    /// What was found.
    ///
    /// @param lines oldest first, without their news
    /// @param hasMore whether there are older ones beyond the limit
    public record Found(List<Line> lines, boolean hasMore) {}

    /// The newest lines that are wanted.
    public Found find(Wanted wanted) {
        return database.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(query(wanted))) {
                int at = 1;
                if (wanted.subject() != null) {
                    select.setString(at++, wanted.subject());
                }
                if (wanted.since() != null) {
                    // Below the second the text of a time has as many digits as it needs.
                    select.setString(
                            at++, wanted.since().truncatedTo(ChronoUnit.SECONDS).toString());
                }
                if (wanted.client() != null) {
                    select.setString(at, wanted.client());
                }
                List<Line> lines = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        Line line = new Line(row.getLong("seq"), entry(row));
                        if (wanted.since() != null && line.entry().at().isBefore(wanted.since())) {
                            continue;
                        }
                        if (lines.size() == wanted.limit()) {
                            return new Found(lines, true);
                        }
                        lines.addFirst(line);
                    }
                }
                return new Found(lines, false);
            }
        });
    }

    private static String query(Wanted wanted) {
        List<String> conditions = new ArrayList<>();
        if (wanted.subject() != null) {
            conditions.add("subject = ?");
        }
        if (wanted.since() != null) {
            conditions.add("substr(at, 1, 19) >= substr(?, 1, 19)");
        }
        if (wanted.client() != null) {
            conditions.add("instr(lower(client), lower(?)) = 1");
        }
        return "select * from journal"
                + (conditions.isEmpty() ? "" : " where " + String.join(" and ", conditions))
                + " order by seq desc";
    }

    private static Entry entry(ResultSet row) throws SQLException {
        return new Entry(
                Instant.parse(row.getString("at")),
                new Author(row.getString("consumer"), row.getString("client")),
                row.getString("subject"),
                row.getString("event"),
                row.getString("before"),
                row.getString("after"),
                null);
    }
}
