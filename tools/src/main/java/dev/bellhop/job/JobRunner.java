package dev.bellhop.job;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.display.Secrets;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts jobs, finds out how they stand, waits for them and ends them.
///
/// Jobs of servers that are gone are treated as its own: how a job stands is read from its folder.
public final class JobRunner {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    /// How much of a job's output its notification shows.
    private static final int TAIL_CHARS = 500;

    private static final int LABEL_CHARS_MAX = 80;

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration ADOPTED_LOOK_EVERY = Duration.ofSeconds(1);

    private final Path folders;
    private final JobTable table;
    private final Database database;
    private final Journal journal;
    private final InstantSource clock;
    private final Map<String, String> environment;
    private final ProcessIdentity self = ProcessIdentity.ofThisProcess();

    // The supervisors that this process started, so that their ends are seen at once.
    private final Map<JobId, CompletableFuture<?>> own = new ConcurrentHashMap<>();

    /// @param folders where the jobs' folders are; made when the first job is
    /// @param environment what every job inherits
    public JobRunner(
            Path folders,
            Database database,
            Journal journal,
            InstantSource clock,
            Map<String, String> environment) {
        this.folders = folders;
        this.table = new JobTable(database);
        this.database = database;
        this.journal = journal;
        this.clock = clock;
        this.environment = Map.copyOf(environment);
    }

    /// The statements that make the tables of this package.
    public static List<String> tables() {
        return JobTable.tables();
    }

    /// Starts a job. When this returns its supervisor runs, and lives on without this process.
    ///
    /// @return the new job; where a request with the same key was made before, its job
    /// @throws Problem `INVALID` if the directory or the program is not there; `CONFLICT` if the
    ///   key was used for another command; `UNAVAILABLE` if it cannot be started
    public Job start(JobSpec spec, Journal.Author author) {
        requireRunnable(spec);
        JobId id = JobId.random(ThreadLocalRandom.current());
        while (Files.exists(folders.resolve(id.text()))) {
            id = JobId.random(ThreadLocalRandom.current());
        }
        Job job =
                new Job(
                        id,
                        spec.command().shown(),
                        spec.label(),
                        spec.forTask(),
                        spec.directory(),
                        author.consumer(),
                        clock.instant(),
                        spec.timeout(),
                        new JobState.Running());
        Optional<Job> before =
                database.transact(connection -> {
                    JobSpec.RequestKey key = spec.requestKey();
                    Optional<Job> same =
                            key == null
                                    ? Optional.empty()
                                    : table.underKey(connection, key.key())
                                            .map(keyed -> same(keyed, key));
                    if (same.isEmpty()) {
                        table.add(connection, job, key);
                        journal.append(connection, JobTable.started(job, author));
                    }
                    return same;
                });
        return before.isPresent() ? settled(before.get()) : launch(job, spec);
    }

    private static Job same(JobTable.Keyed keyed, JobSpec.RequestKey key) {
        if (!keyed.payload().equals(key.payload())) {
            throw Problem.conflict(
                    "idempotency_key %s was used for another command (job %s)"
                            .formatted(key.key(), keyed.job().id()),
                    "Use another key for another request.");
        }
        return keyed.job();
    }

    private Job launch(Job job, JobSpec spec) {
        try {
            JobFolder folder = JobFolder.create(folders, job.id(), spec, self);
            Process process = Supervisor.start(job.id(), spec, folder, environment);
            CompletableFuture<?> ended = process.onExit();
            own.put(job.id(), ended);
            Thread.ofVirtual().name("job-" + job.id()).start(() -> watch(job, ended));
            return job;
        } catch (Problem problem) {
            failed(job, String.valueOf(problem.getMessage()));
            throw problem;
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            failed(job, reason);
            throw Problem.unavailable(
                    "the command could not be started: " + reason,
                    "If it is too long, put it into a file; else make the same call again.");
        }
    }

    /// Enters that a job never ran. That is no news: whoever asked for it is told in the answer.
    private void failed(Job job, String reason) {
        enter(job.in(new JobState.Failed(reason, clock.instant())), null);
    }

