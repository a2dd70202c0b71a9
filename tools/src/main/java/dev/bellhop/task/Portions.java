package dev.bellhop.task;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Tasks in portions that can be kept one after the other: what a task waits for and what it is a
/// part of comes with it or before it, so that whatever is kept is tied to nothing that is not.
///
/// What is tied in a ring, such as a task that waits for its own parts, comes together. The rings
/// are found as Tarjan does, without a call for each step: a chain may be as long as the file.
final class Portions {

    private static final int UNSEEN = -1;

    private final List<Arrival> tasks;
    private final int[][] ties;
    private final int[] seen;
    private final int[] lowest;
    private final boolean[] isOpen;
    private final int[] next;
    private final Deque<Integer> open = new ArrayDeque<>();
    private final List<List<Integer>> rings = new ArrayList<>();
    private int count;

    private Portions(List<Arrival> tasks) {
        this.tasks = tasks;
        this.ties = ties(tasks);
        this.seen = new int[tasks.size()];
        this.lowest = new int[tasks.size()];
        this.isOpen = new boolean[tasks.size()];
        this.next = new int[tasks.size()];
        Arrays.fill(seen, UNSEEN);
    }

    /// The portions of `tasks`, in the order in which they can be kept.
    ///
    /// @param most how many tasks a portion has, unless more are tied in one ring
    /// @return each in the order of `tasks`
    static List<List<Arrival>> of(List<Arrival> tasks, int most) {
        Portions portions = new Portions(tasks);
        for (int i = 0; i < tasks.size(); i++) {
            if (portions.seen[i] == UNSEEN) {
                portions.follow(i);
            }
        }
        return portions.packed(most);
    }

    private static int[][] ties(List<Arrival> tasks) {
        Map<TaskId, Integer> places = new HashMap<>();
        for (int i = 0; i < tasks.size(); i++) {
            places.put(tasks.get(i).task().id(), i);
        }
        int[][] ties = new int[tasks.size()][];
        for (int i = 0; i < ties.length; i++) {
            Task task = tasks.get(i).task();
            List<TaskId> others = new ArrayList<>(task.blockedBy());
            if (task.parent() != null) {
                others.add(task.parent());
            }
            ties[i] = others.stream().mapToInt(places::get).toArray();
        }
        return ties;
    }

    private void follow(int first) {
        Deque<Integer> path = new ArrayDeque<>();
        enter(first, path);
        while (!path.isEmpty()) {
            int at = path.getLast();
            if (next[at] < ties[at].length) {
                int other = ties[at][next[at]++];
                if (seen[other] == UNSEEN) {
                    enter(other, path);
                } else if (isOpen[other]) {
                    lowest[at] = Math.min(lowest[at], seen[other]);
                }
                continue;
            }
            path.removeLast();
            if (!path.isEmpty()) {
                int before = path.getLast();
                lowest[before] = Math.min(lowest[before], lowest[at]);
            }
            if (lowest[at] == seen[at]) {
                rings.add(closed(at));
            }
        }
    }

    private void enter(int at, Deque<Integer> path) {
        seen[at] = count;
        lowest[at] = count++;
        isOpen[at] = true;
        open.addLast(at);
        path.addLast(at);
    }

    private List<Integer> closed(int first) {
        List<Integer> ring = new ArrayList<>();
        int at;
        do {
            at = open.removeLast();
            isOpen[at] = false;
            ring.add(at);
        } while (at != first);
        return ring;
    }

    private List<List<Arrival>> packed(int most) {
        List<List<Arrival>> portions = new ArrayList<>();
        List<Integer> portion = new ArrayList<>();
        for (List<Integer> ring : rings) {
            if (!portion.isEmpty() && portion.size() + ring.size() > most) {
                portions.add(inOrder(portion));
                portion.clear();
            }
            portion.addAll(ring);
        }
        if (!portion.isEmpty()) {
            portions.add(inOrder(portion));
        }
        return portions;
    }

    private List<Arrival> inOrder(List<Integer> portion) {
        return portion.stream().sorted().map(tasks::get).toList();
    }
}
