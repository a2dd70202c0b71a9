package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// Linux tells; elsewhere everybody looks for himself.
@EnabledOnOs(OS.LINUX)
final class FolderAlarmTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final Path root;
    private final FolderAlarm alarm = new FolderAlarm();

    FolderAlarmTest(@TempDir Path root) {
        this.root = root;
    }

    private Path folder(String name) throws IOException {
        return Files.createDirectories(root.resolve(name));
    }

    /// Waits until `waiter` is not woken any more by what was done before.
    private static void calm(FolderAlarm.Waiter waiter) throws InterruptedException {
        while (waiter.await(Duration.ofMillis(50))) {
            // Something from before.
        }
    }

    private static <T> FutureTask<T> begun(Callable<T> work) {
        FutureTask<T> task = new FutureTask<>(work);
        Thread.ofVirtual().start(task);
        return task;
    }

    @Test
    void whatChangesInAFolderWakesThoseWhoWaitForItAndNobodyElse() throws Exception {
        Path one = folder("one");
        Path other = folder("other");
        try (FolderAlarm.Waiter waiter = alarm.waiter();
                FolderAlarm.Waiter neighbour = alarm.waiter()) {
            waiter.watch(Set.of(one, other));
            neighbour.watch(Set.of(other));

            Files.writeString(one.resolve("file"), "new");

            assertTrue(waiter.await(LONG));
            assertFalse(neighbour.await(Duration.ofMillis(50)));
            calm(waiter);
            Files.delete(one.resolve("file"));
            assertTrue(waiter.await(LONG));
        }
    }

    @Test
    void aFolderOfTwoWaitersStaysWatchedWhenOneGoes() throws Exception {
        Path folder = folder("shared");
        try (FolderAlarm.Waiter waiter = alarm.waiter()) {
            waiter.watch(Set.of(folder));
            try (FolderAlarm.Waiter gone = alarm.waiter()) {
                gone.watch(Set.of(folder));
            }
            Files.createFile(folder.resolve("file"));

            assertTrue(waiter.await(LONG));
            waiter.watch(Set.of());
            calm(waiter);
            Files.delete(folder.resolve("file"));
            assertFalse(waiter.await(Duration.ofMillis(50)));
        }
    }

    @Test
    void aFolderMayComeAndGo() throws Exception {
        Path folder = root.resolve("a").resolve("b");
        try (FolderAlarm.Waiter waiter = alarm.waiter()) {
            waiter.watch(Set.of(folder));
            for (int i = 0; i < 3; i++) {
                Files.createDirectories(folder);
                assertTrue(waiter.await(LONG));
                waiter.watch(Set.of(folder));
                calm(waiter);
                waiter.watch(Set.of(folder));
                Files.createFile(folder.resolve("file"));
                assertTrue(waiter.await(LONG));
                calm(waiter);
                Files.delete(folder.resolve("file"));
                Files.delete(folder);
                assertTrue(waiter.await(LONG));
                calm(waiter);
                waiter.watch(Set.of(folder));
            }
        }
    }

    @Test
    void closingEndsTheWait() throws Exception {
        FolderAlarm.Waiter waiter = alarm.waiter();
        waiter.watch(Set.of(root));
        FutureTask<Boolean> wait = begun(() -> waiter.await(LONG));

        waiter.close();

        assertFalse(wait.get(10, TimeUnit.SECONDS));
        assertFalse(waiter.await(LONG));
    }

    @Test
    void howeverManyWaitTheyTakeOneWatchAndNothingAfterwards() throws Exception {
        long before = watches();
        List<FolderAlarm.Waiter> waiters = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            FolderAlarm.Waiter waiter = alarm.waiter();
            waiter.watch(Set.of(root, folder("folder" + i)));
            waiters.add(waiter);
        }

        assertEquals(before + 1, watches());
        Files.createFile(root.resolve("file"));
        for (FolderAlarm.Waiter waiter : waiters) {
            assertTrue(waiter.await(LONG));
        }
        waiters.forEach(FolderAlarm.Waiter::close);
        long deadline = System.nanoTime() + LONG.toNanos();
        while (watches() > before && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        assertEquals(before, watches());
        try (FolderAlarm.Waiter late = alarm.waiter()) {
            late.watch(Set.of(root));
            Files.delete(root.resolve("file"));
            assertTrue(late.await(LONG));
        }
    }

    /// How many watches of the kernel this process has.
    private static long watches() {
        try (Stream<Path> files = Files.list(Path.of("/proc/self/fd"))) {
            return files.filter(FolderAlarmTest::isWatch).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isWatch(Path file) {
        try {
            return Files.readSymbolicLink(file).toString().contains("inotify");
        } catch (IOException e) {
            return false;
        }
    }
}
