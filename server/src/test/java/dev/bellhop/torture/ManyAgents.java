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
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/// Eight agents, each with a server of its own, work off one graph. Some die in the middle of a
/// task, and some fall silent for longer than their claim holds and then come back with it. Each
/// task is completed once, no two have it at a time, and none is left behind.
///
/// A cycle is a graph of its own.
final class ManyAgents implements Trial {

    private static final int AGENTS = 8;
    private static final int TASKS_FULL = 500;
    private static final int TASKS_SHORT = 30;
    private static final int BATCH = 100;
    private static final int FULL_CYCLES = 500;

    /// Of so many claims one ends with the agent's death, and one with its silence.
    private static final int DEATH_EVERY = 25;

    private static final Duration LEASE = Duration.ofSeconds(1);

    /// How long who finds nothing waits before the next look.
    private static final Duration PAUSE = Duration.ofMillis(100);

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
        boolean isFull = round.cycles() >= FULL_CYCLES;
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            Place place = Place.in(round, "crowd-" + findings.cycles());
            Jobs _ =
                    new Jobs(place)
                            .settings(
                                    "{\"claims\":{\"leaseSeconds\":%d}}"
                                            .formatted(LEASE.toSeconds()));
            try (Crew crew = Crew.in(place)) {
                // In the short form the agents take one graph after the other.
                do {
                    long seed = round.seed() * 1_000_003 + findings.cycles();
                    int tasks = isFull ? TASKS_FULL : TASKS_SHORT;
                    int first = isFull ? 1 : findings.cycles() * tasks + 1;
                    Findings found = new Findings();
                    new Crowd(crew, first, tasks, found, deaths, refused).work(seed);
                    findings.add(found, "seed %d: ".formatted(seed));
                    findings.cycle();
                } while (!isFull && findings.cycles() < round.cycles() && !round.isTimeUp());
            }
            Place.clear(place.root());
            if (findings.isClean()) {
                Place.delete(place.root());
            }
        }
        findings.figure(
                "%d agents died, %d late completions were refused"
                        .formatted(deaths.get(), refused.get()));
        return findings.outcome();
    }

    /// Those who work, each the only one to use its place among them.
    private record Crew(Place place, List<Agent> agents, AtomicInteger lives)
            implements AutoCloseable {

        static Crew in(Place place) throws IOException {
            Crew crew = new Crew(place, new ArrayList<>(), new AtomicInteger());
            for (int i = 0; i < AGENTS; i++) {
                crew.agents.add(crew.born());
            }
            return crew;
        }

        private Agent born() throws IOException {
            return place.agent("agent-" + lives.incrementAndGet());
        }

        void replace(int number) throws IOException {
            agents.get(number).kill();
            agents.set(number, born());
        }

        @Override
        public void close() {
            agents.forEach(Agent::close);
        }
    }

    /// One graph and those who work on it.
    ///
    /// @param first the number of its first task
    private record Crowd(
            Crew crew,
            int first,
            int tasks,
            Findings findings,
            AtomicInteger deaths,
            AtomicInteger refused,
            Map<Integer, Integer> holders,
            Map<Integer, Integer> completions) {

        Crowd(
                Crew crew,
                int first,
                int tasks,
                Findings findings,
                AtomicInteger deaths,
                AtomicInteger refused) {
            this(
                    crew,
                    first,
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
            String list = crew.agents().getFirst().call("task_list", Map.of("limit", 1)).text();
            String open =
                    list.lines().filter(line -> line.startsWith("[")).findFirst().orElse(list);
            findings.require(
                    open.startsWith("[x]") || open.startsWith("[lease]"), "left behind: " + open);
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
            Agent lead = crew.agents().getFirst();
            for (int from = 0; from < tasks; from += BATCH) {
                int batch = from;
                List<Map<String, Object>> plan =
                        IntStream.range(batch, Math.min(batch + BATCH, tasks))
                                .mapToObj(index -> task(index, batch, random))
                                .toList();
                Agent.Answer made = lead.call("task_create", Map.of("tasks", plan));
                findings.require(!made.isError(), made.text());
            }
        }

        private Map<String, Object> task(int index, int batch, Random random) {
            List<Object> blockers =
                    random.ints(random.nextInt(4), 0, Math.max(1, index))
                            .filter(blocker -> blocker < index)
                            .distinct()
                            .mapToObj(blocker ->
                                    blocker < batch ? (Object) (first + blocker) : "t" + blocker)
                            .toList();
            return Map.of(
                    "ref",
                    "t" + index,
                    "subject",
                    "task " + (first + index),
                    "priority",
                    random.nextInt(3),
                    "blockedBy",
                    blockers);
        }

        private void worker(int number, Random random) throws IOException {
            long deadline = System.nanoTime() + ENDS_WITHIN.toNanos();
            while (completions.size() < tasks) {
                if (System.nanoTime() > deadline) {
                    findings.violation("agent %d found no end".formatted(number));
                    return;
                }
                Agent agent = crew.agents().get(number);
                long start = System.nanoTime();
                Agent.Answer next = agent.call("task_update", Map.of("claim_next", true));
                Matcher claimed = CLAIMED.matcher(next.text());
                if (!claimed.find()) {
                    findings.require(
                            next.text().contains("Nothing to claim"), "no claim: " + next.text());
                    LockSupport.parkNanos(PAUSE.toNanos());
                    continue;
                }
                int task = Integer.parseInt(claimed.group(1));
                boolean isLate = System.nanoTime() - start >= LEASE.toNanos();
                Integer before = holders.put(task, number);
                findings.require(
                        before == null || isLate,
                        "#%d was given to %d while %d had it".formatted(task, number, before));
                int fate = random.nextInt(DEATH_EVERY);
                // From now on others may have it: at once if this one is silent for long enough.
                holders.remove(task);
                if (fate == 0) {
                    deaths.incrementAndGet();
                    crew.replace(number);
                    continue;
                }
                if (fate == 1) {
                    fallSilent();
                }
                complete(agent, task, claimed.group(2), start);
            }
        }

        private static void fallSilent() {
            LockSupport.parkNanos(LEASE.multipliedBy(3).dividedBy(2).toNanos());
        }

        /// @param start before the claim was asked for
        private void complete(Agent agent, int task, String token, long start) throws IOException {
            Map<String, Object> done =
                    Map.of("task_id", task, "status", "completed", "claim_token", token);
            Agent.Answer answer = agent.call("task_update", done);
            if (answer.isError()) {
                findings.require(
                        System.nanoTime() - start >= LEASE.toNanos(),
                        "not completed: " + answer.text());
                findings.require(
                        answer.text().contains("is not valid any more"),
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
