package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Four servers at work on one graph: each creates tasks, writes notes on the tasks of all, and
/// completes blockers that the dependants of all wait for.
///
/// A cycle is five creates and five notes in each of the four.
final class SideBySide implements Trial {

    private static final int SERVERS = 4;
    private static final int A_CYCLE = 5;
    private static final int LOCK_WAIT_MILLIS_MAX = 500;
    private static final Pattern TASK = Pattern.compile("#(\\d+)");

    private final ObjectMapper json = new ObjectMapper();

    @Override
    public String id() {
        return "R7";
    }

    @Override
    public String about() {
        return "four servers side by side";
    }

    @Override
    public int shortCycles() {
        return 8;
    }

    @Override
    public int fullCycles() {
        return 100;
    }

    /// What the servers said, gathered from all threads.
    ///
    /// @param notes acknowledged, by task
    /// @param nanos how long each call took
    private record Said(
            Set<Integer> created,
            Map<Integer, Set<String>> notes,
            List<Integer> unblocked,
            List<Long> nanos) {

        Said() {
            this(
                    ConcurrentHashMap.newKeySet(),
                    new ConcurrentHashMap<>(),
                    Collections.synchronizedList(new ArrayList<>()),
                    Collections.synchronizedList(new ArrayList<>()));
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "side");
        int each = round.cycles() * A_CYCLE;
        Said said = new Said();
        List<Agent> agents = new ArrayList<>();
        try {
            for (int i = 0; i < SERVERS; i++) {
                agents.add(place.agent("s" + i));
            }
            int blockers = 4 * SERVERS;
            lay(agents.getFirst(), blockers);
            List<Callable<Integer>> work = new ArrayList<>();
            for (int i = 0; i < SERVERS; i++) {
                int self = i;
                work.add(() -> {
                    work(agents.get(self), self, each, blockers, said, findings, round);
                    return self;
                });
            }
            try (ExecutorService threads = Executors.newFixedThreadPool(SERVERS)) {
                for (Future<Integer> done : threads.invokeAll(work)) {
                    done.get();
                }
            }
            compare(place, blockers, said, findings);
        } finally {
            agents.forEach(Agent::close);
        }
        List<Long> nanos = new ArrayList<>(said.nanos());
        Collections.sort(nanos);
        long p99 = nanos.get(nanos.size() * 99 / 100) / 1_000_000;
        findings.figure(
                "a call with its wait for the lock: p50 %d ms, p99 %d ms, longest %d ms"
                        .formatted(
                                nanos.get(nanos.size() / 2) / 1_000_000,
                                p99,
                                nanos.getLast() / 1_000_000));
        // The short form runs beside other tests, and too few calls make its last hundredth.
        findings.require(
                p99 < LOCK_WAIT_MILLIS_MAX || round.cycles() <= shortCycles(),
                "the lock was waited for too long");
        return findings.outcome();
    }

    /// The blockers get the ids from 1, and each pair of them two dependants.
    private static void lay(Agent agent, int blockers) throws IOException {
        List<Map<String, Object>> tasks = new ArrayList<>();
        for (int i = 1; i <= blockers; i++) {
            tasks.add(Map.of("ref", "b" + i, "subject", "blocker " + i));
        }
        for (int i = 1; i <= blockers; i++) {
            String other = "b" + (i % blockers + 1);
            tasks.add(Map.of("subject", "waits", "blockedBy", List.of("b" + i, other)));
        }
        Agent.Answer answer = agent.call("task_create", Map.of("tasks", tasks));
        if (answer.isError()) {
            throw new IOException(answer.text());
        }
    }

    private static void work(
            Agent agent,
            int self,
            int each,
            int blockers,
            Said said,
            Findings findings,
            Round round)
            throws IOException {
        int completed = 0;
        for (int i = 0; i < each && !round.isTimeUp(); i++) {
            String created = call(agent, said, findings, "task_create", Map.of("subject", "s" + i));
            Matcher id = TASK.matcher(created);
            if (id.find()) {
                findings.require(
                        said.created().add(Integer.valueOf(id.group(1))),
                        "#%s was given twice".formatted(id.group(1)));
            }
            int target = 1 + i % blockers;
            String note = "n%d-%d.".formatted(self, i);
            String noted =
                    call(
                            agent,
                            said,
                            findings,
                            "task_update",
                            Map.of("task_id", target, "note", note));
            if (!noted.isEmpty()) {
                said.notes().computeIfAbsent(target, _ -> ConcurrentHashMap.newKeySet()).add(note);
            }
            // Its own blockers, all four servers at about the same time.
            if (completed < blockers / SERVERS && (i + 1) * blockers / SERVERS > completed * each) {
                int blocker = completed * SERVERS + self + 1;
                completed++;
                call(
                        agent,
                        said,
                        findings,
                        "task_update",
                        Map.of("task_id", blocker, "status", "in_progress", "owner", "o" + self));
                String answer =
                        call(
                                agent,
                                said,
                                findings,
                                "task_update",
                                Map.of("task_id", blocker, "status", "completed"));
                int freed = answer.indexOf("unblocked:");
                Matcher ids = TASK.matcher(freed < 0 ? "" : answer.substring(freed));
                while (ids.find()) {
                    said.unblocked().add(Integer.valueOf(ids.group(1)));
                }
            }
            if (self == 0 && (i + 1) % A_CYCLE == 0) {
                findings.cycle();
            }
        }
    }

    private static String call(
            Agent agent, Said said, Findings findings, String tool, Map<String, ?> arguments)
            throws IOException {
        long start = System.nanoTime();
        Agent.Answer answer = agent.call(tool, arguments);
        said.nanos().add(System.nanoTime() - start);
        findings.checked(1);
        if (answer.isError()) {
            findings.violation("%s %s: %s".formatted(tool, arguments, answer.text()));
            return "";
        }
        return answer.text();
    }

    private void compare(Place place, int blockers, Said said, Findings findings)
            throws IOException {
        Set<Integer> files = new HashSet<>();
        int open = 0;
        try (Stream<Path> found = Files.list(place.tasks())) {
            for (Path file : found.filter(each -> each.toString().endsWith(".json")).toList()) {
                JsonNode task = json.readTree(file.toFile());
                int id = task.path("id").asInt();
                files.add(id);
                Set<String> there = new HashSet<>();
                task.path("notes").forEach(note -> there.add(note.path("text").asText()));
                for (String note : said.notes().getOrDefault(id, Set.of())) {
                    findings.require(there.contains(note), "#%d lost %s".formatted(id, note));
                }
                boolean isOpen = !task.path("status").asText().equals("completed");
                open += id <= blockers && isOpen ? 1 : 0;
            }
        }
        findings.require(
                files.size() == said.created().size() + 2 * blockers
                        && files.containsAll(said.created()),
                "%d creates were acknowledged, %d files are there"
                        .formatted(said.created().size(), files.size() - 2 * blockers));
        if (open == 0) {
            List<Integer> unblocked = new ArrayList<>(said.unblocked());
            Collections.sort(unblocked);
            List<Integer> expected = new ArrayList<>();
            for (int i = 1; i <= blockers; i++) {
                expected.add(blockers + i);
            }
            findings.require(
                    unblocked.equals(expected),
                    "each of %s was to be unblocked once: %s".formatted(expected, unblocked));
        } else {
            findings.figure(open + " blockers were not reached in time");
        }
    }
}
