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
import org.jspecify.annotations.Nullable;

/// Tasks that were made elsewhere and are to be kept here too.
///
/// They come in portions, so that nobody waits long for his turn in between. When that is
/// interrupted, what has come is tied to nothing that has not, and the next time the rest comes.
///
/// Each remembers what it was called there, in the key `source` of its file. What came from there
/// before is not taken again, and stays as it is.
///
/// @param here what the sources of this project's own tasks begin with; their number follows
/// @param keepsNumbers whether people know the tasks by their numbers. They keep them where none of
///   them can ever have been given here, else they get the next ones
public record Arrivals(String here, List<Arrival> tasks, boolean keepsNumbers) {

    static final int TASKS_MAX = 10_000;

    /// So many are written while nobody else can change anything.
    static final int PORTION = 200;

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

    /// How they get their numbers here.
    private enum Numbering {
        THEIRS,
        NEXT
    }

    /// How far taking them over has come.
    ///
    /// @param archived what was put out of the way before
    /// @param numbering null until the first of them gets its number
    record Progress(Taken taken, List<Task> archived, @Nullable Numbering numbering) {

        private int highestCreated() {
            return taken.created().values().stream()
                    .mapToInt(task -> task.id().number())
                    .max()
                    .orElse(0);
        }
    }

    /// Them in portions, to be kept one after the other.
    List<List<Arrival>> portions() {
        return Portions.of(tasks, PORTION);
    }

    Progress begun(TaskGraph graph) {
        return new Progress(
                new Taken(new LinkedHashMap<>(), new LinkedHashMap<>()), graph.archived(), null);
    }

    /// What comes of all of them at once.
    ///
    /// @param lastId the highest id ever given
    /// @throws Problem `INVALID` if some would wait for each other; `CONFLICT` if no number is left
    Taken in(TaskGraph graph, int lastId, Instant now) {
        Progress progress = begun(graph);
        for (List<Arrival> portion : portions()) {
            progress = with(portion, progress, graph, lastId, now);
        }
        TaskGraph.refuseCycles(progress.taken().created().values());
        return progress.taken();
    }

    /// What comes of `portion` after `before`.
    ///
    /// @param lastId the highest id ever given
    /// @throws Problem `CONFLICT` if no number is left
    Progress with(
            List<Arrival> portion, Progress before, TaskGraph graph, int lastId, Instant now) {
        Map<String, Task> kept = kept(before, graph);
        SequencedMap<String, Task> existing = new LinkedHashMap<>(before.taken().existing());
        Map<TaskId, TaskId> ids = new HashMap<>();
        List<Arrival> left = new ArrayList<>();
        for (Arrival arrival : tasks) {
            Task task = kept.get(arrival.source());
            if (task == null) {
                left.add(arrival);
            } else {
                ids.put(arrival.task().id(), task.id());
            }
        }
        List<Arrival> fresh = new ArrayList<>();
        for (Arrival arrival : portion) {
            Task task = kept.get(arrival.source());
            if (task == null) {
                fresh.add(arrival);
            } else {
                existing.put(arrival.source(), task);
            }
        }
        int last = Math.max(lastId, before.highestCreated());
        Numbering numbering = before.numbering();
        if (numbering == null && !fresh.isEmpty()) {
            numbering = areTheirsFree(left, last) ? Numbering.THEIRS : Numbering.NEXT;
        }
        number(fresh, last, numbering == Numbering.THEIRS, graph, ids);
        SequencedMap<String, Task> created = new LinkedHashMap<>(before.taken().created());
        fresh.forEach(arrival -> created.put(arrival.source(), renumbered(arrival, ids, now)));
        return new Progress(new Taken(created, existing), before.archived(), numbering);
    }

    /// The highest number that nobody else is to be given while the rest of them comes.
    int reserved(Progress progress) {
        return progress.numbering() == Numbering.THEIRS
                ? tasks.stream().mapToInt(arrival -> arrival.task().id().number()).max().orElse(0)
                : 0;
    }

    /// The tasks that are here, by what they would be called in a file like this one.
    private Map<String, Task> kept(Progress before, TaskGraph graph) {
        Map<String, Task> kept = new HashMap<>();
        List<Task> all = new ArrayList<>(before.archived());
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
        before.taken().created().forEach(kept::putIfAbsent);
        return kept;
    }

    private boolean areTheirsFree(List<Arrival> left, int lastId) {
        List<TaskId> numbers = left.stream().map(arrival -> arrival.task().id()).sorted().toList();
        return keepsNumbers
                && numbers.getFirst().number() > lastId
                && numbers.getLast().number() - lastId <= AHEAD_MAX;
    }

    private static void number(
            List<Arrival> fresh,
            int lastId,
            boolean keepTheirs,
            TaskGraph graph,
            Map<TaskId, TaskId> ids) {
        int next = lastId;
        for (Arrival arrival : fresh) {
            TaskId theirs = arrival.task().id();
            // Somebody may have made a file of that number by hand.
            if (keepTheirs && !graph.isTaken(theirs)) {
                ids.put(theirs, theirs);
                continue;
            }
            if (next >= TaskId.NUMBER_MAX) {
                throw Problem.conflict(
                        "no number is left after #" + next,
                        "Give the task with that number another by hand.");
            }
            ids.put(theirs, new TaskId(++next));
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
