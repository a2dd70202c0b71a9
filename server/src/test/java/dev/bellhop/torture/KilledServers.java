package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// `kill -9` of servers and jobs while eight clients work through four servers on one project.
///
/// A cycle is one kill.
final class KilledServers implements Trial {

    private static final int SERVERS = 4;
    private static final int CLIENTS = 8;

    /// So many tasks at most, so that a long trial is not one of long lists.
    private static final int TASKS_MAX = 4_000;

    private static final int ANSWERS_PER_CYCLE_MAX = 100;
    private static final Duration AT_MOST_BETWEEN_KILLS = Duration.ofSeconds(2);

    /// After so many cycles what was promised of jobs is compared with what is there.
    private static final int CYCLES_PER_LOOK = 25;

    private static final Pattern TASK = Pattern.compile("#(\\d+): ");
    private static final ObjectMapper JSON = new ObjectMapper();

    @Override
    public String id() {
        return "R3";
    }

    @Override
    public String about() {
        return "kill -9 of servers and jobs under load";
    }

    @Override
    public int shortCycles() {
        return 12;
    }

    @Override
    public int fullCycles() {
        return 1_000;
    }

    /// What a task's subject may be: the last one acknowledged, or one tried after that.
    private static final class Subject {
        private final String name;
        private int acknowledged;
        private int tried;

        Subject(String name) {
            this.name = name;
        }

        synchronized String next() {
            return text(++tried);
        }

        synchronized void acknowledge(String subject) {
            acknowledged = Integer.parseInt(subject.substring(subject.lastIndexOf(' ') + 1));
        }

        private String text(int version) {
            return name + " " + version;
        }

        synchronized boolean allows(String subject) {
            for (int version = acknowledged; version <= tried; version++) {
                if (subject.equals(text(version))) {
                    return true;
                }
            }
            return false;
        }
    }

    /// Everything that was acknowledged.
    private static final class Ledger {
        final Map<Integer, Subject> tasks = new ConcurrentHashMap<>();
        final Map<String, Jobs.Promise> jobs = new ConcurrentHashMap<>();
        final Set<String> killed = ConcurrentHashMap.newKeySet();
        final AtomicInteger jobsDone = new AtomicInteger();
        final AtomicInteger names = new AtomicInteger();
        final AtomicInteger answers = new AtomicInteger();
    }

    /// A server that is started again whenever somebody needs it and it is dead.
    private static final class Slot {
        private final Place place;
        private final String session;
        private @Nullable Agent agent;

        Slot(Place place, String session) {
            this.place = place;
            this.session = session;
        }

        synchronized Agent agent() throws IOException {
            Agent there = agent;
            if (there == null || !there.process().isAlive()) {
                there = place.agent(session);
                agent = there;
            }
            return there;
        }

