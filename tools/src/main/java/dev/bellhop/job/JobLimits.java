package dev.bellhop.job;

import java.time.Duration;

/// What the jobs of a project may take.
///
/// @param running how many run at a time; more are queued
/// @param startsPerMinute how many may be asked for within a minute
/// @param outputBytes how much of a job's output is kept: its beginning and its end
/// @param keepFor how long a job is kept after its end
/// @param keepJobs how many jobs that are over are kept
/// @param keepBytes how much the folders of jobs that are over may take together
/// @param isSandboxed whether every command runs in a sandbox made by bwrap(1)
public record JobLimits(
        int running,
        int startsPerMinute,
        long outputBytes,
        Duration keepFor,
        int keepJobs,
        long keepBytes,
        boolean isSandboxed) {

    public static final JobLimits DEFAULT =
            new JobLimits(64, 200, 64L << 20, Duration.ofDays(30), 1_000, 2L << 30, false);
}
