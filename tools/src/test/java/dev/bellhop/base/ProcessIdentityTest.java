package dev.bellhop.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

final class ProcessIdentityTest {

    @Test
    void aProcessKnowsItselfAndIsAlive() {
        ProcessIdentity self = ProcessIdentity.ofThisProcess();

        assertEquals(ProcessHandle.current().pid(), self.pid());
        assertTrue(self.isAlive());
        assertEquals(Optional.of(self), ProcessIdentity.parse(self + "\n"));
    }

    @Test
    void anotherProcessWithTheSameNumberIsNotTaken() {
        ProcessIdentity self = ProcessIdentity.ofThisProcess();

        assertFalse(new ProcessIdentity(self.pid(), self.started() + "1", self.boot()).isAlive());
        assertFalse(new ProcessIdentity(self.pid(), self.started(), "other").isAlive());
    }

    @Test
    void aProcessThatEndedIsNotAlive() throws Exception {
        Process process = new ProcessBuilder("sleep", "60").start();
        ProcessIdentity identity = ProcessIdentity.of(process.pid()).orElseThrow();
        assertTrue(identity.isAlive());

        process.destroyForcibly().waitFor();

        assertFalse(identity.isAlive());
    }

    /// The shell becomes a sleep, which never collects the child it inherits.
    @Test
    void aZombieIsNotAlive() throws Exception {
        Process process =
                new ProcessBuilder("sh", "-c", "sleep 0.1 & echo $!; exec sleep 60").start();
        try (var output = process.inputReader()) {
            long child = Long.parseLong(output.readLine());
            Path stat = Path.of("/proc/" + child + "/stat");
            long deadline = System.nanoTime() + 20_000_000_000L;
            while (!Files.readString(stat).contains(") Z ")) {
                assertTrue(System.nanoTime() < deadline);
                LockSupport.parkNanos(5_000_000);
            }

            assertEquals(Optional.empty(), ProcessIdentity.of(child));
            assertTrue(ProcessHandle.of(child).isPresent());
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatIsNoIdentityIsNone() {
        for (String text : new String[] {"", "1", "1 2", "x 2 3", "1 2 3 4", "-1 2 3"}) {
            assertEquals(Optional.empty(), ProcessIdentity.parse(text), text);
        }
    }
}
