package dev.bellhop.job;

import dev.bellhop.base.Posix;
import dev.bellhop.store.FolderWatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps an eye on the jobs of a project, with three threads however many there are.
///
/// One thread waits for the kernel to say that a supervisor has left its mark, and so enters an end
/// within milliseconds. The other goes round while anything runs: it looks whether the supervisors
/// are alive, how far the logs have grown, and whose time is up. The third looks through output for
/// what is to be told; only there does anything take long.
final class JobWatch {

    private static final Logger LOG = LoggerFactory.getLogger(JobWatch.class);

    private static final Duration ROUND_EVERY = Duration.ofMillis(200);
    private static final Duration LIVELY_ROUND_EVERY = Duration.ofMillis(20);

    /// Of a flood a round takes as long as the disk does, which writes before it makes room. What
    /// was to pause as well would let the flood win.
    private static final Duration FLOOD_ROUND_EVERY = Duration.ofMillis(10);

    private static final Duration IDLE_ROUND_EVERY = Duration.ofSeconds(5);
    private static final Duration SWEEP_EVERY = Duration.ofSeconds(1);

    /// A server that has just started has more urgent things to do.
    private static final Duration COLLECT_FIRST_AFTER = Duration.ofSeconds(3);

    private static final Duration COLLECT_EVERY = Duration.ofHours(1);

    /// How long [#close] waits for what the rounds are doing.
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    // A round pauses so many times as long as it took, so that many jobs take a sixth of a
    // processor at most; but never so long that one of them could fill the disk.
    private static final int PAUSE_FACTOR = 5;

    private final JobRunner runner;
    private final Path folders;
    private final AtomicBoolean watchesEnds = new AtomicBoolean();
    private final AtomicBoolean expects = new AtomicBoolean();
    private final AtomicBoolean goesRound = new AtomicBoolean();
    private final Set<Awaited> awaited = ConcurrentHashMap.newKeySet();
    private final Thread ends;
    private final ScheduledThreadPoolExecutor rounds;
    private final ScheduledThreadPoolExecutor matching;
    private volatile Runnable afterEnds = () -> {};
    private volatile long sweptNanos;
    private volatile boolean swept;

    // Whether there may be jobs that the rounds have not seen yet.
    private final AtomicBoolean isNew = new AtomicBoolean(true);

    // Used by the rounds alone.
    private final Map<JobId, WatchedJob> watched = new HashMap<>();
    private long rememberedNanos;
    private @Nullable ScheduledFuture<?> nextRound;

    // Those that are over, and whose logs something that outlived them may still write to.
    private final Set<WatchedJob> trailing = new HashSet<>();
    private long trailingNanos = System.nanoTime();

