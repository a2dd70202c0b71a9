package dev.bellhop.task;

import dev.bellhop.base.Problem;
import dev.bellhop.store.DirectoryLock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A JVM of its own that works on the tasks of a project, driven line by line.
///
/// It says `ready`, waits for a line, and then does what its first argument names. Of all that it
/// prints a line is an acknowledgement: what it names is on disk.
final class OtherProcess implements AutoCloseable {

    private final Process process;
    private final BufferedReader output;

    private OtherProcess(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static OtherProcess start(ProjectDirectory project, String... arguments) {
        return start(List.of(), Map.of(), project, arguments);
    }

    /// As root whom the modes of files bind, like everybody else.
    static OtherProcess startWithoutPrivileges(ProjectDirectory project, String... arguments) {
        return start(
                isRoot()
                        ? List.of(
                                "setpriv",
                                "--bounding-set",
                                "-dac_override,-dac_read_search,-fowner")
                        : List.of(),
                Map.of(),
                project,
                arguments);
    }

    static OtherProcess startWith(
            Map<String, String> environment, ProjectDirectory project, String... arguments) {
        return start(List.of(), environment, project, arguments);
    }

    private static OtherProcess start(
            List<String> wrapper,
            Map<String, String> environment,
            ProjectDirectory project,
            String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xshare:auto",
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        project.root().toString()));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().putAll(environment);
        try {
            return new OtherProcess(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean isRoot() {
        return "root".equals(System.getProperty("user.name"));
    }

    /// Its next line; null after the last.
    @Nullable String line() {
        try {
            return output.readLine();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until it could begin.
    OtherProcess awaitReady() {
        String line = line();
        if (!"ready".equals(line)) {
            throw new AssertionError("it said " + line + " instead of ready");
        }
        return this;
    }

    OtherProcess go() {
        try {
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /// The lines that it has yet to print.
    List<String> rest() {
        return output.lines().toList();
    }

    void kill() {
        // Through the handle: the process itself would close the output, and what it acknowledged.
        process.toHandle().destroyForcibly();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("it cannot be killed");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- what runs over there

    public static void main(String[] arguments) throws IOException {
        ProjectDirectory project = new ProjectDirectory(Path.of(arguments[0]));
        TaskStore store = project.open(InstantSource.system());
        store.read(graph -> graph.tasks().size());
        say("ready");
        if (System.in.read() < 0) {
            return;
        }
        switch (arguments[1]) {
            case "create" -> create(store, arguments[2], Integer.parseInt(arguments[3]));
            case "work" -> work(store, arguments[2]);
            case "complete" -> complete(store, Integer.parseInt(arguments[2]), arguments[3]);
            case "once" -> once(store, arguments[2]);
            case "list" -> list(store);
            case "barred" -> barred(project, store);
            case "unreadable" -> {
                list(store);
                Files.setPosixFilePermissions(
                        project.file(1), PosixFilePermissions.fromString("rw-r--r--"));
                list(store);
            }
            case "lock" -> lock(project);
            default -> throw new IllegalArgumentException(Arrays.toString(arguments));
        }
    }

    private static void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    /// Creates tasks, by two threads at once, and says each id.
    private static void create(TaskStore store, String name, int count) {
        Runnable half =
                () -> {
                    for (int i = 0; i < count / 2; i++) {
                        say(ProjectDirectory.newTask(store, name).id().toString());
                    }
                };
        Thread other = Thread.ofPlatform().start(half);
        half.run();
        join(other);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /// Creates for ever, and says what each task or chain is called and its ids.
    private static void work(TaskStore store, String name) {
        Thread.ofPlatform()
                .start(() -> {
                    for (int i = 0; ; i++) {
                        String label = name + "-single-" + i;
                        say(label + " " + ProjectDirectory.newTask(store, label).id());
                    }
                });
        batches(store, name + "-batch");
    }

    /// Creates chains of five for ever, and says the ids of each chain.
    private static void batches(TaskStore store, String name) {
        for (int i = 0; ; i++) {
            String label = name + "-" + i;
            Plan.Item[] items = new Plan.Item[5];
            for (int j = 0; j < items.length; j++) {
                Plan.Item bare =
                        j == 0
                                ? ProjectDirectory.item("0")
                                : ProjectDirectory.item(String.valueOf(j), String.valueOf(j - 1));
                items[j] =
                        new Plan.Item(
                                bare.ref(),
                                label,
                                "",
                                List.of(),
                                bare.blockedByRefs(),
                                0,
                                null,
                                List.of(),
                                null,
                                null,
                                Terms.NONE);
            }
            List<String> ids =
                    store.create(ProjectDirectory.plan(items), ProjectDirectory.AUTHOR).stream()
                            .map(task -> task.id().toString())
                            .toList();
            say(label + " " + String.join(" ", ids));
        }
    }

    /// Completes every blocker of the project it can get hold of first, creates a task after each,
    /// and says what it created and what it unblocked.
    private static void complete(TaskStore store, int creates, String name) {
        List<TaskId> blockers =
                store.read(graph ->
                        graph.tasks().stream()
                                .filter(task -> task.subject().startsWith("blocker"))
                                .map(Task::id)
                                .toList());
        Random random = new Random(name.hashCode());
        List<TaskId> shuffled = new ArrayList<>(blockers);
        Collections.shuffle(shuffled, random);
        for (int i = 0; i < Math.max(creates, shuffled.size()); i++) {
            if (i < creates) {
                Task task = ProjectDirectory.newTask(store, name);
                say("created " + task.id());
                TaskStore.Updated done =
                        store.update(
                                task.id(),
                                TaskChange.to(Status.COMPLETED),
                                ProjectDirectory.AUTHOR);
                done.unblocked().forEach(id -> say("unblocked " + id));
            }
            if (i < shuffled.size()) {
                TaskStore.Updated done =
                        store.update(
                                shuffled.get(i),
                                TaskChange.to(Status.COMPLETED),
                                ProjectDirectory.AUTHOR);
                done.unblocked().forEach(id -> say("unblocked " + id));
            }
        }
    }

    /// Creates a task under a key, and says its id.
    private static void once(TaskStore store, String key) {
        Plan plan =
                new Plan(List.of(Plan.Item.of("only once")), new Task.RequestKey(key, "payload"));
        say(store.create(plan, ProjectDirectory.AUTHOR).toString());
    }

    private static void list(TaskStore store) {
        Map<String, String> bad = new HashMap<>(ProjectDirectory.unreadable(store));
        say(ProjectDirectory.all(store).stream().map(Task::id).toList() + " " + bad.values());
    }

    /// What becomes of reads and changes in a directory that may not be written, and then may be.
    private static void barred(ProjectDirectory project, TaskStore store) throws IOException {
        for (int i = 0; i < 2; i++) {
            try {
                say("created " + ProjectDirectory.newTask(store, "barred").id());
            } catch (Problem problem) {
                say(problem.kind() + ": " + problem.getMessage());
            }
            list(store);
            Files.setPosixFilePermissions(
                    project.tasks(), PosixFilePermissions.fromString("rwxr-xr-x"));
        }
    }

    private static void lock(ProjectDirectory project) throws IOException {
        try (DirectoryLock.Held _ = DirectoryLock.on(project.tasks().resolve(".lock")).acquire()) {
            say("held");
            say("told " + System.in.read());
        }
    }
}
