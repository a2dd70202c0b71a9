package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The power fails while a server works: on ext4 and on xfs, in turn.
///
/// The disk is an image on a file system that can copy a file in an instant. Such a copy is what a
/// disk holds whose machine lost its power just then; it is mounted, which replays its journal, and
/// looked at. What had been acknowledged before must be there. The control is a writer that renames
/// and does not sync: it must be seen to lose what it acknowledged.
final class PowerCuts implements Trial {

    private static final long OUTER_BYTES = 3L << 30;
    private static final long INNER_BYTES = 400L << 20;
    private static final int TASKS = 40;
    private static final int CONTROLS_PERCENT = 95;
    private static final Pattern ID = Pattern.compile("#(\\d+):");

    private static final Map<String, List<String>> MAKE =
            Map.of(
                    "ext4", List.of("mkfs.ext4", "-q", "-F", "-b", "4096"),
                    "xfs", List.of("mkfs.xfs", "-q", "-f", "-s", "size=4096"));

    @Override
    public String id() {
        return "R4";
    }

    @Override
    public String about() {
        return "power cuts on ext4 and xfs";
    }

    @Override
    public int shortCycles() {
        return 4;
    }

    @Override
    public int fullCycles() {
        return 200;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String missing = Disk.missing(round.scratch());
        if (!missing.isEmpty()) {
            return Outcome.skipped(missing);
        }
        Findings findings = new Findings();
        Path image = round.scratch().resolve("outer");
        try (@Nullable Disk outer =
                Disk.made(
                        image,
                        OUTER_BYTES,
                        List.of("mkfs.xfs", "-q", "-f", "-m", "reflink=1"),
                        round.scratch().resolve("disks"))) {
            if (outer == null) {
                return Outcome.skipped("no loop device, or no mkfs.xfs");
            }
            for (String system : List.of("ext4", "xfs")) {
                on(system, outer.mountPoint(), round, findings);
            }
        } finally {
            Files.deleteIfExists(image);
        }
        findings.requireControls(CONTROLS_PERCENT);
        return findings.outcome();
    }

    private static void on(String system, Path disks, Round round, Findings findings)
            throws IOException {
        Path image = disks.resolve(system);
        RandomGenerator random = round.random();
        try (@Nullable Disk disk =
                Disk.made(
                        image,
                        INNER_BYTES,
                        MAKE.getOrDefault(system, List.of()),
                        round.scratch().resolve(system))) {
            if (disk == null) {
                findings.figure("no " + system + " here");
                return;
            }
            Place place = new Place(disk.mountPoint(), round.bellhop(), Map.of());
            Files.createDirectories(place.project());
            int cycles = round.cycles() / 2;
            try (Worker worker = new Worker(place)) {
                for (int i = 0; i < cycles && !round.isTimeUp(); i++) {
                    findings.cycle();
                    worker.awaitMore();
                    LockSupport.parkNanos(random.nextInt(150_000_000));
                    Map<Integer, Integer> acknowledged = Map.copyOf(worker.revisions);
                    Path cut = cut(image, disks);
                    Findings found = new Findings();
                    look(system, cut, acknowledged, round, found);
                    findings.add(found, "%s, cut %d: ".formatted(system, i));
                }
                worker.requireNoTrouble(findings);
            }
            int controls = Math.max(1, cycles / 10);
            for (int i = 0; i < controls && !round.isTimeUp(); i++) {
                findings.control(control(system, image, disks, disk.mountPoint(), round, random));
            }
        }
    }

    /// The disk as it is now.
    private static Path cut(Path image, Path disks) throws IOException {
        Path copy = disks.resolve("cut");
        if (Disk.run("cp", "--reflink=always", image.toString(), copy.toString()) == null) {
            throw new IOException("the image cannot be copied in an instant");
        }
        return copy;
    }

    private static @Nullable Disk mounted(String system, Path cut, Round round) throws IOException {
        String options = system.equals("xfs") ? "nouuid" : "defaults";
        return Disk.on(cut, options, round.scratch().resolve("after"));
    }

    // ---- what is looked for

    private static void look(
            String system,
            Path cut,
            Map<Integer, Integer> acknowledged,
            Round round,
            Findings found)
            throws IOException {
        try (@Nullable Disk disk = mounted(system, cut, round)) {
            if (disk == null) {
                throw new IOException("what was cut cannot be mounted");
            }
            Place place = new Place(disk.mountPoint(), round.bellhop(), Map.of());
            // Here the project has another path, and so its server another state directory.
            requireJournal(place, acknowledged.size(), found);
            try (Agent agent = place.agent("after")) {
                Agent.Answer list = agent.call("task_list", Map.of("limit", 1));
                found.require(
                        !list.isError() && !list.text().contains("unreadable"),
                        "the list says: " + list.text());
                for (Map.Entry<Integer, Integer> each : acknowledged.entrySet()) {
                    found.checked(1);
                    int revision = revision(place.task(each.getKey()));
                    found.require(
                            revision >= each.getValue(),
                            "#%d is at revision %d; %d was acknowledged"
                                    .formatted(each.getKey(), revision, each.getValue()));
                }
                Agent.Answer next = agent.call("task_create", Map.of("subject", "after the cut"));
                Matcher id = ID.matcher(next.text());
                found.require(
                        id.find() && !acknowledged.containsKey(Integer.valueOf(id.group(1))),
                        "no new task can be created: " + next.text());
            }
        }
    }

