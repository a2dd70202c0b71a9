package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobId;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.JobSpec;
import dev.bellhop.job.JobState;
import dev.bellhop.job.KillOrder;
import dev.bellhop.job.Signal;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A database that was lost, damaged, or is of an earlier version, and what is made of it.
final class RestoreTest {

    private static final Journal.Author AUTHOR = new Journal.Author("session-1", "test 1.0");

    private final Path root;
    private ProjectFolder folder;

    RestoreTest(@TempDir Path root) {
        this.root = root;
        folder = new ProjectFolder(root);
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    private JobRunner jobs() {
        return folder.opened().jobs();
    }

    private JobSpec spec(String line) {
        return JobSpec.of(new CommandLine.Shell(line), folder.project);
    }

    private String over(String line) {
        String id = jobs().start(spec(line), AUTHOR).id().text();
        folder.awaitEnd(id);
        return id;
    }

    private String state(String id) {
        return jobs().get(id).state().word();
    }

    /// Ends the server, does something to its state, and starts another one a minute later.
    private void meanwhile(StateChange change) throws Exception {
        Path state = folder.opened().state();
        folder.projects.close();
        change.to(state);
        folder =
                new ProjectFolder(
                        root, () -> InstantSource.system().instant().plus(Duration.ofMinutes(1)));
    }

    @FunctionalInterface
    private interface StateChange {
        void to(Path state) throws Exception;
    }

    private static void deleteDatabase(Path state) throws IOException {
        for (String end : List.of("", "-wal", "-shm")) {
            Files.deleteIfExists(state.resolve("bellhop.db" + end));
        }
    }

    @Test
    void jobsAreEnteredAgainFromTheirFoldersAndGoOn() throws Exception {
        String failed = over("exit 3");
        String fine = over("true");
        Job kept = jobs().create(spec("echo began"), AUTHOR);
        Job running = jobs().start(spec("until [ -e ../go ]; do sleep 0.02; done; exit 4"), AUTHOR);
        jobs().get(running.id().text());
        ProjectFolder.await(
                () -> !read(folder.jobFolder(running.id().text()).resolve("supervisor")).isBlank());
        List<JobId> before = jobs().newest(10).stream().map(Job::id).toList();

        meanwhile(RestoreTest::deleteDatabase);

        ProjectFolder.Client client = folder.client("session-2");
        String answer = client.good("task_list");
        assertTrue(
                answer.startsWith(
                        """
                        <background-results>
                        [bellhop] the database of jobs and notifications was missing; 4 jobs were\
                         entered again from their folders, of which ended within a day:\
                         %s exited 0, %s exited 3. What had not been told and the journal before now\
                         are gone.
                        </background-results>\
                        """
                                .formatted(fine, failed)),
                answer);
        assertEquals("No tasks.", client.good("task_list"));
        assertEquals("No tasks.", folder.client("session-3").good("task_list"));
        assertEquals(before, jobs().newest(10).stream().map(Job::id).toList());
        assertEquals(
                List.of("exited 3", "exited 0", "created", "running"),
                Stream.of(failed, fine, kept.id().text(), running.id().text())
                        .map(this::state)
                        .toList());
        assertTrue(
                Duration.between(running.startedAt(), jobs().get(running.id().text()).startedAt())
                                .abs()
                                .toSeconds()
                        < 20);

        Files.createFile(root.resolve("go"));
        folder.awaitEnd(running.id().text());
        String end = client.good("task_list");
        assertTrue(end.contains("[bg:%s] error (exit 4, ".formatted(running.id())), end);
        jobs().start(jobs().get(kept.id().text()), AUTHOR);
        folder.awaitEnd(kept.id().text());
        assertEquals("exited 0", state(kept.id().text()));
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    @Test
    void theFirstJobOfAProjectIsNoNewsAndAJobCanBeTheFirstThingAfterALoss() throws Exception {
        String first = over("true");
        assertEquals("exited 0", state(first));
        assertFalse(folder.client("session-2").good("task_list").contains("[bellhop]"));

        meanwhile(RestoreTest::deleteDatabase);

        String second = over("exit 2");
        assertEquals("exited 2", state(second));
        assertEquals(2, jobs().count());
    }

    @Test
    void aDamagedDatabaseIsSetAsideAndWhatCannotBeReadIsNamed() throws Exception {
        String fine = over("true");
        String damaged = over("true");
        Path definition = folder.jobFolder(damaged).resolve("job.json");
        Files.writeString(definition, "{\"id\"");

        meanwhile(state -> {
            deleteDatabase(state);
            Files.writeString(state.resolve("bellhop.db"), "garbage ".repeat(2_000));
        });

        String answer = folder.client("session-2").good("task_list");
        assertTrue(answer.contains(" was damaged and set aside as "), answer);
        assertTrue(
                answer.contains(
                        "; 1 jobs were entered again from their folders, of which ended within a"
                                + " day: %s exited 0; not readable: %s. What"
                                        .formatted(fine, damaged)),
                answer);
        assertThrows(Problem.class, () -> jobs().get(damaged));
        assertEquals("{\"id\"", Files.readString(definition));
    }

    @Test
    void ofSeveralThatWereAskedForUnderOneKeyTheOneThatBeganHoldsIt() throws Exception {
        List<String> tooMany = new ArrayList<>(List.of("echo"));
        tooMany.addAll(Collections.nCopies(60, "x".repeat(100_000)));
        JobSpec.RequestKey key = new JobSpec.RequestKey("key", "payload");
        JobSpec refused =
                JobSpec.of(new CommandLine.Argv(tooMany), folder.project)
                        .edit()
                        .requestKey(key)
                        .done();
        JobSpec good = spec("exit 5").edit().requestKey(key).done();
        assertThrows(Problem.class, () -> jobs().start(refused, AUTHOR));
        String began = jobs().start(good, AUTHOR).id().text();
        folder.awaitEnd(began);

        meanwhile(RestoreTest::deleteDatabase);

        assertEquals(2, jobs().count());
        assertEquals("exited 5", state(began));
        assertEquals(began, jobs().start(good, AUTHOR).id().text());
    }

    @Test
    void aJobThatWasBegunOnceMoreIsTheLaterRunAndItsTimeCountsFromThen() throws Exception {
        String id = over("true");
        Job again = jobs().restart(jobs().get(id), AUTHOR);
        folder.awaitEnd(id);

        meanwhile(RestoreTest::deleteDatabase);

        Job restored = jobs().get(id);
        assertEquals(2, restored.run());
        assertTrue(
                Duration.between(again.startedAt(), restored.startedAt()).abs().toSeconds() < 20);
        assertEquals("exited 0", restored.state().word());
    }

    @Test
    void aDatabaseOfTheFirstVersionIsTakenOver() throws Exception {
        jobs().count();
        meanwhile(state -> {
            deleteDatabase(state);
            try (Connection connection =
                            DriverManager.getConnection(
                                    "jdbc:sqlite:" + state.resolve("bellhop.db"));
                    Statement statement = connection.createStatement()) {
                for (String sql : FIRST_VERSION) {
                    statement.execute(sql);
                }
            }
        });

        Instant at = Instant.parse("2026-11-20T10:00:00Z");
        assertEquals(
                List.of(
                        firstVersion("0000000c", null, new JobState.Lost(at)),
                        firstVersion(
                                "0000000b",
                                null,
                                new JobState.Killed(
                                        new KillOrder(KillOrder.Cause.AGENT, Signal.TERM, null, ""),
                                        143,
                                        at)),
                        firstVersion("0000000a", 7, new JobState.Exited(3, at))),
                jobs().newest(10));
        assertEquals(List.of(), jobs().unlinked());
        assertEquals(List.of(), folder.opened().outbox().failures(9));
        String id = over("true");
        assertEquals("exited 0", state(id));
        assertFalse(folder.client("session-1").good("task_list").contains("[bellhop]"));
    }

    private static Job firstVersion(String id, @Nullable Integer task, JobState state) {
        return new Job(
                new JobId(id),
                1,
                "npm test",
                "label",
                List.of(),
                task,
                Path.of("/work"),
                "session-1",
                0,
                Instant.parse("2026-11-20T09:00:00Z"),
                Duration.ofMinutes(5),
                state);
    }

    private static final List<String> FIRST_VERSION =
            List.of(
                    """
                    create table job (
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
                    """,
                    "create index job_running on job (number) where state = 'running'",
                    "create index job_for_task on job (for_task) where for_task is not null",
                    """
                    insert into job (id, command, label, for_task, directory, started_by, started_at,
                        timeout_seconds, request_key, request_payload, state, exit_code, detail,
                        ended_at)
                    values
                        ('0000000a', 'npm test', 'label', 7, '/work', 'session-1',
                            '2026-11-20T09:00:00Z', 300, 'key', 'payload', 'exited', 3, null,
                            '2026-11-20T10:00:00Z'),
                        ('0000000b', 'npm test', 'label', null, '/work', 'session-1',
                            '2026-11-20T09:00:00Z', 300, null, null, 'killed', 143, 'SIGTERM',
                            '2026-11-20T10:00:00Z'),
                        ('0000000c', 'npm test', 'label', null, '/work', 'session-1',
                            '2026-11-20T09:00:00Z', 300, null, null, 'lost', null, null,
                            '2026-11-20T10:00:00Z')\
                    """,
                    "pragma user_version = 1");
}
