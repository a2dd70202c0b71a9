package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.all;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.newTask;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.InstantSource;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What people, editors and git do to the files while a process has them in memory.
final class HandEditsTest {

    private final ProjectDirectory project;
    private final TaskStore store;

    HandEditsTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
        store = project.open(InstantSource.system());
    }

    private void put(int id, String subject) {
        project.write(id, "{\"id\": %d, \"subject\": \"%s\"}".formatted(id, subject));
    }

    private void replace(int id, String subject) throws IOException {
        Path other = project.tasks().resolve("editor~");
        Files.writeString(other, "{\"id\": %d, \"subject\": \"%s\"}".formatted(id, subject));
        Files.move(other, project.file(id), StandardCopyOption.REPLACE_EXISTING);
    }

    private List<String> subjects() {
        return all(store).stream().map(Task::subject).toList();
    }

    @Test
    void editsReplacementsAndDeletionsAreSeenByTheNextRead() throws IOException {
        put(1, "aaa");
        put(2, "bbb");
        assertEquals(List.of("aaa", "bbb"), subjects());

        // As long as before, and right away: size and time alone would not tell.
        put(1, "ccc");
        assertEquals(List.of("ccc", "bbb"), subjects());
        replace(2, "ddd");
        assertEquals(List.of("ccc", "ddd"), subjects());
        Files.delete(project.file(1));
        assertEquals(List.of("ddd"), subjects());
    }

    /// Size and time need not tell, and what we wrote is remembered.
    @Test
    void anEditRightAfterOurOwnChangeIsSeen() {
        for (int id = 1; id <= 20; id++) {
            Task _ = newTask(store, "mine");
            project.write(id, project.text(id).replace("\"mine\"", "\"hers\""));

            assertEquals("hers", get(store, id).subject());
        }
    }

    @Test
    void anotherBranchIsSeenByTheNextRead() throws IOException {
        Files.createDirectories(project.tasks());
        git("init", "-q", "-b", "main");
        put(1, "on main");
        put(2, "only on main");
        git("add", "-A");
        git("commit", "-qm", "main");
        git("checkout", "-qb", "other");
        put(1, "on other");
        Files.delete(project.file(2));
        git("add", "-A");
        git("commit", "-qm", "other");
        assertEquals(List.of("on other"), subjects());

        git("checkout", "-q", "main");
        assertEquals(List.of("on main", "only on main"), subjects());
        git("checkout", "-q", "other");
        assertEquals(List.of("on other"), subjects());
    }

    private void git(String... arguments) throws IOException {
        List<String> command =
                new java.util.ArrayList<>(
                        List.of("git", "-c", "user.name=t", "-c", "user.email=t@example.com"));
        command.addAll(List.of(arguments));
        assertEquals(
                0,
                new ProcessBuilder(command)
                        .directory(project.tasks().toFile())
                        .inheritIO()
                        .start()
                        .onExit()
                        .join()
                        .exitValue(),
                String.join(" ", command));
    }

    @Test
    void amongAThousandFilesAnEditIsSeenWithinSeconds() throws IOException {
        for (int i = 1; i <= 1000; i++) {
            put(i, "task");
        }
        assertEquals(1000, subjects().size());
        assertEquals(1000, subjects().size());

        put(500, "edited");
        seen(() -> get(store, 500).subject().equals("edited"));
        replace(501, "replaced");
        seen(() -> get(store, 501).subject().equals("replaced"));
        Files.delete(project.file(502));
        seen(() -> all(store).size() == 999);
        // The whole directory, as git would.
        Path moved = project.root().resolve("moved");
        Files.move(project.tasks(), moved);
        seen(() -> all(store).isEmpty());
        Files.move(moved, project.tasks());
        seen(() -> all(store).size() == 999);
        put(503, "edited after all");
        seen(() -> get(store, 503).subject().equals("edited after all"));
    }

    private static void seen(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 5_000_000_000L;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("not seen within 5 s");
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void anEditIsKeptWhileAnotherProcessWritesOtherTasks() {
        put(1, "before");
        try (OtherProcess other = OtherProcess.start(project, "create", "other", "40")) {
            other.awaitReady().go();
            assertEquals("#2", other.line());
            put(1, "edited");
            assertEquals("edited", get(store, 1).subject());
            ProjectDirectory.update(store, 1, ProjectDirectory.note("and noted"));
            assertEquals(39, other.rest().size());
        }
        Task task = get(project.open(), 1);
        assertEquals("edited", task.subject());
        assertEquals(1, task.notes().size());
        assertEquals(41, all(project.open()).size());
        assertEquals(all(project.open()), all(store));
    }
}