    private static int revision(Path file) throws IOException {
        if (!Files.exists(file)) {
            return -1;
        }
        JsonNode task = new ObjectMapper().readTree(file.toFile());
        return task.path("priority").asInt();
    }

    /// The database is whole, and holds a line for each task at the least.
    private static void requireJournal(Place place, int tasks, Findings found) throws IOException {
        Path database = place.state().orElseThrow().resolve("bellhop.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            try (ResultSet row = statement.executeQuery("pragma integrity_check")) {
                found.require(row.getString(1).equals("ok"), "integrity: " + row.getString(1));
            }
            try (ResultSet row =
                    statement.executeQuery(
                            "select count(distinct subject) from journal"
                                    + " where event = 'created'")) {
                found.require(
                        row.getInt(1) >= tasks,
                        "%d tasks, %d in the journal".formatted(tasks, row.getInt(1)));
            }
        } catch (SQLException e) {
            found.violation("the database cannot be read: " + e.getMessage());
        }
    }

    // ---- who works meanwhile

    /// Has tasks created and changed, one call after another, and keeps what was acknowledged.
    private static final class Worker implements AutoCloseable {
        private final Map<Integer, Integer> revisions = new ConcurrentHashMap<>();
        private final Agent agent;
        private final Thread thread;
        private volatile int calls;
        private volatile boolean stopping;
        private volatile String trouble = "";

        Worker(Place place) throws IOException {
            agent = place.agent("worker");
            thread = Thread.ofPlatform().name("worker").start(this::work);
        }

        private void work() {
            try {
                for (int revision = 1; !stopping; revision++) {
                    if (revisions.size() < TASKS) {
                        Agent.Answer created =
                                agent.call(
                                        "task_create",
                                        Map.of("subject", "task", "priority", revision));
                        Matcher id = ID.matcher(created.text());
                        if (!id.find()) {
                            throw new IOException(created.text());
                        }
                        revisions.put(Integer.valueOf(id.group(1)), revision);
                    } else {
                        int id = 1 + revision % TASKS;
                        Agent.Answer changed =
                                agent.call(
                                        "task_update", Map.of("task_id", id, "priority", revision));
                        if (changed.isError()) {
                            throw new IOException(changed.text());
                        }
                        revisions.put(id, revision);
                    }
                    calls = revision;
                }
            } catch (IOException e) {
                trouble = String.valueOf(e.getMessage());
            }
        }

        /// Waits until there is something to lose.
        void awaitMore() {
            int before = calls;
            long deadline = System.nanoTime() + Agent.PATIENCE.toNanos();
            while (calls < before + 5 && System.nanoTime() < deadline && trouble.isEmpty()) {
                LockSupport.parkNanos(1_000_000);
            }
        }

        void requireNoTrouble(Findings findings) {
            findings.require(trouble.isEmpty(), "the server before the cut: " + trouble);
        }

        @Override
        public void close() {
            stopping = true;
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            agent.close();
        }
    }

    // ---- the control

    /// Whether a writer that only renames is seen to lose something.
    private static boolean control(
            String system,
            Path image,
            Path disks,
            Path mountPoint,
            Round round,
            RandomGenerator random)
            throws IOException {
        Path folder = Files.createTempDirectory(mountPoint, "control");
        Map<String, String> acknowledged = new HashMap<>();
        long end = System.nanoTime() + 100_000_000 + random.nextInt(100_000_000);
        for (int i = 0; System.nanoTime() < end; i++) {
            String name = "task_%d".formatted(i % 200);
            Path temporary = Files.writeString(folder.resolve(name + ".tmp"), "revision " + i);
            Files.move(temporary, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            acknowledged.put(name, "revision " + i);
        }
        Path cut = cut(image, disks);
        try (@Nullable Disk disk = mounted(system, cut, round)) {
            if (disk == null) {
                return true;
            }
            Path after = disk.mountPoint().resolve(mountPoint.relativize(folder));
            for (Map.Entry<String, String> each : acknowledged.entrySet()) {
                Path file = after.resolve(each.getKey());
                if (!Files.exists(file) || !Files.readString(file).equals(each.getValue())) {
                    return true;
                }
            }
            return false;
        }
    }
}
