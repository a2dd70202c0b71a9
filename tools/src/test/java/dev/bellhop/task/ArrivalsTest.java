package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.AUTHOR;
import static dev.bellhop.task.ProjectDirectory.all;
import static dev.bellhop.task.ProjectDirectory.get;
import static dev.bellhop.task.ProjectDirectory.id;
import static dev.bellhop.task.ProjectDirectory.ids;
import static dev.bellhop.task.ProjectDirectory.move;
import static dev.bellhop.task.ProjectDirectory.newTask;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import dev.bellhop.store.Journal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What was made elsewhere is kept here, once.
class ArrivalsTest {

    private static final String HERE = "bellhop:here";

    @TempDir Path root = Path.of("/");

    private ProjectDirectory project = new ProjectDirectory(root);

    @BeforeEach
    void theProject() {
        project = new ProjectDirectory(root);
    }

    private static Arrival arrival(String source, int number, int... blockedBy) {
        return Arrival.of(source, json(number, blockedBy));
    }

    private static ObjectNode json(int number, int... blockedBy) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("id", number).put("subject", "task " + number);
        ArrayNode blockers = json.putArray("blockedBy");
        for (int blocker : blockedBy) {
            blockers.add(blocker);
        }
        return json;
    }

    private static Arrivals arrivals(Arrival... tasks) {
        return new Arrivals(HERE, List.of(tasks), false);
    }

    private static List<Integer> numbers(TaskStore store) {
        return all(store).stream().map(task -> task.id().number()).toList();
    }

    @Test
    void everythingOfATaskIsKeptButItsNumber() {
        try (TaskStore store = project.open()) {
            newTask(store, "first");
            ObjectNode json = json(7, 9);
            json.put("status", "failed")
                    .put("result", "no")
                    .put("description", "d")
                    .put("owner", "ada")
                    .put("parent", 9)
                    .put("priority", -3)
                    .put("createdAt", "2020-01-01T00:00:00Z")
                    .put("custom", 1);
            json.putArray("notes")
                    .addObject()
                    .put("at", "2020-01-01T00:00:00Z")
                    .put("by", "x")
                    .put("text", "n");

            store.take(arrivals(Arrival.of("x:7", json), arrival("x:9", 9)), AUTHOR);

            ObjectNode expected = json.deepCopy();
            expected.put("id", 2).put("parent", 3).put("source", "x:7");
            expected.put("updatedAt", ProjectDirectory.NOW.toString());
            expected.putArray("blockedBy").add(3);
            assertEquals(expected, get(store, 2).json());
            assertEquals(ProjectDirectory.NOW, get(store, 3).createdAt());
        }
    }

    @Test
    void whatCameBeforeIsNotTakenAgainAndStaysAsItIs() {
        try (TaskStore store = project.open()) {
            store.take(arrivals(arrival("x:1", 1), arrival("x:2", 2, 1)), AUTHOR);
            move(store, 1, Status.COMPLETED);
            List<Task> before = all(store);

            Arrivals.Taken again =
                    store.take(arrivals(arrival("x:1", 1), arrival("x:2", 2, 1)), AUTHOR);

            assertEquals(Set.of(), again.created().keySet());
            assertEquals(List.of("x:1", "x:2"), List.copyOf(again.existing().keySet()));
            assertEquals(before, all(store));

            store.take(
                    arrivals(arrival("x:2", 5), arrival("x:1", 6), arrival("x:3", 7, 5, 6)),
                    AUTHOR);
            assertEquals(ids(2, 1), List.copyOf(get(store, 3).blockedBy()));
        }
    }

    @Test
    void whatIsArchivedIsStillHere() {
        try (TaskStore store = project.open()) {
            store.take(arrivals(arrival("x:1", 1)), AUTHOR);
            move(store, 1, Status.COMPLETED);
            store.archive(Instant.parse("2999-01-01T00:00:00Z"), AUTHOR);

            Arrivals.Taken again = store.take(arrivals(arrival("x:1", 1)), AUTHOR);

            assertEquals(Set.of("x:1"), again.existing().keySet());
            assertEquals(List.of(), numbers(store));
        }
    }

    @Test
    void aProjectKnowsItsOwnTasksByTheirNumbers() {
        try (TaskStore store = project.open()) {
            newTask(store, "mine");

            Arrivals.Taken taken =
                    store.take(
                            arrivals(arrival(HERE + "#1", 1), arrival("bellhop:there#1", 2)),
                            AUTHOR);

            assertEquals(Set.of(HERE + "#1"), taken.existing().keySet());
            assertEquals(Set.of("bellhop:there#1"), taken.created().keySet());
        }
    }

    @Test
    void numbersAreKeptWhereNoneOfThemWasEverGiven() {
        List<Arrival> tasks = List.of(arrival("x:3", 3), arrival("x:7", 7, 3));
        try (TaskStore store = project.open()) {
            store.take(new Arrivals(HERE, tasks, true), AUTHOR);
            assertEquals(List.of(3, 7), numbers(store));
            assertEquals(8, newTask(store, "next").id().number());

            store.take(
                    new Arrivals(HERE, List.of(arrival("y:8", 8), arrival("y:20", 20)), true),
                    AUTHOR);
            assertEquals(List.of(3, 7, 8, 9, 10), numbers(store));

            store.take(new Arrivals(HERE, List.of(arrival("z", 999_999_999)), true), AUTHOR);
            assertEquals(List.of(3, 7, 8, 9, 10, 11), numbers(store));
        }
    }

    @Test
    void allOfItOrNothing() {
        try (TaskStore store = project.open()) {
            assertThrows(
                    Problem.class,
                    () ->
                            store.take(
                                    arrivals(
                                            arrival("x:1", 1),
                                            arrival("x:2", 2, 3),
                                            arrival("x:3", 3, 2)),
                                    AUTHOR));
            assertEquals(List.of(), numbers(store));
        }
    }

    @Test
    void aCircleOfPartsIsRefused() {
        Arrival first = Arrival.of("x:1", json(1).put("parent", 2));
        Arrival second = Arrival.of("x:2", json(2).put("parent", 3));
        Arrival third = Arrival.of("x:3", json(3).put("parent", 2));
        try (TaskStore store = project.open()) {
            assertThrows(Problem.class, () -> store.take(arrivals(first, second, third), AUTHOR));
        }
    }

    @Test
    void lookingFirstChangesNothingAndTellsTheSame() {
        try (TaskStore store = project.open()) {
            Arrivals arrivals = arrivals(arrival("x:1", 1), arrival("x:2", 2, 1));

            Arrivals.Taken would = store.wouldTake(arrivals);

            assertFalse(Files.exists(project.tasks()));
            assertEquals(would, store.take(arrivals, AUTHOR));
            assertEquals(Set.of("x:1", "x:2"), store.wouldTake(arrivals).existing().keySet());
        }
    }

    @Test
    void whatWaitsForAPersonCanBeAnswered() {
        try (TaskStore store = project.open()) {
            store.take(
                    arrivals(Arrival.of("x:1", json(1).put("status", "blocked_on_human"))), AUTHOR);

            assertEquals("task 1", get(store, 1).json().at("/question/text").asText());
        }
    }

    @Test
    void whatCouldNotHaveBeenMadeHereIsRefused() {
        assertThrows(Problem.class, () -> Arrival.of("x", json(1).put("subject", " ")));
        assertThrows(
                Problem.class,
                () -> Arrival.of("x", json(1).put("description", "x".repeat(100_001))));
        assertThrows(Problem.class, () -> Arrival.of("x", json(1).put("status", "odd")));
        assertThrows(Problem.class, () -> Arrival.of("x", json(1).put("maxAttempts", 1_000)));
        assertThrows(Problem.class, () -> Arrival.of(" ", json(1)));
        assertThrows(
                Problem.class, () -> Arrival.of("x", json(1).put("other", "x".repeat(1 << 20))));
        assertThrows(
                IllegalArgumentException.class, () -> arrivals(arrival("x", 1), arrival("x", 2)));
        assertThrows(IllegalArgumentException.class, () -> arrivals(arrival("x", 1, 2)));
        assertTrue(
                Arrival.of("x", json(1).put("status", "failed")).task().result() != null,
                "a failed task always has a reason");
    }

    /// Tasks of which each waits for the next, and the nine before every tenth are parts of it.
    private static Arrivals chain(int count, boolean keepsNumbers) {
        List<Arrival> tasks = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            ObjectNode json = i == count ? json(i) : json(i, i + 1);
            if (i % 10 != 0 && i / 10 * 10 + 10 <= count) {
                json.put("parent", i / 10 * 10 + 10);
            }
            tasks.add(Arrival.of("x:" + i, json));
        }
        return new Arrivals(HERE, tasks, keepsNumbers);
    }

    private static void requireWhole(TaskStore store, int count) {
        Map<String, Task> bySource = new HashMap<>();
        for (Task task : all(store)) {
            if (task.json().has("source")) {
                bySource.put(task.json().get("source").asText(), task);
            }
        }
        assertEquals(count, bySource.size());
        for (int i = 1; i < count; i++) {
            Task next = Objects.requireNonNull(bySource.get("x:" + (i + 1)));
            Task task = Objects.requireNonNull(bySource.get("x:" + i));
            assertEquals(List.of(next.id()), List.copyOf(task.blockedBy()));
        }
    }

    @Test
    void othersAreServedWhileManyCome() throws Exception {
        try (TaskStore store = project.open();
                TaskStore other = project.open();
                ExecutorService executor = Executors.newSingleThreadExecutor()) {
            Future<Arrivals.Taken> taking =
                    executor.submit(() -> store.take(chain(1_000, false), AUTHOR));
            while (all(other).isEmpty()) {
                assertFalse(taking.isDone(), "nothing was seen before all was there");
            }
            int number = newTask(other, "in between").id().number();
            assertEquals(1_000, taking.get().created().size());

            assertTrue(number < 1_001, "it came last: " + number);
            assertEquals("in between", get(store, number).subject());
            other.update(id(number), TaskChange.to(Status.CANCELLED), AUTHOR);
            requireWhole(store, 1_000);
        }
    }

    /// What is interrupted after any portion has nothing that is tied to what is not there, and
    /// another process brings the rest.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatIsInterruptedIsWholeTheNextTime(boolean keepsNumbers) {
        Arrivals arrivals = chain(500, keepsNumbers);
        InstantSource dies =
                () -> {
                    String[] names = project.tasks().toFile().list();
                    long there =
                            Stream.of(names == null ? new String[0] : names)
                                    .filter(name -> name.matches("task_[0-9]+\\.json"))
                                    .count();
                    if (there > 100) {
                        throw new IllegalStateException("it dies here");
                    }
                    return ProjectDirectory.NOW;
                };
        try (TaskStore dying = project.open(dies)) {
            assertThrows(IllegalStateException.class, () -> dying.take(arrivals, AUTHOR));
        }
        try (TaskStore store = project.open()) {
            int there = all(store).size();
            assertTrue(there > 0 && there < 500, there + " were there");
            for (Task task : all(store)) {
                task.blockedBy().forEach(id -> get(store, id.number()));
                if (task.parent() != null) {
                    get(store, task.parent().number());
                }
            }
            // What is still to come has its numbers already where it is to keep them.
            int next = newTask(store, "in between").id().number();
            assertEquals(keepsNumbers ? 501 : there + 1, next);

            Arrivals.Taken rest = store.take(arrivals, AUTHOR);

            assertEquals(there, rest.existing().size());
            assertEquals(500 - there, rest.created().size());
            assertEquals(501, all(store).size());
            requireWhole(store, 500);
        }
    }

    @Test
    void aLongChainComesInPortionsAndARingInOne() {
        List<List<Arrival>> portions = chain(500, false).portions();
        assertEquals(500, portions.stream().mapToInt(List::size).sum());
        assertTrue(portions.size() > 2, portions.size() + " portions");
        assertEquals("x:500", portions.getFirst().getLast().source());

        List<Arrival> ring = new ArrayList<>();
        ring.add(Arrival.of("x:1", json(1, IntStream.rangeClosed(2, 300).toArray())));
        for (int i = 2; i <= 300; i++) {
            ring.add(Arrival.of("x:" + i, json(i).put("parent", 1)));
        }
        assertEquals(1, new Arrivals(HERE, ring, false).portions().size());
    }

    @Test
    void thousandsAreTakenAtOnceAndEachIsInTheJournal() {
        List<Arrival> many = new ArrayList<>();
        for (int i = 1; i <= 1_200; i++) {
            many.add(i == 1 ? arrival("x:1", 1) : arrival("x:" + i, i, i - 1));
        }
        try (TaskStore store = project.open()) {
            store.take(new Arrivals(HERE, many, false), AUTHOR);

            assertEquals(1_200, numbers(store).size());
            assertEquals(List.of(id(1_199)), List.copyOf(get(store, 1_200).blockedBy()));
        }
        Journal.Found found =
                new Journal(project.database()).find(new Journal.Wanted(null, null, null, 2_000));
        assertEquals(1_200, found.lines().size());
    }
}
