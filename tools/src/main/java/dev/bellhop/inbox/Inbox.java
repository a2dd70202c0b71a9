package dev.bellhop.inbox;

import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.Database;
import dev.bellhop.store.QuietMark;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The durable queue of what the consumers of a project have not been told.
///
/// A piece of news is *shown* when it is put into an answer, and *acknowledged* by the next call
/// that its consumer makes after that answer has left. A process that dies in between has its news
/// shown again, marked `(repeated)`; after a power cut perhaps without the mark. So every piece
/// reaches somebody at least once. How that goes with hooks, which end with their answer, stands
/// with the package.
public final class Inbox {

    private static final Logger LOG = LoggerFactory.getLogger(Inbox.class);

    /// An answer that was not sent so long after it was made never will be.
    private static final Duration UNSENT_AFTER = Duration.ofSeconds(10);

    /// Whoever comes looks after at most so many that came before.
    private static final int PROCESSES_LOOKED_AT = 100;

    /// Which consumers are there, and through which process.
    private static final String PRESENT =
            """
            create table if not exists present (
                consumer text not null,
                process text not null,
                primary key (consumer, process)
            )\
            """;

    /// When something was last heard of a consumer. The uptime is the machine's, in milliseconds
    /// since its start `boot`, where the system tells: no clock that jumps changes that.
    private static final String HEARD =
            """
            create table if not exists heard (
                consumer text primary key,
                at text not null,
                uptime_millis integer not null,
                boot text not null
            )\
            """;

    /// Who has sent what a hook has told: the hook itself is gone by then.
    private static final String HOOKS = "hook ";

    /// News of a consumer that is gone, told so often by hooks, are not told to yet another.
    private static final int TOLD_BY_HOOKS_MAX = 2;

    private final Database database;
    private final Path project;
    private final QuietMark quiet;
    private final String self;
    private final String boot;
    private final String hooks;
    private final LongSupplier nanoTime;

    // When this process last wrote down that it heard of a consumer.
    private final Map<String, Long> heardNanos = new ConcurrentHashMap<>();

    // When this process put a piece of news into an answer that it has not sent yet.
    private final Map<Long, Long> offeredNanos = new ConcurrentHashMap<>();

    /// @param project its directory
    public Inbox(Database database, Path project) {
        this(database, project, ProcessIdentity.ofThisProcess(), System::nanoTime);
    }

    /// @param project its directory
    /// @param self the process that shows the news
    /// @param nanoTime as [System#nanoTime]
    Inbox(Database database, Path project, ProcessIdentity self, LongSupplier nanoTime) {
        this.database = database;
        this.project = project;
        this.quiet = QuietMark.beside(database);
        this.self = self.toString();
        this.boot = self.boot();
        this.hooks = HOOKS + boot;
        this.nanoTime = nanoTime;
    }

    /// The statements that make the tables of this class.
    public static List<String> tables() {
        return List.of(PRESENT, HEARD);
    }

    /// What an answer tells.
    ///
    /// @param text one piece a paragraph, the newest last; empty if there is nothing new
    /// @param seqs the pieces that are told by this answer
    public record News(String text, List<Long> seqs) {
        private static final News NONE = new News("", List.of());
    }

    /// Says that `consumer` is there, at the other end of this process.
    public void attend(String consumer) {
        // Asked each time: the table may have been lost.
        boolean known =
                database.read(connection ->
                        with(
                                connection,
                                "select 1 from present where consumer = ? and process = ?",
                                Inbox::isAny,
                                consumer,
                                self));
        if (known) {
            return;
        }
        List<String> ended = endedProcesses();
        database.transact(connection -> {
            for (String process : ended) {
                with(
                        connection,
                        "delete from present where process = ?",
                        PreparedStatement::executeUpdate,
                        process);
            }
            return with(
                    connection,
                    "insert or ignore into present values (?, ?)",
                    PreparedStatement::executeUpdate,
                    consumer,
                    self);
        });
    }

    /// Some of the processes that consumers were at the other end of, and that are not there any
    /// more: all, unless many are there.
    private List<String> endedProcesses() {
        List<String> some =
                database.read(connection ->
                        with(
                                connection,
                                "select distinct process from present where process <> ?"
                                        + " order by random() limit "
                                        + PROCESSES_LOOKED_AT,
                                statement -> {
                                    try (ResultSet row = statement.executeQuery()) {
                                        List<String> processes = new ArrayList<>();
                                        while (row.next()) {
                                            processes.add(row.getString(1));
                                        }
                                        return processes;
                                    }
                                },
                                self));
        Map<String, Boolean> alive = new HashMap<>();
        return some.stream().filter(process -> !isAlive(process, alive)).toList();
    }

