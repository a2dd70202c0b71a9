package dev.bellhop.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What `kill -9` leaves behind, at whatever moment it comes.
final class KilledProcessTest {

    private static final long SEED = 7;
    private static final int WARM = 3;

    private final ProjectDirectory project;

    KilledProcessTest(@TempDir Path root) {
        project = new ProjectDirectory(root);
    }

    /// What processes acknowledged that were killed one after the other, each at a random moment.
    private List<String> acknowledged(int kills, IntFunction<OtherProcess> start) {
        Random random = new Random(SEED);
        List<String> lines = new ArrayList<>();
        // The next ones start up while one works: starting is what takes long.
        Deque<OtherProcess> warm = new ArrayDeque<>();
        try {
            for (int i = 0; i < kills; i++) {
                for (int next = i + warm.size(); warm.size() < WARM && next < kills; next++) {
                    warm.add(start.apply(next));
                }
                try (OtherProcess process = warm.remove()) {
                    process.awaitReady().go();
                    for (int line = random.nextInt(4); line >= 0; line--) {
                        lines.add(String.valueOf(process.line()));
                    }
                    LockSupport.parkNanos(random.nextInt(6_000_000)); // The moment.
                    process.kill();
                    lines.addAll(process.rest());
                }
            }
        } finally {
            warm.forEach(OtherProcess::close);
        }
        return lines;
    }

    /// Each process creates single tasks in one thread and chains of five in another.
    @Test
    void whatWasAcknowledgedIsThereEveryBatchIsWholeAndNoIdIsGivenTwice() {
        List<String> acknowledged =
                acknowledged(50, i -> OtherProcess.start(project, "work", "process" + i));

        TaskStore store = project.open();
        assertEquals(Map.of(), ProjectDirectory.unreadable(store));
        Map<String, String> there = new TreeMap<>();
        for (Task task : ProjectDirectory.all(store)) {
            there.merge(task.subject(), task.id().toString(), (ids, id) -> ids + " " + id);
        }
        Map<String, String> missing = new TreeMap<>();
        Set<String> ids = new HashSet<>();
        int given = 0;
        for (String line : acknowledged) {
            String label = line.substring(0, line.indexOf(' '));
            String acknowledgedIds = line.substring(line.indexOf(' ') + 1);
            if (!acknowledgedIds.equals(there.get(label))) {
                missing.put(label, acknowledgedIds);
            }
            ids.addAll(List.of(acknowledgedIds.split(" ")));
            given += acknowledgedIds.split(" ").length;
        }
        assertEquals(Map.of(), missing);
        assertEquals(given, ids.size());
        Map<String, String> torn = new TreeMap<>(there);
        torn.entrySet()
                .removeIf(entry ->
                        entry.getValue().split(" ").length
                                == (entry.getKey().contains("-batch") ? 5 : 1));
        assertEquals(Map.of(), torn);
    }

    @Test
    void whatADeadWriterLeftIsSweptOnceItIsAMinuteOldAndNothingElseIs() throws Exception {
        TaskStore first = project.open(java.time.InstantSource.system());
        ProjectDirectory.newTask(first, "one");
        Path old = project.tasks().resolve(".task_9.json.0123abcd.tmp");
        Path young = project.tasks().resolve(".task_9.json.0123abce.tmp");
        Path foreign = project.tasks().resolve(".notes.tmp");
        Path folder = Files.createDirectory(project.tasks().resolve(".a.0123abcd.tmp"));
        for (Path file : List.of(old, young, foreign, folder.resolve("kept"))) {
            Files.write(file, "x".getBytes(StandardCharsets.UTF_8));
        }
        java.nio.file.attribute.FileTime longAgo =
                java.nio.file.attribute.FileTime.from(java.time.Instant.now().minusSeconds(3600));
        for (Path file : List.of(old, foreign, folder)) {
            Files.setLastModifiedTime(file, longAgo);
        }

        ProjectDirectory.newTask(project.open(java.time.InstantSource.system()), "two");

        assertEquals(
                List.of(false, true, true, true),
                List.of(
                        Files.exists(old),
                        Files.exists(young),
                        Files.exists(foreign),
                        Files.exists(folder.resolve("kept"))));
    }
}
