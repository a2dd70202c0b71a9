package dev.bellhop.task;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;

/// Tasks that were made elsewhere and are to be kept here too: all of them or none.
///
/// Each remembers what it was called there, in the key `source` of its file. What came from there
/// before is not taken again, and stays as it is.
///
/// @param here what the sources of this project's own tasks begin with; their number follows
/// @param keepsNumbers whether people know the tasks by their numbers. They keep them where none of
///   them can ever have been given here, else they get the next ones
public record Arrivals(String here, List<Arrival> tasks, boolean keepsNumbers) {

    static final int TASKS_MAX = 10_000;

    /// How far ahead a number may be that is kept: one file must not use them all up.
    static final int AHEAD_MAX = 100_000;

    /// What becomes of them.
    ///
    /// @param created the new tasks, by their sources
    /// @param existing those that are here already, as they are, by their sources
    public record Taken(SequencedMap<String, Task> created, SequencedMap<String, Task> existing) {}

    public Arrivals {
        tasks = List.copyOf(tasks);
        if (tasks.size() > TASKS_MAX) {
            throw Problem.invalid(
                    "there are %,d tasks".formatted(tasks.size()),
                    "Take over at most %,d at a time.".formatted(TASKS_MAX));
        }
        Set<TaskId> numbers = new HashSet<>();
        Set<String> sources = new HashSet<>();
        for (Arrival arrival : tasks) {
            if (!numbers.add(arrival.task().id()) || !sources.add(arrival.source())) {
                throw new IllegalArgumentException(arrival.source() + " is there twice");
            }
        }
        for (Arrival arrival : tasks) {
            TaskId parent = arrival.task().parent();
            if (!numbers.containsAll(arrival.task().blockedBy())
                    || (parent != null && !numbers.contains(parent))) {
                throw new IllegalArgumentException(arrival.source() + " is tied to what is not");
            }
        }
    }

    /// @param lastId the highest id ever given
    /// @throws Problem `INVALID` if some would wait for each other; `CONFLICT` if no number is left
    Taken in(TaskGraph graph, int lastId, Instant now) {
        Map<String, Task> kept = kept(graph);
        SequencedMap<String, Task> existing = new LinkedHashMap<>();
        Map<TaskId, TaskId> ids = new HashMap<>();
        List<Arrival> fresh = new ArrayList<>();
        for (Arrival arrival : tasks) {
            Task task = kept.get(arrival.source());
            if (task == null) {
                fresh.add(arrival);
            } else {
                existing.put(arrival.source(), task);
                ids.put(arrival.task().id(), task.id());
            }
        }
        number(fresh, lastId, ids);
        SequencedMap<String, Task> created = new LinkedHashMap<>();
        fresh.forEach(arrival -> created.put(arrival.source(), renumbered(arrival, ids, now)));
        TaskGraph.refuseCycles(created.values());
        return new Taken(created, existing);
    }

    /// The tasks that are here, by what they would be called in a file like this one.
    private Map<String, Task> kept(TaskGraph graph) {
        Map<String, Task> kept = new HashMap<>();
        List<Task> all = new ArrayList<>(graph.archived());
        all.addAll(graph.tasks());
        for (Task task : all) {
            kept.put(here + task.id(), task);
        }
        for (Task task : all) {
            JsonNode source = task.other().get(Arrival.SOURCE);
            if (source != null && source.isTextual()) {
                kept.put(source.textValue(), task);
            }
        }
        return kept;
    }

    private void number(List<Arrival> fresh, int lastId, Map<TaskId, TaskId> ids) {
        List<TaskId> numbers = fresh.stream().map(arrival -> arrival.task().id()).sorted().toList();
        if (numbers.isEmpty()) {
            return;
        }
        boolean areKept =
                keepsNumbers
                        && numbers.getFirst().number() > lastId
                        && numbers.getLast().number() - lastId <= AHEAD_MAX;
        if (areKept) {
            numbers.forEach(number -> ids.put(number, number));
            return;
        }
        if (lastId > TaskId.NUMBER_MAX - numbers.size()) {
            throw Problem.conflict(
                    "no number is left after #" + lastId,
                    "Give the task with that number another by hand.");
        }
        int next = lastId;
        for (Arrival arrival : fresh) {
            ids.put(arrival.task().id(), new TaskId(++next));
        }
    }

    private static Task renumbered(Arrival arrival, Map<TaskId, TaskId> ids, Instant now) {
        Task task = arrival.task();
        ObjectNode json = task.json();
        json.put("id", number(task.id(), ids));
        ArrayNode blockedBy = json.putArray("blockedBy");
        task.blockedBy().forEach(id -> blockedBy.add(number(id, ids)));
        if (task.parent() != null) {
            json.put("parent", number(task.parent(), ids));
        }
        String time = now.truncatedTo(ChronoUnit.SECONDS).toString();
        if (task.createdAt() == null) {
            json.put("createdAt", time);
        }
        if (task.updatedAt() == null) {
            json.put("updatedAt", time);
        }
        json.put(Arrival.SOURCE, arrival.source());
        try {
            Task renumbered = TaskFiles.content(json).task();
            TaskFiles.bytes(renumbered);
            return renumbered;
        } catch (TaskFiles.UnreadableException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int number(TaskId id, Map<TaskId, TaskId> ids) {
        TaskId given = ids.get(id);
        if (given == null) {
            throw new IllegalStateException(id + " was given no number");
        }
        return given.number();
    }
}
