package dev.bellhop.job;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A running job in the eyes of [JobWatch]: how far its output has grown, and when its time is up.
/// Used by the rounds alone.
final class WatchedJob {

    private final Job job;
    private final int revision;
    private final JobRunner runner;
    private final JobSpec.Notices notices;
    private final @Nullable Future<?> timeout;

    private JobOutput.Cursor end = JobOutput.Cursor.START;
    private long grownNanos = System.nanoTime();

    /// @param revision of the definition
    /// @param rounds on which the end of its time is noticed
    WatchedJob(Job job, int revision, JobRunner runner, ScheduledExecutorService rounds) {
        this.job = job;
        this.revision = revision;
        this.runner = runner;
        this.notices =
                runner.store()
                        .folder(job)
                        .definition()
                        .map(definition -> definition.spec().notices())
                        .orElse(JobSpec.Notices.NONE);
        // What this process has just started has all its time; of others only the clock tells.
        this.timeout =
                job.timeout().isZero()
                        ? null
                        : rounds.schedule(
                                this::timeIsUp,
                                Math.max(0, runner.left(job).toMillis()),
                                TimeUnit.MILLISECONDS);
    }

    boolean is(int run, int revisionNow) {
        return job.run() == run && revision == revisionNow;
    }

    /// Forgets it.
    void close() {
        if (timeout != null) {
            timeout.cancel(false);
        }
    }

    private void timeIsUp() {
        if (runner.store().isOurs(job)) {
            runner.endLater(job, KillOrder.Cause.TIMEOUT, "bellhop");
        }
    }

    /// Sees how far the output has grown, and does what follows.
    void look() {
        JobOutput output = runner.output(job);
        JobOutput.Cursor now = output.end();
        if (!now.equals(end)) {
            end = now;
            grownNanos = System.nanoTime();
        }
        if (!runner.store().isOurs(job)) {
            return;
        }
        Duration silence = notices.silence();
        Duration silent = Duration.ofNanos(System.nanoTime() - grownNanos);
        if (silence != null && silent.compareTo(silence) >= 0) {
            runner.store().silent(job, end.toString(), silent);
        }
    }
}
