package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Hangup;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.Signal;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A project in a temporary directory, its state beside it, and the clients that work on it.
final class ProjectFolder implements AutoCloseable {

    private static final Pattern ID = Pattern.compile("Background task ([0-9a-f]{8}) started");

    final Path root;
    final Path project;
    final Projects projects;
    private final List<Projects> everyProjects = new ArrayList<>();

    ProjectFolder(Path root) {
        this(root, InstantSource.system());
    }

    ProjectFolder(Path root, InstantSource clock) {
        this.root = root;
        try {
            project = Files.createDirectories(root.resolve("project"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        projects = here(clock);
    }

    /// What a process has that starts now, until this is closed.
    private Projects here(InstantSource clock) {
        Projects here = projects(root, clock);
        everyProjects.add(here);
        return here;
    }

    /// What a process has that starts now.
    static Projects projects(Path root) {
        return projects(root, InstantSource.system());
    }

    private static Projects projects(Path root, InstantSource clock) {
        return new Projects(
                Map.of(
                        "PATH",
                        "/usr/local/bin:/usr/bin:/bin",
                        "HOME",
                        root.toString(),
                        "XDG_STATE_HOME",
                        root.resolve("state").toString()),
                clock);
    }

    Client client(String consumer) {
        return new Client(projects, project, new Conversation(consumer));
    }

    /// A client whose server has just started, in this process.
    Client clientOfANewServer(String consumer) {
        return new Client(here(InstantSource.system()), project, new Conversation(consumer));
    }

    Client observer() {
        return new Client(projects, project, Conversation.ofObserver("person"));
    }

    Project opened() {
        return projects.at(project);
    }

    Path jobFolder(String id) {
        return opened().state().resolve("jobs").resolve(id);
    }

    /// Runs a line, and lets it begin once the answer is there: so its end is news for later.
    String runThenEnd(Client client, String line) {
        String id = client.run("until [ -e ../go ]; do sleep 0.02; done; " + line);
        try {
            Files.createFile(root.resolve("go"));
            awaitEnd(id);
            Files.delete(root.resolve("go"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return id;
    }

    /// Waits until a job is over, without asking as anybody.
    void awaitEnd(String id) {
        await(() -> opened().jobs().get(id).state().isOver());
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + 30_000_000_000L;
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it did not come true in time");
            java.util.concurrent.locks.LockSupport.parkNanos(5_000_000);
        }
    }

    /// The id in an answer of `background_run`.
    static String id(String answer) {
        Matcher matcher = ID.matcher(answer);
        assertTrue(matcher.find(), answer);
        return matcher.group(1);
    }

    /// `text` without what differs from run to run: times, and the ids of jobs.
    static String steady(String text) {
        return text.replace("until [ -e ../go ]; do sleep 0.02; done; ", "")
                .replaceAll("[0-9]+(\\.[0-9])? s\\b", "T s")
                .replaceAll("\\b(?!facade)[0-9a-f]{8}\\b", "ID");
    }

    @Override
    public void close() {
        endJobs();
        everyProjects.forEach(Projects::close);
    }

    private void endJobs() {
        JobRunner jobs = opened().jobs();
        for (Job job : jobs.newest(1_000)) {
            jobs.kill(job, Signal.KILL, new Journal.Author("test", "test"), true);
        }
        await(() -> {
            jobs.look();
            return jobs.newest(1_000).stream().allMatch(job -> job.state().isOver());
        });
    }

    /// An agent at the other end of a pipe.
    record Client(Projects projects, Path project, Conversation conversation) {

        /// Calls a tool; the answer arrives.
        String call(String tool, @Nullable Object... arguments) {
            Reply reply = ask(tool, arguments);
            reply.sent().run();
            return reply.text();
        }

        /// As [#call], where it must not be refused.
        String good(String tool, @Nullable Object... arguments) {
            Reply reply = ask(tool, arguments);
            reply.sent().run();
            assertFalse(reply.isError(), reply.text());
            return reply.text();
        }

        /// Calls a tool; its answer has not left yet.
        Reply ask(String tool, @Nullable Object... arguments) {
            return ask(new Hangup(), Duration.ofSeconds(60), tool, arguments);
        }

        Reply ask(Hangup hangup, Duration patience, String tool, @Nullable Object... arguments) {
            Map<String, @Nullable Object> map = new LinkedHashMap<>();
            for (int i = 0; i < arguments.length; i += 2) {
                map.put(String.valueOf(arguments[i]), arguments[i + 1]);
            }
            return new Toolbox(Toolbox.standard(), projects)
                    .call(
                            tool,
                            map,
                            new Caller(
                                    project,
                                    "test 1.0",
                                    conversation,
                                    null,
                                    patience,
                                    hangup,
                                    Asker.NOBODY,
                                    System.nanoTime()));
        }

        String run(Object command) {
            return id(good("background_run", "command", command));
        }

        List<String> lines(String tool, @Nullable Object... arguments) {
            return good(tool, arguments).lines().toList();
        }
    }
}
