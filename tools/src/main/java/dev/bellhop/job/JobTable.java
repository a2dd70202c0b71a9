package dev.bellhop.job;

import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Which jobs there are, and how those that are over ended. Rows are added, and changed once.
final class JobTable {

    static final String TABLE =
            """
            create table if not exists job (
                number integer primary key autoincrement,
                id text not null unique,
                command text not null,
                label text,
                for_task integer,
                directory text not null,
                started_by text not null,
                started_at text not null,
                timeout_seconds integer not null,
                request_key text unique,
                request_payload text,
                state text not null default 'running',
                exit_code integer,
                detail text,
                ended_at text
            )\
            """;

    static final String RUNNING =
            "create index if not exists job_running on job (number) where state = 'running'";

    static final String FOR_TASK =
            "create index if not exists job_for_task on job (for_task) where for_task is not null";

    private final Database database;

    JobTable(Database database) {
        this.database = database;
    }

    /// Adds a running job, as part of the transaction that `connection` is in.
    void add(Connection connection, Job job, JobSpec.@Nullable RequestKey key) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement(
                        "insert into job (id, command, label, for_task, directory, started_by,"
                                + " started_at, timeout_seconds, request_key, request_payload)"
                                + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
            insert.setString(1, job.id().text());
            insert.setString(2, job.command());
            insert.setString(3, job.label());
            insert.setObject(4, job.forTask());
            insert.setString(5, job.directory().toString());
            insert.setString(6, job.startedBy());
            insert.setString(7, job.startedAt().toString());
            insert.setLong(8, job.timeout().toSeconds());
            insert.setString(9, key == null ? null : key.key());
            insert.setString(10, key == null ? null : key.payload());
            insert.executeUpdate();
        }
    }

    /// Enters the end of a job, as part of the transaction that `connection` is in. One that could
    /// not be started gives its key back: asking again is another attempt.
    ///
    /// @return whether it had not been entered before
    boolean end(Connection connection, Job job) throws SQLException {
        String word;
        Integer code = null;
        String detail = null;
        switch (job.state()) {
            case JobState.Running _ -> throw new IllegalArgumentException(job + " is not over");
            case JobState.Exited(int exitCode, _) -> {
                word = "exited";
                code = exitCode;
            }
            case JobState.TimedOut _ -> word = "timeout";
            case JobState.Killed(String signal, _) -> {
                word = "killed";
                detail = signal;
            }
            case JobState.Failed(String reason, _) -> {
                word = "failed";
                detail = reason;
            }
            case JobState.Lost _ -> word = "lost";
        }
        try (PreparedStatement update =
                connection.prepareStatement(
                        "update job set state = ?, exit_code = ?, detail = ?, ended_at = ?,"
                                + " request_key = iif(?1 = 'failed', null, request_key)"
                                + " where id = ? and state = 'running'")) {
            update.setString(1, word);
            update.setObject(2, code);
            update.setString(3, detail);
            update.setString(4, job.state().endedAt().toString());
            update.setString(5, job.id().text());
            return update.executeUpdate() == 1;
        }
    }

    /// The jobs whose id begins with `prefix`, at most three of them.
    List<Job> startingWith(String prefix) {
        return select("where id >= ? and id < ? limit 3", prefix, prefix + "g");
    }

    /// The last jobs, newest first.
    List<Job> newest(int limit) {
        return select("order by number desc limit ?", limit);
    }

    int count() {
        return database.read(connection -> {
            try (PreparedStatement select =
                            connection.prepareStatement("select count(*) from job");
                    ResultSet row = select.executeQuery()) {
                return row.getInt(1);
            }
        });
    }

    /// The jobs whose end has not been entered, oldest first.
    List<Job> running() {
        return select("where state = 'running' order by number");
    }

    /// The jobs for a task, oldest first.
    List<Job> forTask(int task) {
        return select("where for_task = ? order by number", task);
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
        return database.read(connection -> {
            try (PreparedStatement select =
                    connection.prepareStatement("select * from job " + rest)) {
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
        });
    }

    private static Job job(ResultSet row) throws SQLException {
        int task = row.getInt("for_task");
        Integer forTask = row.wasNull() ? null : task;
        return new Job(
                new JobId(row.getString("id")),
                row.getString("command"),
                row.getString("label"),
                forTask,
                Path.of(row.getString("directory")),
                row.getString("started_by"),
                Instant.parse(row.getString("started_at")),
                Duration.ofSeconds(row.getLong("timeout_seconds")),
                state(row));
    }

    private static JobState state(ResultSet row) throws SQLException {
        String word = row.getString("state");
        if (word.equals("running")) {
            return new JobState.Running();
        }
        Instant at = Instant.parse(row.getString("ended_at"));
        return switch (word) {
            case "exited" -> new JobState.Exited(row.getInt("exit_code"), at);
            case "timeout" -> new JobState.TimedOut(at);
            case "killed" -> new JobState.Killed(row.getString("detail"), at);
            case "failed" -> new JobState.Failed(row.getString("detail"), at);
            case "lost" -> new JobState.Lost(at);
            default -> throw new IllegalStateException("no state is called " + word);
        };
    }

    /// The statements that make the table.
    static List<String> tables() {
        return List.of(TABLE, RUNNING, FOR_TASK);
    }

    /// What the journal keeps of a job's end, as JSON.
    static String endAsJson(Job job) {
        return switch (job.state()) {
            case JobState.Exited(int code, _) ->
                    "{\"state\":\"exited\",\"exitCode\":%d}".formatted(code);
            case JobState.Killed(String signal, _) ->
                    "{\"state\":\"killed\",\"signal\":\"%s\"}".formatted(signal);
            case JobState.Running _, JobState.TimedOut _, JobState.Failed _, JobState.Lost _ ->
                    "{\"state\":\"%s\"}".formatted(job.state().word());
        };
    }

    /// The line that tells of a job's start, as part of the transaction that `connection` is in.
    static Journal.Entry started(Job job, Journal.Author author) {
        return new Journal.Entry(
                job.startedAt(), author, job.id().text(), "started", null, null, null);
    }
}