    /// Refuses what could only fail, before there is a job.
    private void requireRunnable(JobSpec spec) {
        if (!Files.isDirectory(spec.directory())) {
            throw Problem.invalid(
                    "there is no directory " + spec.directory(),
                    "Give `cwd` as a directory, absolute or from the project's root.");
        }
        if (spec.command() instanceof CommandLine.Argv(List<String> argv)) {
            String program = argv.getFirst();
            String path = spec.environment().getOrDefault("PATH", environment.get("PATH"));
            boolean there =
                    program.contains("/")
                            ? Files.isExecutable(spec.directory().resolve(program))
                            : Stream.of((path == null ? "" : path).split(File.pathSeparator))
                                    .filter(folder -> !folder.isEmpty())
                                    .map(folder -> spec.directory().resolve(folder))
                                    .map(folder -> folder.resolve(program))
                                    .anyMatch(file -> Files.isExecutable(file));
            if (!there) {
                throw Problem.invalid(
                        "there is no program " + program,
                        "Give the program as the first element, or a string to use the shell.");
            }
        }
    }

    /// Takes over the jobs of servers that are gone: ends those whose time is up, and enters their
    /// ends. Returns at once.
    public void adopt() {
        for (Job job : table.running()) {
            if (!own.containsKey(job.id())) {
                Thread.ofVirtual().name("job-" + job.id()).start(() -> watchAdopted(job));
            }
        }
    }

    /// How all jobs stand by now: enters every end that has not been.
    public void look() {
        for (Job job : table.running()) {
            settled(job);
        }
    }

    /// The job whose id begins with `text`.
    ///
    /// @throws Problem `NOT_FOUND` if there is none, `INVALID` if there are several
    public Job get(String text) {
        List<Job> found = table.startingWith(JobId.prefix(text));
        if (found.isEmpty()) {
            throw Problem.notFound(
                    "there is no job " + text.strip(),
                    "Call check_background without an id for a list.");
        }
        if (found.size() > 1) {
            throw Problem.invalid(
                    "several jobs begin with %s: %s"
                            .formatted(
                                    text.strip(),
                                    found.stream()
                                            .map(job -> job.id().text())
                                            .collect(Collectors.joining(", "))),
                    "Give more characters.");
        }
        return settled(found.getFirst());
    }

    /// The last jobs, newest first.
    public List<Job> newest(int limit) {
        return table.newest(limit).stream().map(this::settled).toList();
    }

    public int count() {
        return table.count();
    }

    /// The jobs that were started for a task, oldest first.
    public List<Job> forTask(int task) {
        return table.forTask(task).stream().map(this::settled).toList();
    }

    public JobOutput output(Job job) {
        return new JobOutput(folder(job), Secrets.of(environment));
    }

    /// What a call waits for.
    ///
    /// @param longest after which it waits no longer
    /// @param until ends the wait when found, or null
    public record Wait(Duration longest, JobOutput.@Nullable Search until, Hangup hangup) {}

    /// Waits for the end of a job.
    ///
    /// @return whether what the wait was for is there: the job's end or the pattern
    public boolean await(Job job, Wait wait) {
        long deadline = System.nanoTime() + wait.longest().toNanos();
        CompletableFuture<?> hungUp = wait.hangup().whenHungUp();
        CompletableFuture<?> ended = own.get(job.id());
        CompletableFuture<?> either =
                ended == null ? hungUp : CompletableFuture.anyOf(ended, hungUp);
        while (true) {
            // In this order: what is written before the end is found after it.
            boolean over = settled(job).state().isOver();
            if ((wait.until() != null && wait.until().found()) || over) {
                return true;
            }
            long left = deadline - System.nanoTime();
            if (left <= 0 || wait.hangup().isHungUp()) {
                return false;
            }
            boolean isToldOfEnd = ended != null && !ended.isDone();
            long pause = isToldOfEnd && wait.until() == null ? left : LOOK_EVERY.toNanos();
            pause(isToldOfEnd ? either : hungUp, Math.min(left, pause));
        }
    }

    /// What came of a kill.
    ///
    /// @param job as it stands now
    /// @param sent whether a signal went out
    /// @param after how long it took until the job was over, or how long that was waited for
    public record Kill(Job job, boolean sent, Duration after) {}

    /// Ends a job: sends `signal` to all its processes, and where that is [Signal#TERM] and is not
    /// followed within 5 s, [Signal#KILL].
    public Kill kill(Job job, Signal signal) {
        Job now = settled(job);
        if (now.state().isOver()) {
            return new Kill(now, false, Duration.ZERO);
        }
        long start = System.nanoTime();
        boolean sent = end(now, signal);
        Job after = settled(now);
        if (!after.state().isOver()) {
            folder(job).unmarkKill();
        }
        return new Kill(after, sent, Duration.ofNanos(System.nanoTime() - start));
    }

