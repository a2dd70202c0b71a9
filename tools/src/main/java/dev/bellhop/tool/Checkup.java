package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.store.Database;
import dev.bellhop.task.TaskGraph;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;

/// Whether everything that a project needs is there and works.
public record Checkup(List<Finding> findings) {

    private static final int JOBS_LOOKED_AT = 1_000;
    private static final int FAILURES_SHOWN = 5;
    private static final int REASON_CHARS_MAX = 200;

    /// One thing that was looked at.
    ///
    /// @param what it is
    /// @param said how it is; where it is not good, what to do about it
    public record Finding(boolean isGood, String what, String said) {}

    public Checkup {
        findings = List.copyOf(findings);
    }

    public boolean isGood() {
        return findings.stream().allMatch(Finding::isGood);
    }

    /// Looks at everything, and changes nothing but what any call would.
    public static Checkup of(Project project) {
        List<Finding> findings = new ArrayList<>();
        findings.add(new Finding(true, "project", project.directory().toString()));
        findings.addAll(tasks(project));
        findings.add(
                finding(
                        "state",
                        () -> {
                            project.jobs().look();
                            return project.state() + ", readable and writable";
                        }));
        findings.addAll(database(project));
        findings.add(finding("jobs", () -> jobs(project)));
        findings.addAll(settings(project));
        findings.addAll(undelivered(project));
        findings.add(
                program(
                        List.of("setsid", "perl"),
                        "gives a job a session of its own",
                        "install util-linux or perl"));
        return new Checkup(findings);
    }

    private static List<Finding> tasks(Project project) {
        try {
            return project.tasks().read(Checkup::inGraph);
        } catch (Problem problem) {
            return List.of(bad("tasks", problem));
        }
    }

    private static List<Finding> inGraph(TaskGraph graph) {
        List<Finding> findings = new ArrayList<>();
        findings.add(
                new Finding(
                        true,
                        "tasks",
                        "%d, %d of them open"
                                .formatted(graph.tasks().size(), graph.open().size())));
        graph.unreadable()
                .forEach((file, reason) ->
                        findings.add(new Finding(false, file, reason + "; mend it by hand")));
        return findings;
    }

    private static List<Finding> database(Project project) {
        try {
            Database database = project.database();
            List<Finding> findings = new ArrayList<>();
            List<String> damage = database.damage();
            findings.add(
                    damage.isEmpty()
                            ? new Finding(true, "database", "sound")
                            : new Finding(
                                    false,
                                    "database",
                                    "damaged: %s; end all servers of the project and move it out of %s"
                                            .formatted(
                                                    String.join(", ", damage), project.state())));
            database.network()
                    .ifPresent(type ->
                            findings.add(
                                    new Finding(
                                            false,
                                            "database",
                                            "on a file system of other machines (%s), which may damage"
                                                            .formatted(type)
                                                    + " it; set XDG_STATE_HOME to a local"
                                                    + " directory")));
            for (Path aside : database.asides()) {
                findings.add(
                        new Finding(
                                false,
                                "database",
                                "an earlier one was damaged and set aside as %s; delete it when you have"
                                                .formatted(aside)
                                        + " what you want of it"));
            }
            return findings;
        } catch (Problem problem) {
            return List.of(bad("database", problem));
        }
    }

    private static String jobs(Project project) {
        List<Job> jobs = project.jobs().newest(JOBS_LOOKED_AT);
        long running = jobs.stream().filter(job -> !job.state().isOver()).count();
        return "%d, %d of them running".formatted(project.jobs().count(), running);
    }

    private static List<Finding> settings(Project project) {
        try {
            Settings settings = project.settings();
            List<Finding> findings = new ArrayList<>();
            findings.add(
                    new Finding(true, "settings", "%d sinks".formatted(settings.sinks().size())));
            settings.warnings()
                    .forEach(warning -> findings.add(new Finding(false, "settings", warning)));
            return findings;
        } catch (Problem problem) {
            return List.of(bad("settings", problem));
        }
    }

    /// Sinks that have taken nothing since they were given up on.
    private static List<Finding> undelivered(Project project) {
        try {
            return project.outbox().failures(FAILURES_SHOWN).stream()
                    .map(result ->
                            new Finding(
                                    false,
                                    "sink " + result.name(),
                                    "event %d was not delivered in %d attempts: %s"
                                            .formatted(
                                                    result.seq(),
                                                    result.attempts(),
                                                    Excerpt.line(
                                                            String.valueOf(result.detail()),
                                                            REASON_CHARS_MAX))))
                    .toList();
        } catch (Problem problem) {
            return List.of(bad("sinks", problem));
        }
    }

    private static Finding program(List<String> names, String use, String remedy) {
        for (String name : names) {
            boolean there =
                    Stream.of("/usr/bin", "/bin", "/usr/local/bin", "/opt/homebrew/bin")
                            .map(folder -> Path.of(folder, name))
                            .anyMatch(file -> Files.isExecutable(file));
            if (there) {
                return new Finding(true, name, use);
            }
        }
        return new Finding(false, String.join(" or ", names), "missing: " + remedy);
    }

    private static Finding finding(String what, Supplier<String> look) {
        try {
            return new Finding(true, what, look.get());
        } catch (Problem problem) {
            return bad(what, problem);
        }
    }

    private static Finding bad(String what, Problem problem) {
        return new Finding(false, what, problem.getMessage() + " - " + problem.hint());
    }
}
