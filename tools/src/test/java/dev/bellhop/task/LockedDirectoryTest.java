package dev.bellhop.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import dev.bellhop.store.DirectoryLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// [DirectoryLock], between processes: it is tested where there are tasks to wait for.
final class LockedDirectoryTest {

    private final ProjectDirectory project;
    private final TaskStore store;

    LockedDirectoryTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
        store = project.open();
        ProjectDirectory.newTask(store, "one");
    }

    @Test
    void whileAnotherProcessHoldsTheLockChangesAreRefusedAndReadingGoesOn() {
        try (OtherProcess other = OtherProcess.start(project, "lock")) {
            other.awaitReady().go();
            assertEquals("held", other.line());

            Problem problem =
                    assertThrows(Problem.class, () -> ProjectDirectory.newTask(store, "two"));

            assertEquals(
                    "Error: another process has kept %s locked for 5 s - Make the same call again."
                            .formatted(project.tasks().resolve(".lock")),
                    problem.text());
            assertEquals(1, ProjectDirectory.all(store).size());
            other.kill();
            // The kernel lets go: nobody has to clean up.
            assertEquals(new TaskId(2), ProjectDirectory.newTask(store, "two").id());
        }
    }

    @Test
    void aDirectoryThatWasReplacedIsLockedAnew() throws IOException {
        Path old = project.root().resolve("old");
        Files.move(project.tasks(), old);
        Files.createDirectories(project.tasks());

        assertEquals(new TaskId(1), ProjectDirectory.newTask(store, "in the new one").id());
        assertEquals(1, ProjectDirectory.all(project.open()).size());
    }

    @Test
    void threadsOfOneProcessHoldItOneAfterTheOther() throws Exception {
        DirectoryLock lock = DirectoryLock.on(project.tasks().resolve(".lock"));
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<?> waiting;
            try (DirectoryLock.Held _ = lock.acquire()) {
                waiting = threads.submit(() -> lock.acquire().close());
                assertEquals(false, waiting.isDone());
            }
            waiting.get();
        }
        try (OtherProcess other = OtherProcess.start(project, "lock")) {
            other.awaitReady().go();
            assertEquals("held", other.line());
        }
    }
}
