package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the script does alone, with no server there.
final class SupervisorTest {

    private final JobDirectory directory;

    SupervisorTest(@TempDir Path root) {
        directory = new JobDirectory(root);
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private JobFolder start(String line, int timeoutSeconds) throws Exception {
        JobId id = new JobId("0000000b");
        JobSpec spec =
                directory.spec(new CommandLine.Shell(line), Map.of(), timeoutSeconds, null, null);
        JobDefinition definition =
                new JobDefinition(id, 1, spec, JobDirectory.AUTHOR, Instant.EPOCH);
        JobFolder folder =
                JobFolder.create(
                        directory.folders(), definition, ProcessIdentity.ofThisProcess(), true);
        Supervisor.start(
                definition, spec.command().argv(), folder, Map.of("PATH", JobDirectory.PATH));
        return folder;
    }

    @Test
    void withoutAServerATimeoutIsKeptAndRecordedTooAndIgnoringItDoesNotHelp() throws Exception {
        JobFolder folder = start("trap '' TERM; sleep 1000 & echo $! >pid; wait; wait", 1);
        Path exit = folder.path().resolve("exit");

        JobDirectory.await(() -> Files.exists(exit));

        assertEquals("137\n", Files.readString(exit));
        assertEquals(KillOrder.Cause.TIMEOUT, folder.killOrder().orElseThrow().cause());
        assertEquals("its supervisor", folder.killOrder().orElseThrow().by());
        assertFalse(ProcessIdentity.of(child()).isPresent());
    }

    private long child() {
        return Long.parseLong(JobDirectory.text(directory.root.resolve("pid")).strip());
    }

    @Test
    void whenTheCommandEndsNothingOfOursIsLeft() throws Exception {
        JobFolder folder = start("exit 7", 1_000);
        Path exit = folder.path().resolve("exit");
        JobDirectory.await(() -> Files.exists(exit));

        assertEquals("  7\n", Files.readString(exit));
        JobDirectory.await(() ->
                ProcessHandle.allProcesses()
                        .noneMatch(process ->
                                process.isAlive()
                                        && process.info()
                                                .commandLine()
                                                .filter(line ->
                                                        line.contains(folder.path().toString())
                                                                || line.equals("sleep 1003"))
                                                .isPresent()));
    }

    @Test
    void whatTheCommandLeavesRunningWhenItEndsByItselfRunsOn() throws Exception {
        JobFolder folder = start("sleep 60 & echo $! >pid; exit 0", 0);
        JobDirectory.await(() -> Files.exists(folder.path().resolve("exit")));

        ProcessIdentity child = ProcessIdentity.of(child()).orElseThrow();
        assertTrue(child.isAlive());
        assertTrue(ProcessHandle.of(child.pid()).orElseThrow().destroyForcibly());
    }

    @Test
    void aSignalToAllProcessesOfTheCommandLeavesTheRecordToBeWritten() throws Exception {
        JobFolder folder = start("echo $$ >pid; kill -9 0", 60);
        Path exit = folder.path().resolve("exit");
        JobDirectory.await(() -> Files.exists(exit));

        assertEquals("137\n", Files.readString(exit));
        assertEquals(folder.leader().orElseThrow().pid(), child());
    }
}
