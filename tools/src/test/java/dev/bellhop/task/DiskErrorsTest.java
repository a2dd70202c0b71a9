package dev.bellhop.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.bellhop.base.Problem;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Disks that are full, and directories that may not be written.
final class DiskErrorsTest {

    private final Path root;
    private final ProjectDirectory project;

    DiskErrorsTest(@TempDir Path root) {
        this.root = root;
        this.project = new ProjectDirectory(root);
    }

    /// A file system of its own that can be filled; only root can make one.
    private static final class SmallDisk implements AutoCloseable {
        private final Path mountPoint;

        SmallDisk(Path mountPoint, String size) throws IOException {
            this.mountPoint = Files.createDirectories(mountPoint);
            assumeTrue(OtherProcess.isRoot(), "only root can mount a disk");
            assumeTrue(
                    run("mount", "-t", "tmpfs", "-o", "size=" + size, "none", mountPoint.toString())
                            == 0,
                    "cannot mount a disk here");
        }

        /// Fills it but for `left` bytes.
        void fill(int left) throws IOException {
            Path filler = mountPoint.resolve(".filler");
            byte[] page = new byte[4096];
            try (OutputStream out = Files.newOutputStream(filler)) {
                while (true) {
                    out.write(page);
                }
            } catch (IOException e) {
                // Full.
            }
            long size = Files.size(filler);
            try (java.nio.channels.FileChannel channel =
                    java.nio.channels.FileChannel.open(
                            filler, java.nio.file.StandardOpenOption.WRITE)) {
                channel.truncate(Math.max(0, size - left));
            }
        }

        void free() throws IOException {
            Files.delete(mountPoint.resolve(".filler"));
        }

        private static int run(String... command) throws IOException {
            return new ProcessBuilder(command).inheritIO().start().onExit().join().exitValue();
        }

        @Override
        public void close() throws IOException {
            run("umount", "-l", mountPoint.toString());
        }
    }

    private static Plan chain(int length) {
        List<Plan.Item> items = new ArrayList<>();
        for (int i = 0; i < length; i++) {
            items.add(
                    i == 0
                            ? ProjectDirectory.item("0")
                            : ProjectDirectory.item(String.valueOf(i), String.valueOf(i - 1)));
        }
        return ProjectDirectory.plan(items.toArray(Plan.Item[]::new));
    }

    /// However much room is left, a batch that was refused is not there, then or later.
    @Test
    void onAFullDiskABatchIsRefusedWholeAndWorksOnceThereIsRoom() throws Exception {
        try (SmallDisk disk = new SmallDisk(project.tasks(), "256k")) {
            TaskStore store = project.open();
            ProjectDirectory.newTask(store, "before");
            int refused = 0;
            for (int left = 0; left <= 10 * 4096; left += 4096) {
                disk.fill(left);
                List<Task> before = ProjectDirectory.all(store);
                try {
                    store.create(chain(6), ProjectDirectory.AUTHOR);
                } catch (Problem problem) {
                    refused++;
                    assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
                    assertTrue(problem.text().contains("No space left"), problem.text());
                    assertEquals(before, ProjectDirectory.all(store));
                    disk.free();
                    assertEquals(before, ProjectDirectory.all(store));
                    assertEquals(before, ProjectDirectory.all(project.open()));
                    disk.fill(left);
                }
                disk.free();
            }
            assertTrue(refused > 4, "refused " + refused);
            assertEquals(6, store.create(chain(6), ProjectDirectory.AUTHOR).size());
        }
    }

    /// What is refused for want of room takes no number from those who come again.
    @Test
    void onAFullDiskWhatComesFromElsewhereDoesNotLoseItsNumbers() throws Exception {
        List<Arrival> tasks =
                IntStream.of(100, 101)
                        .mapToObj(number ->
                                Arrival.of(
                                        "x:" + number,
                                        JsonNodeFactory.instance
                                                .objectNode()
                                                .put("id", number)
                                                .put("subject", "from elsewhere")))
                        .toList();
        Arrivals arrivals = new Arrivals("bellhop:here", tasks, true);
        try (SmallDisk disk = new SmallDisk(project.tasks(), "128k")) {
            TaskStore store = project.open();
            ProjectDirectory.newTask(store, "before");
            disk.fill(0);
            assertThrows(Problem.class, () -> store.take(arrivals, ProjectDirectory.AUTHOR));
            disk.free();

            store.take(arrivals, ProjectDirectory.AUTHOR);

            assertEquals(
                    ProjectDirectory.ids(1, 100, 101),
                    ProjectDirectory.all(store).stream().map(Task::id).toList());
        }
    }

