package dev.bellhop.sink;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What sinks have yet to be told, and what came of what they were told.
///
/// A row is an event for one sink. It is entered in the transaction in which the event happened, or
/// as soon as somebody sees the event in the journal; it is claimed for [#LEASE], so that of
/// several processes one delivers it; and it is `due` until it was `delivered` or is given up as
/// `failed`. Rows of the same name and sink are claimed one after the other, in the order of their
/// events.
public final class Outbox {

    /// How long a claim lasts that nobody settles: longer than the longest delivery.
    static final Duration LEASE = Duration.ofSeconds(60);

    static final Duration GIVE_UP_AFTER = Duration.ofHours(24);

    /// A row that has lain there for longer than [#GIVE_UP_AFTER] is still tried so often.
    static final int ATTEMPTS_MIN = 5;

    /// No pause is longer, whatever a sink asks for.
    static final Duration PAUSE_MAX = Duration.ofHours(24);

    private static final Duration BACKOFF_MAX = Duration.ofMinutes(5);

    /// How long is remembered what came of a delivery.
    static final Duration KEEP_FOR = Duration.ofDays(7);

    /// So many entries of the journal are looked through in one transaction.
    private static final int FOLLOW_ENTRIES_MAX = 500;

    private static final int DETAIL_CHARS_MAX = 600;

    private static final String TABLE =
            """
            create table if not exists outbox (
                id integer primary key autoincrement,
                delivery text not null default (lower(hex(randomblob(16)))),
                seq integer not null references journal (seq),
                sink text not null,
                name text not null,
                text text,
                added_at integer not null,
                attempts integer not null default 0,
                next_at integer not null,
                claimed_by text,
                claimed_at integer,
                state text not null default 'due',
                detail text,
                done_at integer
            )\
            """;

    private static final String DUE =
            "create index if not exists outbox_due on outbox (name, sink, id) where state = 'due'";

    private static final String SEQ = "create index if not exists outbox_seq on outbox (seq)";

    /// Up to which entry of the journal the sinks of the whole project have been followed.
    private static final String CURSOR =
            """
            create table if not exists outbox_cursor (
                name text primary key,
                seq integer not null
            )\
            """;

    /// Of each sink the first row that is due; those whose time has come and that nobody delivers.
    /// A time far in the future comes from a clock that was turned back since.
    private static final String HEADS =
            """
            select o.*, j.at, j.consumer, j.client, j.subject, j.event, j.before, j.after
            from outbox o left join journal j on j.seq = o.seq
            where o.id in (select min(id) from outbox where state = 'due' group by name, sink)
              and o.next_at not between ?1 + 1 and ?1 + %s
              and (o.claimed_at is null or o.claimed_at not between ?1 - %s and ?1 + %s)
            order by o.next_at, o.id limit ?2
            """
                    // %d would ask the locale for its digits, at each start.
                    .formatted(
                            PAUSE_MAX.plus(BACKOFF_MAX).toMillis(),
                            LEASE.toMillis(),
                            LEASE.toMillis());

    /// Made when there is something to deliver, which mostly there is not: it takes long to load.
    private static final class Json {
        static final ObjectMapper MAPPER = new ObjectMapper();
    }

    private final Database database;
    private final Path project;
    private final InstantSource clock;
    private final String self = ProcessIdentity.ofThisProcess().toString();

    // Rung when a row is added by this process.
    private final Semaphore bell = new Semaphore(0);

    /// @param project the directory that events name
    public Outbox(Database database, Path project, InstantSource clock) {
        this.database = database;
        this.project = project;
        this.clock = clock;
    }

    /// The statements that make the tables of this class.
    public static List<String> tables() {
        return List.of(TABLE, DUE, SEQ, CURSOR);
    }

    /// What came of an event for a sink, or how it stands.
    ///
    /// @param seq the event's place in the journal
    /// @param name the sink's
    /// @param state `due`, `delivered` or `failed`
    /// @param detail what the sink said last, or why it was not reached; null before the first
    ///   attempt
    /// @param doneAt when it was delivered or given up; null while it is due
    public record Result(
            long seq,
            String name,
            String state,
            int attempts,
            @Nullable String detail,
            @Nullable Instant doneAt) {}

    // ---- what is to be told

