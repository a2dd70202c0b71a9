package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Everything that can happen to the database: a crowd, `kill -9`, somebody else's lock, a reader
/// who does not end, a full disk; and that it is deleted or replaced by garbage.
final class DatabaseTrouble implements Trial {

    private static final long WAL_BYTES_MAX = 64 << 20;
    private static final int LOCK_MILLIS = 10_000;
    private static final Pattern JOB = Pattern.compile("Background task ([0-9a-f]{8}) started");

    private enum Kind {
        CROWD,
        KILL,
        DELETED,
        GARBAGE,
        DELETED_BEFORE_START,
        GARBAGE_BEFORE_START,
        LONG_READER,
        FULL,
        FOREIGN_LOCK
    }

    @Override
    public String id() {
        return "R17";
    }

    @Override
    public String about() {
        return "the database, in every way";
    }

    @Override
    public int shortCycles() {
        return Kind.values().length;
    }

    @Override
    public int fullCycles() {
        return 100;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        RandomGenerator random = round.random();
        List<String> skipped = new ArrayList<>();
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            Kind kind = Kind.values()[findings.cycle() % Kind.values().length];
            Place place = Place.in(round, kind + "-" + findings.cycles());
            Findings found = new Findings();
            switch (kind) {
                case CROWD -> crowd(place, false, random, found);
                case KILL -> crowd(place, true, random, found);
                case DELETED -> lost(place, false, false, found);
                case GARBAGE -> lost(place, true, false, found);
                case DELETED_BEFORE_START -> lost(place, false, true, found);
                case GARBAGE_BEFORE_START -> lost(place, true, true, found);
                case LONG_READER -> longReader(place, round.cycles() > shortCycles(), found);
                case FULL -> {
                    String why = full(place, found);
                    if (!why.isEmpty() && !skipped.contains(why)) {
                        skipped.add(why);
                    }
                }
                case FOREIGN_LOCK -> foreignLock(place, found);
            }
            findings.add(found, kind + ": ");
        }
        skipped.forEach(findings::figure);
        return findings.outcome();
    }

    private static Path database(Place place) throws IOException {
        return place.state().orElseThrow().resolve("bellhop.db");
    }

    private static Connection open(Path database) throws SQLException {
        return DriverManager.getConnection("jdbc:sqlite:" + database);
    }

    private static void requireIntegrity(Place place, Findings findings) throws IOException {
        try (Connection connection = open(database(place));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("pragma integrity_check")) {
            findings.require(
                    row.next() && row.getString(1).equals("ok"),
                    "integrity_check: " + row.getString(1));
        } catch (SQLException e) {
            findings.violation("the database cannot be read: " + e.getMessage());
        }
    }

    private static void requireNotBusy(Agent.Answer answer, Findings findings) {
        findings.checked(1);
        findings.require(
                !answer.text().contains("SQLITE_BUSY")
                        && !answer.text().contains("notifications cannot be read")
                        && !answer.isError(),
                "a client reads: " + answer.text());
    }

    /// Starts a job that has ended when this returns.
    private static String job(Agent agent, String word) throws IOException {
        Agent.Answer started =
                agent.call("background_run", Map.of("command", "echo " + word, "wait", 20));
        Matcher id = JOB.matcher(started.text());
        if (!id.find()) {
            throw new IOException("no job was started: " + started.text());
        }
        return id.group(1);
    }

    // ---- a crowd

    private static void crowd(Place place, boolean kill, RandomGenerator random, Findings findings)
            throws IOException {
        List<Agent> agents = new ArrayList<>();
        try {
            for (int i = 0; i < 4; i++) {
                agents.add(place.agent("s" + i));
            }
            List<CompletableFuture<JsonNode>> calls = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                Agent agent = agents.get(i % 4);
                calls.add(agent.send("task_create", Map.of("subject", "t" + i)));
                if (i % 4 == 0) {
                    calls.add(agent.send("background_run", Map.of("command", "echo " + i)));
                }
                calls.add(agent.send("inbox", Map.of()));
            }
            if (kill) {
                agents.get(random.nextInt(4)).kill();
            }
            for (CompletableFuture<JsonNode> call : calls) {
                try {
                    requireNotBusy(Agent.answer(call), findings);
                } catch (Agent.Gone e) {
                    findings.require(kill, "an answer never came");
                }
            }
            requireIntegrity(place, findings);
        } finally {
            agents.forEach(Agent::close);
        }
    }

    // ---- the file is lost

    private static void lost(Place place, boolean garbage, boolean beforeStart, Findings findings)
            throws IOException {
        Agent agent = place.agent("s");
        try {
            agent.call("task_create", Map.of("subject", "kept"));
            String over = job(agent, "first-output");
            if (beforeStart) {
                agent.kill();
            }
            Path file = database(place);
            for (String suffix : List.of("", "-wal", "-shm")) {
                Files.deleteIfExists(Path.of(file + suffix));
            }
            if (garbage) {
                Files.writeString(file, "this is not a database\n".repeat(1_000));
            }
            if (beforeStart) {
                agent = place.agent("s");
            }
            // The first call may say that something was lost. What comes after it works.
            agent.call("task_list", Map.of());
            Agent.Answer list = agent.call("task_list", Map.of());
            findings.checked(1);
            findings.require(
                    !list.isError() && list.text().contains("kept"), "tasks: " + list.text());
            Agent.Answer created = agent.call("task_create", Map.of("subject", "after"));
            findings.require(!created.isError(), "a task cannot be created: " + created.text());
            Agent.Answer old = agent.call("check_background", Map.of("task_id", over));
            findings.require(
                    !old.isError() && old.text().contains("first-output"),
                    "job %s is lost: %s".formatted(over, old.text()));
            Agent.Answer started =
                    agent.call("background_run", Map.of("command", "echo again", "wait", 10));
            findings.require(
                    !started.isError() && started.text().contains("again"),
                    "no job can be started: " + started.text());
            // A file that is gone must not live on in one process only.
            try (Agent other = place.agent("other")) {
                Agent.Answer seen = other.call("check_background", Map.of());
                findings.require(
                        seen.text().contains(over) && seen.text().contains("echo again"),
                        "another server does not see the jobs: " + seen.text());
            }
            requireIntegrity(place, findings);
        } finally {
            agent.close();
        }
    }

    // ---- others hold it

    private static void longReader(Place place, boolean whole, Findings findings)
            throws IOException, SQLException {
        try (Agent agent = place.agent("s")) {
            agent.call("task_create", Map.of("subject", "read"));
            Path wal = Path.of(database(place) + "-wal");
            try (Connection reader = open(database(place));
                    Statement statement = reader.createStatement()) {
                statement.execute("begin");
                try (ResultSet row = statement.executeQuery("select count(*) from journal")) {
                    row.next();
                }
                change(agent, whole ? 1_000 : 60, findings);
                long size = Files.size(wal);
                findings.require(size <= WAL_BYTES_MAX, "the log grew to %d bytes".formatted(size));
                statement.execute("rollback");
            }
            change(agent, 40, findings);
            findings.require(
                    Files.size(wal) <= WAL_BYTES_MAX,
                    "the log stays at %d bytes".formatted(Files.size(wal)));
            requireIntegrity(place, findings);
        }
    }

    private static void change(Agent agent, int times, Findings findings) throws IOException {
        for (int i = 0; i < times; i++) {
            requireNotBusy(
                    agent.call(
                            "task_update",
                            Map.of("task_id", 1, "description", (i + "x").repeat(1_000))),
                    findings);
        }
    }

    private static void foreignLock(Place place, Findings findings)
            throws IOException, SQLException {
        try (Agent agent = place.agent("s")) {
            agent.call("task_create", Map.of("subject", "before"));
            try (Connection other = open(database(place));
                    Statement statement = other.createStatement()) {
                statement.execute("begin immediate");
                long start = System.nanoTime();
                CompletableFuture<JsonNode> write =
                        agent.send("task_create", Map.of("subject", "during"));
                Agent.Answer refused = Agent.answer(write);
                long millis = (System.nanoTime() - start) / 1_000_000;
                findings.checked(1);
                findings.require(
                        "unavailable".equals(refused.problem()), "not refused: " + refused.text());
                findings.require(
                        !refused.text().contains("SQLITE_BUSY"),
                        "a client reads: " + refused.text());
                findings.require(millis < LOCK_MILLIS, "it took %d ms".formatted(millis));
                Agent.Answer list = agent.call("task_list", Map.of());
                findings.require(
                        !list.isError() && list.text().contains("before"),
                        "reading fails: " + list.text());
                statement.execute("rollback");
            }
            requireNotBusy(agent.call("task_create", Map.of("subject", "after")), findings);
            requireIntegrity(place, findings);
        }
    }

    // ---- the disk is full

    /// @return why it was not done; empty if it was
    private static String full(Place place, Findings findings) throws IOException {
        try (@Nullable Disk disk = Disk.small(place.stateHome())) {
            if (disk == null) {
                return "disk full: only root can mount a disk";
            }
            try (Agent agent = place.agent("s")) {
                agent.call("task_create", Map.of("subject", "before"));
                Path filler = disk.fill();
                // Enough that the log has to be taken in meanwhile.
                int refused = 0;
                for (int i = 0; i < 30; i++) {
                    Agent.Answer answer =
                            agent.call(
                                    "task_update",
                                    Map.of("task_id", 1, "description", (i + "y").repeat(20_000)));
                    refused += answer.isError() ? 1 : 0;
                    findings.require(
                            !answer.isError() || "unavailable".equals(answer.problem()),
                            "not said as it is: " + answer.text());
                }
                findings.require(refused > 0, "nothing was refused on a full disk");
                Files.delete(filler);
                requireNotBusy(agent.call("task_create", Map.of("subject", "after")), findings);
                requireIntegrity(place, findings);
            }
        }
        return "";
    }
}
