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
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