    /// Has `sink` told of an entry of the journal, as part of the transaction that `connection` is
    /// in. Nothing if the sink does not want events of that kind.
    ///
    /// @param seq of the entry, which was added in the same transaction or before
    /// @param name what the sink is called in results, such as `job:3fa94c01`; events for equal
    ///   sinks of the same name are delivered one after the other
    public void add(Connection connection, long seq, Sink sink, String name) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select j.subject, j.event, u.text from journal j left join untold u"
                                + " on u.seq = j.seq where j.seq = ?")) {
            select.setLong(1, seq);
            try (ResultSet row = select.executeQuery()) {
                if (row.next() && wants(sink, row)) {
                    insert(connection, seq, sink, name, row.getString("text"));
                }
            }
        }
    }

    /// Has the sinks of the whole project told of what is new in the journal since this was called
    /// last, by whatever process. A sink that is new begins with what happens from now on.
    ///
    /// @param sinks by their names
    public void follow(Map<String, Sink> sinks) {
        if (sinks.isEmpty()) {
            return;
        }
        while (database.read(connection -> isBehind(connection, sinks.keySet()))) {
            database.transact(connection -> {
                long last = lastSeq(connection);
                Map<String, Long> cursors = cursors(connection);
                for (Map.Entry<String, Sink> sink : sinks.entrySet()) {
                    Long cursor = cursors.get(sink.getKey());
                    long next =
                            cursor == null
                                    ? last
                                    : follow(connection, cursor, sink.getKey(), sink.getValue());
                    move(connection, sink.getKey(), next);
                }
                return null;
            });
        }
    }

    /// Forgets how far sinks of other names were followed: when there is one of such a name again
    /// it is new.
    public void forgetAllBut(Collection<String> names) {
        database.transact(connection -> {
            for (String known : cursors(connection).keySet()) {
                if (!names.contains(known)) {
                    try (PreparedStatement delete =
                            connection.prepareStatement(
                                    "delete from outbox_cursor where name = ?")) {
                        delete.setString(1, known);
                        delete.executeUpdate();
                    }
                }
            }
            return null;
        });
    }

    private long follow(Connection connection, long cursor, String name, Sink sink)
            throws SQLException {
        long next = cursor;
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select j.seq, j.subject, j.event, u.text from journal j left join untold"
                                + " u on u.seq = j.seq where j.seq > ? order by j.seq limit ?")) {
            select.setLong(1, cursor);
            select.setInt(2, FOLLOW_ENTRIES_MAX);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    next = row.getLong("seq");
                    if (wants(sink, row)) {
                        insert(connection, next, sink, name, row.getString("text"));
                    }
                }
            }
        }
        return next;
    }

    private static boolean wants(Sink sink, ResultSet entry) throws SQLException {
        return EventKind.of(entry.getString("subject"), entry.getString("event"))
                .filter(sink.events()::contains)
                .isPresent();
    }

    /// The text is kept here, since whoever is told it may acknowledge it at any time.
    private void insert(
            Connection connection, long seq, Sink sink, String name, @Nullable String text)
            throws SQLException {
        long now = clock.millis();
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into outbox (seq, sink, name, text, added_at, next_at)"
                                + " values (?, ?, ?, ?, ?, ?)")) {
            insert.setLong(1, seq);
            insert.setString(2, sink.toJson().toString());
            insert.setString(3, name);
            insert.setString(4, text);
            insert.setLong(5, now);
            insert.setLong(6, now);
            insert.executeUpdate();
        }
        bell.release();
    }

    private static boolean isBehind(Connection connection, Collection<String> names)
            throws SQLException {
        Map<String, Long> cursors = cursors(connection);
        long last = lastSeq(connection);
        return names.stream().anyMatch(name -> cursors.getOrDefault(name, -1L) < last);
    }

    private static long lastSeq(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select coalesce(max(seq), 0) from journal");
                ResultSet row = select.executeQuery()) {
            return row.getLong(1);
        }
    }

    private static Map<String, Long> cursors(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select name, seq from outbox_cursor");
                ResultSet row = select.executeQuery()) {
            Map<String, Long> cursors = new HashMap<>();
            while (row.next()) {
                cursors.put(row.getString(1), row.getLong(2));
            }
            return cursors;
        }
    }

    private static void move(Connection connection, String name, long seq) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("insert or replace into outbox_cursor values (?, ?)")) {
            insert.setString(1, name);
            insert.setLong(2, seq);
            insert.executeUpdate();
        }
    }

    // ---- delivering

    /// Waits until this process adds a row, or for `longest`. Others may have added one meanwhile.
    void await(Duration longest) throws InterruptedException {
        if (bell.tryAcquire(longest.toNanos(), TimeUnit.NANOSECONDS)) {
            bell.drainPermits();
        }
    }

    /// Whether anything is to be delivered, now or later.
    boolean hasDue() {
        return database.read(connection -> {
            try (PreparedStatement select =
                            connection.prepareStatement(
                                    "select 1 from outbox where state = 'due' limit 1");
                    ResultSet row = select.executeQuery()) {
                return row.next();
            }
        });
    }

    /// Takes on what is due, the longest due first: at most one row of each sink.
    List<Delivery> claim(int max) {
        long now = clock.millis();
        boolean any = database.read(connection -> !heads(connection, now, 1).isEmpty());
        return any ? database.transact(connection -> claim(connection, max)) : List.of();
    }

    /// Writes down what came of a delivery and, in the same transaction, takes on the next that is
    /// due for whatever sink: a delivery costs one write to disk.
    Optional<Delivery> settle(Delivery delivery, Outcome outcome) {
        return database.transact(connection -> {
            write(connection, delivery, outcome);
            return claim(connection, 1).stream().findFirst();
        });
    }

    /// Gives a delivery back as if it had not been taken on.
    void release(Delivery delivery) {
        database.transact(connection -> {
            try (PreparedStatement update =
                    connection.prepareStatement(
                            "update outbox set claimed_by = null, claimed_at = null,"
                                    + " attempts = attempts - 1 where id = ? and state = 'due'"
                                    + " and claimed_by = ? and claimed_at = ?")) {
                update.setLong(1, delivery.row());
                update.setString(2, self);
                update.setLong(3, delivery.claimedAtMillis());
                return update.executeUpdate();
            }
        });
    }

    private record Head(long row, String id, int attempts, String name, String sink, Entry entry) {}

    /// The columns of the journal and of the row that make an event; all null if the journal was
    /// lost.
    private record Entry(
            long seq,
            @Nullable String at,
            @Nullable String subject,
            @Nullable String word,
            Journal.Author author,
            @Nullable String before,
            @Nullable String after,
            @Nullable String text) {}

    private static List<Head> heads(Connection connection, long now, int max) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(HEADS)) {
            select.setLong(1, now);
            select.setInt(2, max);
            List<Head> heads = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    heads.add(
                            new Head(
                                    row.getLong("id"),
                                    row.getString("delivery"),
                                    row.getInt("attempts"),
                                    row.getString("name"),
                                    row.getString("sink"),
                                    new Entry(
                                            row.getLong("seq"),
                                            row.getString("at"),
                                            row.getString("subject"),
                                            row.getString("event"),
                                            new Journal.Author(
                                                    row.getString("consumer"),
                                                    row.getString("client")),
                                            row.getString("before"),
                                            row.getString("after"),
                                            row.getString("text"))));
                }
            }
            return heads;
        }
    }

    private List<Delivery> claim(Connection connection, int max) throws SQLException {
        long now = clock.millis();
        List<Delivery> claimed = new ArrayList<>();
        for (Head head : heads(connection, now, max)) {
            Delivery delivery;
            try {
                delivery = delivery(head, now);
            } catch (Problem | JsonProcessingException e) {
                // Of a later version, or changed by hand. Nothing behind it has to wait.
                close(connection, head.row(), "failed", String.valueOf(e.getMessage()));
                continue;
            }
            try (PreparedStatement update =
                    connection.prepareStatement(
                            "update outbox set claimed_by = ?, claimed_at = ?,"
                                    + " attempts = attempts + 1 where id = ?")) {
                update.setString(1, self);
                update.setLong(2, now);
                update.setLong(3, head.row());
                update.executeUpdate();
            }
            claimed.add(delivery);
        }
        return claimed;
    }

    private Delivery delivery(Head head, long now) throws JsonProcessingException {
        Entry entry = head.entry();
        String at = entry.at();
        String subject = entry.subject();
        String word = entry.word();
        if (at == null || subject == null || word == null) {
            throw Problem.notFound(
                    "the journal has no entry " + entry.seq(), "There is no remedy.");
        }
        EventKind kind =
                EventKind.of(subject, word)
                        .orElseThrow(() ->
                                Problem.invalid(
                                        "%s %s is no event".formatted(subject, word),
                                        "There is no remedy."));
        return new Delivery(
                head.row(),
                head.id(),
                head.name(),
                Sink.parse(Json.MAPPER.readTree(head.sink())),
                new Event(
                        kind,
                        entry.seq(),
                        Instant.parse(at),
                        project,
                        subject,
                        entry.author(),
                        entry.before(),
                        entry.after(),
                        entry.text()),
                head.attempts() + 1,
                now);
    }

    private void write(Connection connection, Delivery delivery, Outcome outcome)
            throws SQLException {
        switch (outcome) {
            // Also where the claim has run out: another attempt would be one too many.
            case Outcome.Delivered(String detail) ->
                    close(connection, delivery.row(), "delivered", detail);
            case Outcome.Refused refused -> {
                if (isHeld(connection, delivery)) {
                    refuse(connection, delivery, refused);
                }
            }
        }
    }

    private boolean isHeld(Connection connection, Delivery delivery) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select 1 from outbox where id = ? and state = 'due' and claimed_by = ?"
                                + " and claimed_at = ?")) {
            select.setLong(1, delivery.row());
            select.setString(2, self);
            select.setLong(3, delivery.claimedAtMillis());
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    private void refuse(Connection connection, Delivery delivery, Outcome.Refused refused)
            throws SQLException {
        long now = clock.millis();
        int attempts = delivery.attempts();
        if (attempts >= refused.attemptsMax()
                || (attempts >= ATTEMPTS_MIN && isOld(connection, delivery.row(), now))) {
            close(connection, delivery.row(), "failed", refused.detail());
            return;
        }
        Duration pause = pause(attempts, refused.pause());
        try (PreparedStatement update =
                connection.prepareStatement(
                        "update outbox set claimed_by = null, claimed_at = null, next_at = ?,"
                                + " detail = ? where id = ?")) {
            update.setLong(1, now + pause.toMillis());
            update.setString(2, Excerpt.of(refused.detail(), DETAIL_CHARS_MAX));
            update.setLong(3, delivery.row());
            update.executeUpdate();
        }
    }

    private static boolean isOld(Connection connection, long row, long now) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select added_at from outbox where id = ?")) {
            select.setLong(1, row);
            try (ResultSet found = select.executeQuery()) {
                return found.next() && now - found.getLong(1) >= GIVE_UP_AFTER.toMillis();
            }
        }
    }

    /// 1 s, 2 s, 4 s and so on up to 5 min, each a fifth more or less, so that those who were
    /// refused together do not come back together; or as long as the sink asks for.
    static Duration pause(int attempts, Duration asked) {
        long seconds = 1L << Math.min(attempts - 1, 20);
        long millis = Math.min(seconds * 1_000, BACKOFF_MAX.toMillis());
        long fifth = millis / 5;
        long spread = millis + ThreadLocalRandom.current().nextLong(-fifth, fifth + 1);
        return Duration.ofMillis(
                Math.clamp(asked.toMillis(), spread, PAUSE_MAX.plus(BACKOFF_MAX).toMillis()));
    }

    private void close(Connection connection, long row, String state, String detail)
            throws SQLException {
        try (PreparedStatement update =
                connection.prepareStatement(
                        "update outbox set claimed_by = null, claimed_at = null, state = ?,"
                                + " detail = ?, done_at = ? where id = ? and state = 'due'")) {
            update.setString(1, state);
            update.setString(2, Excerpt.of(detail, DETAIL_CHARS_MAX));
            update.setLong(3, clock.millis());
            update.setLong(4, row);
            update.executeUpdate();
        }
    }

    // ---- what came of it

    /// What came of the events about `subject`, oldest first.
    public List<Result> results(String subject) {
        return database.read(connection ->
                results(
                        connection,
                        "where o.seq in (select seq from journal where subject = ?) order by o.id",
                        subject));
    }

    /// The last of the deliveries that were given up, the newest first, of sinks that have taken
    /// nothing since.
    public List<Result> failures(int limit) {
        return database.read(connection ->
                results(
                        connection,
                        "where o.state = 'failed' and not exists (select 1 from outbox later where"
                                + " later.name = o.name and later.state = 'delivered' and"
                                + " later.done_at >= o.done_at) order by o.id desc limit ?",
                        limit));
    }

    /// Forgets what came of deliveries that were over long ago.
    void prune() {
        database.transact(connection -> {
            try (PreparedStatement delete =
                    connection.prepareStatement("delete from outbox where done_at < ?")) {
                delete.setLong(1, clock.millis() - KEEP_FOR.toMillis());
                return delete.executeUpdate();
            }
        });
    }

    private static List<Result> results(Connection connection, String rest, Object value)
            throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select o.* from outbox o " + rest)) {
            select.setObject(1, value);
            List<Result> results = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    long doneAt = row.getLong("done_at");
                    boolean isDone = !row.wasNull();
                    results.add(
                            new Result(
                                    row.getLong("seq"),
                                    row.getString("name"),
                                    row.getString("state"),
                                    row.getInt("attempts"),
                                    row.getString("detail"),
                                    isDone ? Instant.ofEpochMilli(doneAt) : null));
                }
            }
            return results;
        }
    }
}