    @Test
    void onAFullDiskAChangeIsRefusedAndReadingGoesOn() throws Exception {
        try (SmallDisk disk = new SmallDisk(project.tasks(), "128k")) {
            TaskStore store = project.open();
            ProjectDirectory.newTask(store, "before");
            Task before = ProjectDirectory.get(store, 1);
            disk.fill(0);

            Problem problem =
                    assertThrows(
                            Problem.class, () -> ProjectDirectory.move(store, 1, Status.COMPLETED));

            assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
            assertEquals("Free some space, then make the same call again.", problem.hint());
            assertEquals(before, ProjectDirectory.get(store, 1));
            assertEquals(before, ProjectDirectory.get(project.open(), 1));
            disk.free();
            ProjectDirectory.move(store, 1, Status.COMPLETED);
            assertEquals(Status.COMPLETED, ProjectDirectory.get(project.open(), 1).status());
        }
    }

    /// The tasks lie in the project and the journal lies elsewhere: that disk may be full alone.
    @Test
    void whenTheJournalCannotBeWrittenNothingHasChanged() throws Exception {
        try (SmallDisk disk = new SmallDisk(root.resolve("state"), "8m")) {
            TaskStore store = project.open();
            ProjectDirectory.newTask(store, "before");
            disk.fill(0);
            List<Task> before = ProjectDirectory.all(store);
            int refused = 0;
            for (int i = 0; i < 40; i++) {
                try {
                    ProjectDirectory.newTask(store, "subject".repeat(20));
                    before = ProjectDirectory.all(store);
                } catch (Problem problem) {
                    refused++;
                    assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
                    assertTrue(problem.text().contains("full"), problem.text());
                    assertEquals(before, ProjectDirectory.all(store));
                    assertEquals(before, ProjectDirectory.all(project.open()));
                }
            }
            assertTrue(refused > 0);
            disk.free();
            ProjectDirectory.newTask(store, "after");
            assertEquals(before.size() + 1, ProjectDirectory.all(project.open()).size());
            Database database = project.database();
            assertEquals(
                    1,
                    new Journal(database)
                            .about(ProjectDirectory.all(store).getLast().id().toString(), 10)
                            .size());
        }
    }

    @Test
    void aDirectoryThatMayNotBeWrittenIsReadAndChangesSayWhy() throws Exception {
        ProjectDirectory.newTask(project.open(), "before");
        Files.setPosixFilePermissions(
                project.tasks(), PosixFilePermissions.fromString("r-xr-xr-x"));
        try (OtherProcess other = OtherProcess.startWithoutPrivileges(project, "barred")) {
            List<String> lines = other.awaitReady().go().rest();

            String refusal = lines.getFirst();
            assertTrue(refusal.startsWith("UNAVAILABLE: "), refusal);
            assertTrue(refusal.endsWith(": permission denied"), refusal);
            assertEquals(
                    List.of("[#1] []", "created #2", "[#1, #2] []"),
                    lines.subList(1, lines.size()));
        }
    }

    @Test
    void aFileThatMayNotBeReadIsNamedAndIsReadOnceItMay() throws Exception {
        TaskStore store = project.open(InstantSource.system());
        ProjectDirectory.newTask(store, "one");
        ProjectDirectory.newTask(store, "two");
        Files.setPosixFilePermissions(
                project.file(1), PosixFilePermissions.fromString("---------"));
        Files.setLastModifiedTime(
                project.file(1),
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minusSeconds(60)));
        try (OtherProcess other = OtherProcess.startWithoutPrivileges(project, "unreadable")) {
            assertEquals(
                    List.of(
                            "[#2] [could not read %s: permission denied]"
                                    .formatted(project.file(1)),
                            "[#1, #2] []"),
                    other.awaitReady().go().rest());
        }
        assertEquals(Map.of(), ProjectDirectory.unreadable(store));
    }
}
