package dev.bellhop.job;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A running job in the eyes of [JobWatch]: how far its output has grown, what is in it, and when
/// its time is up. Used by the rounds alone, but for the look through the output, which has a
/// thread of its own.
final class WatchedJob {

    private static final Logger LOG = LoggerFactory.getLogger(WatchedJob.class);

    private static final Duration TRAILS_FOR = Duration.ofMinutes(1);
    private static final Duration LIVELY_AT_FIRST = Duration.ofSeconds(2);

    // A job that writes such a part of its limit from one look to the next is looked at more often.
    private static final int FLOOD_SHARE = 16;

    // The kernel makes a fast writer wait now and then: that it wrote nothing since the last look
    // does not mean that it is over.
    private static final Duration FLOOD_LASTS = Duration.ofSeconds(2);

    private final Job job;
    private final int revision;
    private final JobRunner runner;
    private final Executor matching;
    private final JobOutput output;
    private final OutputLimit limit;
    private final JobSpec.Notices notices;
    private final List<OutputPattern> patterns;
    private final @Nullable Future<?> timeout;
    private final AtomicBoolean isMatching = new AtomicBoolean();

    private final long begunNanos = System.nanoTime();
    private JobOutput.Cursor end = JobOutput.Cursor.START;
    private long grownNanos = System.nanoTime();
    private boolean isTooMuch;
    private long floodedNanos = begunNanos - FLOOD_LASTS.toNanos();
    private boolean isOver;

    // Used by the look through the output alone.
    private List<OutputPattern.Scan> scans = List.of();
    private String readTo = "";

    /// @param revision of the definition
    /// @param rounds on which the end of its time is noticed
    /// @param matching on which its output is looked through
    WatchedJob(
            Job job,
            int revision,
            JobRunner runner,
            ScheduledExecutorService rounds,
            Executor matching) {
        this.job = job;
        this.revision = revision;
        this.runner = runner;
        this.matching = matching;
        JobFolder folder = runner.store().folder(job);
        this.output = runner.output(job);
        this.limit = new OutputLimit(folder, runner.store().outputBytesMax());
        limit.prepare();
        this.notices =
                folder.definition()
                        .map(definition -> definition.spec().notices())
                        .orElse(JobSpec.Notices.NONE);
        this.patterns = notices.patterns().stream().map(OutputPattern::parse).toList();
        this.timeout =
                job.timeout().isZero()
                        ? null
                        : rounds.schedule(
                                this::timeIsUp,
                                Math.max(0, runner.left(job).toMillis()),
                                TimeUnit.MILLISECONDS);
    }

    Job job() {
        return job;
    }

    boolean is(int run) {
        return job.run() == run;
    }

    boolean is(int run, int revisionNow) {
        return is(run) && revision == revisionNow;
    }

    /// Forgets it.
    void close() {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    /// The job is over. Looks a last time through all of its output; from then on only its limit is
    /// kept.
    void closeAtEnd() {
        isOver = true;
        close();
        boolean _ = limit.keep(output.size());
        if (!patterns.isEmpty()) {
            matching.execute(() -> match(true));
        }
    }

    private void timeIsUp() {
        if (runner.store().isOurs(job)) {
            runner.endLater(job, KillOrder.Cause.TIMEOUT, Signal.TERM);
        }
    }

    /// Whether it may soon have written more than is kept, as it has just begun.
    boolean isLively() {
        return System.nanoTime() - begunNanos < LIVELY_AT_FIRST.toNanos();
    }

    /// Whether it writes so much, or did just now, that it may be over its limit in a moment.
    boolean isFlooding() {
        return System.nanoTime() - floodedNanos < FLOOD_LASTS.toNanos();
    }

    /// Whether something that outlived the job may still write to its logs, as far as they tell.
    boolean isStillWritten() {
        return System.nanoTime() - grownNanos < TRAILS_FOR.toNanos();
    }

    /// Sees how far the output has grown, and does what follows.
    void look() {
        JobOutput.Cursor now = output.size();
        boolean grew = !now.equals(end);
        long grewBytes = now.stdout() + now.stderr() - end.stdout() - end.stderr();
        if (grew) {
            end = now;
            grownNanos = System.nanoTime();
        }
        if ((!grew && notices.areOfTheEndAlone()) || !runner.store().isOurs(job)) {
            return;
        }
        if (grewBytes > limit.bytesMax() / FLOOD_SHARE) {
            floodedNanos = System.nanoTime();
        }
        if (grew && !isTooMuch && !limit.keep(now)) {
            isTooMuch = true;
            runner.endLater(job, KillOrder.Cause.OUTPUT_LIMIT, Signal.KILL);
        }
        if (isOver) {
            return;
        }
        if (!patterns.isEmpty() && isMatching.compareAndSet(false, true)) {
            matching.execute(() -> {
                try {
                    match(false);
                } finally {
                    isMatching.set(false);
                }
            });
        }
        Duration silence = notices.silence();
        Duration silent = Duration.ofNanos(System.nanoTime() - grownNanos);
        if (silence != null && silent.compareTo(silence) >= 0) {
            runner.store().silent(job, now.toString(), silent);
        }
    }

    /// Looks through what was written since the last time.
    ///
    /// @param isOver whether the job is, and there is all of it
    private void match(boolean isOver) {
        try {
            JobOutput.Cursor size = output.size();
            // What a daemon of a job that is over adds meanwhile has no end.
            long passes =
                    isOver
                            ? 2
                                    + 2
                                            * Math.max(size.stdout(), size.stderr())
                                            / LineReader.BYTES_AT_ONCE
                            : 1;
            while (passes-- > 0 && matchOnce(isOver)) {
                // There is more.
            }
        } catch (RuntimeException e) {
            LOG.warn(
                    "the output of job {} could not be looked through: {}",
                    job.id(),
                    e.getMessage());
        }
    }

    /// Looks through a part of it.
    ///
    /// @return whether there is more
    private boolean matchOnce(boolean isOver) {
        Optional<JobTable.Progress> progress = runner.store().progress(job);
        if (progress.isEmpty()) {
            return false;
        }
        String from = progress.get().readTo();
        if (!from.equals(readTo) || scans.size() != patterns.size()) {
            scans = scans(from);
            readTo = from;
        }
        long count = 0;
        String line = "";
        boolean isMore = false;
        for (OutputPattern.Scan scan : scans) {
            OutputPattern.Found found = scan.scan(output, isOver);
            count += found.count();
            isMore |= found.isMore();
            List<OutputPattern.Match> last = found.last().isEmpty() ? found.first() : found.last();
            line = last.isEmpty() ? line : last.getLast().line();
        }
        String to = String.join(" ", scans.stream().map(scan -> scan.place()).toList());
        // A last line without an end, such as a prompt, may match and is not passed by.
        if (count > 0 || !to.equals(from)) {
            long all = progress.get().matches() + count;
            // If that cannot be entered it is looked for again from there.
            readTo = "";
            if (runner.store().matched(job, revision, from, to, count, all, line)) {
                readTo = to;
            }
        }
        return isMore;
    }

    private List<OutputPattern.Scan> scans(String from) {
        List<String> cursors = List.of(from.split(" ", -1));
        if (cursors.size() != patterns.size()) {
            cursors = Collections.nCopies(patterns.size(), cursors.getFirst());
        }
        List<OutputPattern.Scan> fresh = new ArrayList<>();
        for (int i = 0; i < patterns.size(); i++) {
            fresh.add(patterns.get(i).scanFrom(cursors.get(i)));
        }
        return fresh;
    }
}
