package dev.bellhop.tool;

import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.JobLimits;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.Sandbox;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.task.TaskStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.InstantSource;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The projects this process works for, each opened when it is first needed.
public final class Projects implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Projects.class);

    private final Map<Path, Project> open = new ConcurrentHashMap<>();
    private final Map<String, String> environment;
    private final InstantSource clock;

    /// @param environment this process's: says where state is kept (`XDG_STATE_HOME`, `HOME`) and
    ///   tasks (`BELLHOP_TASKS_DIR`), and is what jobs inherit
    public Projects(Map<String, String> environment, InstantSource clock) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
    }

    /// The project in `directory`.
    public Project at(Path directory) {
        return open.computeIfAbsent(directory, this::open);
    }

    /// Ends the work for all of them: what still comes to their databases is refused.
    @Override
    public void close() {
        open.values()
                .forEach(project -> {
                    project.jobs().close();
                    project.database().close();
                });
    }

    private Project open(Path directory) {
        Path state = stateOf(directory);
        Database database =
                new Database(
                        state.resolve("bellhop.db"),
                        Stream.of(Journal.tables(), Inbox.tables(), JobRunner.tables())
                                .flatMap(List::stream)
                                .toList(),
                        Map.of(1, JobRunner.upgrades()),
                        (_, reason) -> begin(directory, reason));
        Journal journal = new Journal(database);
        JobRunner jobs =
                new JobRunner(
                        state.resolve("jobs"),
                        database,
                        journal,
                        clock,
                        JobLimits.DEFAULT,
                        Sandbox.NONE,
                        environment);
        String elsewhere = environment.get("BELLHOP_TASKS_DIR");
        Path tasks = directory.resolve(elsewhere == null ? ".tasks" : elsewhere);
        Project project =
                new Project(
                        directory,
                        state,
                        database,
                        new TaskStore(tasks, database, journal, clock),
                        jobs,
                        new Inbox(database),
                        journal,
                        clock);
        Thread.ofVirtual().name("adopt").start(() -> adopt(project));
        return project;
    }

    private static void begin(Path directory, Database.Reason reason) {
        switch (reason) {
            case Database.Reason.Missing _ -> {}
            case Database.Reason.Damaged damaged ->
                    LOG.warn(
                            "the database of {} was damaged and is set aside as {}",
                            directory,
                            damaged.aside());
        }
    }

    private static void adopt(Project project) {
        try {
            project.jobs().adopt(() -> Links.tell(project));
        } catch (RuntimeException e) {
            LOG.warn("the jobs of earlier servers could not be taken over: {}", e.getMessage());
        }
    }

    /// Where the state of the project in `directory` is kept: never in the project itself.
    private Path stateOf(Path directory) {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        String configured = environment.get("XDG_STATE_HOME");
        Path states =
                configured == null || !Path.of(configured).isAbsolute()
                        ? Path.of(home, ".local", "state")
                        : Path.of(configured);
        Path name = directory.getFileName();
        String readable =
                name == null ? "root" : name.toString().replaceAll("[^A-Za-z0-9._-]", "_");
        return states.resolve("bellhop").resolve(readable + "-" + digest(directory.toString()));
    }

    /// 12 hexadecimal characters that stand for `text`.
    static String digest(String text) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
