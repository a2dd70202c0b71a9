package dev.bellhop.torture;

import dev.bellhop.server.JumpingMain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The wall clock jumps under a running server: hours and years, to 1970, over the change to summer
/// time. Nothing ends early, and the order stays.
///
/// Each jump is made with a clock of the server's that is handed in, and in the full form also with
/// `libfaketime` under everything. With that a server once waited for ever, and why could not be
/// found out, so that the gate leaves it out.
final class Clocks implements Trial {

    private static final Pattern JOB = Pattern.compile("Background task ([0-9a-f]{8}) started");

    /// Where the clock goes.
    ///
    /// @param to as libfaketime has it
    /// @param by how far that is, or how far it is from the time that `at` says
    private record Jump(String to, Duration by, @Nullable Instant at, String zone) {

        static Jump by(String to, Duration by, String zone) {
            return new Jump(to, by, null, zone);
        }

        static Jump at(String time, String zone) {
            return new Jump(
                    "@" + time,
                    Duration.ZERO,
                    LocalDateTime.parse(time.replace(' ', 'T')).atZone(ZoneId.of(zone)).toInstant(),
                    zone);
        }

        Duration offset() {
            return at == null ? by : Duration.between(Instant.now(), at);
        }

        @Override
        public String toString() {
            return to + " " + zone;
        }
    }

    private static final List<Jump> JUMPS =
            List.of(
                    Jump.by("+1h", Duration.ofHours(1), "UTC"),
                    Jump.by("-1h", Duration.ofHours(-1), "UTC"),
                    Jump.by("+3650d", Duration.ofDays(3650), "UTC"),
                    Jump.by("-3650d", Duration.ofDays(-3650), "UTC"),
                    Jump.at("1970-01-02 00:00:00", "UTC"),
                    Jump.at("2026-03-29 01:59:58", "Europe/Berlin"),
                    Jump.at("2026-10-25 02:59:58", "Europe/Berlin"),
                    Jump.at("2028-02-29 23:59:58", "America/New_York"),
                    Jump.at("2016-12-31 23:59:58", "UTC"),
                    Jump.at("2038-01-19 03:14:06", "UTC"),
                    Jump.by("+25h", Duration.ofHours(25), "Pacific/Apia"),
                    Jump.by("-25h", Duration.ofHours(-25), "Pacific/Apia"));

    @Override
    public String id() {
        return "R9";
    }

    @Override
    public String about() {
        return "a clock that jumps";
    }

    @Override
    public int shortCycles() {
        return 2;
    }

    @Override
    public int fullCycles() {
        return 2 * JUMPS.size();
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        int first = round.random().nextInt(JUMPS.size());
        while (findings.cycles() < Math.min(round.cycles(), JUMPS.size()) && !round.isTimeUp()) {
            Jump jump = JUMPS.get((first + findings.cycle()) % JUMPS.size());
            round.log().println("  " + jump);
            Findings found = new Findings();
            Place place = Place.in(round, "clock-" + findings.cycles());
            Path clock = place.root().resolve("clock");
            set(clock, "PT0S");
            Place jumping =
                    place.with(JumpingMain.OFFSET, clock.toString()).with("TZ", jump.zone());
            List<String> server =
                    jumping.java(
                            JumpingMain.class, List.of("--project", jumping.project().toString()));
            try (Agent agent = new Agent(jumping.process(server)).greeted()) {
                jump(agent, () -> set(clock, jump.offset().toString()), found);
            }
            findings.add(found, jump + ": ");
        }
        underEverything(round, findings);
        return findings.outcome();
    }

    private static void underEverything(Round round, Findings findings) throws IOException {
        Path library = library();
        if (findings.cycles() < round.cycles() && !Files.exists(library)) {
            findings.figure("without libfaketime, which is not installed");
            return;
        }
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            Jump jump = JUMPS.get(findings.cycle() % JUMPS.size());
            round.log().println("  " + jump + ", under everything");
            Findings found = new Findings();
            Place place = Place.in(round, "clock-" + findings.cycles());
            Path clock = place.root().resolve("clock");
            set(clock, "+0");
            Place jumping =
                    place.with("LD_PRELOAD", library.toString())
                            .with("FAKETIME_TIMESTAMP_FILE", clock.toString())
                            .with("FAKETIME_NO_CACHE", "1")
                            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                            .with("DONT_FAKE_MONOTONIC", "1")
                            .with("TZ", jump.zone());
            try (Agent agent = jumping.agent("s")) {
                jump(agent, () -> set(clock, jump.to()), found);
            }
            findings.add(found, jump + ", under everything: ");
        }
    }

    private static Path library() throws IOException {
        Path libraries = Path.of("/usr/lib");
        try (Stream<Path> found =
                Files.find(libraries, 4, (file, _) -> file.endsWith("libfaketimeMT.so.1"))) {
            return found.findFirst().orElse(libraries.resolve("libfaketimeMT.so.1"));
        }
    }

    /// Makes the clock jump.
    @FunctionalInterface
    private interface Jumping {
        void jump() throws IOException;
    }

    private static void jump(Agent agent, Jumping clock, Findings findings) throws IOException {
        Instant start = Instant.now();
        agent.call("task_create", Map.of("subject", "before the jump"));
        // Long enough to be there after the jump; its own time limit must not end it.
        String living = start(agent, "sleep 4; echo lived", 100);
        String overdue = start(agent, "sleep 300", 3);
        clock.jump();
        Agent.Answer created = agent.call("task_create", Map.of("subject", "after the jump"));
        findings.require(!created.isError(), "no task after it: " + created.text());
        agent.call("task_update", Map.of("task_id", 1, "note", "after"));
        List<String> lines = agent.call("task_list", Map.of()).text().lines().toList();
        findings.checked(1);
        findings.require(
                lines.size() == 2
                        && lines.get(0).contains("before the jump")
                        && lines.get(1).contains("after the jump"),
                "the order is not that of the ids: " + lines);
        Agent.Answer timeout =
                agent.call("check_background", Map.of("task_id", overdue, "wait", 20));
        findings.require(
                timeout.text().contains("timeout") || timeout.text().contains("timed out"),
                "its time was not up: " + timeout.text());
        findings.require(Instant.now().isAfter(start.plusSeconds(3)), "its time was up at once");
        Agent.Answer lived = agent.call("check_background", Map.of("task_id", living, "wait", 20));
        findings.require(
                lived.text().contains("lived") && !lived.text().contains("lost"),
                "a job ended early: " + lived.text());
        List<String> notes = new ArrayList<>();
        agent.call("task_get", Map.of("task_id", 1))
                .text()
                .lines()
                .filter(line -> line.contains("after"))
                .forEach(notes::add);
        findings.require(!notes.isEmpty(), "the note is lost");
    }

    private static String start(Agent agent, String command, int timeout) throws IOException {
        Agent.Answer started =
                agent.call("background_run", Map.of("command", command, "timeout", timeout));
        Matcher id = JOB.matcher(started.text());
        if (!id.find()) {
            throw new IOException(started.text());
        }
        return id.group(1);
    }

    /// At once, so that nobody reads half of it.
    private static void set(Path clock, String to) throws IOException {
        Path next = Files.writeString(clock.resolveSibling("next"), to + "\n");
        Files.move(next, clock, StandardCopyOption.ATOMIC_MOVE);
    }
}
