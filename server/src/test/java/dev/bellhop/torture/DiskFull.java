package dev.bellhop.torture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A disk that is filled to its last byte under a running server: in memory, and ext4. Jobs that
/// run meanwhile end meanwhile.
final class DiskFull implements Trial {

    private static final int JOBS = 3;
    private static final Pattern JOB = Pattern.compile("Background task ([0-9a-f]{8}) started");

    @Override
    public String id() {
        return "R5";
    }

    @Override
    public String about() {
        return "a full disk";
    }

    @Override
    public int shortCycles() {
        return 2;
    }

    @Override
    public int fullCycles() {
        return 100;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String missing = Disk.missing(round.scratch());
        if (!missing.isEmpty()) {
            return Outcome.skipped(missing);
        }
        Findings findings = new Findings();
        RandomGenerator random = round.random();
        int without = 0;
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            int cycle = findings.cycle();
            Path mountPoint = round.scratch().resolve("disk-" + cycle);
            Path image = round.scratch().resolve("image");
            try (@Nullable Disk disk =
                    cycle % 2 == 0
                            ? Disk.small(mountPoint)
                            : Disk.made(
                                    image,
                                    64 << 20,
                                    List.of("mkfs.ext4", "-q", "-F", "-m", "0"),
                                    mountPoint)) {
                if (disk == null) {
                    without++;
                    continue;
                }
                Findings found = new Findings();
                fill(disk, new Place(mountPoint, round.bellhop(), Map.of()), random, found);
                findings.add(found, cycle % 2 == 0 ? "tmpfs: " : "ext4: ");
            }
            Files.deleteIfExists(image);
        }
        if (without > 0) {
            findings.figure("%d without such a disk".formatted(without));
        }
        return findings.outcome();
    }

    private static void fill(Disk disk, Place place, RandomGenerator random, Findings findings)
            throws IOException {
        Files.createDirectories(place.project());
        Path gate = Files.createTempFile("bellhop-gate", "");
        Files.delete(gate);
        try (Agent agent = place.agent("s")) {
            agent.call("task_create", Map.of("subject", "before"));
            List<String> jobs = new ArrayList<>();
            for (int i = 0; i < JOBS; i++) {
                Agent.Answer started =
                        agent.call(
                                "background_run",
                                Map.of(
                                        "command",
                                        "until [ -e '%s' ]; do sleep 0.05; done; echo no room; exit %d"
                                                .formatted(gate, i + 3)));
                Matcher id = JOB.matcher(started.text());
                if (!id.find()) {
                    throw new IOException(started.text());
                }
                jobs.add(id.group(1));
            }
            Path filler = disk.fill();
            Agent.Answer refused =
                    agent.call(
                            "task_create",
                            Map.of("subject", "during", "description", "x".repeat(20_000)));
            findings.checked(1);
            findings.require(
                    "unavailable".equals(refused.problem())
                            && refused.text().matches("(?s).*([Ff]ull|[Ss]pace).*"),
                    "a full disk is not told: " + refused.text());
            Agent.Answer list = agent.call("task_list", Map.of());
            findings.require(
                    !list.isError() && list.text().contains("before"),
                    "reading fails: " + list.text());
            Files.createFile(gate);
            requireExitCodes(agent, jobs, "on the full disk", findings);
            Files.delete(filler);
            requireExitCodes(agent, jobs, "once there is room", findings);
            Agent.Answer after =
                    agent.call(
                            "task_create",
                            Map.of("subject", "after", "priority", random.nextInt(9)));
            findings.require(!after.isError(), "it does not recover: " + after.text());
            Agent.Answer run =
                    agent.call("background_run", Map.of("command", "echo again", "wait", 10));
            findings.require(
                    !run.isError() && run.text().contains("again"),
                    "no job after it: " + run.text());
        } finally {
            Files.deleteIfExists(gate);
        }
    }

    private static void requireExitCodes(
            Agent agent, List<String> jobs, String when, Findings findings) throws IOException {
        for (int i = 0; i < jobs.size(); i++) {
            Agent.Answer end =
                    agent.call("check_background", Map.of("task_id", jobs.get(i), "wait", 15));
            findings.checked(1);
            findings.require(
                    end.text().contains("exited " + (i + 3)),
                    "the exit code of job %d is not told %s: %s".formatted(i, when, end.text()));
        }
    }
}
