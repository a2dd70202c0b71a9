package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.AUTHOR;
import static dev.bellhop.task.ProjectDirectory.id;
import static dev.bellhop.task.ProjectDirectory.plan;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskSnapshotTest {

    private static final int MANY = 300;

    /// Later than the files, so that their times tell whether they changed.
    private static final InstantSource LATER =
            () -> InstantSource.system().instant().plusSeconds(60);

    @TempDir private Path root;
    private ProjectDirectory project;

    @BeforeEach
    void start() {
        project = new ProjectDirectory(root);
    }

    private void writeMany() {
        for (int i = 1; i <= MANY; i++) {
            project.write(i, text(i, "aaaa"));
        }
    }

    private static String text(int id, String subject) {
        return """
        {"id": %d, "subject": "%s", "description": "é\\nü", "status": "pending", "blockedBy": [%s],
         "blocks": [%s], "owner": "", "labels": ["x", "y"], "priority": %d, "parent": 2,
         "notBefore": "2026-02-01T00:00:00.123Z", "result": "r", "requestKey": {"key": "k", "payload": "p"},
         "notes": [{"at": "2026-01-01T00:00:00Z", "by": "me", "text": "n"}],
         "createdAt": "2026-01-01T00:00:00Z", "theirs": {"deep": [1, 2.50, null]}}
        """
                .formatted(id, subject, id > 1 ? id - 1 : "", id < MANY ? id + 1 : "", id);
    }

    private String subject(TaskStore store, int id) {
        return store.read(graph -> graph.get(id(id)).subject());
    }

    /// Changes what a file says, and nothing by which one could tell.
    private void changeUnseen(int id) throws Exception {
        Path file = project.file(id);
        FileTime before = Files.getLastModifiedTime(file);
        Files.write(file, text(id, "bbbb").getBytes(StandardCharsets.UTF_8));
        Files.setLastModifiedTime(file, before);
    }

    @Test
    void everythingThatFilesSayIsKept() {
        writeMany();
        List<Task> read;
        try (TaskStore store = project.open(LATER)) {
            read = store.read(graph -> List.copyOf(graph.tasks()));
        }
        List<TaskSnapshot.Entry> kept = TaskSnapshot.read(project.snapshot()).entries();

        assertEquals(MANY, kept.size());
        assertEquals(read, project.open(LATER).read(graph -> List.copyOf(graph.tasks())));
        assertEquals(
                read.stream().map(task -> task.json().toPrettyString()).toList(),
                kept.stream()
                        .map(entry ->
                                entry.content()
                                        .task()
                                        .waitingFor(entry.content().task().blockedBy()))
                        .map(task -> task.json().toPrettyString())
                        .toList());
        assertEquals(List.of(id(2)), kept.getFirst().content().blocks());
    }

    @Test
    void aFileThatIsWhatItWasIsNotReadAgain() throws Exception {
        writeMany();
        assertEquals("aaaa", subject(project.open(LATER), 7));
        changeUnseen(7);

        assertEquals("aaaa", subject(project.open(LATER), 7));

        Files.delete(project.snapshot());
        assertEquals("bbbb", subject(project.open(LATER), 7));
    }

    @Test
    void aFileThatChangedWhileNobodyRanIsReadAgain() throws Exception {
        writeMany();
        assertEquals("aaaa", subject(project.open(LATER), 7));
        project.write(7, text(7, "cccc"));
        project.write(8, "{");
        Files.delete(project.file(9));
        project.write(MANY + 1, text(MANY + 1, "new"));
        TaskStore store = project.open(LATER);

        assertEquals("cccc", subject(store, 7));
        assertEquals("new", subject(store, MANY + 1));
        assertEquals(
                Set.of("task_8.json"),
                store.read(graph -> Set.copyOf(graph.unreadable().keySet())));
        assertEquals(MANY - 1, ProjectDirectory.all(store).size());
    }

    @Test
    void whatIsNoSnapshotIsNotLookedAt() throws Exception {
        writeMany();
        assertEquals("aaaa", subject(project.open(LATER), 7));
        byte[] whole = Files.readAllBytes(project.snapshot());
        changeUnseen(7);
        for (int at : new int[] {0, 14, 20, whole.length / 2, whole.length - 1}) {
            byte[] damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(project.snapshot(), damaged);

            assertEquals("bbbb", subject(project.open(LATER), 7), "damaged at " + at);
        }
        for (int length : new int[] {0, 1, 16, 19, whole.length - 1}) {
            Files.write(project.snapshot(), Arrays.copyOf(whole, length));

            assertEquals("bbbb", subject(project.open(LATER), 7), "cut at " + length);
        }
        Files.delete(project.snapshot());
        Files.createDirectory(project.snapshot());

        assertEquals("bbbb", subject(project.open(LATER), 7));
    }

    @Test
    void whatAServerWroteIsKeptWhenItEnds() throws Exception {
        try (TaskStore store = project.open(LATER)) {
            Plan.Item item = Plan.Item.of("one");
            store.create(plan(Collections.nCopies(201, item).toArray(Plan.Item[]::new)), AUTHOR);
        }
        assertTrue(Files.exists(project.snapshot()));

        FileTime before = Files.getLastModifiedTime(project.snapshot());
        try (TaskStore store = project.open(LATER)) {
            assertEquals("one", subject(store, 201));
        }
        assertEquals(before, Files.getLastModifiedTime(project.snapshot()));
    }

    @Test
    void aFewTasksNeedNone() {
        project.write(1, text(1, "aaaa"));
        try (TaskStore store = project.open(LATER)) {
            assertEquals("aaaa", subject(store, 1));
        }
        assertFalse(Files.exists(project.snapshot()));
    }
}
