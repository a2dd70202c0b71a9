package dev.bellhop.torture;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Commands that print too much, too fast, or what is no text.
///
/// A cycle is one round of the race between a job and a plain redirect of the same command; the
/// other outputs come once.
final class FloodedOutput implements Trial {

    private static final int FULL_CYCLES = 7;
    private static final int ANSWER_BYTES_MAX = 8_192;
    private static final int CALLS = 40;
    private static final long MIB = 1 << 20;

    private static final Duration ENDS_WITHIN = Duration.ofMinutes(5);

    /// Prints zeros, and writes down how many nanoseconds that took.
    private static final String RACER =
            """
            s=$(date +%s%N)
            dd if=/dev/zero bs=65536 count="$1" 2>/dev/null
            e=$(date +%s%N)
            echo $((e - s)) >"$2.new"; mv "$2.new" "$2"
            """;

    @Override
    public String id() {
        return "R15";
    }

    @Override
    public String about() {
        return "output that is endless, huge, or no text";
    }

    @Override
    public int shortCycles() {
        return 3;
    }

    @Override
    public int fullCycles() {
        return FULL_CYCLES;
    }

    /// How big it is. The short form runs beside other tests, so its times say less.
    ///
    /// @param raceBytes what a racer prints
    /// @param raceShare how fast a job must be, as a share of a redirect's speed
    /// @param serverSeconds how much processor time the server may take meanwhile
    /// @param callMillis how long 95 of 100 calls may take
    /// @param flood how long an endless command prints
    /// @param capBytes how much of that is to be kept
    /// @param behindSeconds how far the limit may be behind the writer; what a busy machine decides
    ///   is judged in the full form alone
    private record Size(
            long raceBytes,
            double raceShare,
            double serverSeconds,
            double callMillis,
            Duration flood,
            long capBytes,
            double behindSeconds) {

        static final Size FULL =
                new Size(1L << 30, 0.8, 0.1, 50, Duration.ofSeconds(60), 64 * MIB, 0.2);

        static final Size SHORT =
                new Size(128 * MIB, 0.4, 0.3, 250, Duration.ofSeconds(4), 8 * MIB, 3);
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Size size = round.cycles() >= FULL_CYCLES ? Size.FULL : Size.SHORT;
        race(round, size, findings);
        flood(round, size, findings);
        outputs(round, size, findings);
        findings.requireControls(100);
        return findings.outcome();
    }

    // ---- how fast