    // ---- watching

    private void watch(Job job, CompletableFuture<?> ended) {
        try {
            if (!job.timeout().isZero() && !pause(ended, job.timeout().toNanos())) {
                end(job, null);
            }
            ended.join();
            settled(job);
        } catch (RuntimeException e) {
            LOG.error("watching job {} failed", job.id(), e);
        } finally {
            own.remove(job.id());
        }
    }

    private void watchAdopted(Job job) {
        try {
            while (!settled(job).state().isOver()) {
                Duration left =
                        job.timeout().isZero()
                                ? ADOPTED_LOOK_EVERY
                                : Duration.between(
                                        clock.instant(), job.startedAt().plus(job.timeout()));
                if (left.isNegative() && !hasLivingStarter(job)) {
                    end(job, null);
                }
                pause(new CompletableFuture<>(), ADOPTED_LOOK_EVERY.toNanos());
            }
        } catch (RuntimeException e) {
            LOG.error("watching job {} failed", job.id(), e);
        }
    }

    private boolean hasLivingStarter(Job job) {
        return folder(job).starter().filter(ProcessIdentity::isAlive).isPresent();
    }

    /// Ends the processes of a job, and waits for it.
    ///
    /// @param signal null if its time is up
    /// @return whether a signal was sent
    private boolean end(Job job, @Nullable Signal signal) {
        Signal first = signal == null ? Signal.TERM : signal;
        boolean sent = send(job, first, signal);
        if (!isOverWithin(job, Supervisor.KILL_AFTER) && sent && first.isFollowedByKill()) {
            send(job, Signal.KILL, signal);
            isOverWithin(job, Supervisor.KILL_AFTER);
        }
        return sent;
    }

    private boolean send(Job job, Signal signal, @Nullable Signal reason) {
        // Right after its start a job has not said yet who it is.
        long deadline = System.nanoTime() + Supervisor.KILL_AFTER.toNanos();
        while (System.nanoTime() < deadline) {
            Optional<ProcessIdentity> leader = folder(job).leader();
            if (leader.isPresent()) {
                if (!leader.get().isAlive()) {
                    return false;
                }
                folder(job).markKill(reason);
                return Supervisor.signal(signal, leader.get().pid());
            }
            if (settled(job).state().isOver()) {
                return false;
            }
            pause(new CompletableFuture<>(), TimeUnit.MILLISECONDS.toNanos(5));
        }
        return false;
    }

    private boolean isOverWithin(Job job, Duration time) {
        return await(job, new Wait(time, null, new Hangup()));
    }

    /// `job` as it stands now; if it is over that is entered, once, by whoever sees it first.
    private Job settled(Job job) {
        if (job.state().isOver()) {
            return job;
        }
        JobState state = folder(job).observe(job, clock.instant());
        if (!state.isOver()) {
            return job;
        }
        Job ended = job.in(state);
        enter(ended, news(ended));
        return ended;
    }

    private void enter(Job ended, Journal.@Nullable News news) {
        database.transact(connection -> {
            if (table.end(connection, ended)) {
                journal.append(
                        connection,
                        new Journal.Entry(
                                clock.instant(),
                                new Journal.Author(ended.startedBy(), "bellhop"),
                                ended.id().text(),
                                "ended",
                                null,
                                JobTable.endAsJson(ended),
                                news));
            }
            return null;
        });
    }

    private Journal.News news(Job ended) {
        Instant at = ended.state().endedAt();
        String tail = output(ended).tail(TAIL_CHARS);
        String name =
                ended.label() == null ? "" : " " + Excerpt.line(ended.label(), LABEL_CHARS_MAX);
        return new Journal.News(
                ended.startedBy(),
                newsKey(ended),
                "[%s]%s %s: %s"
                        .formatted(
                                newsKey(ended),
                                name,
                                ended.state().told(ended.time(at)),
                                tail.isEmpty() ? "(no output)" : tail));
    }

    /// The key under which the end of a job is news.
    public static String newsKey(Job job) {
        return "bg:" + job.id();
    }

    private JobFolder folder(Job job) {
        return new JobFolder(folders.resolve(job.id().text()));
    }

    /// Waits until `done` is, or for `nanos`.
    ///
    /// @return whether it is done
    private static boolean pause(CompletableFuture<?> done, long nanos) {
        try {
            done.get(nanos, TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("nobody interrupts a call", e);
        }
    }
}
