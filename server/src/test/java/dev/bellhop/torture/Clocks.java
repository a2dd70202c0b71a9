package dev.bellhop.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The wall clock jumps under a running server: hours and years, to 1970, over the change to summer
/// time. `libfaketime` does that. Nothing ends early, and the order stays.
final class Clocks implements Trial {

    private static final Pattern JOB = Pattern.compile("Background task ([0-9a-f]{8}) started");

    /// Where the clock goes, as libfaketime has it, and in which time zone.
    private static final List<List<String>> JUMPS =
            List.of(
                    List.of("+1h", "UTC"),
                    List.of("-1h", "UTC"),
                    List.of("+3650d", "UTC"),
                    List.of("-3650d", "UTC"),
                    List.of("@1970-01-02 00:00:00", "UTC"),
                    List.of("@2026-03-29 01:59:58", "Europe/Berlin"),
                    List.of("@2026-10-25 02:59:58", "Europe/Berlin"),
                    List.of("@2028-02-29 23:59:58", "America/New_York"),
                    List.of("@2016-12-31 23:59:58", "UTC"),
                    List.of("@2038-01-19 03:14:06", "UTC"),
                    List.of("+25h", "Pacific/Apia"),
                    List.of("-25h", "Pacific/Apia"));

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
        return JUMPS.size();
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Path library = library();
        if (!Files.exists(library)) {
            return Outcome.skipped("libfaketime is not installed");
        }
        Findings findings = new Findings();
        int first = round.random().nextInt(JUMPS.size());
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            List<String> jump = JUMPS.get((first + findings.cycle()) % JUMPS.size());
            Findings found = new Findings();
            round.log().println("  " + jump);
            jump(round, findings.cycles(), library, jump, found);
            findings.add(found, jump + ": ");
        }
        return findings.outcome();
    }

    private static Path library() throws IOException {
        Path libraries = Path.of("/usr/lib");
        try (Stream<Path> found =
                Files.find(libraries, 4, (file, _) -> file.endsWith("libfaketimeMT.so.1"))) {
            return found.findFirst().orElse(libraries.resolve("libfaketimeMT.so.1"));
        }
    }

    private static void jump(
            Round round, int cycle, Path library, List<String> jump, Findings findings)
            throws IOException {
        Place plain = Place.in(round, "clock-" + cycle);
        Path clock = plain.root().resolve("clock");
        set(clock, "+0");
        Place place =
                plain.with("LD_PRELOAD", library.toString())
                        .with("FAKETIME_TIMESTAMP_FILE", clock.toString())
                        .with("FAKETIME_NO_CACHE", "1")
                        .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
                        .with("DONT_FAKE_MONOTONIC", "1")
                        .with("TZ", jump.get(1));
        Instant start = Instant.now();
        try (Agent agent = place.agent("s")) {
            agent.call("task_create", Map.of("subject", "before the jump"));
            // Long enough to be there after the jump; its own time limit must not end it.
            String living = start(agent, "sleep 4; echo lived", 100);
            String overdue = start(agent, "sleep 300", 3);
            set(clock, jump.getFirst());
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
            findings.require(
                    Instant.now().isAfter(start.plusSeconds(3)), "its time was up at once");
            Agent.Answer lived =
                    agent.call("check_background", Map.of("task_id", living, "wait", 20));
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

    private static void set(Path clock, String to) throws IOException {
        Files.writeString(clock, to + "\n");
    }
}
