package dev.bellhop.job;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Hangup;
import dev.bellhop.base.Posix;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.display.Secrets;
import dev.bellhop.sink.Outbox;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts jobs, finds out how they stand, waits for them and ends them.
///
/// Jobs of servers that are gone are treated as its own: how a job stands is read from its folder.
public final class JobRunner implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);

    private static final Duration LOOK_EVERY = Duration.ofMillis(50);
    private static final Duration SURE_EVERY = Duration.ofSeconds(1);

    /// So soon after its start a job has said who it is.
    private static final Duration SAYS_WHO_WITHIN = Duration.ofSeconds(5);

    /// So soon a job that was killed is over.
    private static final Duration DIES_WITHIN = Duration.ofSeconds(5);

    private static final int KILL_ROUNDS = 5;
    private static final int LIST_MAX = 10_000;

    private final JobStore store;
    private final JobRecovery recovery;
    private final JobCollector collector;
    private final JobWatch watch;
    private final Path project;
    private final Supplier<JobLimits> limits;
    private final Map<String, String> environment;
    private final UnaryOperator<JobSpec.TaskLink> present;
    private final InstantSource clock;

    /// @param folders where the jobs' folders are; made when the first job is
    /// @param outbox what sinks of jobs' own have yet to be told
    /// @param project its directory, which commands in a sandbox can write
    /// @param limits what the jobs may take; throws where that is not known, and then none begins
    /// @param secrets what is not shown of any job's output
    /// @param environment what every job inherits
    /// @param present the link to a task as it is now: what begins again is for the task's round of
    ///   today
    public JobRunner(
            Path folders,
            Database database,
            Journal journal,
            Outbox outbox,
            InstantSource clock,
            Path project,
            Supplier<JobLimits> limits,
            Secrets secrets,
            Map<String, String> environment,
            UnaryOperator<JobSpec.TaskLink> present) {
        this.watch = new JobWatch(this, folders);
        this.store =
                new JobStore(
                        folders, database, journal, outbox, clock, limits, secrets, watch::ended);
        this.recovery = new JobRecovery(folders, database, journal, clock);
        this.collector = new JobCollector(store, recovery, clock, limits);
        this.project = project;
        this.limits = limits;
        this.environment = Map.copyOf(environment);
        this.present = present;
        this.clock = clock;
    }

    /// The statements that make the tables of this package.
    public static List<String> tables() {
        return JobTable.tables();
    }

    /// The statements that make of the first shape of these tables the second.
    public static List<String> upgrades() {
        return JobTable.upgrades();
    }

    /// Enters every job whose folder is there into a table that is new.
    ///
    /// @param why it is new
    public void restore(Connection connection, String why) throws SQLException {
        recovery.restore(connection, why);
    }

    JobStore store() {
        return store;
    }

    // ---- the life of a job

    /// Starts a job: where there is room, when this returns its supervisor runs, and lives on
    /// without this process; else it is queued.
    ///
    /// @return the new job; where a request with the same key was made before, its job
    /// @throws Problem `INVALID` if the directory or the program is not there; `CONFLICT` if the
    ///   key was used for another command; `UNAVAILABLE` if it cannot be started, or too many were
    public Job start(JobSpec spec, Journal.Author author) {
        return start(spec, author, true);
    }

    /// Keeps a job to be started later.
    ///
    /// @return the new job; where a request with the same key was made before, its job
    /// @throws Problem as [#start(JobSpec, Journal.Author)]
    public Job create(JobSpec spec, Journal.Author author) {
        return start(spec, author, false);
    }

    private Job start(JobSpec spec, Journal.Author author, boolean begins) {
        if (begins) {
            watch.expect();
        }
        Optional<Job> before = store.askedForBefore(spec);
        if (before.isPresent()) {
            return store.settled(before.get());
        }
        requireRunnable(spec);
        JobStore.Added added = store.add(spec, author, begins);
        if (added.definition() == null) {
            return store.settled(added.job());
        }
        return launchIfRunning(added.job(), added.definition());
    }

    /// Starts a job that was only kept.
    ///
    /// @throws Problem `CONFLICT` if it is not one that was only kept
    public Job start(Job job, Journal.Author author) {
        JobDefinition definition = store.definition(job);
        requireRunnable(definition.spec());
        Job begun = store.begin(job, author);
        JobDefinition presently = presentlyFor(definition);
        if (!presently.equals(definition)) {
            store.folder(begun).define(presently);
        }
        store.startedHere(begun);
        return launchIfRunning(begun, presently);
    }

    /// Starts a job once more: the same id, the same definition, new logs. One that runs is ended
    /// first.
    ///
    /// @throws Problem `CONFLICT` if it cannot be ended, waits to begin, or its definition is gone
    public Job restart(Job job, Journal.Author author) {
        if (job.state() instanceof JobState.Created) {
            return start(job, author);
        }
        if (job.state() instanceof JobState.Queued) {
            throw Problem.conflict(
                    "job %s waits to begin".formatted(job.id()), "Wait for it, or kill it.");
        }
        // What cannot begin again is not ended for it.
        JobDefinition definition = presentlyFor(store.again(job));
        requireRunnable(definition.spec());
        Job over =
                ended(
                        job,
                        new KillOrder(
                                KillOrder.Cause.RESTART,
                                Signal.TERM,
                                clock.instant(),
                                author.client()));
        JobFolder folder =
                JobFolder.create(
                        store.folders(), definition, ProcessIdentity.ofThisProcess(), true);
        boolean kept = false;
        try {
            Job begun = store.beginAgain(over, definition.run(), author);
            kept = true;
            Job launched = launchIfRunning(begun, definition);
            store.deleteFolderOf(over, over.run());
            return launched;
        } finally {
            if (!kept) {
                folder.delete();
            }
        }
    }

    private JobDefinition presentlyFor(JobDefinition definition) {
        JobSpec spec = definition.spec();
        return spec.link() == null
                ? definition
                : definition.as(spec.edit().link(present.apply(spec.link())).done());
    }

    /// `job`, with no process of it left.
    private Job ended(Job job, KillOrder order) {
        Kill kill = kill(job, order);
        JobProcesses processes = new JobProcesses(job.id(), store.folder(job));
        if (!kill.job().state().isOver() || processes.isAnyAlive()) {
            throw Problem.conflict(
                    "job %s could not be ended".formatted(job.id()),
                    "Look at its processes; it carries on meanwhile.");
        }
        return kill.job();
    }

    /// Forgets a job that is over or was never begun, with all it wrote.
    ///
    /// @throws Problem `CONFLICT` if it may still run
    public void delete(Job job, Journal.Author author) {
        Job now = store.settled(job);
        boolean runs =
                now.state() instanceof JobState.Running
                        || now.state() instanceof JobState.Queued
                        || store.livesOn(now);
        if (runs) {
            throw Problem.conflict(
                    "job %s is %s".formatted(job.id(), now.state().word()),
                    "Kill it first, with background_kill.");
        }
        if (!store.delete(now, author)) {
            throw Problem.conflict(
                    "job %s is not %s any more".formatted(job.id(), now.state().word()),
                    "Call check_background to see how it stands.");
        }
    }

    /// Gives a job other tags.
    public Job tag(Job job, List<String> tags, Journal.Author author) {
        return redefine(job, spec -> spec.edit().tags(tags).done(), author);
    }

    /// Changes what is to be told of a job, also while it runs: what it writes from now on counts.
    ///
    /// @throws Problem `INVALID` if a pattern is none
    public Job notify(Job job, JobSpec.Notices notices, Journal.Author author) {
        notices.patterns().forEach(OutputPattern::parse);
        return redefine(job, spec -> spec.edit().notices(notices).done(), author);
    }

    private Job redefine(Job job, UnaryOperator<JobSpec> change, Journal.Author author) {
        Job changed = store.redefine(job, change, author);
        watch.begin();
        return changed;
    }

    /// How a job is defined.
    ///
    /// @throws Problem `CONFLICT` if that was not kept
    public JobSpec definition(Job job) {
        return store.definition(job).spec();
    }

    /// What was checked out where `job` runs when it began; empty if that is not known. It is where
    /// it was run for a task.
    public Optional<String> commit(Job job) {
        return store.folder(job).commit();
    }

    /// What was deleted.
    ///
    /// @param jobs how many of them
    /// @param bytes how much of the disk they took
    public record Collected(int jobs, long bytes) {}

    /// Deletes jobs that are over, as the limits say: those that ended too long ago, and the oldest
    /// where they are too many or take too much.
    ///
    /// @param isRehearsal whether nothing is deleted, and only said what would be
    public Collected collect(boolean isRehearsal) {
        return collector.collect(isRehearsal);
    }

    private Job launchIfRunning(Job job, JobDefinition definition) {
        if (job.state() instanceof JobState.Running) {
            launch(job, definition);
            watch.begin(job);
        } else {
            watch.begin();
        }
        return job;
    }

    private void launch(Job job, JobDefinition definition) {
        try {
            spawn(job, definition);
        } catch (Problem problem) {
            store.enterQuietly(failed(job, String.valueOf(problem.getMessage())));
            throw problem;
        } catch (IOException e) {
            String reason = String.valueOf(e.getMessage());
            // That is no news: whoever asked for it is told in the answer.
            store.enterQuietly(failed(job, reason));
            throw Problem.unavailable(
                    "the command could not be started: " + reason,
                    "If it is too long, put it into a file; else make the same call again.");
        }
    }

    private void spawn(Job job, JobDefinition definition) throws IOException {
        JobFolder folder = store.folder(job);
        if (definition.spec().link() != null) {
            // What the command is about to see: by its end something else may be checked out.
            GitHead.of(definition.spec().directory()).ifPresent(folder::beginsAt);
        }
        List<String> argv = sandbox().argv(definition.spec());
        // A command may print faster than what makes room for its output is loaded.
        Posix.load();
        Process start = Supervisor.start(definition, argv, folder, environment);
        Thread.ofVirtual()
                .name("start-" + job.id())
                .start(() -> {
                    if (start.onExit().join().exitValue() != 0 && folder.supervisor().isEmpty()) {
                        store.enter(failed(job, "the supervisor could not be started"));
                    }
                });
    }

    private Job failed(Job job, String reason) {
        return job.in(new JobState.Failed(reason, clock.instant()));
    }

    /// Begins jobs that wait, as many as there is room for.
    void dispatch() {
        Optional<Job> next = store.nextFromQueue();
        while (next.isPresent()) {
            Job job = next.get();
            try {
                store.startedHere(job);
                spawn(job, store.definition(job));
            } catch (Problem | IOException e) {
                store.enter(failed(job, String.valueOf(e.getMessage())));
            }
            next = store.nextFromQueue();
        }
    }

    /// Refuses what could only fail, before there is a job.
    private void requireRunnable(JobSpec spec) {
        sandbox().require();
        spec.notices().patterns().forEach(OutputPattern::parse);
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
                            : Stream.of((path == null ? "" : path).split(File.pathSeparator, -1))
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

    private Sandbox sandbox() {
        return limits.get().isSandboxed() ? Sandbox.around(project) : Sandbox.NONE;
    }

    // ---- how they stand

    /// Takes over the jobs of servers that are gone, and keeps an eye on all: ends those whose time
    /// is up, enters their ends, begins those that wait, tells what is to be told, keeps the logs
    /// within their limit and collects what is too old. Returns at once.
    ///
    /// @param afterEnds run whenever jobs have ended
    public void adopt(Runnable afterEnds) {
        watch.begin(afterEnds);
    }

    /// Enters every end that has not been.
    public void look() {
        store.look();
        watch.sweepIfDue();
    }

    /// The job whose id begins with `text`.
    ///
    /// @throws Problem `NOT_FOUND` if there is none, `INVALID` if there are several
    public Job get(String text) {
        return store.get(text);
    }

    /// Which jobs are meant.
    ///
    /// @param state such as `running`, or null for all
    /// @param tags all of which they have; `ci.*` stands for every tag below `ci`
    /// @param directory where they run, or null for anywhere
    public record Filter(@Nullable String state, List<String> tags, @Nullable Path directory) {

        public static final Filter ALL = new Filter(null, List.of(), null);

        public Filter {
            tags = List.copyOf(tags);
        }
    }

    /// The last jobs that are as asked for, newest first.
    public List<Job> list(Filter filter, int limit) {
        return store.list(filter, Math.min(limit, LIST_MAX));
    }

    /// The last jobs, newest first.
    public List<Job> newest(int limit) {
        return list(Filter.ALL, limit);
    }

    /// The last jobs that were asked for before the one with this number, each under its own,
    /// newest first. The number stays the same when a job begins again.
    public SequencedMap<Long, Job> before(long number, int limit) {
        return store.before(number, limit);
    }

    /// The folder in which a file appears when a job ends; there from the first job on.
    public Path ends() {
        return store.folders().resolve(JobFolder.ENDED);
    }

    public int count() {
        return store.count();
    }

    /// How many run, as far as was looked.
    public int running() {
        return store.running().size();
    }

    /// The jobs that were started for a task, oldest first.
    public List<Job> forTask(int task) {
        return store.forTask(task);
    }

    /// The jobs for tasks that are over, and whose task has not been told.
    public List<Job> unlinked() {
        return store.unlinked();
    }

    /// The task of `job` has been told its end.
    public void linked(Job job) {
        store.linked(job);
    }

    public JobOutput output(Job job) {
        return store.output(job);
    }

    /// What goes on of a job that is lost, such as `4711 node`: its command outlived its
    /// supervisor. Empty if nothing does.
    public String livesOn(Job job) {
        return job.state() instanceof JobState.Lost
                ? JobProcesses.named(new JobProcesses(job.id(), store.folder(job)).living())
                : "";
    }

    /// Lets go of the jobs, which go on: nothing is watched by this process any more.
    @Override
    public void close() {
        watch.close();
    }

    // ---- waiting

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
        try (JobWatch.Awaited awaited = watch.await(job)) {
            CompletableFuture<?> either = CompletableFuture.anyOf(awaited.over(), hungUp);
            while (true) {
                // In this order: what is written before the end is found after it.
                boolean over = awaited.over().isDone() || isOver(job);
                if (finds(wait, deadline) || over) {
                    return true;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0 || wait.hangup().isHungUp()) {
                    return false;
                }
                Duration pause = wait.until() == null ? SURE_EVERY : LOOK_EVERY;
                pause(either, Math.min(left, pause.toNanos()));
            }
        }
    }

    /// Whether what is waited for is in the output by now. That is found out on another thread.
    private boolean finds(Wait wait, long deadline) {
        JobOutput.Search search = wait.until();
        if (search == null) {
            return false;
        }
        CompletableFuture<Boolean> found =
                CompletableFuture.supplyAsync(search::found, watch.matching());
        CompletableFuture<?> either = CompletableFuture.anyOf(found, wait.hangup().whenHungUp());
        pause(either, Math.max(1, deadline - System.nanoTime()));
        return found.isDone() && found.join();
    }

    /// Whether it is over by now, queued or not.
    private boolean isOver(Job job) {
        return store.get(job.id().text()).state().isOver();
    }

    // ---- ending

    /// What came of a kill.
    ///
    /// @param job as it stands now
    /// @param sent whether a signal went out
    /// @param after how long it took until the job was over, or how long that was waited for
    /// @param left processes that are or may be left of it, such as `4711 sleep`; empty if none
    public record Kill(Job job, boolean sent, Duration after, String left) {}

    /// Ends a job: sends `signal` to all its processes, and where that is [Signal#TERM] and is not
    /// followed in time, [Signal#KILL]. One that waits to begin never does.
    ///
    /// @param isPerson whether a person wants it, and not an agent
    public Kill kill(Job job, Signal signal, Journal.Author author, boolean isPerson) {
        KillOrder.Cause cause = isPerson ? KillOrder.Cause.PERSON : KillOrder.Cause.AGENT;
        return kill(job, new KillOrder(cause, signal, clock.instant(), author.client()));
    }

    /// Ends a job, on a thread of its own.
    void endLater(Job job, KillOrder.Cause cause, Signal signal) {
        KillOrder order = new KillOrder(cause, signal, clock.instant(), "bellhop");
        Thread.ofVirtual()
                .name("end-" + job.id())
                .start(() -> {
                    try {
                        kill(job, order);
                    } catch (RuntimeException e) {
                        LOG.warn("job {} could not be ended: {}", job.id(), e.getMessage());
                    }
                });
    }

    /// How much of its time a job has left. Clocks jump: they are asked where nothing else tells.
    Duration left(Job job) {
        return store.folder(job)
                .supervisor()
                .flatMap(ProcessIdentity::age)
                .map(age -> job.timeout().minus(age))
                .orElseGet(() ->
                        Duration.between(clock.instant(), job.startedAt().plus(job.timeout())));
    }

    Kill kill(Job job, KillOrder order) {
        long start = System.nanoTime();
        Job now = store.settled(job);
        if (now.state() instanceof JobState.Created || now.state() instanceof JobState.Queued) {
            Job over = now.in(new JobState.Killed(order, null, clock.instant()));
            return store.cancel(now, over)
                    ? new Kill(over, false, Duration.ZERO, "")
                    : kill(store.get(now.id().text()), order);
        }
        JobFolder folder = store.folder(now);
        boolean wasOver = now.state().isOver();
        awaitLeader(now, folder);
        JobProcesses processes = new JobProcesses(now.id(), folder);
        boolean isAlive = processes.isAnyAlive();
        // What outlived its job is ended too, and the job stays what it was.
        boolean marked = isAlive && !wasOver && folder.markKill(order);
        // Also where somebody else is ending it, or what stands in the mark says nothing.
        boolean isWanted = isAlive || (!wasOver && folder.killOrder().isPresent());
        boolean sent = isWanted && end(now, order.signal(), processes);
        Job after = store.settled(now);
        if (marked && !after.state().isOver()) {
            folder.unmarkKill(order);
        }
        return new Kill(
                after,
                sent,
                isWanted ? Duration.ofNanos(System.nanoTime() - start) : Duration.ZERO,
                sent && after.state().isOver() ? left(processes) : "");
    }

    /// Right after its start a job has not said yet who it is.
    private void awaitLeader(Job job, JobFolder folder) {
        long deadline = System.nanoTime() + SAYS_WHO_WITHIN.toNanos();
        while (folder.leader().isEmpty()
                && System.nanoTime() < deadline
                && !store.settled(job).state().isOver()) {
            pause(new CompletableFuture<>(), TimeUnit.MILLISECONDS.toNanos(5));
        }
    }

    /// Sends `signal`, waits, and where it asks to end, insists.
    ///
    /// @return whether it was sent to anybody
    private boolean end(Job job, Signal signal, JobProcesses processes) {
        Duration grace = graceOf(job);
        boolean insists = signal == Signal.TERM || signal == Signal.KILL;
        Signal first = insists && grace.isZero() ? Signal.KILL : signal;
        boolean sent = processes.signal(first);
        boolean gone =
                isGoneWithin(job, processes, insists, first == Signal.KILL ? DIES_WITHIN : grace);
        for (int round = 0; sent && insists && !gone && round < KILL_ROUNDS; round++) {
            processes.signal(Signal.KILL);
            gone = isGoneWithin(job, processes, true, DIES_WITHIN.dividedBy(KILL_ROUNDS));
        }
        return sent;
    }

    private Duration graceOf(Job job) {
        return store.folder(job)
                .definition()
                .map(definition -> definition.spec().killAfter())
                .orElse(JobSpec.KILL_AFTER);
    }

    /// Waits until the end of `job` is recorded, and, if `wholly`, no process of it is left.
    private boolean isGoneWithin(
            Job job, JobProcesses processes, boolean wholly, Duration longest) {
        long deadline = System.nanoTime() + longest.toNanos();
        long pause = TimeUnit.MILLISECONDS.toNanos(1);
        try (JobWatch.Awaited awaited = watch.await(job)) {
            while (true) {
                boolean over = store.settled(job).state().isOver();
                if (over && (!wholly || !processes.isAnyAlive())) {
                    return true;
                }
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    return false;
                }
                pause(over ? new CompletableFuture<>() : awaited.over(), Math.min(left, pause));
                pause = Math.min(pause * 2, LOOK_EVERY.toNanos());
            }
        }
    }

    private static String left(JobProcesses processes) {
        List<ProcessTable.Row> living = processes.living();
        return JobProcesses.named(living.isEmpty() ? processes.suspects() : living);
    }

    /// The key under which the end of a job is news.
    public static String newsKey(Job job) {
        return JobStore.newsKey(job);
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
