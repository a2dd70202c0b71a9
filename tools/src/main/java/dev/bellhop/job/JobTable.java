package dev.bellhop.job;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.store.Database;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Which jobs there are, and how those that are over ended. Rows are added, and changed once.
final class JobTable {

    private static final String TABLE =
            """
            create table if not exists job (
                number integer primary key autoincrement,
                id text not null unique,
                run integer not null default 1,
                command text not null,
                label text,
                tags text not null default '',
                for_task integer,
                directory text not null,
                started_by text not null,
                priority integer not null default 0,
                created_at text not null default '',
                started_at text not null,
                timeout_seconds integer not null,
                request_key text unique,
                request_payload text,
                state text not null default 'running',
                exit_code integer,
                detail text,
                ended_at text,
                linked integer not null default 0,
                revision integer not null default 0,
                read_to text not null default '0:0',
                matches integer not null default 0,
                silent_at text
            )\
            """;

    private static final List<String> INDEXES =
            List.of(
                    "create index if not exists job_running on job (number)"
                            + " where state = 'running'",
                    "create index if not exists job_queued on job (priority desc, number)"
                            + " where state = 'queued'",
                    "create index if not exists job_for_task on job (for_task)"
                            + " where for_task is not null",
                    "create index if not exists job_to_link on job (number)"
                            + " where for_task is not null and linked = 0",
                    "create index if not exists job_ended on job (ended_at)"
                            + " where ended_at is not null");

    private final Database database;

    JobTable(Database database) {
        this.database = database;
    }

