package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Jobs that run in a sandbox.
final class SandboxTest {

    private static final JobLimits SANDBOXED =
            new JobLimits(
                    JobLimits.DEFAULT.running(),
                    JobLimits.DEFAULT.startsPerMinute(),
                    JobLimits.DEFAULT.outputBytes(),
                    JobLimits.DEFAULT.keepFor(),
                    JobLimits.DEFAULT.keepJobs(),
                    JobLimits.DEFAULT.keepBytes(),
                    true);

    private static boolean canBeMade() throws Exception {
        try {
            return new ProcessBuilder(
                                    "bwrap",
                                    "--ro-bind",
                                    "/",
                                    "/",
                                    "--dev",
                                    "/dev",
                                    "--proc",
                                    "/proc",
                                    "--unshare-pid",
                                    "true")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void onlyTheProjectCanBeWrittenAndTmpIsItsOwn(@TempDir Path root) throws Exception {
        assumeTrue(canBeMade(), "bwrap is not there, or may not make a sandbox");
        Path outside = Files.createTempDirectory("outside");
        try (JobDirectory directory = new JobDirectory(root, SANDBOXED)) {
            Job job =
                    directory.ended(
                            directory.shell(
                                    "echo in >written; ls -A %s 2>&1 | grep -c cannot; echo x"
                                                    .formatted(outside)
                                            + " >/etc/bellhop-test || echo refused; echo x"
                                            + " >/tmp/own && echo own; exit 5"));

            assertEquals("exited 5", job.state().word());
            assertEquals("1\nrefused\nown\n", directory.stdout(job));
            assertEquals("in\n", JobDirectory.text(root.resolve("written")));
            assertFalse(Files.exists(Path.of("/etc/bellhop-test")));
        } finally {
            Files.delete(outside);
        }
    }

    @Test
    void aKillLeavesNothingOfItNotEvenWhatHid(@TempDir Path root) throws Exception {
        assumeTrue(canBeMade(), "bwrap is not there, or may not make a sandbox");
        try (JobDirectory directory = new JobDirectory(root, SANDBOXED)) {
            String name = "4711." + ProcessHandle.current().pid();
            Job job =
                    directory.shell(
                            "(env -i setsid sleep %s &) ; (env -i setsid sh -c 'trap \"\" TERM;"
                                            .formatted(name)
                                    + " sleep %s; sleep 1' &); sleep 60".formatted(name));
            JobDirectory.await(() -> running(name) == 2);

            JobRunner.Kill kill =
                    directory.jobs.kill(
                            directory.jobs.get(job.id().text()), Signal.TERM, AUTHOR, false);

            assertTrue(kill.sent());
            assertEquals(
                    KillOrder.Cause.AGENT, ((JobState.Killed) kill.job().state()).order().cause());
            JobDirectory.await(() -> running(name) == 0);
            assertFalse(kill.left().contains("sleep"), kill.left());
        }
    }

    private static long running(String seconds) {
        return ProcessTable.read().stream()
                .filter(row -> row.commandLine().equals("sleep\0" + seconds + "\0"))
                .filter(row -> ProcessIdentity.of(row.pid()).isPresent())
                .count();
    }

    @Test
    void whereItCannotBeMadeNothingRuns() {
        assertEquals(
                "Error: commands are to run in a sandbox, and bwrap is not installed - Install"
                        + " bubblewrap, or set jobs.sandbox to \"none\" in Bellhop's settings.",
                assertThrows(
                                Problem.class,
                                () -> Sandbox.around(Path.of("/"), Optional.empty()).require())
                        .text());
        Sandbox.NONE.require();
    }
}
