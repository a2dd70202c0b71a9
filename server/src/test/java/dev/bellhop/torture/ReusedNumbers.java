package dev.bellhop.torture;

import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// Innocent processes that got the numbers of jobs' processes that are gone.
///
/// A cycle is one such process. It must outlive every kill, timeout and server start, and must not
/// be taken for the job.
final class ReusedNumbers implements Trial {

    /// A server acts on it, and what a killed supervisor left behind acts a few seconds later.
    private static final int TIMEOUT_SECONDS = 2;

    private static final Duration ACTED_WITHIN = Duration.ofSeconds(TIMEOUT_SECONDS + 3 + 2);

    private static final Duration GONE_WITHIN = Duration.ofSeconds(10);
    private static final Duration TRUE_WITHIN = Duration.ofSeconds(2);

    @Override
    public String id() {
        return "R10";
    }

    @Override
    public String about() {
        return "process numbers that are used again";
    }

    @Override
    public int shortCycles() {
        return 7;
    }

    @Override
    public int fullCycles() {
        return 50;
    }

    /// A process that has the number of one of a job's processes.
    private record Innocent(String job, String whose, ProcessIdentity process) {}

    @Override
    public Outcome run(Round round) throws Exception {
        String reason = Shell.noNamespaces();
        if (!reason.isEmpty()) {
            return Outcome.skipped(reason);
        }
        if (!Files.isWritable(Path.of("/proc/sys/kernel/ns_last_pid")) || !Shell.has("perl")) {
            return Outcome.skipped("cannot choose process numbers here");
        }
        Findings findings = new Findings();
        Place place = Place.in(round, "numbers");
        Jobs jobs = new Jobs(place).unlimited();
        try (Namespace numbers = Namespace.of(place, Namespace.COLLECTING)) {
            for (int pass = 0; findings.cycles() < round.cycles() && !round.isTimeUp(); pass++) {
                pass(jobs, numbers, pass % 2 == 1, findings);
            }
        }
        findings.requireControls(100);
        return findings.outcome();
    }

    /// One job that ended, and others that lost all their processes, with and without a time limit.
    ///
    /// @param restarts whether the server is killed too, so that its successor finds it all
    private static void pass(Jobs jobs, Namespace numbers, boolean restarts, Findings findings)
            throws IOException {
        Agent agent = new Agent(jobs.place().server("session", numbers.entered())).greeted();
        try {
            String ended = jobs.start(agent, "exit 0");
            Jobs.end(agent, ended);
            String endless = jobs.start(agent, "sleep 1000");
            String limited =
                    jobs.start(agent, Map.of("command", "sleep 1000", "timeout", TIMEOUT_SECONDS));
            List<Innocent> innocents = new ArrayList<>();
            if (restarts) {
                jobs.leader(endless);
                jobs.leader(limited);
                killServer(agent);
            }
            long start = System.nanoTime();
            for (String id : List.of(limited, endless)) {
                replace(jobs, numbers, id, innocents, findings);
            }
            jobs.leader(ended);
            take(numbers, ended, "leader", jobs.leader(ended), innocents);
            if (restarts) {
                agent = new Agent(jobs.place().server("session", numbers.entered())).greeted();
            }
            requireLost(agent, endless, findings);
            requireLost(agent, limited, findings);
            for (String id : List.of(ended, endless, limited)) {
                agent.call("background_kill", Map.of("task_id", id));
            }
            long left = start + ACTED_WITHIN.toNanos() - System.nanoTime();
            LockSupport.parkNanos(left);
            for (Innocent innocent : innocents) {
                findings.cycle();
                findings.checked(1);
                findings.require(
                        numbers.runs(innocent.process()),
                        "a process with the number of the %s of job %s was killed (%s)"
                                .formatted(
                                        innocent.whose(),
                                        innocent.job(),
                                        innocent.job().equals(ended)
                                                ? "it had ended"
                                                : innocent.job().equals(endless)
                                                        ? "it was lost"
                                                        : "its time was up"));
            }
            control(numbers, innocents, findings);
        } finally {
            agent.close();
        }
    }

    /// `nsenter` stands between; the server is its child.
    private static void killServer(Agent agent) throws IOException {
        List<ProcessHandle> servers = agent.process().children().toList();
        servers.forEach(ProcessHandle::destroyForcibly);
        agent.kill();
    }

    /// Kills all that a job consists of, at once, and gives the numbers to others.
    private static void replace(
            Jobs jobs, Namespace numbers, String id, List<Innocent> innocents, Findings findings)
            throws IOException {
        ProcessIdentity leader = jobs.leader(id);
        ProcessIdentity supervisor = jobs.supervisor(id);
        numbers.kill(supervisor.pid());
        numbers.kill(-leader.pid());
        findings.require(
                Condition.within(
                        GONE_WITHIN,
                        () ->
                                numbers.sees(leader.pid()).isEmpty()
                                        && numbers.sees(supervisor.pid()).isEmpty()),
                "killed processes of job %s are still there".formatted(id));
        take(numbers, id, "leader", leader, innocents);
        take(numbers, id, "supervisor", supervisor, innocents);
    }

    private static void take(
            Namespace numbers,
            String id,
            String whose,
            ProcessIdentity process,
            List<Innocent> innocents)
            throws IOException {
        Optional<ProcessIdentity> taken = numbers.reuse(process.pid());
        taken.ifPresent(other -> innocents.add(new Innocent(id, whose, other)));
    }

    private static void requireLost(Agent agent, String id, Findings findings) throws IOException {
        findings.require(
                Condition.within(TRUE_WITHIN, () -> Jobs.state(agent, id).startsWith("lost")),
                "job %s is gone and said to be: %s".formatted(id, Jobs.state(agent, id)));
    }

    /// What most would do: send a signal to the number that was written down.
    private static void control(Namespace numbers, List<Innocent> innocents, Findings findings)
            throws IOException {
        for (Innocent innocent : innocents) {
            boolean lived = numbers.runs(innocent.process());
            numbers.kill(-innocent.process().pid());
            boolean dies = Condition.within(GONE_WITHIN, () -> !numbers.runs(innocent.process()));
            if (lived) {
                findings.control(dies);
            }
        }
    }
}
