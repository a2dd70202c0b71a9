package dev.bellhop.base;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PosixTest {

    private static final int MEBIBYTE = 1 << 20;

    private final Path directory;

    PosixTest(@TempDir Path directory) {
        this.directory = directory;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP", "QUIT", "KILL"})
    void aProcessEndsByTheSignalItIsSent(String name) throws Exception {
        Process process = new ProcessBuilder("sleep", "600").start();

        assertEquals(Posix.Delivery.SENT, Posix.kill(process.pid(), Posix.signal(name)));

        // So the JDK says that a signal ended it.
        assertEquals(128 + Posix.signal(name), process.waitFor());
        assertEquals(Posix.Delivery.NO_SUCH_PROCESS, Posix.kill(process.pid(), 0));
    }

    @Test
    void aGroupGetsASignalTogether() throws Exception {
        Process leader =
                new ProcessBuilder("setsid", "sh", "-c", "sleep 600 & echo $!; sleep 600").start();
        try (var output = leader.inputReader()) {
            ProcessIdentity member =
                    ProcessIdentity.of(Long.parseLong(output.readLine())).orElseThrow();

            assertEquals(Posix.Delivery.SENT, Posix.kill(-leader.pid(), Posix.signal("KILL")));

            assertEquals(128 + 9, leader.waitFor());
            while (member.isAlive()) {
                Thread.onSpinWait();
            }
            while (Posix.kill(-leader.pid(), 0) != Posix.Delivery.NO_SUCH_PROCESS) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aProcessIsStoppedAndGoesOn() throws Exception {
        Process process = new ProcessBuilder("sleep", "600").start();
        try {
            Posix.kill(process.pid(), Posix.signal("STOP"));
            await(process, " T ");
            Posix.kill(process.pid(), Posix.signal("CONT"));
            await(process, " S ");
        } finally {
            process.destroyForcibly();
        }
    }

    private static void await(Process process, String state) throws IOException {
        Path stat = Path.of("/proc/" + process.pid() + "/stat");
        while (!Files.readString(stat).contains(")" + state)) {
            Thread.onSpinWait();
        }
    }

    @Test
    void whatWouldHitOurselvesOrEverybodyIsNeverSent() {
        for (long pid : new long[] {0, 1, -1, 1L << 32, (1L << 32) + 7, Long.MIN_VALUE}) {
            assertThrows(IllegalArgumentException.class, () -> Posix.kill(pid, 0));
        }
        long self = ProcessHandle.current().pid();
        assertThrows(IllegalArgumentException.class, () -> Posix.kill(self, 4711));
        assertThrows(IllegalArgumentException.class, () -> Posix.signal("SIGTERM"));
    }

    /// Each call has its own place for what went wrong.
    @Test
    void callsInParallelDoNotMixUpTheirAnswers() throws Exception {
        Process ended = new ProcessBuilder("true").start();
        ended.waitFor();
        long self = ProcessHandle.current().pid();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Boolean>> calls = new ArrayList<>();
            for (int i = 0; i < 2_000; i++) {
                boolean there = i % 2 == 0;
                calls.add(() ->
                        Posix.kill(there ? self : ended.pid(), 0)
                                == (there ? Posix.Delivery.SENT : Posix.Delivery.NO_SUCH_PROCESS));
            }
            for (Future<Boolean> each : threads.invokeAll(calls)) {
                assertTrue(each.get());
            }
        }
    }

    private Path full(String name) throws IOException {
        byte[] content = new byte[4 * MEBIBYTE];
        Arrays.fill(content, (byte) 'x');
        return Files.write(directory.resolve(name), content);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHoleGivesSpaceBackAndReadsAsZerosWhileTheRestStays() throws Exception {
        Path file = full("output.log");
        assertEquals(Posix.allocatedBytes(file).orElseThrow(), blocks(file) * 512);
        assertTrue(blocks(file) * 512 >= 4 * MEBIBYTE);

        assumeTrue(Posix.punchHole(file, MEBIBYTE, 2 * MEBIBYTE), "no holes in this file system");

        byte[] expected = new byte[4 * MEBIBYTE];
        Arrays.fill(expected, 0, MEBIBYTE, (byte) 'x');
        Arrays.fill(expected, 3 * MEBIBYTE, 4 * MEBIBYTE, (byte) 'x');
        assertArrayEquals(expected, Files.readAllBytes(file));
        assertTrue(blocks(file) * 512 < 2.5 * MEBIBYTE, blocks(file) + " blocks");
        assertEquals(Posix.allocatedBytes(file).orElseThrow(), blocks(file) * 512);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aHolePastTheEndDoesNotMakeTheFileLonger() throws Exception {
        Path file = full("output.log");

        assumeTrue(
                Posix.punchHole(file, 3 * MEBIBYTE, 9 * MEBIBYTE), "no holes in this file system");

        assertEquals(4 * MEBIBYTE, Files.size(file));
    }

    private static long blocks(Path file) throws Exception {
        Process stat = new ProcessBuilder("stat", "-c", "%b", file.toString()).start();
        try (var output = stat.inputReader()) {
            return Long.parseLong(output.readLine());
        }
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    @Timeout(value = 20, unit = TimeUnit.SECONDS)
    void onlyARegularFileOfThatNameGetsAHole() throws Exception {
        Path file = full("output.log");
        Path link = Files.createSymbolicLink(directory.resolve("link"), file);
        Path pipe = directory.resolve("pipe");
        new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor();

        assertThrows(FileSystemException.class, () -> Posix.punchHole(link, 0, MEBIBYTE));
        assertThrows(FileSystemException.class, () -> Posix.punchHole(pipe, 0, MEBIBYTE));
        assertThrows(FileSystemException.class, () -> Posix.punchHole(directory, 0, MEBIBYTE));
        Path missing = directory.resolve("missing");
        assertThrows(NoSuchFileException.class, () -> Posix.punchHole(missing, 0, MEBIBYTE));
        assertThrows(NoSuchFileException.class, () -> Posix.allocatedBytes(missing));
        assertFalse(Files.exists(missing));
        assertEquals('x', Files.readAllBytes(file)[0]);
    }

    /// A descriptor that stays open would be one for each hole, and soon too many.
    @Test
    @EnabledOnOs(OS.LINUX)
    void noDescriptorStaysOpen() throws Exception {
        Path file = full("output.log");
        Path noFile = Path.of("/dev/null");
        List<Long> before = List.of(descriptors(file), descriptors(noFile));
        for (int i = 0; i < 20; i++) {
            Posix.punchHole(file, 0, MEBIBYTE);
            assertThrows(IOException.class, () -> Posix.punchHole(noFile, 0, 1));
        }

        assertEquals(before, List.of(descriptors(file), descriptors(noFile)));
    }

    /// How many descriptors of this process lead to `file`.
    private static long descriptors(Path file) throws IOException {
        try (var descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.filter(each -> leadsTo(each, file)).count();
        }
    }

    private static boolean leadsTo(Path link, Path file) {
        try {
            return Files.readSymbolicLink(link).equals(file);
        } catch (IOException e) {
            return false;
        }
    }
}
