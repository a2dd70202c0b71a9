package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Arrival;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// The tasks of a file while it is being read. Makes a graph of them that can be ours: what is tied
/// to nothing, or in a circle, is left out and remarked.
final class Drafts {

    private static final int TASKS_MAX = 10_000;

    private final Remarks remarks = new Remarks();
    private final SequencedMap<String, Draft> all = new LinkedHashMap<>();

    /// A new draft; null, and remarked, where the file has one of that name already.
    ///
    /// @throws Problem `INVALID` if there are too many
    @Nullable Draft add(String name, String file, int line) {
        if (all.size() == TASKS_MAX) {
            throw Problem.invalid(
                    "%s line %d: there are more than %,d tasks".formatted(file, line, TASKS_MAX),
                    "Divide it, and take over one part after the other.");
        }
        Draft draft = new Draft(name, file, line, remarks);
        if (all.putIfAbsent(name, draft) != null) {
            remark(file, line, name + " is there twice; this one is left out");
            return null;
        }
        return draft;
    }

    @Nullable Draft find(String name) {
        return all.get(name);
    }

    boolean has(String name) {
        return all.containsKey(name);
    }

    void remark(String file, int line, String text) {
        remarks.add(new Remark(file, line, text));
    }

    /// What was read.
    ///
    /// @param source what a task is called in all the world
    /// @throws Problem `INVALID`, naming file and line, if one cannot be ours
    Incoming finished(Form form, Function<Draft, String> source) {
        Map<Draft, List<Draft>> blockers = blockers();
        cutCircles(blockers);
        Map<Draft, Draft> parents = parents();
        boolean keepsNumbers = areNumbered();
        Map<Draft, Integer> ids = new HashMap<>();
        for (Draft draft : all.values()) {
            ids.put(draft, keepsNumbers ? draft.number : ids.size() + 1);
        }
        List<Arrival> tasks = new ArrayList<>();
        for (Draft draft : all.values()) {
            Draft parent = parents.get(draft);
            try {
                tasks.add(
                        Arrival.of(
                                source.apply(draft),
                                draft.finished(
                                        ids.getOrDefault(draft, 0),
                                        blockers.getOrDefault(draft, List.of()).stream()
                                                .map(blocker -> ids.getOrDefault(blocker, 0))
                                                .toList(),
                                        parent == null ? null : ids.get(parent))));
            } catch (Problem problem) {
                throw Problem.invalid(
                        "%s line %d: %s: %s"
                                .formatted(
                                        draft.file, draft.line, draft.name, problem.getMessage()),
                        problem.hint());
            }
        }
        return new Incoming(form, tasks, keepsNumbers, remarks.all());
    }

    private boolean areNumbered() {
        Set<Integer> numbers = new HashSet<>();
        return all.values().stream()
                .allMatch(draft -> draft.number > 0 && numbers.add(draft.number));
    }

    private Map<Draft, List<Draft>> blockers() {
        Map<Draft, List<Draft>> blockers = new HashMap<>();
        for (Draft draft : all.values()) {
            List<Draft> found = new ArrayList<>();
            draft.blockers.forEach((name, line) -> {
                Draft blocker = all.get(name);
                if (blocker == null) {
                    draft.remark(line, "it waits for %s, which is not there".formatted(name));
                } else if (blocker == draft) {
                    draft.remark(line, "it waits for itself; that is left out");
                } else {
                    found.add(blocker);
                }
            });
            blockers.put(draft, found);
        }
        return blockers;
    }

    /// Leaves out, of each circle, the edge by which it is noticed.
    private void cutCircles(Map<Draft, List<Draft>> blockers) {
        Set<Draft> done = new HashSet<>();
        Set<Draft> open = new HashSet<>();
        for (Draft first : all.values()) {
            if (done.contains(first)) {
                continue;
            }
            Deque<Step> path = new ArrayDeque<>();
            path.push(step(first, blockers));
            open.add(first);
            while (!path.isEmpty()) {
                Step step = path.element();
                if (!step.left().hasNext()) {
                    path.pop();
                    open.remove(step.draft());
                    done.add(step.draft());
                    continue;
                }
                Draft next = step.left().next();
                if (open.contains(next)) {
                    step.left().remove();
                    step.draft()
                            .remark(
                                    step.draft()
                                            .blockers
                                            .getOrDefault(next.name, step.draft().line),
                                    "it waits for %s, which waits for it; that is left out"
                                            .formatted(next.name));
                } else if (!done.contains(next)) {
                    open.add(next);
                    path.push(step(next, blockers));
                }
            }
        }
    }

    /// A task on the way from one to what it waits for.
    private record Step(Draft draft, Iterator<Draft> left) {}

    private static Step step(Draft draft, Map<Draft, List<Draft>> blockers) {
        return new Step(draft, blockers.getOrDefault(draft, new ArrayList<>()).iterator());
    }

    private Map<Draft, Draft> parents() {
        Map<Draft, Draft> parents = new HashMap<>();
        for (Draft draft : all.values()) {
            if (draft.parent == null) {
                continue;
            }
            Draft parent = all.get(draft.parent);
            if (parent == null) {
                draft.remark("it is a part of %s, which is not there".formatted(draft.parent));
            } else if (isPart(parent, draft, parents)) {
                draft.remark(
                        "it is a part of %s, which is a part of it; that is left out"
                                .formatted(draft.parent));
            } else {
                parents.put(draft, parent);
            }
        }
        return parents;
    }

    /// Whether `part` is `whole` or a part of it.
    private static boolean isPart(Draft part, Draft whole, Map<Draft, Draft> parents) {
        for (Draft above = part; above != null; above = parents.get(above)) {
            if (above == whole) {
                return true;
            }
        }
        return false;
    }
}