    private static boolean isAny(PreparedStatement select) throws SQLException {
        try (ResultSet row = select.executeQuery()) {
            return row.next();
        }
    }

    /// Writes down that something was heard of `consumer`, unless that was done just now.
    ///
    /// @param every how long a time counts as just now
    public void hear(String consumer, Instant now, Duration every) {
        long nanos = nanoTime.getAsLong();
        Long before = heardNanos.get(consumer);
        if (before != null && nanos - before < every.toNanos()) {
            return;
        }
        long uptime = ProcessIdentity.uptime().map(Duration::toMillis).orElse(-1L);
        database.transact(connection ->
                with(
                        connection,
                        "insert or replace into heard values (?, ?, ?, ?)",
                        PreparedStatement::executeUpdate,
                        consumer,
                        now.toString(),
                        uptime,
                        boot));
        heardNanos.put(consumer, nanos);
    }

    /// For how long nothing was heard of `consumer`; empty if nothing ever was. Of two clocks that
    /// disagree the one that says less is believed.
    public Optional<Duration> silence(String consumer, Instant now) {
        return database.read(connection ->
                with(
                        connection,
                        "select at, uptime_millis, boot from heard where consumer = ?",
                        statement -> {
                            try (ResultSet row = statement.executeQuery()) {
                                return row.next()
                                        ? Optional.of(silence(row, now))
                                        : Optional.empty();
                            }
                        },
                        consumer));
    }

    private Duration silence(ResultSet row, Instant now) throws SQLException {
        Duration byClock = Duration.between(Instant.parse(row.getString("at")), now).abs();
        long uptime = row.getLong("uptime_millis");
        if (uptime < 0 || !boot.equals(row.getString("boot"))) {
            return byClock;
        }
        return ProcessIdentity.uptime()
                .map(up -> up.minusMillis(uptime).abs())
                .filter(byUptime -> byUptime.compareTo(byClock) < 0)
                .orElse(byClock);
    }

    /// Says that `consumer` is not at the other end of this process any more.
    public void leave(String consumer) {
        database.transact(connection ->
                with(
                        connection,
                        "delete from present where consumer = ? and process = ?",
                        PreparedStatement::executeUpdate,
                        consumer,
                        self));
    }

    /// The consumers that are there through a process which the client of a hook has started: the
    /// nearest of the hook's ancestors that has started any.
    ///
    /// @param ancestors numbers of processes, the nearest first
    /// @param which consumers are looked for
    public List<String> startedBy(List<Long> ancestors, Predicate<String> which) {
        Map<Long, List<String>> consumers = new HashMap<>();
        for (Presence presence : database.read(Inbox::present)) {
            Optional<Long> parent =
                    which.test(presence.consumer())
                            ? ProcessIdentity.parse(presence.process())
                                    .filter(ProcessIdentity::isAlive)
                                    .flatMap(process -> ProcessHandle.of(process.pid()))
                                    .flatMap(ProcessHandle::parent)
                                    .map(ProcessHandle::pid)
                            : Optional.empty();
            parent.ifPresent(pid ->
                    consumers
                            .computeIfAbsent(pid, _ -> new ArrayList<>())
                            .add(presence.consumer()));
        }
        return ancestors.stream()
                .filter(consumers::containsKey)
                .findFirst()
                .map(consumers::get)
                .orElse(List.of());
    }

    private record Presence(String consumer, String process) {}

    private static List<Presence> present(Connection connection) throws SQLException {
        try (PreparedStatement select =
                        connection.prepareStatement("select consumer, process from present");
                ResultSet row = select.executeQuery()) {
            List<Presence> present = new ArrayList<>();
            while (row.next()) {
                present.add(new Presence(row.getString(1), row.getString(2)));
            }
            return present;
        }
    }

    /// Takes a call of `consumer` as the sign that it has the answers sent before.
    ///
    /// @param receivedNanos when the call was read, in [System#nanoTime]
    public void acknowledge(String consumer, long receivedNanos) {
        acknowledge(List.of(consumer), receivedNanos, false);
    }

    /// Takes a hook of a client that is `consumers` as the sign that it has the answers sent
    /// before, by whichever process: the client's server may be another.
    ///
    /// @param begunNanos when the hook began, in [System#nanoTime], which in one run of the machine
    ///   is the same for all its processes
    public void acknowledgeByHook(List<String> consumers, long begunNanos) {
        acknowledge(consumers, begunNanos, true);
    }

