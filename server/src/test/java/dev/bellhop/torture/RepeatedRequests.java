package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The same request again and again, ten at a time, while its server is killed.
///
/// A cycle is ten copies of one request for a task and one for a job, to two servers; every tenth
/// key one of the servers is killed while the answers are on their way.
final class RepeatedRequests implements Trial {

    private static final int AT_ONCE = 10;
    private static final int REQUESTS_PER_KEY = 100;

    private static final Pattern TASK = Pattern.compile("#(\\d+):");
    private static final Pattern JOB = Pattern.compile("Background task ([0-9a-f]{8}) started");

    @Override
    public String id() {
        return "R20";
    }

    @Override
    public String about() {
        return "the same request again, across kill -9";
    }

    @Override
    public int shortCycles() {
        return 10;
    }

    @Override
    public int fullCycles() {
        return 1_000;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "retries");
        RandomGenerator random = round.random();
        Path runs = Files.createDirectory(place.root().resolve("runs"));
        List<Agent> agents = new ArrayList<>();
        try {
            for (int i = 0; i < 2; i++) {
                agents.add(place.agent("session-" + i));
            }
            Set<String> tasks = new HashSet<>();
            Set<String> jobs = new HashSet<>();
            int keys = 0;
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                int key = findings.cycles() * AT_ONCE / REQUESTS_PER_KEY;
                keys = key + 1;
                List<CompletableFuture<JsonNode>> task = new ArrayList<>();
                List<CompletableFuture<JsonNode>> job = new ArrayList<>();
                for (int i = 0; i < AT_ONCE; i++) {
                    Agent agent = agents.get(i % agents.size());
                    task.add(
                            agent.send(
                                    "task_create",
                                    Map.of(
                                            "subject", "task " + key,
                                            "idempotency_key", "task-" + key)));
                    job.add(
                            agent.send(
                                    "background_run",
                                    Map.of(
                                            "command",
                                            "echo ran >>" + runs.resolve("job-" + key),
                                            "idempotency_key",
                                            "job-" + key)));
                }
                if (random.nextInt(10) == 0) {
                    int victim = random.nextInt(agents.size());
                    agents.get(victim).kill();
                    agents.set(victim, place.agent("session-" + victim));
                }
                tasks.addAll(named(findings, task, TASK));
                jobs.addAll(named(findings, job, JOB));
                findings.cycle();
            }
            compare(findings, place, keys, tasks, jobs);
            requireRunOnce(findings, runs, agents.getFirst(), jobs);
        } finally {
            agents.forEach(Agent::close);
        }
        return findings.outcome();
    }

    /// What the answers that arrived name.
    private static List<String> named(
            Findings findings, List<CompletableFuture<JsonNode>> calls, Pattern what)
            throws IOException {
        List<String> found = new ArrayList<>();
        for (CompletableFuture<JsonNode> call : calls) {
            try {
                Agent.Answer answer = Agent.answer(call);
                Matcher matcher = what.matcher(answer.text());
                if (answer.isError() || !matcher.find()) {
                    findings.violation("refused: " + answer.text());
                } else {
                    findings.checked(1);
                    found.add(matcher.group(1));
                }
            } catch (Agent.Gone e) {
                // It was killed; the request comes again.
            }
        }
        return found;
    }

    private static void compare(
            Findings findings, Place place, int keys, Set<String> tasks, Set<String> jobs)
            throws IOException {
        findings.require(
                tasks.size() == keys && jobs.size() == keys,
                "%d keys gave %d tasks and %d jobs".formatted(keys, tasks.size(), jobs.size()));
        try (Stream<Path> files = Files.list(place.tasks())) {
            long count = files.filter(file -> file.toString().endsWith(".json")).count();
            findings.require(count == keys, "%d keys left %d task files".formatted(keys, count));
        }
    }

    /// A job whose server was killed between the line in the table and the start never ran. It is
    /// shown as lost or failed, and is never started again.
    private static void requireRunOnce(Findings findings, Path runs, Agent agent, Set<String> jobs)
            throws IOException {
        int never = 0;
        for (String job : jobs) {
            agent.call("check_background", Map.of("task_id", job, "wait", 20));
        }
        try (Stream<Path> files = Files.list(runs)) {
            for (Path file : files.toList()) {
                int count = Files.readAllLines(file).size();
                findings.require(count == 1, "%s ran %d times".formatted(file, count));
            }
        }
        try (Stream<Path> files = Files.list(runs)) {
            never = jobs.size() - (int) files.count();
        }
        findings.figure("jobs killed before their start: " + never);
    }
}
