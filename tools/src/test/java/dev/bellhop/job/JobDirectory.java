package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Hangup;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.display.Secrets;
import dev.bellhop.sink.Outbox;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Jobs in a temporary directory, as a process has them that starts now. Closing it ends them.
final class JobDirectory implements AutoCloseable {

    static final Journal.Author AUTHOR = new Journal.Author("session-1", "test 1.0");
    static final Duration PATIENCE = Duration.ofSeconds(30);
    static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    final Path root;
    final Database database;
    final Journal journal;
    final Outbox outbox;
    final JobRunner jobs;

    JobDirectory(Path root) {
        this(root, JobLimits.DEFAULT);
    }

    JobDirectory(Path root, JobLimits limits) {
        this(root, limits, InstantSource.system());
    }

    JobDirectory(Path root, JobLimits limits, InstantSource clock) {
        this.root = root;
        database =
                new Database(
                        root.resolve("state/bellhop.db"),
                        Stream.of(Journal.tables(), JobRunner.tables(), Outbox.tables())
                                .flatMap(List::stream)
                                .toList());
        journal = new Journal(database);
        outbox = new Outbox(database, root, clock);
        jobs =
                new JobRunner(
                        folders(),
                        database,
                        journal,
                        outbox,
                        clock,
                        root,
                        () -> limits,
                        Secrets.NONE,
                        Map.of("PATH", PATH, "HOME", root.toString()),
                        link -> link);
    }

    Path folders() {
        return root.resolve("state/jobs");
    }

    Path folder(Job job) {
        return JobFolder.of(folders(), job).path();
    }

    JobSpec spec(CommandLine command) {
        return JobSpec.of(command, root);
    }

    JobSpec spec(
            CommandLine command,
            Map<String, String> environment,
            int timeoutSeconds,
            @Nullable String stdin,
            JobSpec.@Nullable RequestKey key) {
        return spec(command)
                .edit()
                .environment(environment)
                .timeout(Duration.ofSeconds(timeoutSeconds))
                .stdin(stdin)
                .requestKey(key)
                .done();
    }

    Job shell(String line) {
        return jobs.start(spec(new CommandLine.Shell(line)), AUTHOR);
    }

    Job argv(String... argv) {
        return jobs.start(spec(new CommandLine.Argv(List.of(argv))), AUTHOR);
    }

    /// `job` once it is over.
    Job ended(Job job) {
        assertTrue(jobs.await(job, new JobRunner.Wait(PATIENCE, null, new Hangup())));
        return jobs.get(job.id().text());
    }

    String stdout(Job job) {
        return text(folder(job).resolve("stdout.log"));
    }

    String stderr(Job job) {
        return text(folder(job).resolve("stderr.log"));
    }

    /// The process that a file of a job names, once it does.
    ProcessIdentity process(Job job, String file) {
        await(() -> ProcessIdentity.parse(text(folder(job).resolve(file))).isPresent());
        return ProcessIdentity.parse(text(folder(job).resolve(file))).orElseThrow();
    }

    /// How often the end of a job was entered in the journal.
    long ends(Job job) {
        return journal.about(job.id().text(), 100).stream()
                .filter(entry -> entry.event().equals("ended"))
                .count();
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it did not come true in time");
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static void killHard(ProcessIdentity process) {
        if (process.isAlive()) {
            ProcessHandle.of(process.pid()).ifPresent(ProcessHandle::destroyForcibly);
        }
        await(() -> !process.isAlive());
    }

    /// A clock that is so much ahead.
    static InstantSource ahead(Duration time) {
        return () -> InstantSource.system().instant().plus(time);
    }

    /// The news that nobody has been shown, in order.
    List<String> untold() {
        return database.read(connection -> {
            try (PreparedStatement select =
                            connection.prepareStatement(
                                    "select text from untold where shown = 0 order by seq");
                    ResultSet row = select.executeQuery()) {
                List<String> texts = new ArrayList<>();
                while (row.next()) {
                    texts.add(row.getString("text"));
                }
                return texts;
            }
        });
    }

    /// Ends this process in all but name: its jobs go on.
    void leave() {
        jobs.close();
        database.close();
    }

    /// Ends every command, that of a lost job too, and waits for the supervisors.
    @Override
    public void close() {
        for (Job job : jobs.newest(1_000)) {
            jobs.kill(job, Signal.KILL, AUTHOR, false);
            Path supervisor = folder(job).resolve("supervisor");
            await(() ->
                    !Files.exists(supervisor)
                            || ProcessIdentity.parse(text(supervisor))
                                    .filter(ProcessIdentity::isAlive)
                                    .isEmpty());
        }
        leave();
    }
}
