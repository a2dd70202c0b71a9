package dev.bellhop.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Eight agents, each a process with a server of its own ([CrowdMember]), work off one graph. Some
/// are killed in the middle of a task together with their server, and some fall silent for longer
/// than their claim holds and then come back with it. Each task is completed once, no two have it
/// at a time, and none is left behind.
///
/// A cycle is a graph of its own. In the short form the same agents take one after the other.
final class ManyAgents implements Trial {

    static final Duration LEASE = Duration.ofSeconds(1);

    private static final int AGENTS = 8;
    private static final int TASKS_FULL = 500;
    private static final int TASKS_SHORT = 30;
    private static final int BATCH = 100;
    private static final int FULL_CYCLES = 500;

    private static final Duration ENDS_WITHIN = Duration.ofMinutes(5);

    private static final Pattern LISTED = Pattern.compile("\\[(.)] #[0-9]+: .*");

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
        int deaths = 0;
        int refused = 0;
        int tasks = round.isShort() ? TASKS_SHORT : TASKS_FULL;
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            Place place = Place.in(round, "crowd-" + findings.cycles());
            Jobs _ =
                    new Jobs(place)
                            .settings(
                                    "{\"claims\":{\"leaseSeconds\":%d}}"
                                            .formatted(LEASE.toSeconds()));
            try (Crew crew = Crew.in(place)) {
                int first = 1;
                do {
                    long seed = round.seed() * 1_000_003 + findings.cycles();
                    Crowd crowd = new Crowd(crew, first, tasks);
                    crowd.work(seed);
                    findings.add(crowd.findings, "seed %d: ".formatted(seed));
                    findings.cycle();
                    deaths += crowd.deaths;
                    refused += crowd.refused;
                    first += tasks;
                } while (round.isShort()
                        && findings.isClean()
                        && findings.cycles() < round.cycles()
                        && !round.isTimeUp());
            }
            Place.clear(place.root());
            if (findings.isClean()) {
                Place.delete(place.root());
            }
        }
        findings.figure(
                "%d agents died, %d late completions were refused".formatted(deaths, refused));
        return findings.outcome();
    }

    /// Something that an agent said.
    ///
    /// @param line null after the last
    private record Said(Member member, @Nullable String line) {}

    /// An agent, seen from outside.
    ///
    /// @param number its place among them; when it dies another takes it
    private record Member(int number, Process process, Writer orders) {

        static Member born(int number, int life, Place place, BlockingQueue<Said> said)
                throws IOException {
            Process process =
                    place.process(
                                    place.java(
                                            CrowdMember.class,
                                            List.of(
                                                    place.bellhop().toString(),
                                                    place.root().toString(),
                                                    "agent-" + life)))
                            .start();
            Member member =
                    new Member(number, process, process.outputWriter(StandardCharsets.UTF_8));
            Thread _ = Thread.ofPlatform().daemon().name("said").start(() -> member.hear(said));
            return member;
        }

        private void hear(BlockingQueue<Said> said) {
            try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    said.add(new Said(this, line));
                }
            } catch (IOException e) {
                // It was closed under us: there is no more to hear.
            } finally {
                said.add(new Said(this, null));
            }
        }

        void order(String line) {
            try {
                orders.write(line + "\n");
                orders.flush();
            } catch (IOException e) {
                throw new UncheckedIOException("agent %d is gone".formatted(number), e);
            }
        }
    }

    /// Those who work, and the one who lays out what there is to do.
    private static final class Crew implements AutoCloseable {
        private final Place place;
        private final Agent lead;
        private final List<Member> members = new ArrayList<>();
        private final Map<Member, Long> servers = new HashMap<>();
        private final Set<Member> dead = new HashSet<>();
        private final BlockingQueue<Said> said = new LinkedBlockingQueue<>();
        private int lives;

        private Crew(Place place) throws IOException {
            this.place = place;
            this.lead = place.agent("lead");
        }

        static Crew in(Place place) throws IOException {
            Crew crew = new Crew(place);
            for (int i = 0; i < AGENTS; i++) {
                crew.members.add(crew.born(i));
            }
            return crew;
        }

        private Member born(int number) throws IOException {
            return Member.born(number, ++lives, place, said);
        }

        /// `kill -9`, of the server first: else that would end by itself.
        Member replace(Member member) throws IOException {
            dead.add(member);
            ProcessHandle.of(servers.getOrDefault(member, -1L))
                    .ifPresent(ProcessHandle::destroyForcibly);
            member.process().destroyForcibly();
            Member next = born(member.number());
            members.set(member.number(), next);
            return next;
        }

        /// What is said next by somebody who lives.
        ///
        /// @throws IOException if nothing is until `deadlineNanos`, or somebody has ended
        Said next(long deadlineNanos) throws IOException {
            try {
                while (true) {
                    Said next = said.poll(deadlineNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
                    if (next == null) {
                        throw new IOException("they found no end");
                    }
                    if (next.line() != null) {
                        return next;
                    }
                    if (!dead.contains(next.member())) {
                        throw new IOException(
                                "agent %d has ended".formatted(next.member().number()));
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }

        @Override
        public void close() {
            dead.addAll(members);
            for (Member member : members) {
                try {
                    member.orders().close();
                } catch (IOException e) {
                    // It was dead already.
                }
            }
            lead.close();
        }
    }

    /// A claim that was given.
    ///
    /// @param asked when it was asked for, and so before it began
    /// @param answered when that was known, and so after it began
    private record Claim(String token, long asked, long answered) {

        /// Whether it still holds at `nanos`, whatever its owner does or leaves.
        boolean surelyHoldsAt(long nanos) {
            return nanos - asked < LEASE.toNanos();
        }
    }

    /// A completion that was accepted.
    private record Done(String token, long asked) {}

    /// One graph and those who work on it.
    private static final class Crowd {
        private final Crew crew;
        private final int first;
        private final int tasks;
        private final Findings findings = new Findings();
        private final Map<Integer, List<Claim>> claims = new HashMap<>();
        private final Map<Integer, List<Done>> completions = new HashMap<>();
        private int deaths;
        private int refused;

        /// @param first the number of its first task
        Crowd(Crew crew, int first, int tasks) {
            this.crew = crew;
            this.first = first;
            this.tasks = tasks;
        }

        void work(long seed) throws IOException {
            plan(new Random(seed));
            long deadline = System.nanoTime() + ENDS_WITHIN.toNanos();
            crew.members.forEach(member -> member.order("work " + (seed + member.number())));
            Set<Member> working = new HashSet<>(crew.members);
            try {
                while (completions.size() < tasks) {
                    take(crew.next(deadline), working, seed);
                }
                working.forEach(member -> member.order("stop"));
                while (!working.isEmpty()) {
                    take(crew.next(deadline), working, seed);
                }
            } catch (IOException e) {
                findings.violation(
                        "%s; %d of %d tasks were completed"
                                .formatted(e.getMessage(), completions.size(), tasks));
                return;
            }
            findings.checked(completions.size());
            claims.forEach(this::requireOneAtATime);
            completions.forEach(this::requireOnceAndByWhoHadIt);
            requireNothingLeft();
        }

        /// @param working who has not stopped yet
        private void take(Said said, Set<Member> working, long seed) throws IOException {
            String[] words = String.valueOf(said.line()).split(" ", 6);
            switch (words[0]) {
                case "server" -> crew.servers.put(said.member(), Long.valueOf(words[1]));
                case "claimed" ->
                        of(claims, words)
                                .add(
                                        new Claim(
                                                words[2],
                                                Long.parseLong(words[3]),
                                                Long.parseLong(words[4])));
                case "done" ->
                        of(completions, words).add(new Done(words[2], Long.parseLong(words[3])));
                case "late" -> late(words);
                case "dies" -> {
                    deaths++;
                    working.remove(said.member());
                    Member next = crew.replace(said.member());
                    if (completions.size() < tasks) {
                        working.add(next);
                        next.order("work " + (seed + (long) AGENTS * deaths + next.number()));
                    }
                }
                case "idle" -> working.remove(said.member());
                default -> findings.violation(said.member().number() + ": " + said.line());
            }
        }

        private static <T> List<T> of(Map<Integer, List<T>> all, String[] words) {
            return all.computeIfAbsent(Integer.valueOf(words[1]), _ -> new ArrayList<>());
        }

        private void late(String[] words) {
            refused++;
            findings.require(
                    words[5].contains("is not valid any more"),
                    "refused for another reason: " + words[5]);
            long answered = Long.parseLong(words[4]);
            of(claims, words).stream()
                    .filter(claim -> claim.token().equals(words[2]))
                    .filter(claim -> claim.surelyHoldsAt(answered))
                    .forEach(claim -> findings.violation("refused too early: " + words[5]));
        }

        /// Nobody here gives a task back. So nobody has it before the lease of who had it is over.
        private void requireOneAtATime(int task, List<Claim> given) {
            given.sort(Comparator.comparingLong(Claim::answered));
            for (int i = 1; i < given.size(); i++) {
                Claim before = given.get(i - 1);
                Claim after = given.get(i);
                findings.require(
                        !before.surelyHoldsAt(after.answered()),
                        "#%d was given away %d ms after it was claimed"
                                .formatted(
                                        task,
                                        TimeUnit.NANOSECONDS.toMillis(
                                                after.answered() - before.asked())));
            }
        }

        private void requireOnceAndByWhoHadIt(int task, List<Done> accepted) {
            findings.require(
                    accepted.size() == 1,
                    "#%d was completed %d times".formatted(task, accepted.size()));
            for (Done done : accepted) {
                List<Claim> given = claims.getOrDefault(task, List.of());
                findings.require(
                        given.stream().anyMatch(claim -> claim.token().equals(done.token())),
                        "#%d was completed by who had not claimed it".formatted(task));
                boolean isStale =
                        given.stream()
                                .dropWhile(claim -> !claim.token().equals(done.token()))
                                .skip(1)
                                .anyMatch(claim -> claim.answered() < done.asked());
                findings.require(
                        !isStale, "#%d was completed with a token of before".formatted(task));
            }
        }

        private void requireNothingLeft() throws IOException {
            String list = crew.lead.call("task_list", Map.of("limit", 1)).text();
            // Those that are open come first.
            String line =
                    list.lines()
                            .filter(each -> LISTED.matcher(each).matches())
                            .findFirst()
                            .orElse(list);
            Matcher listed = LISTED.matcher(line);
            findings.require(
                    listed.matches() && listed.group(1).equals("x"), "left behind: " + line);
        }

        /// Lays out tasks, each of which waits for up to three earlier ones.
        private void plan(Random random) throws IOException {
            for (int from = 0; from < tasks; from += BATCH) {
                int batch = from;
                List<Map<String, Object>> plan =
                        IntStream.range(batch, Math.min(batch + BATCH, tasks))
                                .mapToObj(index -> task(index, batch, random))
                                .toList();
                Agent.Answer made = crew.lead.call("task_create", Map.of("tasks", plan));
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
    }
}
