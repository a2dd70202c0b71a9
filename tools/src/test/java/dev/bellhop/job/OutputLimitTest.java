package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.base.Posix;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs that write more than is kept.
final class OutputLimitTest {

    private static final long LIMIT = 1 << 20;
    private static final int LINE_BYTES = 16;
    private static final long BYTES = 24 << 20;

    /// Lines of the same length, so that one knows where each stands.
    private static final String WRITE = "seq -f 'line %%010.0f' 1 %d".formatted(BYTES / LINE_BYTES);

    private final Path root;

    OutputLimitTest(@TempDir Path root) {
        this.root = root;
    }

    private static JobDirectory directory(Path root) {
        JobLimits usual = JobLimits.DEFAULT;
        return new JobDirectory(
                root,
                new JobLimits(
                        usual.running(),
                        usual.startsPerMinute(),
                        LIMIT,
                        usual.keepFor(),
                        usual.keepJobs(),
                        usual.keepBytes(),
                        false));
    }

    private static long allocated(JobDirectory directory, Job job) {
        try {
            Path folder = directory.folder(job);
            return Posix.allocatedBytes(folder.resolve("stdout.log")).orElseThrow()
                    + Posix.allocatedBytes(folder.resolve("stderr.log")).orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean canMakeHoles(Path directory) throws IOException {
        Path probe = Files.write(directory.resolve("probe"), new byte[8_192]);
        return Posix.punchHole(probe, 0, 4_096);
    }

    /// Of two logs the one that was written last is shown last.
    @Test
    void aServerThatTakesAJobOverDoesNotTouchItsLogs() throws Exception {
        try (JobDirectory directory = directory(root)) {
            Job job = directory.ended(directory.shell("echo one"));
            JobFolder folder = directory.jobs.store().folder(job);
            FileTime then = FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));
            Files.setLastModifiedTime(folder.stdout(), then);
            Files.setLastModifiedTime(folder.stderr(), then);

            new OutputLimit(folder, LIMIT).prepare();

            assertEquals(then, Files.getLastModifiedTime(folder.stdout()));
            assertEquals(then, Files.getLastModifiedTime(folder.stderr()));
        }
    }

    @Test
    void ofTooMuchTheBeginningAndTheEndAreKeptAndCursorsStayTrue() throws Exception {
        assumeTrue(canMakeHoles(root));
        try (JobDirectory directory = directory(root)) {
            Job job =
                    directory.shell(
                            WRITE
                                    + "; echo before; until [ -e go ]; do sleep 0.02; done; echo"
                                    + " after; until [ -e end ]; do sleep 0.02; done");
            JobOutput output = directory.jobs.output(job);
            JobDirectory.await(() -> output.end().stdout() == BYTES + 7);
            JobDirectory.await(() -> allocated(directory, job) <= LIMIT);
            JobOutput.Cursor before = output.end();
            Gap gap =
                    directory
                            .jobs
                            .store()
                            .folder(job)
                            .gaps()
                            .read(JobOutput.Stream.STDOUT)
                            .orElseThrow();

            String shown = output.between(JobOutput.Cursor.START, before, null, 4_000);
            assertTrue(shown.startsWith("line 0000000001\nline 0000000002\n"), shown);
            assertTrue(shown.contains(" more not kept …\n"), shown);
            assertTrue(shown.endsWith("\nline %010d\nbefore".formatted(BYTES / LINE_BYTES)), shown);
            long line = gap.to() / LINE_BYTES + 2;
            assertEquals(
                    "line %010d".formatted(line),
                    output.between(
                            new JobOutput.Cursor((line - 1) * LINE_BYTES, 0),
                            new JobOutput.Cursor(line * LINE_BYTES, 0),
                            null,
                            4_000));
            Files.createFile(root.resolve("go"));
            JobDirectory.await(() -> !output.end().equals(before));
            assertEquals("after", output.between(before, output.end(), null, 4_000));

            Files.createFile(root.resolve("end"));
            assertEquals("exited 0", directory.ended(job).state().word());
        }
    }

    @Test
    void whatIsWrittenRightBeforeTheEndIsBoundedTooInBothLogs() throws Exception {
        assumeTrue(canMakeHoles(root));
        try (JobDirectory directory = directory(root)) {
            Job job = directory.ended(directory.shell(WRITE + " | tee /dev/stderr"));

            JobDirectory.await(() -> allocated(directory, job) <= LIMIT);
            assertEquals(new JobOutput.Cursor(BYTES, BYTES), directory.jobs.output(job).size());
            String shown = directory.jobs.output(job).lastLines(1, null, 4_000);
            String last = "line %010d".formatted(BYTES / LINE_BYTES);
            assertEquals(last + "\n--- stderr\n" + last, shown);
        }
    }

    @Test
    void aFloodThatPausesForAMomentIsStillOne() throws Exception {
        try (JobDirectory directory = directory(root);
                ScheduledExecutorService rounds = Executors.newSingleThreadScheduledExecutor()) {
            Job job = directory.shell("until [ -e end ]; do sleep 0.02; done");
            WatchedJob watched = new WatchedJob(job, 0, directory.jobs, rounds, Runnable::run);
            watched.look();
            assertFalse(watched.isFlooding());
            Files.write(directory.folder(job).resolve("stdout.log"), new byte[(int) LIMIT / 4]);
            watched.look();
            assertTrue(watched.isFlooding());
            watched.look();
            assertTrue(watched.isFlooding());
            Files.createFile(root.resolve("end"));
            directory.ended(job);
        }
    }

    @Test
    void whereNoHolesCanBeMadeTheJobIsEnded() throws Exception {
        Path plain = Files.createDirectory(root.resolve("plain"));
        assumeTrue(runs("mount", "-t", "ramfs", "ramfs", plain.toString()), "not root");
        try {
            assumeTrue(!canMakeHoles(plain));
            try (JobDirectory directory = directory(plain)) {
                Job job = directory.ended(directory.shell("head -c 3000000 /dev/zero; sleep 60"));

                JobState.Killed killed = (JobState.Killed) job.state();
                assertEquals(KillOrder.Cause.OUTPUT_LIMIT, killed.order().cause());
                assertEquals("SIGKILL: output_limit", killed.how());
                assertTrue(
                        directory
                                .untold()
                                .getFirst()
                                .startsWith(
                                        "[bg:%s] killed (SIGKILL: output_limit, after "
                                                .formatted(job.id())));
                assertEquals(job, directory.jobs.get(job.id().text()));
            }
        } finally {
            runs("umount", "-l", plain.toString());
        }
    }

    private static boolean runs(String... argv) throws Exception {
        try {
            return new ProcessBuilder(argv)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }
}