    /// Adds a job that is not over, as part of the transaction that `connection` is in.
    void add(Connection connection, Job job, JobSpec.@Nullable RequestKey key) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into job (id, run, command, label, tags, for_task, directory,"
                                + " started_by, priority, created_at, started_at, timeout_seconds,"
                                + " request_key, request_payload, state)"
                                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?10, ?10, ?, ?, ?, ?)")) {
            insert.setString(1, job.id().text());
            insert.setInt(2, job.run());
            insert.setString(3, job.command());
            insert.setString(4, job.label());
            insert.setString(5, tags(job.tags()));
            insert.setObject(6, job.forTask());
            insert.setString(7, job.directory().toString());
            insert.setString(8, job.startedBy());
            insert.setInt(9, job.priority());
            insert.setString(10, job.startedAt().toString());
            insert.setLong(11, job.timeout().toSeconds());
            insert.setString(12, key == null ? null : key.key());
            insert.setString(13, key == null ? null : key.payload());
            insert.setString(14, job.state().name());
            insert.executeUpdate();
        }
    }

    /// Between spaces, so that one is found among several.
    private static String tags(List<String> tags) {
        return tags.isEmpty() ? "" : " " + String.join(" ", tags) + " ";
    }

    /// Enters that a job waits or runs now, as part of the transaction that `connection` is in.
    ///
    /// @param from the state it must have been in
    /// @return whether it was
    boolean move(Connection connection, Job job, String from) throws SQLException {
        return update(
                        connection,
                        "update job set state = ?, run = ?, started_at = ?, exit_code = null,"
                                + " detail = null, ended_at = null, linked = 0, read_to = '0:0',"
                                + " matches = 0, silent_at = null"
                                + " where id = ? and state = ?",
                        job.state().name(),
                        job.run(),
                        job.startedAt().toString(),
                        job.id().text(),
                        from)
                == 1;
    }

    /// Enters the end of a job, as part of the transaction that `connection` is in. One that could
    /// not be started gives its key back: asking again is another attempt.
    ///
    /// @param from the state it must have been in
    /// @return whether it was
    boolean end(Connection connection, Job job, String from) throws SQLException {
        Integer code = null;
        String detail = null;
        switch (job.state()) {
            case JobState.Created _, JobState.Queued _, JobState.Running _ ->
                    throw new IllegalArgumentException(job + " is not over");
            case JobState.Exited(int exitCode, _) -> code = exitCode;
            case JobState.Killed(KillOrder order, Integer exitCode, _) -> {
                code = exitCode;
                detail = order.toString();
            }
            case JobState.Failed(String reason, _) -> detail = reason;
            case JobState.TimedOut _, JobState.Lost _ -> {}
        }
        return update(
                        connection,
                        "update job set state = ?, exit_code = ?, detail = ?, ended_at = ?,"
                                + " request_key = iif(?1 = 'failed', null, request_key)"
                                + " where id = ? and run = ? and state = ?",
                        job.state().name(),
                        code,
                        detail,
                        job.state().endedAt().toString(),
                        job.id().text(),
                        job.run(),
                        from)
                == 1;
    }

    /// Enters what of a definition is listed, and that it has changed.
    void redefine(Connection connection, JobId id, JobSpec spec) throws SQLException {
        update(
                connection,
                "update job set label = ?, tags = ?, priority = ?, revision = revision + 1"
                        + " where id = ?",
                spec.label(),
                tags(spec.tags()),
                spec.priority(),
                id.text());
    }

    /// Enters that what is looked for now is looked for from `end` on.
    void readTo(Connection connection, JobId id, String end) throws SQLException {
        update(connection, "update job set read_to = ?, matches = 0 where id = ?", end, id.text());
    }

    /// Takes a job out of the table, if it is there.
    void forget(Connection connection, JobId id) throws SQLException {
        update(connection, "delete from job where id = ?", id.text());
    }

    /// Takes a job out of the table.
    ///
    /// @return whether it was there, as it is known
    boolean delete(Connection connection, Job job) throws SQLException {
        return update(
                        connection,
                        "delete from job where id = ? and run = ? and state = ?",
                        job.id().text(),
                        job.run(),
                        job.state().name())
                == 1;
    }

    /// Enters how far the output of a job has been looked through for what is to be told.
    ///
    /// @param revision of the definition that says what is to be told
    /// @param from how far it was, as it was read
    /// @return false if another process has entered it meanwhile, or something else is to be told
    boolean read(Connection connection, Job job, int revision, String from, String to, long matches)
            throws SQLException {
        return update(
                        connection,
                        "update job set read_to = ?, matches = matches + ?"
                                + " where id = ? and run = ? and revision = ? and read_to = ?",
                        to,
                        matches,
                        job.id().text(),
                        job.run(),
                        revision,
                        from)
                == 1;
    }

    /// Enters that a job was told to be silent.
    ///
    /// @param at where its output ended
    /// @return false if that has been told
    boolean silent(Connection connection, Job job, String at) throws SQLException {
        return update(
                        connection,
                        "update job set silent_at = ?"
                                + " where id = ? and run = ? and silent_at is not ?1",
                        at,
                        job.id().text(),
                        job.run())
                == 1;
    }

    /// Enters that the task of a job knows its end.
    void linked(Connection connection, Job job) throws SQLException {
        update(
                connection,
                "update job set linked = 1 where id = ? and run = ?",
                job.id().text(),
                job.run());
    }

    private static int update(Connection connection, String sql, @Nullable Object... values)
            throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            return statement.executeUpdate();
        }
    }

    /// The jobs whose id begins with `prefix`, at most so many of them.
    List<Job> startingWith(String prefix, int limit) {
        return select("where id >= ? and id < ? order by id limit ?", prefix, prefix + "g", limit);
    }

    /// The last jobs that are as asked for, newest first.
    List<Job> list(JobRunner.Filter filter, int limit) {
        List<String> conditions = new ArrayList<>(List.of("1"));
        List<Object> values = new ArrayList<>();
        if (filter.state() != null) {
            conditions.add("state = ?");
            values.add(filter.state());
        }
        if (filter.directory() != null) {
            conditions.add("directory = ?");
            values.add(filter.directory().toString());
        }
        for (String tag : filter.tags()) {
            conditions.add("instr(tags, ?) > 0");
            values.add(
                    tag.endsWith(".*")
                            ? " " + tag.substring(0, tag.length() - 1)
                            : " " + tag + " ");
        }
        values.add(limit);
        return select(
                "where " + String.join(" and ", conditions) + " order by number desc limit ?",
                values.toArray());
    }

    /// The last jobs with a lower number than `number`, each under its own, newest first.
    SequencedMap<Long, Job> before(long number, int limit) {
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "select * from job where number < ? order by number desc limit ?")) {
                select.setLong(1, number);
                select.setInt(2, limit);
                SequencedMap<Long, Job> jobs = new LinkedHashMap<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        jobs.put(row.getLong("number"), job(row));
                    }
                }
                return jobs;
            }
        });
    }

    int count() {
        return number("select count(*) from job");
    }

    private int number(String sql) {
        return database.read(connection -> number(connection, sql));
    }

    private static int number(Connection connection, String sql) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(sql);
                ResultSet row = select.executeQuery()) {
            return row.getInt(1);
        }
    }

    /// How many run, by this table.
    int running(Connection connection) throws SQLException {
        return number(connection, "select count(*) from job where state = 'running'");
    }

    /// When the job was asked for that is followed by `later` others; empty if there are fewer.
    Optional<Instant> askedFor(Connection connection, int later) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement(
                        "select created_at from job order by number desc limit 1 offset ?")) {
            select.setInt(1, later);
            try (ResultSet row = select.executeQuery()) {
                return row.next() ? Optional.of(Instant.parse(row.getString(1))) : Optional.empty();
            }
        }
    }

    /// The job that is to begin next.
    Optional<Job> nextQueued(Connection connection) throws SQLException {
        return select(connection, "where state = 'queued' order by priority desc, number limit 1")
                .stream()
                .findFirst();
    }

    /// How often the definition of each running job has been changed.
    Map<JobId, Integer> revisions() {
        return database.read(connection -> {
            try (PreparedStatement select =
                            connection.prepareStatement(
                                    "select id, revision from job where state = 'running'");
                    ResultSet row = select.executeQuery()) {
                Map<JobId, Integer> revisions = new HashMap<>();
                while (row.next()) {
                    revisions.put(new JobId(row.getString("id")), row.getInt("revision"));
                }
                return revisions;
            }
        });
    }

    boolean isAnyQueued() {
        return isAny("where state = 'queued'");
    }

    private boolean isAny(String rest) {
        return number("select exists (select 1 from job " + rest + ")") == 1;
    }

    /// The jobs that run, oldest first.
    List<Job> running() {
        return select("where state = 'running' order by number");
    }

    /// The jobs that are over, the one that ended first at first.
    ///
    /// @param keyedBefore those with a request key only if they ended before
    List<Job> over(Instant keyedBefore) {
        return select(
                "where ended_at is not null and (request_key is null or ended_at < ?)"
                        + " order by ended_at, number",
                keyedBefore.toString());
    }

    /// The jobs for a task, oldest first.
    List<Job> forTask(int task) {
        return select("where for_task = ? order by number", task);
    }

    /// The jobs that are over and whose task does not know, oldest first.
    List<Job> unlinked() {
        String rest = "where for_task is not null and linked = 0 and ended_at is not null";
        // Mostly there are none, and the driver asks for the name of each column in any case.
        return isAny(rest) ? select(rest + " order by number") : List.of();
    }

    /// The job of this id.
    Optional<Job> get(Connection connection, JobId id) throws SQLException {
        return select(connection, "where id = ?", id.text()).stream().findFirst();
    }

    /// What is being told of a running job.
    ///
    /// @param revision how often its definition was changed
    /// @param readTo how far its output was looked through
    /// @param matches how often what is looked for has been found
    record Progress(int revision, String readTo, long matches) {}

    /// What has been told of `job`; empty if it is not there any more.
    Optional<Progress> progress(Job job) {
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement(
                            "select revision, read_to, matches from job where id = ?")) {
                select.setString(1, job.id().text());
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(
                                    new Progress(
                                            row.getInt("revision"),
                                            row.getString("read_to"),
                                            row.getLong("matches")))
                            : Optional.empty();
                }
            }
        });
    }

    /// The job that was started under `key`, with the payload it was started with.
    Optional<Keyed> underKey(Connection connection, String key) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("select * from job where request_key = ?")) {
            select.setString(1, key);
            try (ResultSet row = select.executeQuery()) {
                return row.next()
                        ? Optional.of(new Keyed(job(row), row.getString("request_payload")))
                        : Optional.empty();
            }
        }
    }

    /// A job with the digest of what was asked for.
    record Keyed(Job job, String payload) {}

    private List<Job> select(String rest, Object... values) {
        return database.read(connection -> select(connection, rest, values));
    }

    private static List<Job> select(Connection connection, String rest, Object... values)
            throws SQLException {
        try (PreparedStatement select = connection.prepareStatement("select * from job " + rest)) {
            for (int i = 0; i < values.length; i++) {
                select.setObject(i + 1, values[i]);
            }
            List<Job> jobs = new ArrayList<>();
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    jobs.add(job(row));
                }
            }
            return jobs;
        }
    }

    private static Job job(ResultSet row) throws SQLException {
        int task = row.getInt("for_task");
        Integer forTask = row.wasNull() ? null : task;
        String tags = row.getString("tags").strip();
        return new Job(
                new JobId(row.getString("id")),
                row.getInt("run"),
                row.getString("command"),
                row.getString("label"),
                tags.isEmpty() ? List.of() : List.of(tags.split(" ", -1)),
                forTask,
                Path.of(row.getString("directory")),
                row.getString("started_by"),
                row.getInt("priority"),
                Instant.parse(row.getString("started_at")),
                Duration.ofSeconds(row.getLong("timeout_seconds")),
                state(row));
    }

    private static JobState state(ResultSet row) throws SQLException {
        String word = row.getString("state");
        return switch (word) {
            case "created" -> new JobState.Created();
            case "queued" -> new JobState.Queued();
            case "running" -> new JobState.Running();
            default -> state(word, row, Instant.parse(row.getString("ended_at")));
        };
    }

    private static JobState state(String word, ResultSet row, Instant at) throws SQLException {
        return switch (word) {
            case "exited" -> new JobState.Exited(row.getInt("exit_code"), at);
            case "timeout" -> new JobState.TimedOut(at);
            case "killed" -> {
                int code = row.getInt("exit_code");
                Integer exitCode = row.wasNull() ? null : code;
                yield new JobState.Killed(
                        KillOrder.parse(row.getString("detail"))
                                .orElseThrow(() -> new IllegalStateException("killed by nobody")),
                        exitCode,
                        at);
            }
            case "failed" -> new JobState.Failed(row.getString("detail"), at);
            case "lost" -> new JobState.Lost(at);
            default -> throw new IllegalStateException("no state is called " + word);
        };
    }

    /// What the journal keeps of a job's end, as JSON.
    static String endAsJson(Job job) {
        ObjectNode json = JsonNodeFactory.instance.objectNode().put("state", job.state().name());
        switch (job.state()) {
            case JobState.Exited(int code, _) -> json.put("exitCode", code);
            case JobState.Killed(KillOrder order, Integer code, _) ->
                    json.put("signal", order.signal().word())
                            .put("cause", order.cause().word())
                            .put("by", order.by())
                            .put("ordered", order.at() == null ? null : order.at().toString())
                            .put("exitCode", code);
            case JobState.Failed(String reason, _) -> json.put("reason", reason);
            case JobState.Created _,
                    JobState.Queued _,
                    JobState.Running _,
                    JobState.TimedOut _,
                    JobState.Lost _ -> {}
        }
        return json.toString();
    }

    /// The statements that make the table.
    static List<String> tables() {
        return Stream.concat(Stream.of(TABLE), INDEXES.stream()).toList();
    }

    /// The statements that make of the table's first shape its second.
    static List<String> upgrades() {
        return Stream.concat(
                        Stream.of(
                                "alter table job add column run integer not null default 1",
                                "alter table job add column tags text not null default ''",
                                "alter table job add column priority integer not null default 0",
                                "alter table job add column created_at text not null default ''",
                                "alter table job add column linked integer not null default 0",
                                "alter table job add column revision integer not null default 0",
                                "alter table job add column read_to text not null default '0:0'",
                                "alter table job add column matches integer not null default 0",
                                "alter table job add column silent_at text",
                                "update job set created_at = started_at, linked = 1"),
                        INDEXES.stream())
                .toList();
    }
}