    private void acknowledge(List<String> consumers, long receivedNanos, boolean isHook) {
        Database.Work<List<Long>> look =
                connection -> {
                    Map<String, Boolean> alive = new HashMap<>();
                    List<Long> seqs = new ArrayList<>();
                    for (Row row : rows(connection, "where sent_nanos < ?", receivedNanos)) {
                        if (isAcknowledged(connection, row, consumers, isHook, alive)) {
                            seqs.add(row.seq());
                        }
                    }
                    return seqs;
                };
        if (database.read(look).isEmpty()) {
            return;
        }
        // What is acknowledged and lost with the power is told again.
        database.transactLoosely(connection -> {
            for (long seq : look.run(connection)) {
                with(
                        connection,
                        "delete from untold where seq = ?",
                        PreparedStatement::executeUpdate,
                        seq);
            }
            return null;
        });
        settle();
    }

    private boolean isAcknowledged(
            Connection connection,
            Row row,
            List<String> consumers,
            boolean isHook,
            Map<String, Boolean> alive)
            throws SQLException {
        String sender = row.sentBy();
        if (sender == null) {
            return false;
        }
        if (consumers.contains(row.holder())) {
            return sender.equals(self)
                    || sender.equals(hooks)
                    || (isHook && isAlive(sender, alive));
        }
        return sender.equals(hooks)
                && row.shown() >= TOLD_BY_HOOKS_MAX
                && isGone(connection, row.holder(), alive);
    }

    /// Says for the launcher that there is nothing to tell, where that is so.
    public void settle() {
        if (quiet.isMade(project) || database.read(Inbox::isAnyUntold)) {
            return;
        }
        database.transact(connection -> {
            // Nobody enters anything meanwhile. What was deleted is on disk or will be deleted
            // again: after a power cut the mark does not hold.
            if (isAnyUntold(connection)) {
                quiet.remove();
            } else {
                makeQuiet();
            }
            return null;
        });
    }

    /// Where it cannot be made, as on a full disk, hooks take their time and nothing else is wrong.
    private void makeQuiet() {
        try {
            quiet.make(project);
        } catch (Problem problem) {
            LOG.debug("{}", problem.getMessage());
        }
    }

    private static boolean isAnyUntold(Connection connection) throws SQLException {
        return with(connection, "select 1 from untold limit 1", Inbox::isAny);
    }

    /// What `consumer` has not been told: its own news, and those of consumers that are gone.
    ///
    /// @param told keys of matters that the answer tells anyway; their news count as shown
    /// @param charsMax how long the text may be; what does not fit is told by the next answer
    public News news(String consumer, Set<String> told, int charsMax) {
        return news(List.of(consumer), told, charsMax);
    }

    /// As [#news(String, Set, int)], for a client that is several consumers.
    ///
    /// @param consumers not empty; the first takes over the news of those that are gone
    public News news(List<String> consumers, Set<String> told, int charsMax) {
        if (database.read(connection -> due(connection, consumers)).isEmpty()) {
            return News.NONE;
        }
        // As with what was sent: that it was shown counts for this run of the machine.
        return database.transactLoosely(connection ->
                show(connection, consumers, due(connection, consumers), told, charsMax));
    }

    /// Everything that nobody has acknowledged, for a person to see; that changes nothing.
    public String pending() {
        List<String> texts = new ArrayList<>();
        for (Row row : database.read(Inbox::rows)) {
            texts.add(shown(row));
        }
        return String.join("\n", texts);
    }

    /// The answer that told `news` has left this process.
    public void sent(News news) {
        sent(news, self);
    }

    /// The same for a hook, which is gone before anybody acknowledges what it told.
    public void sentByHook(News news) {
        sent(news, hooks);
    }

    private void sent(News news, String sender) {
        if (news.seqs().isEmpty()) {
            return;
        }
        long now = nanoTime.getAsLong();
        // It is good for this run of the machine alone.
        database.transactLoosely(connection -> {
            for (long seq : news.seqs()) {
                with(
                        connection,
                        "update untold set sent_by = ?, sent_nanos = ? where seq = ? and"
                                + " sent_by = ?",
                        PreparedStatement::executeUpdate,
                        sender,
                        now,
                        seq,
                        self);
            }
            return null;
        });
        news.seqs().forEach(offeredNanos::remove);
    }

    /// A piece of news that is not acknowledged.
    private record Row(
            long seq,
            String key,
            String holder,
            String text,
            int shown,
            @Nullable String sentBy,
            boolean sent) {}

