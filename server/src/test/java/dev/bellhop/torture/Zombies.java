package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/// Processes that ended and wait to be collected: none may pile up, and none may pass for alive.
///
/// A cycle is one short job, half of them under a server that is the first process of its
/// container. Every fourth leaves a process behind that ends on its own.
final class Zombies implements Trial {

    private static final int AT_ONCE = 8;
    private static final int ZOMBIES_MAX = 1;

    private static final Duration COLLECTED_WITHIN = Duration.ofSeconds(2);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(10);

    @Override
    public String id() {
        return "R11";
    }

    @Override
    public String about() {
        return "zombies, with the server as process 1 and not";
    }

    @Override
    public int shortCycles() {
        return 80;
    }

    @Override
    public int fullCycles() {
        return 2_000;
    }

    @FunctionalInterface
    private interface Count {
        long zombies() throws IOException;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String reason = Shell.noNamespaces();
        if (!reason.isEmpty()) {
            return Outcome.skipped(reason);
        }
        Findings findings = new Findings();
        Jobs plain = new Jobs(Place.in(round, "plain")).unlimited();
        try (Agent agent = plain.place().agent("session")) {
            long server = agent.process().pid();
            jobs(agent, round.cycles() / 2, round, () -> childZombies(server), "", findings);
        }
        Jobs first = new Jobs(Place.in(round, "first")).unlimited();
        try (Agent agent =
                        new Agent(first.place().server("session", Namespace.opened())).greeted();
                Namespace around = Namespace.around(agent)) {
            jobs(agent, round.cycles() / 2, round, around::zombies, "as process 1: ", findings);
        }
        aZombieIsDead(new Jobs(Place.in(round, "dead")).unlimited(), findings);
        findings.requireControls(100);
        return findings.outcome();
    }

    private static void jobs(
            Agent agent, int count, Round round, Count zombies, String how, Findings findings)
            throws IOException {
        for (int i = 0; i < count && !round.isTimeUp(); i += AT_ONCE) {
            List<CompletableFuture<JsonNode>> calls = new ArrayList<>();
            for (int k = i; k < Math.min(i + AT_ONCE, count); k++) {
                String command = k % 4 == 0 ? "(sleep 0.1 &)" : "true";
                calls.add(agent.send("background_run", Map.of("command", command, "wait", 30)));
                findings.cycle();
            }
            for (CompletableFuture<JsonNode> call : calls) {
                Agent.Answer answer = Agent.answer(call);
                findings.require(
                        Jobs.state(answer).startsWith("exited 0,"),
                        how + "a job did not end well: " + answer.text());
                findings.checked(1);
            }
        }
        Condition.within(COLLECTED_WITHIN, () -> zombies.zombies() <= ZOMBIES_MAX);
        long left = zombies.zombies();
        findings.require(
                left <= ZOMBIES_MAX, how + "%d zombies after %d jobs".formatted(left, count));
    }

    private static long childZombies(long parent) throws IOException {
        long zombies = 0;
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry : entries.toList()) {
                try {
                    String stat = Files.readString(entry.resolve("stat"));
                    if (stat.substring(stat.lastIndexOf(')')).startsWith(") Z " + parent + " ")) {
                        zombies++;
                    }
                } catch (IOException e) {
                    // It is no process, or none any more.
                }
            }
        }
        return zombies;
    }

    /// A supervisor that was killed, and that nobody will ever collect.
    private static void aZombieIsDead(Jobs jobs, Findings findings) throws IOException {
        try (Namespace numbers = Namespace.of(jobs.place(), Namespace.NEGLECTFUL)) {
            Agent agent = new Agent(jobs.place().server("session", numbers.entered())).greeted();
            String id = jobs.start(agent, "sleep 1000");
            ProcessIdentity leader = jobs.leader(id);
            ProcessIdentity supervisor = jobs.supervisor(id);
            agent.process().children().forEach(ProcessHandle::destroyForcibly);
            agent.kill();
            numbers.kill(supervisor.pid());
            numbers.kill(-leader.pid());
            Condition.within(GONE_WITHIN, () -> !numbers.runs(supervisor));
            boolean isZombie = numbers.sees(supervisor.pid()).contains(") Z ");
            try (Agent next =
                    new Agent(jobs.place().server("session", numbers.entered())).greeted()) {
                findings.require(
                        Condition.within(
                                COLLECTED_WITHIN, () -> Jobs.state(next, id).startsWith("lost")),
                        "its supervisor is a zombie, and the job is said to be: "
                                + Jobs.state(next, id));
                // What most would do: ask whether a signal could be sent.
                String naive =
                        numbers.script(
                                "kill -s 0 \"$1\" && echo alive", Long.toString(supervisor.pid()));
                findings.control(isZombie && naive.equals("alive"));
            }
        }
    }
}
