package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;

/// As many live jobs as a server is to bear: most sleep, some print, some end and are replaced.
///
/// A cycle is one job.
final class ManyLiveJobs implements Trial {

    private static final int FULL_CYCLES = 1_120;
    private static final int AT_ONCE = 8;
    private static final int CALLS = 300;
    private static final int CANARIES = 50;

    private static final int MEMORY_MIB_MAX = 200;

    /// More threads than before: those of calls come and go.
    private static final int MORE_THREADS_MAX = 16;

    private static final Duration ENDS_WITHIN = Duration.ofSeconds(30);

    @Override
    public String id() {
        return "R19";
    }

    @Override
    public String about() {
        return "many live jobs at once";
    }

    @Override
    public int shortCycles() {
        return 320;
    }

    @Override
    public int fullCycles() {
        return FULL_CYCLES;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Jobs jobs = new Jobs(Place.in(round, "many")).unlimited();
        boolean isFull = round.cycles() >= FULL_CYCLES;
        try (Agent agent = jobs.place().agent("session")) {
            long server = agent.process().pid();
            List<String> ids = new ArrayList<>(start(agent, AT_ONCE, findings));
            long threadsBefore = status(server, "Threads");
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                ids.addAll(
                        start(
                                agent,
                                Math.min(AT_ONCE, round.cycles() - findings.cycles()),
                                findings));
            }
            int live = 0;
            for (String id : ids) {
                live += Jobs.state(agent, id).startsWith("running") ? 1 : 0;
            }
            findings.require(
                    live >= ids.size() * 8 / 10,
                    "of %d jobs only %d run".formatted(ids.size(), live));

            List<Double> canaries = canaries(agent);
            List<Double> calls = calls(agent, ids, round.random(), findings);
            long threads = status(server, "Threads") - threadsBefore;
            long memory = status(server, "VmRSS") / 1024;
            findings.figure(
                    "%d live, calls p99 %.0f ms, canary %.0f ms, %d MiB, %d more threads"
                            .formatted(
                                    live,
                                    FloodedOutput.percentile(calls, 99),
                                    FloodedOutput.percentile(canaries, 50),
                                    memory,
                                    threads));
            // Beside other tests times say less; a server that stands still fails all the same.
            double slower = isFull ? 1 : 5;
            findings.require(
                    FloodedOutput.percentile(calls, 99) < 100 * slower,
                    "p99 of calls is %.0f ms".formatted(FloodedOutput.percentile(calls, 99)));
            findings.require(
                    FloodedOutput.percentile(canaries, 50) < 50 * slower,
                    "virtual threads wait %.0f ms"
                            .formatted(FloodedOutput.percentile(canaries, 50)));
            findings.require(memory <= MEMORY_MIB_MAX, "the server takes %d MiB".formatted(memory));
            findings.require(
                    threads <= MORE_THREADS_MAX,
                    "%d jobs take %d more threads".formatted(live, threads));
            requireNewsOfOne(agent, jobs, findings);
        }
        return findings.outcome();
    }

    private static List<String> start(Agent agent, int count, Findings findings)
            throws IOException {
        List<CompletableFuture<JsonNode>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int number = findings.cycle();
            String command =
                    switch (number % 10) {
                        case 0 -> "sleep 2; exit 3";
                        case 1, 2 -> "while :; do echo tick; sleep 1; done";
                        default -> "exec sleep 1000";
                    };
            calls.add(agent.send("background_run", Map.of("command", command, "timeout", 0)));
        }
        List<String> ids = new ArrayList<>();
        for (CompletableFuture<JsonNode> call : calls) {
            ids.add(Jobs.id(Agent.answer(call)));
            findings.checked(1);
        }
        return ids;
    }

    /// How long requests take that do nothing but run on a virtual thread.
    private static List<Double> canaries(Agent agent) throws IOException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < CANARIES; i++) {
            long start = System.nanoTime();
            agent.call("no_such_tool", Map.of());
            millis.add((System.nanoTime() - start) / 1e6);
        }
        return millis;
    }

    private static List<Double> calls(
            Agent agent, List<String> ids, RandomGenerator random, Findings findings)
            throws IOException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < CALLS; i++) {
            String id = ids.get(random.nextInt(ids.size()));
            long start = System.nanoTime();
            Agent.Answer answer =
                    switch (i % 4) {
                        case 0 -> agent.call("task_create", Map.of("subject", "task " + i));
                        case 1 -> agent.call("task_list", Map.of("limit", 5));
                        case 2 -> agent.call("check_background", Map.of("task_id", id));
                        default -> agent.call("inbox", Map.of());
                    };
            millis.add((System.nanoTime() - start) / 1e6);
            findings.require(!answer.isError(), "refused: " + answer.text());
            findings.checked(1);
        }
        return millis;
    }

    /// Among all of them the end of one is still noticed.
    private static void requireNewsOfOne(Agent agent, Jobs jobs, Findings findings)
            throws IOException {
        String id = jobs.start(agent, "sleep 0.2; exit 4");
        long start = System.nanoTime();
        String state = Jobs.end(agent, id);
        findings.require(
                state.startsWith("exited 4,") && System.nanoTime() - start < ENDS_WITHIN.toNanos(),
                "the end of one more job is told as " + state);
    }

    /// A number in the proc(5) status of a process: of threads, or of KiB.
    private static long status(long pid, String name) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElse(0);
    }
}
