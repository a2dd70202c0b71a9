package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/// Every way in which a server can end, with twenty jobs running.
///
/// A cycle is the end of one server in one way.
final class EndedServers implements Trial {

    private static final int JOBS = 20;
    private static final int LONGEST_TENTHS = 15;

    private static final Duration ENDS_WITHIN = Duration.ofSeconds(10);
    private static final Duration ADOPTED_WITHIN = Duration.ofSeconds(1);

    /// A request line below the limit for one, so that it is read whole.
    private static final int LINE_BYTES = 15 << 20;

    /// Runs a server whose output is read up to a number of lines, and then closed.
    private static final String CLOSING =
            """
            lines=$1; shift; mkfifo out
            { i=0; while [ $i -lt "$lines" ] && IFS= read -r line; do
                printf '%s\\n' "$line"; i=$((i+1)); done; } <out &
            exec "$@" >out
            """;

    @Override
    public String id() {
        return "R13";
    }

    @Override
    public String about() {
        return "every way in which a server can end";
    }

    @Override
    public int shortCycles() {
        return End.values().length;
    }

    @Override
    public int fullCycles() {
        return 25 * End.values().length;
    }

    private enum End {
        KILL,
        KILL_OF_ITS_GROUP,
        TERM,
        HUP,
        END_OF_INPUT,
        CLOSED_OUTPUT,
        OUT_OF_MEMORY;

        Agent server(Place place) throws IOException {
            return switch (this) {
                case KILL, KILL_OF_ITS_GROUP, TERM, HUP, END_OF_INPUT ->
                        new Agent(place.server("first", List.of("setsid"))).greeted();
                // What reads the output goes after the greeting and the answers to the starts.
                case CLOSED_OUTPUT ->
                        new Agent(
                                        place.server(
                                                "first",
                                                List.of(
                                                        "sh",
                                                        "-c",
                                                        CLOSING,
                                                        "sh",
                                                        Integer.toString(1 + JOBS))))
                                .greeted();
                case OUT_OF_MEMORY ->
                        place.with("JAVA_TOOL_OPTIONS", "-Xmx32m -XX:+ExitOnOutOfMemoryError")
                                .agent("first");
            };
        }

        void come(Agent agent) throws IOException {
            long pid = agent.process().pid();
            switch (this) {
                case KILL -> Shell.kill("KILL", pid);
                case KILL_OF_ITS_GROUP -> Shell.kill("KILL", -pid);
                case TERM -> Shell.kill("TERM", pid);
                case HUP -> Shell.kill("HUP", pid);
                case END_OF_INPUT -> agent.process().getOutputStream().close();
                case CLOSED_OUTPUT ->
                        agent.write("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}\n");
                case OUT_OF_MEMORY -> {
                    String line =
                            "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\"}\n"
                                    .formatted("x".repeat(LINE_BYTES));
                    try {
                        for (int i = 0; i < 8; i++) {
                            agent.write(line);
                        }
                    } catch (IOException e) {
                        // It ended before it had read them all.
                    }
                }
            }
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        RandomGenerator random = round.random();
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            End end = End.values()[findings.cycles() % End.values().length];
            Place place = Place.in(round, "end-" + findings.cycle());
            end(end, new Jobs(place).unlimited(), random, findings);
            Place.clear(place.root());
            if (findings.isClean()) {
                Place.delete(place.root());
            }
        }
        findings.control(new Jobs(Place.in(round, "control")).isPlainJobBroken());
        findings.requireControls(100);
        return findings.outcome();
    }

    private static void end(End end, Jobs jobs, RandomGenerator random, Findings findings)
            throws Exception {
        Map<String, Jobs.Promise> promises = new LinkedHashMap<>();
        try (Agent first = end.server(jobs.place())) {
            List<CompletableFuture<JsonNode>> calls = new ArrayList<>();
            List<Jobs.Promise> promised = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                String name = "job-" + i;
                promised.add(Jobs.Promise.of(name, 50, i));
                calls.add(
                        first.send(
                                "background_run",
                                Map.of(
                                        "command",
                                        Jobs.Promise.command(
                                                name, 50, i, random.nextInt(LONGEST_TENTHS)))));
            }
            for (int i = 0; i < JOBS; i++) {
                promises.put(Jobs.id(Agent.answer(calls.get(i))), promised.get(i));
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(500)));
            end.come(first);
            findings.require(
                    first.process().waitFor(ENDS_WITHIN.toSeconds(), TimeUnit.SECONDS),
                    "%s: the server is still there after %d s"
                            .formatted(end, ENDS_WITHIN.toSeconds()));
            first.process().toHandle().destroyForcibly();
        }
        try (Agent next = jobs.place().agent("next")) {
            for (String id : promises.keySet()) {
                if (jobs.exitCode(id).isPresent()) {
                    findings.require(
                            Condition.within(
                                    ADOPTED_WITHIN,
                                    () -> Jobs.state(next, id).startsWith("exited ")),
                            "%s: job %s ended, and the next server says %s"
                                    .formatted(end, id, Jobs.state(next, id)));
                }
            }
            for (Map.Entry<String, Jobs.Promise> promise : promises.entrySet()) {
                String id = promise.getKey();
                String state = Jobs.end(next, id);
                findings.require(
                        state.startsWith("exited %d,".formatted(promise.getValue().code())),
                        "%s: job %s is said to be: %s".formatted(end, id, state));
                promise.getValue()
                        .brokenIn(jobs.folder(id))
                        .ifPresent(broken ->
                                findings.violation("%s: job %s: %s".formatted(end, id, broken)));
                findings.checked(1);
            }
        }
    }
}