    JobWatch(JobRunner runner, Path folders) {
        this.runner = runner;
        this.folders = folders;
        this.ends = Thread.ofPlatform().daemon().name("ends").unstarted(this::watchEnds);
        this.rounds = onOneThread("jobs");
        this.matching = onOneThread("matching");
        rounds.setRemoveOnCancelPolicy(true);
        rounds.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    /// What is still asked of it after its end is not done.
    private static ScheduledThreadPoolExecutor onOneThread(String name) {
        return new ScheduledThreadPoolExecutor(
                1,
                Thread.ofPlatform().daemon().name(name).factory(),
                new ThreadPoolExecutor.DiscardPolicy());
    }

    /// On which output is looked through.
    Executor matching() {
        return matching;
    }

    /// A job is about to begin: loads meanwhile what makes room for its output.
    void expect() {
        if (expects.compareAndSet(false, true)) {
            Thread.ofPlatform().daemon().name("load").start(Posix::load);
        }
    }

    /// Begins, or if it has begun looks at everything soon.
    void begin() {
        goRound();
        isNew.set(true);
        rounds.execute(this::round);
    }

    /// The same for one job that was begun just now, which may print without end and cannot wait
    /// until all were asked for.
    void begin(Job job) {
        goRound();
        rounds.execute(() -> {
            guarded("looked after", () -> watch(job, revision(job)));
            hasten();
        });
    }

    /// Has the next round come as soon as a job that has just begun needs it. Not at once: where a
    /// thousand begin, each would wait for a look at all that did before.
    private void hasten() {
        ScheduledFuture<?> next = nextRound;
        if (next == null || next.getDelay(TimeUnit.NANOSECONDS) > LIVELY_ROUND_EVERY.toNanos()) {
            roundIn(LIVELY_ROUND_EVERY.toNanos());
        }
    }

    private void roundIn(long nanos) {
        Future<?> next = nextRound;
        if (next != null) {
            next.cancel(false);
        }
        if (!rounds.isShutdown()) {
            nextRound = rounds.schedule(this::round, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void goRound() {
        beginToWatchEnds();
        if (goesRound.compareAndSet(false, true)) {
            Future<?> _ =
                    rounds.scheduleWithFixedDelay(
                            this::collect,
                            COLLECT_FIRST_AFTER.toSeconds(),
                            COLLECT_EVERY.toSeconds(),
                            TimeUnit.SECONDS);
        }
    }

    void begin(Runnable run) {
        afterEnds = run;
        begin();
    }

    // ---- ends

    /// A wait for the end of a job; to be closed.
    final class Awaited implements AutoCloseable {
        private final JobId id;
        private final CompletableFuture<Void> over = new CompletableFuture<>();

        private Awaited(JobId id) {
            this.id = id;
        }

        /// Done when the end was entered, here or elsewhere.
        CompletableFuture<Void> over() {
            return over;
        }

        @Override
        public void close() {
            awaited.remove(this);
        }
    }

    Awaited await(Job job) {
        Awaited wait = new Awaited(job.id());
        awaited.add(wait);
        beginToWatchEnds();
        return wait;
    }

    /// The end of `job` was entered.
    void ended(Job job) {
        wake(job.id());
        if (goesRound.get()) {
            rounds.execute(() -> {
                guarded("looked through", () -> lookAtTheLast(job));
                guarded("begun", runner::dispatch);
                guarded("told to their tasks", afterEnds);
            });
        }
    }

    /// A job may end before any round has seen it; what it wrote counts all the same.
    private void lookAtTheLast(Job job) {
        WatchedJob known = watched.get(job.id());
        if (known != null && known.is(job.run())) {
            return;
        }
        closeAtEnd(new WatchedJob(job, revision(job), runner, rounds, matching));
    }

    private int revision(Job job) {
        return runner.store().progress(job).map(JobTable.Progress::revision).orElse(0);
    }

    /// Trouble with one thing keeps no other from being done.
    private static void guarded(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            LOG.warn("jobs could not be {}: {}", what, e.getMessage());
        }
    }

    private void wake(JobId id) {
        for (Awaited wait : awaited) {
            if (wait.id.equals(id)) {
                wait.over.complete(null);
            }
        }
    }

    private void beginToWatchEnds() {
        if (watchesEnds.compareAndSet(false, true)) {
            ends.start();
        }
    }

    /// Looks at nothing any more. A job that is just being taken out of the queue is begun first:
    /// it would be lost in between.
    void close() {
        ends.interrupt();
        rounds.shutdown();
        matching.shutdownNow();
        try {
            if (!rounds.awaitTermination(CLOSE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
                rounds.shutdownNow();
            }
        } catch (InterruptedException e) {
            rounds.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }

    private void watchEnds() {
        try (FolderWatch watch = new FolderWatch(folders.resolve(JobFolder.ENDED))) {
            while (!Thread.currentThread().isInterrupted()) {
                watch.await(IDLE_ROUND_EVERY);
                enterEnds();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void enterEnds() {
        try {
            runner.store().look();
            wakeThoseEndedElsewhere();
        } catch (RuntimeException e) {
            LOG.warn("ends of jobs could not be entered: {}", e.getMessage());
        }
    }

    /// Another process may have been faster.
    private void wakeThoseEndedElsewhere() {
        for (Awaited wait : awaited) {
            if (runner.store().find(wait.id).filter(job -> !job.state().isOver()).isEmpty()) {
                wait.over.complete(null);
            }
        }
    }

    // ---- rounds

    private void round() {
        if (rounds.isShutdown()) {
            return;
        }
        long start = System.nanoTime();
        try {
            watched.values().forEach(JobWatch::look);
            lookAtTrailing(start);
            if (isSweepDue() || isRememberingDue()) {
                sweep(true);
            }
            runner.dispatch();
        } catch (RuntimeException e) {
            LOG.warn("the jobs could not be looked after: {}", e.getMessage());
        } finally {
            long took = System.nanoTime() - start;
            roundIn(pause(took));
        }
    }

    /// Not as often as a job that has just begun wants to be looked at: there may be very many.
    private void lookAtTrailing(long nanos) {
        if (nanos - trailingNanos >= ROUND_EVERY.toNanos()
                || trailing.stream().anyMatch(WatchedJob::isFlooding)) {
            trailingNanos = nanos;
            trailing.removeIf(job -> !job.isStillWritten());
            trailing.forEach(JobWatch::look);
        }
    }

    /// What is the matter with one job is not to keep the others from being looked after.
    private static void look(WatchedJob job) {
        try {
            job.look();
        } catch (RuntimeException e) {
            LOG.warn("job {} could not be looked after: {}", job.job().id(), e.getMessage());
        }
    }

    /// Sweeps of calls put off those of the rounds, and not what the rounds remember.
    private boolean isRememberingDue() {
        return isNew.get() || System.nanoTime() - rememberedNanos >= SWEEP_EVERY.toNanos();
    }

    private long pause(long tookNanos) {
        if (watched.isEmpty() && trailing.isEmpty()) {
            return IDLE_ROUND_EVERY.toNanos();
        }
        if (Stream.concat(watched.values().stream(), trailing.stream())
                .anyMatch(WatchedJob::isFlooding)) {
            return FLOOD_ROUND_EVERY.toNanos();
        }
        return watched.values().stream().anyMatch(WatchedJob::isLively)
                ? Math.max(tookNanos, LIVELY_ROUND_EVERY.toNanos())
                : Math.clamp(
                        tookNanos * PAUSE_FACTOR, ROUND_EVERY.toNanos(), SWEEP_EVERY.toNanos());
    }

    private boolean isSweepDue() {
        return !swept || System.nanoTime() - sweptNanos >= SWEEP_EVERY.toNanos();
    }

    /// For a call that wants the truth: looks whether supervisors are gone, unless that was done
    /// just now.
    void sweepIfDue() {
        if (isSweepDue()) {
            sweep(false);
        }
    }

    /// Enters the ends of jobs whose supervisors are gone.
    ///
    /// @param inRound whether the rounds call, and may remember what they see
    private void sweep(boolean inRound) {
        if (inRound) {
            isNew.set(false);
        }
        List<Job> running = runner.store().running();
        if (inRound) {
            remember(running);
            rememberedNanos = System.nanoTime();
        }
        runner.store().settle(running);
        sweptNanos = System.nanoTime();
        swept = true;
    }

    private void remember(List<Job> running) {
        Set<JobId> ids = new HashSet<>();
        Map<JobId, Integer> revisions = runner.store().revisions();
        for (Job job : running) {
            ids.add(job.id());
            watch(job, revisions.getOrDefault(job.id(), 0));
        }
        List<JobId> gone = new ArrayList<>(watched.keySet());
        gone.removeAll(ids);
        for (JobId id : gone) {
            Optional.ofNullable(watched.remove(id)).ifPresent(this::closeAtEnd);
        }
    }

    private void watch(Job job, int revision) {
        WatchedJob known = watched.get(job.id());
        if (known == null || !known.is(job.run(), revision)) {
            if (known != null) {
                known.close();
            }
            watched.put(job.id(), new WatchedJob(job, revision, runner, rounds, matching));
        }
    }

    private void closeAtEnd(WatchedJob known) {
        Job job = known.job();
        known.close();
        try {
            int revision = revision(job);
            // What is to be told of it may have been changed since.
            WatchedJob last =
                    known.is(job.run(), revision)
                            ? known
                            : new WatchedJob(job, revision, runner, rounds, matching);
            trailing.add(last);
            last.closeAtEnd();
        } catch (RuntimeException e) {
            LOG.warn("job {} could not be looked after: {}", job.id(), e.getMessage());
        }
    }

    private void collect() {
        try {
            runner.collect(false);
        } catch (RuntimeException e) {
            LOG.warn("old jobs could not be deleted: {}", e.getMessage());
        }
    }
}
