package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/// Notifications to agents that die before they have read every tenth answer, and whose servers are
/// killed besides.
///
/// A cycle is one notification: the end of one job.
final class DroppedAnswers implements Trial {

    private static final int AGENTS = 3;
    private static final int DROPPED_PERCENT = 10;
    private static final int JOBS_PER_READING = 5;
    private static final int KILLS_MAX = 50;

    private static final Duration ALL_TOLD_WITHIN = Duration.ofSeconds(60);

    private static final Pattern NEWS =
            Pattern.compile("(?m)^(\\(repeated\\) )?\\[bg:([0-9a-f]{8})]");

    @Override
    public String id() {
        return "R16";
    }

    @Override
    public String about() {
        return "notifications whose answers never arrive";
    }

    @Override
    public int shortCycles() {
        return 150;
    }

    @Override
    public int fullCycles() {
        return 10_000;
    }

    /// One piece of news in an answer.
    private record Told(String job, boolean isRepeated) {}

    /// What agents started, were told, and would have been told had they lived.
    private static final class Ledger {
        final Map<String, Integer> starters = new ConcurrentHashMap<>();
        final Set<String> received = ConcurrentHashMap.newKeySet();
        final AtomicInteger answers = new AtomicInteger();
        final AtomicInteger dropped = new AtomicInteger();
        final AtomicInteger kills = new AtomicInteger();
        private final Set<String> sent = new HashSet<>();
        private final List<List<String>> first = new ArrayList<>();

        Ledger() {
            for (int i = 0; i < AGENTS; i++) {
                first.add(new ArrayList<>());
            }
        }

        /// An answer left a server.
        ///
        /// @param isRead whether the agent lived to read it
        synchronized void answer(int agent, String text, boolean isRead, Findings findings) {
            answers.incrementAndGet();
            for (Told told : news(text)) {
                boolean isNew = sent.add(told.job());
                findings.require(
                        isNew || told.isRepeated(),
                        "the end of %s is told again as if it were new".formatted(told.job()));
                if (isNew && Integer.valueOf(agent).equals(starters.get(told.job()))) {
                    first.get(agent).add(told.job());
                }
                if (isRead) {
                    received.add(told.job());
                }
            }
        }

        synchronized List<String> first(int agent) {
            return List.copyOf(first.get(agent));
        }
    }

    private static List<Told> news(String text) {
        int end = text.indexOf("</background-results>");
        return NEWS.matcher(text.substring(0, Math.max(0, end)))
                .results()
                .map((MatchResult match) -> new Told(match.group(2), match.group(1) != null))
                .toList();
    }

    /// An agent whose conversation goes on whatever happens to its server.
    private static final class Survivor implements AutoCloseable {
        private final Place place;
        private final int number;
        private final Ledger ledger;
        private final Findings findings;
        private Agent agent;

        Survivor(Place place, int number, Ledger ledger, Findings findings) throws IOException {
            this.place = place;
            this.number = number;
            this.ledger = ledger;
            this.findings = findings;
            agent = place.agent("session-" + number);
        }

        void dies() throws IOException {
            agent.kill();
            agent = place.agent("session-" + number);
        }

        /// A call whose answer the agent may not live to read.
        ///
        /// @return the answer
        Agent.Answer call(String tool, Map<String, ?> arguments, boolean isRead)
                throws IOException {
            Agent.Answer answer = agent.call(tool, arguments);
            ledger.answer(number, answer.text(), isRead, findings);
            if (answer.isError()) {
                throw new IOException("refused: " + answer.text());
            }
            if (!isRead) {
                ledger.dropped.incrementAndGet();
                dies();
            }
            return answer;
        }

        /// Some jobs, whose output is of all lengths, and a look into the inbox.
        void work(int jobs, RandomGenerator random) throws IOException {
            for (int i = 0; i < jobs; i++) {
                String command = "echo " + "x".repeat(random.nextInt(400));
                Agent.Answer answer =
                        call("background_run", Map.of("command", command), isRead(random));
                ledger.starters.put(Jobs.id(answer), number);
            }
            call("inbox", Map.of(), isRead(random));
        }

        /// Its server is killed while it makes a call, which it then has an answer to or not.
        void diesInACall(RandomGenerator random) throws IOException {
            ledger.kills.incrementAndGet();
            CompletableFuture<JsonNode> call =
                    agent.send("background_run", Map.of("command", "echo killed"));
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(random.nextInt(30)));
            dies();
            if (!call.isCompletedExceptionally()) {
                Agent.Answer answer = Agent.answer(call);
                ledger.answer(number, answer.text(), true, findings);
                ledger.starters.put(Jobs.id(answer), number);
            }
        }

        private static boolean isRead(RandomGenerator random) {
            return random.nextInt(100) >= DROPPED_PERCENT;
        }