    private News show(
            Connection connection,
            List<String> consumers,
            List<Row> due,
            Set<String> told,
            int charsMax)
            throws SQLException {
        StringBuilder text = new StringBuilder();
        List<Long> seqs = new ArrayList<>();
        int left = 0;
        for (Row row : due) {
            String shown = told.contains(row.key()) ? "" : shown(row);
            boolean fits = text.isEmpty() || text.length() + shown.length() <= charsMax;
            // What is short does not overtake what was too long.
            if (!shown.isEmpty() && (left > 0 || !fits)) {
                left++;
                continue;
            }
            if (!shown.isEmpty()) {
                text.append(text.isEmpty() ? "" : "\n").append(shown);
            }
            seqs.add(row.seq());
            offeredNanos.put(row.seq(), nanoTime.getAsLong());
            with(
                    connection,
                    "update untold set holder = ?, shown = shown + 1, sent_by = ?,"
                            + " sent_nanos = null where seq = ?",
                    PreparedStatement::executeUpdate,
                    consumers.contains(row.holder()) ? row.holder() : consumers.getFirst(),
                    self,
                    row.seq());
        }
        if (left > 0) {
            text.append("\n… %d more with the next answer".formatted(left));
        }
        return new News(text.toString(), seqs);
    }

    /// A command may print what looks like ours. Its lines stand indented, so that none begins like
    /// a piece of news, and cannot close the block.
    private static String shown(Row row) {
        String text =
                row.text()
                        .strip()
                        .replaceAll("(?i)</(?=background-results)", "<\\\\/")
                        .replaceAll("\\R", "\n  ");
        return row.shown() > 0 ? "(repeated) " + text : text;
    }

    private List<Row> due(Connection connection, List<String> consumers) throws SQLException {
        Map<String, Boolean> alive = new HashMap<>();
        Map<String, Boolean> gone = new HashMap<>();
        List<Row> due = new ArrayList<>();
        for (Row row : rows(connection)) {
            boolean mine = consumers.contains(row.holder());
            Boolean ownerless = gone.get(row.holder());
            if (ownerless == null) {
                ownerless = !mine && isGone(connection, row.holder(), alive);
                gone.put(row.holder(), ownerless);
            }
            if ((mine || ownerless) && !isOnItsWay(row, mine, alive)) {
                due.add(row);
            }
        }
        return due;
    }

    /// Whether an answer that shows `row` may yet be acknowledged.
    ///
    /// @param mine whether its holder asks
    private boolean isOnItsWay(Row row, boolean mine, Map<String, Boolean> alive) {
        String sender = row.sentBy();
        if (sender == null) {
            return false;
        }
        if (sender.equals(hooks)) {
            return mine || row.shown() >= TOLD_BY_HOOKS_MAX;
        }
        if (!sender.equals(self)) {
            return isAlive(sender, alive);
        }
        Long offered = offeredNanos.get(row.seq());
        return row.sent()
                || (offered != null && nanoTime.getAsLong() - offered < UNSENT_AFTER.toNanos());
    }

    private static boolean isGone(
            Connection connection, String consumer, Map<String, Boolean> alive)
            throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select process from present where consumer = ?")) {
            select.setString(1, consumer);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    if (isAlive(row.getString(1), alive)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    private static boolean isAlive(String process, Map<String, Boolean> known) {
        return known.computeIfAbsent(
                process,
                text -> ProcessIdentity.parse(text).filter(ProcessIdentity::isAlive).isPresent());
    }

    private static List<Row> rows(Connection connection) throws SQLException {
        return rows(connection, "");
    }

    private static List<Row> rows(Connection connection, String where, Object... values)
            throws SQLException {
        // Mostly there are none, and the driver asks for the name of each column in any case.
        if (!isAnyUntold(connection)) {
            return List.of();
        }
        return with(
                connection,
                "select * from untold " + where + " order by seq",
                statement -> {
                    try (ResultSet row = statement.executeQuery()) {
                        List<Row> rows = new ArrayList<>();
                        while (row.next()) {
                            rows.add(
                                    new Row(
                                            row.getLong("seq"),
                                            row.getString("key"),
                                            row.getString("holder"),
                                            row.getString("text"),
                                            row.getInt("shown"),
                                            row.getString("sent_by"),
                                            row.getObject("sent_nanos") != null));
                        }
                        return rows;
                    }
                },
                values);
    }

    @FunctionalInterface
    private interface Work<T> {
        T run(PreparedStatement statement) throws SQLException;
    }

    private static <T> T with(Connection connection, String sql, Work<T> work, Object... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return work.run(statement);
        }
    }
}
