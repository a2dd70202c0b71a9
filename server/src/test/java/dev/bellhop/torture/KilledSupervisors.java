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
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/// Supervisors that are killed, and commands that do to their supervisors and to themselves what
/// they should not.
///
/// A cycle is one such attack on one job; all kinds run at once. Whatever is done, what an agent is
/// told is true within two seconds, and nothing runs twice.
final class KilledSupervisors implements Trial {

    private static final Duration TRUE_WITHIN = Duration.ofSeconds(2);
    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);

    @Override
    public String id() {
        return "R14";
    }

    @Override
    public String about() {
        return "killed supervisors, stopped and hostile commands";
    }

    @Override
    public int shortCycles() {
        return Attack.values().length;
    }

    @Override
    public int fullCycles() {
        return 8 * Attack.values().length;
    }

    /// One thing that is done to a job, and the command it is done to.
    private enum Attack {
        SUPERVISOR_KILLED("sleep 1000"),
        BOTH_KILLED("sleep 1000"),
        SESSION_OF_SUPERVISOR_KILLED("sleep 1000"),
        SUPERVISOR_TERMINATED("sleep 1; exit 3"),
        STOPPED("sleep 1000"),
        IGNORES_TERM("trap '' TERM; while :; do sleep 0.1; done"),
        EXITS_ON_TERM("trap 'exit 0' TERM; while :; do sleep 0.1; done"),
        KILLED_TWICE("trap '' TERM; while :; do sleep 0.1; done"),
        KILLS_ITS_PARENT("kill -9 $PPID; sleep 1; echo after"),
        KILLS_ITSELF("kill -9 0"),
        WRITES_ITS_EXIT(
                "for d in \"$XDG_STATE_HOME\"/bellhop/*/jobs/\"$BELLHOP_JOB\"; do"
                        + " echo '  0' >\"$d/exit\"; done; sleep 2; exit 5"),
        NAMES_ANOTHER_LEADER("sleep 1000");

        final String command;

        Attack(String command) {
            this.command = command;
        }
    }

    /// One job under attack.
    private record Case(Attack attack, Jobs jobs, Agent agent, String id, Findings findings) {

        void require(boolean holds, String otherwise) {
            findings.require(holds, "%s (%s): %s".formatted(attack, id, otherwise));
        }

        String state() throws IOException {
            return Jobs.state(agent, id);
        }

        void requireState(Predicate<String> wanted, String words) throws IOException {
            boolean told = Condition.within(TRUE_WITHIN, () -> wanted.test(state()));
            require(told, "%s after 2 s, and not %s".formatted(state(), words));
        }

        void requireState(String beginning) throws IOException {
            requireState(state -> state.startsWith(beginning), beginning);
        }

        Agent.Answer kill() throws IOException {
            return agent.call("background_kill", Map.of("task_id", id));
        }

        void requireGone(ProcessIdentity process) throws IOException {
            require(
                    Condition.within(ENDS_WITHIN, () -> !process.isAlive()),
                    "its process %d lives on".formatted(process.pid()));
        }

        /// What is told is what files and processes show.
        void requireTruth() throws IOException {
            ProcessIdentity supervisor = jobs.supervisor(id);
            requireState(
                    state ->
                            supervisor.isAlive()
                                    ? state.startsWith("running")
                                            || state.startsWith("exited")
                                            || state.startsWith("killed")
                                    : !state.startsWith("running"),
                    "what is so");
        }

        void run() throws IOException {
            ProcessIdentity leader = jobs.leader(id);
            ProcessIdentity supervisor = jobs.supervisor(id);
            switch (attack) {
                case SUPERVISOR_KILLED -> {
                    Shell.kill("KILL", supervisor.pid());
                    requireState("lost");
                    String told = agent.call("check_background", Map.of("task_id", id)).text();
                    require(
                            told.contains(Long.toString(leader.pid())),
                            "it is not said that its command lives as process %d: %s"
                                    .formatted(leader.pid(), told));
                    kill();
                    requireGone(leader);
                }
                case BOTH_KILLED -> {
                    Shell.kill("KILL", supervisor.pid());
                    Shell.kill("KILL", -leader.pid());
                    requireState("lost");
                    require(kill().text().contains("lost"), "a kill hides that it is lost");
                }
                case SESSION_OF_SUPERVISOR_KILLED -> {
                    Shell.kill("KILL", -supervisor.pid());
                    requireState("lost");
                    kill();
                    requireGone(leader);
                }
                case SUPERVISOR_TERMINATED -> {
                    for (String signal : List.of("HUP", "INT", "TERM")) {
                        Shell.kill(signal, supervisor.pid());
                    }
                    String state = Jobs.end(agent, id);
                    require(state.startsWith("exited 3,"), "it exited with 3 and is " + state);
                }
                case STOPPED -> {
                    Shell.kill("STOP", -leader.pid());
                    requireState("running");
                    kill();
                    requireState("killed");
                    requireGone(leader);
                }
                case IGNORES_TERM, EXITS_ON_TERM -> {
                    kill();
                    requireState("killed");
                    requireGone(leader);
                }
                case KILLED_TWICE -> {
                    Shell.kill("TERM", -leader.pid());
                    Shell.kill("TERM", -leader.pid());
                    requireState("running");
                    Map<String, String> which = Map.of("task_id", id);
                    CompletableFuture<JsonNode> first = agent.send("background_kill", which);
                    CompletableFuture<JsonNode> second = agent.send("background_kill", which);
                    require(!Agent.answer(first).isError(), "a kill failed");
                    require(!Agent.answer(second).isError(), "a second kill failed");
                    requireState("killed");
                    requireGone(leader);
                }
                case KILLS_ITS_PARENT -> {
                    requireTruth();
                    requireGone(leader);
                    requireState(state -> !state.startsWith("running"), "over");
                }
                case KILLS_ITSELF -> requireState("exited 137");
                case WRITES_ITS_EXIT -> {
                    Condition.within(ENDS_WITHIN, () -> jobs.exitCode(id).equals(Optional.of(0)));
                    String early = state();
                    require(
                            !leader.isAlive() || early.startsWith("running"),
                            "it runs, and is believed to have " + early);
                    requireGone(leader);
                    requireState("exited 5,");
                }
                case NAMES_ANOTHER_LEADER -> {
                    Process innocent =
                            jobs.place().process(List.of("setsid", "sleep", "1000")).start();
                    Condition.within(
                            ENDS_WITHIN,
                            () -> innocent.info().command().orElse("").endsWith("sleep"));
                    Files.writeString(
                            jobs.folder(id).resolve("leader"),
                            ProcessIdentity.of(innocent.pid()).orElseThrow() + "\n");
                    kill();
                    requireGone(supervisor);
                    require(innocent.isAlive(), "a process that is not its own was killed");
                    innocent.destroyForcibly();
                    Shell.kill("KILL", -leader.pid());
                }
            }
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "attacks");
        Jobs jobs = new Jobs(place).unlimited();
        Path runs = Files.createDirectory(place.root().resolve("runs"));
        List<Path> counted = new ArrayList<>();
        Agent agent = place.agent("session");
        try {
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                counted.addAll(attackAll(round.cycles(), jobs, agent, runs, findings));
                // A server that comes next must not run again what it finds.
                agent.kill();
                agent = place.agent("session");
                agent.call("check_background", Map.of());
            }
        } finally {
            agent.close();
        }
        for (Path file : counted) {
            findings.require(
                    timesRun(file) <= 1, "%s ran %d times".formatted(file, timesRun(file)));
            findings.checked(1);
        }
        Path twice = Files.writeString(runs.resolve("control"), "ran\nran\n");
        findings.control(timesRun(twice) > 1);
        findings.requireControls(100);
        return findings.outcome();
    }

    private static int timesRun(Path file) throws IOException {
        return Files.exists(file) ? Files.readAllLines(file).size() : 0;
    }

    /// Attacks one job in each way, all at once.
    ///
    /// @return the files in which the commands count how often they run
    private static List<Path> attackAll(
            int cycles, Jobs jobs, Agent agent, Path runs, Findings findings) throws Exception {
        List<Path> counted = new ArrayList<>();
        try (ExecutorService threads = Executors.newCachedThreadPool()) {
            List<Future<?>> attacks = new ArrayList<>();
            for (Attack attack : Attack.values()) {
                if (findings.cycles() == cycles) {
                    break;
                }
                Path file = runs.resolve("%d-%s".formatted(findings.cycle(), attack));
                counted.add(file);
                String id =
                        jobs.start(agent, "echo ran >>'%s'; %s".formatted(file, attack.command));
                attacks.add(
                        threads.submit(() -> {
                            new Case(attack, jobs, agent, id, findings).run();
                            return null;
                        }));
            }
            for (Future<?> attack : attacks) {
                try {
                    attack.get();
                } catch (ExecutionException e) {
                    findings.violation("an attack could not go on: " + e.getCause());
                }
            }
        }
        return counted;
    }
}
