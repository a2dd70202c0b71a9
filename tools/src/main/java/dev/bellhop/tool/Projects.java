package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.display.Secrets;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.JobSpec;
import dev.bellhop.sink.Courier;
import dev.bellhop.sink.Outbox;
import dev.bellhop.sink.Sink;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.TaskStore;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The projects this process works for, each opened when it is first needed.
public final class Projects implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Projects.class);

    private final Map<Path, Project> open = new ConcurrentHashMap<>();
    private final Map<Path, Courier> couriers = new ConcurrentHashMap<>();
    private final Set<Path> cameFor = ConcurrentHashMap.newKeySet();

    /// What lets others ask this process is not for what it starts.
    private static final String TOKEN = "BELLHOP_TOKEN";

    private final Map<String, String> environment;
    private final Map<String, String> inherited;
    private final InstantSource clock;
    private volatile boolean isStaying;

    private volatile @Nullable Secrets secrets;

    /// @param environment this process's: says where state is kept (`XDG_STATE_HOME`, `HOME`) and
    ///   tasks (`BELLHOP_TASKS_DIR`), and is what jobs inherit, but for `BELLHOP_TOKEN`
    public Projects(Map<String, String> environment, InstantSource clock) {
        this.environment = Map.copyOf(environment);
        Map<String, String> others = new HashMap<>(environment);
        others.remove(TOKEN);
        this.inherited = Map.copyOf(others);
        this.clock = clock;
    }

    /// Gets ready what it takes to open a project, and to look at its tasks, which is what most ask
    /// for.
    public static void load() {
        String _ = digest("");
        Secrets _ = Secrets.of(Map.of());
        TaskStore.load();
    }

    /// What no answer may show. Before a project is open, what the user has set is not known.
    Secrets secrets() {
        Secrets known = secrets;
        return known == null ? Secrets.of(environment) : known;
    }

    /// The project in `directory`.
    public Project at(Path directory) {
        Project project = open.computeIfAbsent(directory, this::open);
        if (isStaying) {
            couriers.computeIfAbsent(directory, _ -> lookAfter(project));
        }
        return project;
    }

    /// Notes that somebody comes for the project in `directory`.
    ///
    /// @return whether nobody did before
    boolean isFirstFor(Path directory) {
        return cameFor.add(directory);
    }

    /// Whether anything is kept for the project in `directory`.
    boolean isKnown(Path directory) {
        return Files.isDirectory(stateOf(directory));
    }

    /// The project in `directory` as it stands now: the ends of its jobs are entered, and their
    /// tasks have been told.
    Project current(Path directory) {
        Project project = at(directory);
        project.jobs().look();
        Links.tell(project);
        return project;
    }

    /// Says that this process stays: from now on it looks after the jobs of the projects that are
    /// opened, those of servers that are gone too, and tells sinks what happens, until it is
    /// closed.
    public void stay() {
        isStaying = true;
    }

    private Courier lookAfter(Project project) {
        Thread.ofVirtual().name("adopt").start(() -> adopt(project));
        return courier(project);
    }

    private Courier courier(Project project) {
        Courier courier =
                new Courier(
                        project.outbox(),
                        sinks(project),
                        project.state().resolve("sinks"),
                        inherited,
                        clock);
        courier.start();
        return courier;
    }

    private static @Nullable Map<String, Sink> sinks(Project project) {
        try {
            return project.settings().sinks();
        } catch (Problem problem) {
            // It was told when they were read. Jobs may have sinks of their own.
            return null;
        }
    }

    /// How many projects are open.
    public int count() {
        return open.size();
    }

    /// How many jobs of theirs run.
    public int runningJobs() {
        return open.values().stream().mapToInt(project -> project.jobs().running()).sum();
    }

    /// Ends the work for all of them. Jobs go on; what still comes to their databases is refused.
    @Override
    public void close() {
        couriers.values().forEach(Courier::close);
        open.values()
                .forEach(project -> {
                    project.jobs().close();
                    project.tasks().close();
                    project.database().close();
                });
    }

    private Project open(Path directory) {
        Path state = stateOf(directory);
        Supplier<Settings> settings = settings(directory);
        Secrets secrets = Secrets.of(environment, masked(settings));
        this.secrets = secrets;
        AtomicReference<JobRunner> runner = new AtomicReference<>();
        Database database =
                new Database(
                        state.resolve("bellhop.db"),
                        Stream.of(
                                        Journal.tables(),
                                        Inbox.tables(),
                                        JobRunner.tables(),
                                        Outbox.tables())
                                .flatMap(List::stream)
                                .toList(),
                        Map.of(1, JobRunner.upgrades()),
                        (connection, reason) ->
                                begin(Objects.requireNonNull(runner.get()), connection, reason));
        Journal journal = new Journal(database);
        Outbox outbox = new Outbox(database, directory, clock);
        String elsewhere = environment.get("BELLHOP_TASKS_DIR");
        TaskStore tasks =
                new TaskStore(
                        directory.resolve(elsewhere == null ? ".tasks" : elsewhere),
                        state.resolve("tasks.snapshot"),
                        database,
                        journal,
                        clock);
        JobRunner jobs =
                new JobRunner(
                        state.resolve("jobs"),
                        database,
                        journal,
                        outbox,
                        clock,
                        directory,
                        () -> settings.get().jobs(),
                        secrets,
                        inherited,
                        link -> present(link, tasks));
        runner.set(jobs);
        return new Project(
                directory,
                state,
                database,
                tasks,
                jobs,
                new Inbox(database, directory),
                journal,
                outbox,
                settings,
                clock,
                secrets);
    }

    /// What begins again for a task that is gone is for what it was.
    private static JobSpec.TaskLink present(JobSpec.TaskLink link, TaskStore tasks) {
        Task task = tasks.read(graph -> graph.find(new TaskId(link.task())));
        return task == null ? link : Proofs.present(link, task);
    }

    private static void begin(JobRunner jobs, Connection connection, Database.Reason reason)
            throws SQLException {
        switch (reason) {
            case Database.Reason.Missing _ -> jobs.restore(connection, "missing");
            case Database.Reason.Damaged damaged ->
                    jobs.restore(connection, "damaged and set aside as " + damaged.aside());
        }
    }

    /// Reads the user's settings. Only what needs them fails where they cannot be read.
    private Supplier<Settings> settings(Path directory) {
        try {
            Settings settings = Settings.read(SettingsFile.of(environment), directory);
            settings.warnings().forEach(LOG::warn);
            return () -> settings;
        } catch (Problem problem) {
            LOG.warn("the settings do not hold: {} - {}", problem.getMessage(), problem.hint());
            return () -> {
                throw problem;
            };
        }
    }

    private static Set<String> masked(Supplier<Settings> settings) {
        try {
            return Set.copyOf(settings.get().mask());
        } catch (Problem problem) {
            // It was told when they were read. What looks like a secret is masked all the same.
            return Set.of();
        }
    }

    private static void adopt(Project project) {
        try {
            project.jobs().adopt(() -> Links.tell(project));
        } catch (RuntimeException e) {
            LOG.warn("the jobs of earlier servers could not be taken over: {}", e.getMessage());
        }
    }

    /// Where the state of all projects is kept, and what servers share.
    ///
    /// @param environment says where: `XDG_STATE_HOME`, else `HOME`
    public static Path stateHome(Map<String, String> environment) {
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        String configured = environment.get("XDG_STATE_HOME");
        Path states =
                configured == null || !Path.of(configured).isAbsolute()
                        ? Path.of(home, ".local", "state")
                        : Path.of(configured);
        return states.resolve("bellhop");
    }

    /// Where the state of the project in `directory` is kept: never in the project itself.
    private Path stateOf(Path directory) {
        Path name = directory.getFileName();
        String readable =
                name == null ? "root" : name.toString().replaceAll("[^A-Za-z0-9._-]", "_");
        return stateHome(environment).resolve(readable + "-" + digest(directory.toString()));
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