        @Override
        public void close() {
            agent.close();
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Jobs jobs = new Jobs(Place.in(round, "inbox")).unlimited();
        Ledger ledger = new Ledger();
        Thread[] threads = new Thread[AGENTS];
        List<Survivor> agents = new ArrayList<>();
        int kills = Math.min(KILLS_MAX, Math.max(AGENTS, round.cycles() / 40));
        try {
            for (int i = 0; i < AGENTS; i++) {
                Survivor agent = new Survivor(jobs.place(), i, ledger, findings);
                agents.add(agent);
                RandomGenerator random = new Random(round.seed() + i);
                threads[i] =
                        Thread.ofPlatform()
                                .name("agent-" + i)
                                .start(() -> work(agent, round, kills, random, findings));
            }
            for (Thread thread : threads) {
                thread.join();
            }
            for (String id : ledger.starters.keySet()) {
                Condition.within(ALL_TOLD_WITHIN, () -> jobs.exitCode(id).isPresent());
            }
            Condition.within(
                    ALL_TOLD_WITHIN,
                    () -> {
                        for (Survivor agent : agents) {
                            agent.call("inbox", Map.of(), true);
                        }
                        return ledger.received.containsAll(ledger.starters.keySet());
                    });
        } finally {
            agents.forEach(Survivor::close);
        }
        Set<String> lost = lost(ledger.starters.keySet(), ledger.received);
        findings.require(lost.isEmpty(), "%d are lost: %s".formatted(lost.size(), lost));
        findings.checked(ledger.starters.size());
        requireOrder(jobs, ledger, findings);
        findings.figure(
                "%d answers, %d dropped, %d kills"
                        .formatted(ledger.answers.get(), ledger.dropped.get(), ledger.kills.get()));
        control(ledger, round.random(), findings);
        findings.requireControls(100);
        return findings.outcome();
    }

    private static void work(
            Survivor agent, Round round, int kills, RandomGenerator random, Findings findings) {
        int readings = round.cycles() / AGENTS / JOBS_PER_READING;
        for (int reading = 0; reading < readings && !round.isTimeUp(); reading++) {
            try {
                agent.work(JOBS_PER_READING, random);
                for (int i = 0; i < JOBS_PER_READING; i++) {
                    findings.cycle();
                }
                if (random.nextInt(readings * AGENTS) < kills) {
                    agent.diesInACall(random);
                }
            } catch (Agent.Gone e) {
                findings.violation(
                        e.getCause() instanceof TimeoutException
                                ? "a server does not answer"
                                : "a server ended by itself");
                return;
            } catch (IOException e) {
                findings.violation(String.valueOf(e.getMessage()));
                return;
            }
        }
    }

    private static Set<String> lost(Set<String> started, Set<String> received) {
        Set<String> lost = new HashSet<>(started);
        lost.removeAll(received);
        return lost;
    }

    /// An agent is told of its own jobs in the order in which their ends were entered.
    private static void requireOrder(Jobs jobs, Ledger ledger, Findings findings)
            throws IOException, SQLException {
        Map<String, Long> entered = entered(jobs);
        for (int agent = 0; agent < AGENTS; agent++) {
            List<String> told = ledger.first(agent);
            long before = 0;
            for (String job : told) {
                long seq = entered.getOrDefault(job, 0L);
                findings.require(
                        seq > before,
                        "agent %d is told of %s (entry %d) after entry %d"
                                .formatted(agent, job, seq, before));
                before = Math.max(before, seq);
            }
        }
    }

    private static Map<String, Long> entered(Jobs jobs) throws IOException, SQLException {
        Map<String, Long> entered = new HashMap<>();
        String file = jobs.place().state().orElseThrow().resolve("bellhop.db").toString();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement select = connection.createStatement();
                ResultSet row =
                        select.executeQuery(
                                "select max(seq) as seq, subject from journal"
                                        + " where event = 'ended' group by subject")) {
            while (row.next()) {
                entered.put(row.getString("subject"), row.getLong("seq"));
            }
        }
        return entered;
    }

    /// What most would do: forget what was handed out.
    private static void control(Ledger ledger, RandomGenerator random, Findings findings) {
        Deque<String> queue = new ArrayDeque<>(ledger.starters.keySet());
        Set<String> received = new HashSet<>();
        while (!queue.isEmpty()) {
            boolean isRead = random.nextInt(100) >= DROPPED_PERCENT;
            for (int i = 0; i < JOBS_PER_READING && !queue.isEmpty(); i++) {
                String job = queue.remove();
                if (isRead) {
                    received.add(job);
                }
            }
        }
        findings.control(!lost(ledger.starters.keySet(), received).isEmpty());
    }
}
