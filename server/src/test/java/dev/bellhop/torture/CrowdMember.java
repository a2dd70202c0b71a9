package dev.bellhop.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One of many agents on a graph: a process of its own, with a server of its own. It takes tasks
/// and completes them; some of its claims end with its silence, and some with its death, which it
/// announces and then waits for.
///
/// It is told `work SEED` and `stop`, and says, a line each, with the times in [System#nanoTime],
/// which all processes of a machine share:
///
/// - `server PID`, once it can be told something
/// - `claimed TASK TOKEN ASKED ANSWERED`
/// - `done TASK TOKEN ASKED ANSWERED` and `late TASK TOKEN ASKED ANSWERED WHY`, of a completion
/// - `dies`, and then nothing more
/// - `idle`, having stopped
/// - `bad WHAT`, where the product did what it must not
public final class CrowdMember {

    /// Of so many claims one ends with the agent's death, and one with its silence.
    private static final int FATES = 25;

    /// How long who finds nothing waits before the next look.
    private static final Duration PAUSE = Duration.ofMillis(100);

    private static final Pattern CLAIMED =
            Pattern.compile("\\[>] #([0-9]+): .*?\\nclaim_token: ([0-9a-f]+)", Pattern.DOTALL);

    private final Agent agent;
    private final PrintStream out;
    private volatile boolean works;

    private CrowdMember(Agent agent, PrintStream out) {
        this.agent = agent;
        this.out = out;
    }

    /// Does what it is told until its input ends.
    ///
    /// @param words the launcher, the root of the place, and what the client calls its conversation
    public static void main(String[] words) throws IOException {
        Place place = new Place(Path.of(words[1]), Path.of(words[0]), Map.of());
        try (Agent agent = place.agent(words[2])) {
            PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
            CrowdMember member = new CrowdMember(agent, out);
            out.println("server " + agent.process().pid());
            member.obey(
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
        }
    }

    private void obey(BufferedReader orders) throws IOException {
        Thread working = Thread.currentThread();
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            works = order.startsWith("work ");
            if (works) {
                Random random = new Random(Long.parseLong(order.substring("work ".length())));
                working = Thread.ofPlatform().daemon().name("work").start(() -> work(random));
            } else {
                LockSupport.unpark(working);
            }
        }
    }

    private void work(Random random) {
        try {
            while (works) {
                takeOne(random);
            }
        } catch (IOException e) {
            bad("its server is gone: " + e);
        }
        out.println("idle");
    }

    private void takeOne(Random random) throws IOException {
        long asked = System.nanoTime();
        Agent.Answer next = update(Map.of("claim_next", true));
        Matcher claimed = CLAIMED.matcher(next.text());
        if (!claimed.find()) {
            if (!next.text().contains("Nothing to claim")) {
                bad("no claim: " + next.text());
            }
            LockSupport.parkNanos(PAUSE.toNanos());
            return;
        }
        String claim = claimed.group(1) + " " + claimed.group(2);
        out.println("claimed %s %d %d".formatted(claim, asked, System.nanoTime()));
        int fate = random.nextInt(FATES);
        if (fate == 0) {
            die();
        }
        if (fate == 1) {
            LockSupport.parkNanos(ManyAgents.LEASE.multipliedBy(3).dividedBy(2).toNanos());
        }
        complete(
                claim,
                Map.of(
                        "task_id",
                        Integer.valueOf(claimed.group(1)),
                        "status",
                        "completed",
                        "claim_token",
                        claimed.group(2)));
    }

    /// Whoever is told so kills the server, and then this.
    private void die() {
        out.println("dies");
        try {
            new CountDownLatch(1).await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts it", e);
        }
    }

    private void complete(String claim, Map<String, Object> done) throws IOException {
        long asked = System.nanoTime();
        Agent.Answer answer = update(done);
        String times = "%d %d".formatted(asked, System.nanoTime());
        if (answer.isError()) {
            out.println("late %s %s %s".formatted(claim, times, oneLine(answer.text())));
            return;
        }
        out.println("done %s %s".formatted(claim, times));
        Agent.Answer again = update(done);
        if (again.isError()) {
            bad("a repeated completion: " + again.text());
        }
    }

    /// On a machine with too much to do the lock may not be had in time; then the call is made
    /// again.
    private Agent.Answer update(Map<String, Object> arguments) throws IOException {
        Agent.Answer answer = agent.call("task_update", arguments);
        while ("unavailable".equals(answer.problem())) {
            answer = agent.call("task_update", arguments);
        }
        return answer;
    }

    private void bad(String what) {
        out.println("bad " + oneLine(what));
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\R\\s*", " | ");
    }
}