        void kill() {
            Agent victim;
            synchronized (this) {
                victim = agent;
            }
            if (victim != null) {
                victim.kill();
            }
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "kills");
        Jobs jobs = new Jobs(place).unlimited();
        Ledger ledger = new Ledger();
        List<Slot> slots = new ArrayList<>();
        for (int i = 0; i < SERVERS; i++) {
            slots.add(new Slot(place, "session-" + i));
            slots.getLast().agent();
        }
        Thread[] clients = new Thread[CLIENTS];
        for (int i = 0; i < CLIENTS; i++) {
            Slot slot = slots.get(i % SERVERS);
            RandomGenerator random = new Random(round.seed() + i);
            clients[i] =
                    Thread.ofPlatform()
                            .name("client-" + i)
                            .start(() -> work(slot, random, ledger, findings));
        }
        try {
            RandomGenerator random = round.random();
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                int answers = ledger.answers.get() + random.nextInt(ANSWERS_PER_CYCLE_MAX);
                Condition.within(AT_MOST_BETWEEN_KILLS, () -> ledger.answers.get() >= answers);
                if (random.nextInt(10) < 7) {
                    slots.get(random.nextInt(SERVERS)).kill();
                } else {
                    killJob(jobs, ledger);
                }
                if (findings.cycle() % CYCLES_PER_LOOK == 0) {
                    settle(jobs, ledger, findings, slots.getFirst().agent());
                }
            }
        } finally {
            for (Thread client : clients) {
                client.interrupt();
            }
            for (Thread client : clients) {
                client.join();
            }
            slots.forEach(Slot::kill);
        }
        try (Agent last = place.agent("last")) {
            settle(jobs, ledger, findings, last);
            String list = last.call("task_list", Map.of("limit", 1)).text();
            findings.require(!list.contains("unreadable"), "torn files: " + list);
        }
        findings.checked(ledger.tasks.size());
        missing(place.tasks(), ledger.tasks).forEach(findings::violation);
        findings.figure("%d tasks, %d jobs".formatted(ledger.tasks.size(), ledger.names.get()));
        controls(findings, jobs, ledger);
        return findings.outcome();
    }

    /// What one client does until it is interrupted: changes tasks of its own, and starts jobs.
    private static void work(Slot slot, RandomGenerator random, Ledger ledger, Findings findings) {
        List<Integer> own = new ArrayList<>();
        while (!Thread.currentThread().isInterrupted()) {
            try {
                Agent agent = slot.agent();
                int choice = random.nextInt(10);
                if (choice == 0) {
                    startJob(agent, random, ledger);
                } else if (own.isEmpty() || (choice < 6 && ledger.tasks.size() < TASKS_MAX)) {
                    own.add(createTask(agent, ledger, findings));
                } else {
                    changeTask(agent, own.get(random.nextInt(own.size())), ledger, findings);
                }
                ledger.answers.incrementAndGet();
            } catch (Agent.Gone e) {
                // It was killed: what it did not answer is not acknowledged.
                findings.require(
                        !(e.getCause() instanceof TimeoutException), "a server does not answer");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
            } catch (IOException e) {
                findings.violation(String.valueOf(e.getMessage()));
            }
        }
    }

    private static int createTask(Agent agent, Ledger ledger, Findings findings)
            throws IOException {
        Subject subject = new Subject("task-" + ledger.names.incrementAndGet());
        String first = subject.next();
        Agent.Answer answer = agent.call("task_create", Map.of("subject", first));
        Matcher matcher = TASK.matcher(withoutNews(answer));
        if (answer.isError() || !matcher.find()) {
            throw new IOException("refused: " + withoutNews(answer));
        }
        subject.acknowledge(first);
        int id = Integer.parseInt(matcher.group(1));
        findings.require(
                ledger.tasks.putIfAbsent(id, subject) == null, "#%d was given twice".formatted(id));
        return id;
    }

    private static void changeTask(Agent agent, int id, Ledger ledger, Findings findings)
            throws IOException {
        Subject subject = ledger.tasks.get(id);
        if (subject == null) {
            return;
        }
        String next = subject.next();
        Agent.Answer answer = agent.call("task_update", Map.of("task_id", id, "subject", next));
        if (answer.isError()) {
            throw new IOException("refused: " + withoutNews(answer));
        }
        subject.acknowledge(next);
        findings.checked(1);
    }

    private static void startJob(Agent agent, RandomGenerator random, Ledger ledger)
            throws IOException {
        String name = "job-" + ledger.names.incrementAndGet();
        int lines = random.nextInt(100);
        int code = random.nextInt(100);
        Agent.Answer answer =
                agent.call(
                        "background_run",
                        Map.of(
                                "command",
                                Jobs.Promise.command(name, lines, code, random.nextInt(12))));
        ledger.jobs.put(Jobs.id(answer), Jobs.Promise.of(name, lines, code));
    }

    private static String withoutNews(Agent.Answer answer) {
        return answer.text().substring(Math.max(0, answer.text().indexOf("</background-results>")));
    }

    /// Kills the command of some job, with its whole group.
    private static void killJob(Jobs jobs, Ledger ledger) throws IOException {
        List<String> ids = new ArrayList<>(ledger.jobs.keySet());
        if (ids.isEmpty()) {
            return;
        }
        String id = ids.get(ThreadLocalRandom.current().nextInt(ids.size()));
        ledger.killed.add(id);
        ProcessIdentity leader = jobs.leader(id);
        if (leader.isAlive()) {
            Shell.kill("KILL", -leader.pid());
        }
    }

    /// Waits for the jobs that were acknowledged by now, and compares them with what was promised.
    private static void settle(Jobs jobs, Ledger ledger, Findings findings, Agent agent)
            throws IOException {
        for (Map.Entry<String, Jobs.Promise> job : Map.copyOf(ledger.jobs).entrySet()) {
            String id = job.getKey();
            Jobs.Promise promise = job.getValue();
            boolean ended =
                    Condition.within(Duration.ofSeconds(30), () -> jobs.exitCode(id).isPresent());
            Optional<Integer> code = jobs.exitCode(id);
            boolean wasKilled = ledger.killed.contains(id) && code.equals(Optional.of(137));
            if (!wasKilled) {
                promise.brokenIn(jobs.folder(id))
                        .ifPresent(broken -> findings.violation("job " + id + ": " + broken));
            }
            if (ended) {
                try {
                    String state = Jobs.state(agent, id);
                    findings.require(
                            state.matches("exited %d\\b.*".formatted(code.orElseThrow())),
                            "job %s exited with %d and is said to have: %s"
                                    .formatted(id, code.orElseThrow(), state));
                } catch (Agent.Gone e) {
                    continue; // It was killed, and is asked the next time.
                }
            }
            findings.checked(1);
            ledger.jobs.remove(id);
            ledger.jobsDone.incrementAndGet();
        }
    }

    /// What task files do not have that was acknowledged, a line each.
    private static List<String> missing(Path tasks, Map<Integer, Subject> acknowledged)
            throws IOException {
        List<String> missing = new ArrayList<>();
        for (Map.Entry<Integer, Subject> task : acknowledged.entrySet()) {
            Path file = tasks.resolve("task_%d.json".formatted(task.getKey()));
            try {
                JsonNode json = JSON.readTree(Files.readAllBytes(file));
                if (json.path("id").asInt() != task.getKey()
                        || !task.getValue().allows(json.path("subject").asText())) {
                    missing.add("#%d is not as acknowledged: %s".formatted(task.getKey(), json));
                }
            } catch (IOException e) {
                missing.add("#%d is lost or torn: %s".formatted(task.getKey(), e.getMessage()));
            }
        }
        return missing;
    }

    /// Loses a task, tears one, takes one back to what it was, and kills who waits for a job.
    private static void controls(Findings findings, Jobs jobs, Ledger ledger) throws IOException {
        Path copies = Files.createDirectory(jobs.place().root().resolve("broken"));
        for (int id = 1; id <= 3; id++) {
            Files.copy(jobs.place().task(id), copies.resolve("task_%d.json".formatted(id)));
        }
        String text = Files.readString(copies.resolve("task_2.json"));
        Files.delete(copies.resolve("task_1.json"));
        Files.writeString(copies.resolve("task_2.json"), text.substring(0, text.length() / 2));
        Files.writeString(copies.resolve("task_3.json"), "{\"id\":3,\"subject\":\"task-0 0\"}");
        for (int id = 1; id <= 3; id++) {
            Subject subject = ledger.tasks.get(id);
            if (subject != null) {
                findings.control(!missing(copies, Map.of(id, subject)).isEmpty());
            }
        }
        findings.control(jobs.isPlainJobBroken());
        findings.requireControls(100);
    }
}
