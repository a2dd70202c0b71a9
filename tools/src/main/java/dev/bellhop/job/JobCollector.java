package dev.bellhop.job;

import dev.bellhop.base.Posix;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.DirectoryLock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Deletes what is kept of jobs beyond the limits, and what servers that died left half made.
final class JobCollector {

    /// A request key is kept so long after the end of its job.
    private static final Duration KEYS_KEPT_FOR = Duration.ofHours(24);

    /// So long after its end a job is not collected, whatever the limits: it may be being read.
    private static final Duration KEPT_AT_LEAST = Duration.ofMinutes(10);

    /// What a server that died left half made is swept after so long.
    private static final Duration HALF_MADE_FOR = Duration.ofMinutes(1);

    private final JobStore store;
    private final JobRecovery recovery;
    private final InstantSource clock;
    private final Supplier<JobLimits> limits;

    JobCollector(
            JobStore store, JobRecovery recovery, InstantSource clock, Supplier<JobLimits> limits) {
        this.store = store;
        this.recovery = recovery;
        this.clock = clock;
        this.limits = limits;
    }

    /// Deletes jobs that are over: those that ended too long ago, and the oldest of those that are
    /// too many or take too much. Only one process does at a time.
    ///
    /// @param isRehearsal whether nothing is deleted
    JobRunner.Collected collect(boolean isRehearsal) {
        Path folders = store.folders();
        if (!Files.isDirectory(folders)) {
            return new JobRunner.Collected(0, 0);
        }
        try (DirectoryLock.Held _ = DirectoryLock.on(folders.resolve(".collect.lock")).acquire()) {
            Instant now = clock.instant();
            JobLimits limit = limits.get();
            Map<JobFolder.Name, JobFolder> there = JobFolder.all(folders);
            List<Job> over = store.over(now.minus(KEYS_KEPT_FOR));
            long bytes = over.stream().mapToLong(job -> bytes(store.folder(job))).sum();
            int jobs = over.size();
            int collected = 0;
            long freed = 0;
            for (Job job : over) {
                Instant at = job.state().endedAt();
                boolean isTooMuch =
                        at.isBefore(now.minus(limit.keepFor()))
                                || jobs > limit.keepJobs()
                                || bytes > limit.keepBytes();
                if (!isTooMuch || at.isAfter(now.minus(KEPT_AT_LEAST))) {
                    break;
                }
                if (store.livesOn(job)) {
                    continue;
                }
                long size = bytes(store.folder(job));
                jobs--;
                bytes -= size;
                freed += size;
                collected++;
                if (!isRehearsal) {
                    store.collect(job);
                }
            }
            if (!isRehearsal) {
                sweep(there, now);
            }
            return new JobRunner.Collected(collected, freed);
        }
    }

    /// Deletes folders that no row needs: runs that were followed by others, and what servers that
    /// died left half made. A job that has run and has no row was lost with a part of the database,
    /// and is entered again. One whose definition is damaged is kept for as long as a job: perhaps
    /// somebody wants what it wrote.
    private void sweep(Map<JobFolder.Name, JobFolder> there, Instant now) {
        JobFolder.sweep(store.folders(), now.minus(HALF_MADE_FOR));
        Map<JobId, JobFolder> rowless = new TreeMap<>();
        there.forEach((name, folder) -> {
            Duration kept = folder.isDamaged() ? limits.get().keepFor() : HALF_MADE_FOR;
            if (!isOlderThan(folder, now.minus(kept))) {
                return;
            }
            Optional<Job> job = store.find(name.id());
            boolean hasRun = folder.supervisor().isPresent();
            if (job.isEmpty() && hasRun) {
                rowless.merge(name.id(), folder, JobFolder::later);
            } else if (job.isEmpty() || isNeedless(job.get(), name, hasRun)) {
                folder.delete();
            }
        });
        rowless.values().forEach(recovery::enterAgain);
    }

    /// An earlier run, or a later one that was about to begin when its server died.
    private static boolean isNeedless(Job job, JobFolder.Name name, boolean hasRun) {
        return name.run() < job.run() || (name.run() > job.run() && !hasRun);
    }

    private static boolean isOlderThan(JobFolder folder, Instant when) {
        try {
            return Files.getLastModifiedTime(folder.path()).toInstant().isBefore(when);
        } catch (IOException e) {
            return false;
        }
    }

    private static long bytes(JobFolder folder) {
        try (Stream<Path> files = Files.list(folder.path())) {
            return files.mapToLong(JobCollector::allocated).sum();
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", folder.path(), e);
        }
    }

    private static long allocated(Path file) {
        try {
            return Posix.allocatedBytes(file).orElse(Files.size(file));
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