    private static void race(Round round, Size size, Findings findings) throws IOException {
        Place place = Place.in(round, "race");
        Jobs jobs = new Jobs(place).settings("{\"jobs\":{\"outputMiB\":16384}}");
        List<Double> shares = new ArrayList<>();
        List<Double> seconds = new ArrayList<>();
        Path time = place.root().resolve("time");
        Path script = Files.writeString(place.root().resolve("racer.sh"), RACER);
        String racer = "sh '%s' %d '%s'".formatted(script, size.raceBytes() / 65_536, time);
        try (Agent agent = place.agent("session")) {
            for (int i = 0; i < 5; i++) { // Until the server's first calls are behind it.
                Jobs.end(agent, jobs.start(agent, "true"));
            }
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                Path target = place.root().resolve("redirected");
                Process redirect =
                        place.process(List.of("sh", "-c", racer))
                                .redirectOutput(target.toFile())
                                .start();
                redirect.onExit().join();
                double plain = taken(time);
                Files.delete(target);

                String id = jobs.start(agent, racer);
                double before = processorSeconds(agent.process().pid());
                double own = taken(time);
                Condition.within(ENDS_WITHIN, () -> jobs.exitCode(id).isPresent());
                seconds.add(processorSeconds(agent.process().pid()) - before);
                shares.add(plain / own);
                Path log = jobs.folder(id).resolve("stdout.log");
                findings.require(
                        Files.size(log) == size.raceBytes(),
                        "%d of %d bytes are there".formatted(Files.size(log), size.raceBytes()));
                findings.checked(1);
                Files.delete(log);
                findings.cycle();
            }
        }
        double share = median(shares);
        double processor = median(seconds);
        findings.figure(
                "%d MiB at %.2f of a redirect, server %.2f s"
                        .formatted(size.raceBytes() / MIB, share, processor));
        findings.require(
                share >= size.raceShare(),
                "a job prints at %.2f of a redirect's speed".formatted(share));
        findings.require(
                processor < size.serverSeconds(),
                "the server took %.2f s of processor time".formatted(processor));
    }

    private static double taken(Path time) throws IOException {
        if (!Condition.within(ENDS_WITHIN, () -> Files.exists(time))) {
            throw new IOException("the race was not over after " + ENDS_WITHIN);
        }
        double nanos = Double.parseDouble(Files.readString(time).strip());
        Files.delete(time);
        return nanos;
    }

    /// In user and kernel mode, as proc(5) counts them: in hundredths.
    private static double processorSeconds(long pid) throws IOException {
        String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
        String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
        return (Long.parseLong(fields[11]) + Long.parseLong(fields[12])) / 100.0;
    }

    private static double median(List<Double> values) {
        return values.isEmpty() ? 0 : percentile(values, 50);
    }

    static double percentile(List<Double> values, int percent) {
        List<Double> sorted = values.stream().sorted().toList();
        return sorted.get(Math.min(sorted.size() - 1, sorted.size() * percent / 100));
    }

    // ---- how much

    private static void flood(Round round, Size size, Findings findings) throws IOException {
        Place place = Place.in(round, "flood");
        Jobs jobs =
                new Jobs(place)
                        .settings("{\"jobs\":{\"outputMiB\":%d}}".formatted(size.capBytes() / MIB));
        // What the race has written is still on its way, and would be waited for here.
        Shell.script("sync");
        try (Agent agent = place.agent("session")) {
            long start = System.nanoTime();
            String id = jobs.start(agent, "yes");
            Path log = jobs.folder(id).resolve("stdout.log");
            List<Double> millis = new ArrayList<>();
            long most = 0;
            double mostAfterSeconds = 0;
            long printed = 0;
            double seconds;
            do {
                long[] now = sizes(log);
                printed = now[0];
                if (now[1] > most) {
                    most = now[1];
                    mostAfterSeconds = (System.nanoTime() - start) / 1e9;
                }
                millis.add(callMillis(agent, Map.of("task_id", id, "lines", 5)));
                seconds = (System.nanoTime() - start) / 1e9;
                // Rather than fill the disk: that much more is a violation anyway.
            } while (seconds < size.flood().toSeconds() && most < 8 * size.capBytes() + 2048 * MIB);
            Agent.Answer killed = agent.call("background_kill", Map.of("task_id", id));
            long allowed = size.capBytes() + (long) (size.behindSeconds() * printed / seconds);
            long[] left = sizes(log);
            findings.require(
                    most <= allowed,
                    "`yes` took %d MiB of disk where %d were allowed (cap %d)"
                            .formatted(most / MIB, allowed / MIB, size.capBytes() / MIB));
            findings.require(
                    left[1] <= size.capBytes() + MIB,
                    "%d MiB are left of `yes` with a cap of %d"
                            .formatted(left[1] / MIB, size.capBytes() / MIB));
            findings.require(
                    killed.text().contains("[killed") || Jobs.state(agent, id).startsWith("killed"),
                    "`yes` was killed: " + killed.text());
            String shown = agent.call("check_background", Map.of("task_id", id)).text();
            findings.require(
                    shown.contains("\ny\n") && shown.stripTrailing().endsWith("y"),
                    "neither its beginning nor its end is shown: " + head(shown));
            findings.require(
                    percentile(millis, 95) < size.callMillis(),
                    "p95 of calls during `yes` is %.0f ms".formatted(percentile(millis, 95)));
            findings.figure(
                    "`yes` for %.0f s: %d MiB/s, at most %d MiB of disk (after %.1f s), calls p95 %.0f ms"
                            .formatted(
                                    seconds,
                                    (long) (printed / seconds / MIB),
                                    most / MIB,
                                    mostAfterSeconds,
                                    percentile(millis, 95)));
            findings.checked(millis.size());
        }
        Path plain = place.root().resolve("plain");
        Process yes = place.process(List.of("yes")).redirectOutput(plain.toFile()).start();
        findings.control(
                Condition.within(ENDS_WITHIN, () -> sizes(plain)[1] > size.capBytes() + MIB));
        yes.destroyForcibly();
        yes.onExit().join();
    }

    /// The length of a file, and what it takes of the disk.
    private static long[] sizes(Path file) throws IOException {
        String[] words = Shell.script("stat -c '%s %b' \"$1\"", file.toString()).split(" ", -1);
        return words.length == 2
                ? new long[] {Long.parseLong(words[0]), 512 * Long.parseLong(words[1])}
                : new long[] {0, 0};
    }

    private static double callMillis(Agent agent, Map<String, ?> arguments) throws IOException {
        long start = System.nanoTime();
        agent.call("check_background", arguments);
        return (System.nanoTime() - start) / 1e6;
    }

    // ---- what kind

    /// Copies what a server says to a file too, byte by byte.
    private static final String COPIED = "mkfifo out; tee answers <out & exec \"$@\" >out";

    private static void outputs(Round round, Size size, Findings findings) throws Exception {
        Place place = Place.in(round, "outputs");
        Jobs jobs = new Jobs(place);
        Random random = new Random(round.seed());
        byte[] noise = new byte[(int) (4 * MIB)];
        random.nextBytes(noise);
        byte[] invalid = new byte[100_000];
        byte[][] wrong = {
            {(byte) 0xC3, 0x28}, {(byte) 0xC0, (byte) 0xAF}, {(byte) 0xED, (byte) 0xA0, (byte) 0x80}
        };
        for (int i = 0; i < invalid.length; i++) {
            byte[] piece = wrong[i / 7 % wrong.length];
            invalid[i] = i % 7 < piece.length ? piece[i % 7] : (byte) 'a';
        }
        List<byte[]> sources =
                List.of(
                        noise,
                        invalid,
                        new byte[200_000],
                        "é".repeat(70_001).substring(1).getBytes(StandardCharsets.UTF_8));
        Agent agent = new Agent(place.server("s", List.of("sh", "-c", COPIED, "sh"))).greeted();
        try (agent) {
            for (int i = 0; i < sources.size(); i++) {
                Path source = Files.write(place.root().resolve("source-" + i), sources.get(i));
                String id = jobs.start(agent, "cat '%s'".formatted(source));
                show(agent, id, findings);
                findings.require(
                        Files.mismatch(source, jobs.folder(id).resolve("stdout.log")) == -1,
                        "what output %d left is not what was printed".formatted(i));
            }
            String line = jobs.start(agent, "dd if=/dev/zero bs=1000000 count=100 | tr '\\0' x");
            show(agent, line, findings);
            findings.require(
                    Files.size(jobs.folder(line).resolve("stdout.log")) >= 0,
                    "a line of 100 MB left no log");
            if (Files.exists(Path.of("/proc/self/fd"))) {
                String sparse = jobs.start(agent, "truncate -s 10G /proc/self/fd/1; echo the end");
                String shown = show(agent, sparse, findings);
                findings.require(
                        shown.contains("the end"),
                        "the end of 10 GiB is not shown: " + head(shown));
                List<Double> millis = new ArrayList<>();
                for (int i = 0; i < CALLS; i++) {
                    millis.add(callMillis(agent, Map.of("task_id", sparse, "lines", 20)));
                }
                findings.require(
                        percentile(millis, 95) < size.callMillis(),
                        "p95 of calls on 10 GiB is %.0f ms".formatted(percentile(millis, 95)));
                findings.figure("10 GiB: calls p95 %.0f ms".formatted(percentile(millis, 95)));
            }
        }
        byte[] answers = Files.readAllBytes(place.project().resolve("answers"));
        findings.require(isText(answers), "an answer is not UTF-8");
        findings.control(!isText(invalid));
    }

    /// What an agent is shown of a job that has ended: a bounded text without control characters.
    private static String show(Agent agent, String id, Findings findings) throws IOException {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        String state = Jobs.end(agent, id);
        while (state.startsWith("running") && System.nanoTime() - end < 0) {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(100));
            state = Jobs.end(agent, id);
        }
        findings.require(state.startsWith("exited 0,"), "it ended as " + state);
        String shown = agent.call("check_background", Map.of("task_id", id)).text();
        int bytes = shown.getBytes(StandardCharsets.UTF_8).length;
        findings.require(bytes <= ANSWER_BYTES_MAX, "an answer of %d bytes".formatted(bytes));
        findings.require(
                shown.chars().noneMatch(c -> c < ' ' && c != '\n' && c != '\t'),
                "an answer with control characters: " + head(shown));
        findings.checked(1);
        return shown;
    }

    private static boolean isText(byte[] bytes) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
            return true;
        } catch (CharacterCodingException e) {
            return false;
        }
    }

    private static String head(String text) {
        return text.substring(0, Math.min(200, text.length()));
    }
}
