package dev.bellhop.torture;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Eight agents, each with a server of its own, work off one graph. Some die in the middle of a
/// task, and some fall silent for longer than their claim holds and then come back with it. Each
/// task is completed once, no two have it at a time, and none is left behind.
///
/// A cycle is a graph of its own.
final class ManyAgents implements Trial {

    private static final int AGENTS = 8;
    private static final int TASKS_FULL = 500;
    private static final int TASKS_SHORT = 40;
    private static final int BATCH = 100;
    private static final int FULL_CYCLES = 500;

    /// Of so many claims one ends with the agent's death, and one with its silence.
    private static final int DEATH_EVERY = 25;

    private static final Duration LEASE = Duration.ofSeconds(2);
    private static final Duration ENDS_WITHIN = Duration.ofMinutes(5);

    private static final Pattern CLAIMED =
            Pattern.compile("\\[>] #([0-9]+): .*?\\nclaim_token: ([0-9a-f]+)", Pattern.DOTALL);

    @Override
    public String id() {
        return "R27";
    }

    @Override
    public String about() {
        return "many agents on one graph";
    }

    @Override
    public int shortCycles() {
        return 20;
    }

    @Override
    public int fullCycles() {
        return FULL_CYCLES;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        AtomicInteger deaths = new AtomicInteger();
        AtomicInteger refused = new AtomicInteger();
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            long seed = round.seed() * 1_000_003 + findings.cycles();
            Place place = Place.in(round, "crowd-" + findings.cycles());
            Jobs _ =
                    new Jobs(place)
                            .settings(
                                    "{\"claims\":{\"leaseSeconds\":%d}}"
                                            .formatted(LEASE.toSeconds()));
            int tasks = round.cycles() >= FULL_CYCLES ? TASKS_FULL : TASKS_SHORT;
            Findings found = new Findings();
            new Crowd(place, tasks, found, deaths, refused).work(seed);
            findings.add(found, "seed %d: ".formatted(seed));
            findings.cycle();
            Place.clear(place.root());
            if (found.isClean()) {
                Place.delete(place.root());
            }
        }
        findings.figure(
                "%d agents died, %d late completions were refused"
                        .formatted(deaths.get(), refused.get()));
        return findings.outcome();
    }

    /// One graph and those who work on it.
    private record Crowd(
            Place place,
            int tasks,
            Findings findings,
            AtomicInteger deaths,
            AtomicInteger refused,
            Map<Integer, String> holders,
            Map<Integer, Integer> completions) {

        Crowd(
                Place place,
                int tasks,
                Findings findings,
                AtomicInteger deaths,
                AtomicInteger refused) {
            this(
                    place,
                    tasks,
                    findings,
                    deaths,
                    refused,
                    new ConcurrentHashMap<>(),
                    new ConcurrentHashMap<>());
        }

        void work(long seed) throws Exception {
            plan(new Random(seed));
            ThreadFactory threads = Thread.ofPlatform().daemon().name("agent").factory();
            try (var all = Executors.newThreadPerTaskExecutor(threads)) {
                List<Future<?>> working = new ArrayList<>();
                for (int i = 0; i < AGENTS; i++) {
                    int number = i;
                    working.add(
                            all.submit(() -> {
                                worker(number, new Random(seed + number));
                                return null;
                            }));
                }
                for (Future<?> each : working) {
                    each.get();
                }
            }
            try (Agent last = place.agent("last")) {
                String open =
                        last.call("task_list", Map.of("limit", 1))
                                .text()
                                .lines()
                                .findFirst()
                                .orElse("");
                findings.require(open.startsWith("[x]"), "left behind: " + open);
            }
            findings.checked(completions.size());
            findings.require(
                    completions.size() == tasks,
                    "%d of %d tasks were completed".formatted(completions.size(), tasks));
            completions.forEach((task, times) ->
                    findings.require(
                            times == 1, "#%d was completed %d times".formatted(task, times)));
        }

        /// Lays out tasks, each of which waits for up to three earlier ones.
        private void plan(Random random) throws IOException {
            try (Agent lead = place.agent("lead")) {
                for (int from = 1; from <= tasks; from += BATCH) {
                    int first = from;
                    List<Map<String, Object>> batch =
                            IntStream.range(first, Math.min(first + BATCH, tasks + 1))
                                    .mapToObj(id -> task(id, first, random))
                                    .toList();
                    Agent.Answer made = lead.call("task_create", Map.of("tasks", batch));
                    findings.require(!made.isError(), made.text());
                }
            }
        }

        private static Map<String, Object> task(int id, int firstOfBatch, Random random) {
            List<Object> blockers =
                    random.ints(random.nextInt(4), 1, Math.max(2, id))
                            .filter(blocker -> blocker < id)
                            .distinct()
                            .mapToObj(blocker ->
                                    blocker < firstOfBatch ? (Object) blocker : "t" + blocker)
                            .toList();
            return Map.of(
                    "ref",
                    "t" + id,
                    "subject",
                    "task " + id,
                    "priority",
                    random.nextInt(3),
                    "blockedBy",
                    blockers);
        }

        private void worker(int number, Random random) throws IOException {
            long deadline = System.nanoTime() + ENDS_WITHIN.toNanos();
            int life = 0;
            Agent agent = place.agent("agent-%d-%d".formatted(number, life));
            try {
                while (completions.size() < tasks) {
                    if (System.nanoTime() > deadline) {
                        findings.violation("agent %d found no end".formatted(number));
                        return;
                    }
                    String me = "agent-%d-%d".formatted(number, life);
                    Agent.Answer next = agent.call("task_update", Map.of("claim_next", true));
                    Matcher claimed = CLAIMED.matcher(next.text());
                    if (!claimed.find()) {
                        findings.require(
                                next.text().contains("Nothing to claim"),
                                "no claim: " + next.text());
                        continue;
                    }
                    int task = Integer.parseInt(claimed.group(1));
                    String before = holders.put(task, me);
                    findings.require(
                            before == null,
                            "#%d was given to %s while %s had it".formatted(task, me, before));
                    int fate = random.nextInt(DEATH_EVERY);
                    if (fate == 0) {
                        deaths.incrementAndGet();
                        // First: the next may be given it as soon as this one is silent.
                        holders.remove(task);
                        agent.kill();
                        life++;
                        agent = place.agent("agent-%d-%d".formatted(number, life));
                        continue;
                    }
                    boolean isLate = fate == 1;
                    if (isLate) {
                        holders.remove(task);
                        fallSilent();
                    }
                    complete(agent, task, claimed.group(2), isLate);
                }
            } finally {
                agent.close();
            }
        }

        private static void fallSilent() throws IOException {
            Condition.within(LEASE.multipliedBy(2), () -> false);
        }

        private void complete(Agent agent, int task, String token, boolean isLate)
                throws IOException {
            if (!isLate) {
                // From now on it may be seen as free by others, though it is not yet.
                holders.remove(task);
            }
            Map<String, Object> done =
                    Map.of("task_id", task, "status", "completed", "claim_token", token);
            Agent.Answer answer = agent.call("task_update", done);
            if (answer.isError()) {
                findings.require(isLate, "not completed: " + answer.text());
                findings.require(
                        Stream.of("is not valid any more", "is claimed")
                                .anyMatch(answer.text()::contains),
                        "refused for another reason: " + answer.text());
                refused.incrementAndGet();
                return;
            }
            completions.merge(task, 1, Integer::sum);
            Agent.Answer again = agent.call("task_update", done);
            findings.require(!again.isError(), "a repeated completion: " + again.text());
        }
    }
}
