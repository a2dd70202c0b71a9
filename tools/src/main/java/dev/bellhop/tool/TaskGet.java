package dev.bellhop.tool;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Elapsed;
import dev.bellhop.base.Excerpt;
import dev.bellhop.display.Secrets;
import dev.bellhop.job.Job;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Work;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `task_get`: everything about one task.
final class TaskGet implements Tool<TaskGet.Input> {

    private static final int DESCRIPTION_CHARS_MAX = 3_000;
    private static final int RESULT_CHARS_MAX = 800;
    private static final int NOTE_CHARS_MAX = 300;
    private static final int CHANGE_CHARS_MAX = 160;
    private static final int SHOWN_MAX = 5;

    record Input(@About(name = "task_id") TaskId taskId) {}

    @Override
    public String name() {
        return "task_get";
    }

    @Override
    public String about() {
        return "Get one task in full: description, notes, result, blockers, its background jobs and"
                + " last changes.";
    }

    @Override
    public String searchHint() {
        return "get task details show notes history";
    }

    @Override
    public Hints hints() {
        return Hints.READS;
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        Project project = call.project();
        List<String> lines =
                project.tasks()
                        .read(graph -> about(graph.get(input.taskId()), graph, project.secrets()));
        lines.addAll(jobs(project, input.taskId()));
        lines.addAll(changes(project, input.taskId()));
        return String.join("\n", lines);
    }

    private static List<String> about(Task task, TaskGraph graph, Secrets secrets) {
        List<String> lines = new ArrayList<>();
        lines.add(TaskLine.of(task, graph));
        lines.add("status: " + task.status().word());
        add(lines, "blocks: ", TaskLine.numbers(graph.dependents(task.id())), "[]");
        add(lines, "part of: ", task.parent() == null ? "" : task.parent().toString(), "");
        add(lines, "parts: ", TaskLine.numbers(graph.parts(task.id())), "[]");
        add(lines, "type: ", orEmpty(task.terms().type()), "");
        add(lines, "role: ", orEmpty(task.terms().role()), "");
        add(lines, "labels: ", String.join(", ", task.labels()), "");
        add(lines, "not before: ", task.notBefore() == null ? "" : "" + task.notBefore(), "");
        add(lines, "", Excerpt.of(secrets.shown(task.description()), DESCRIPTION_CHARS_MAX), "");
        add(
                lines,
                "result: ",
                task.result() == null
                        ? ""
                        : Excerpt.of(secrets.shown(task.result()), RESULT_CHARS_MAX),
                "");
        course(lines, task, secrets);
        List<Task.Note> notes = task.notes();
        if (!notes.isEmpty()) {
            lines.add(heading("notes", notes.size()));
            for (Task.Note note : last(notes)) {
                lines.add(
                        "- %s %s: %s"
                                .formatted(
                                        note.at(),
                                        note.by(),
                                        Excerpt.line(secrets.shown(note.text()), NOTE_CHARS_MAX)));
            }
        }
        return lines;
    }

    /// How the work on it stands.
    private static void course(List<String> lines, Task task, Secrets secrets) {
        Work work = task.work();
        CommandLine verify = task.terms().verify();
        if (verify != null) {
            Work.Evidence evidence = work.evidence();
            lines.add(
                    "verify: %s (%s)"
                            .formatted(
                                    Excerpt.line(secrets.shown(verify.shown()), NOTE_CHARS_MAX),
                                    evidence == null
                                            ? "not shown yet"
                                            : "job %s exited %d%s"
                                                    .formatted(
                                                            evidence.job(),
                                                            evidence.exitCode(),
                                                            evidence.commit() == null
                                                                    ? ""
                                                                    : " at " + evidence.commit())));
        }
        Work.Claim claim = work.claim();
        if (claim != null) {
            lines.add("claimed: %s, %s".formatted(claim.at(), claim.consumer()));
        }
        Work.Question question = work.question();
        if (question != null) {
            lines.add("question: " + Excerpt.of(secrets.shown(question.text()), RESULT_CHARS_MAX));
            add(lines, "options: ", secrets.shown(String.join(" | ", question.options())), "");
        }
        for (Work.Answer answer : last(work.answers())) {
            lines.add(
                    "answer: %s (%s, %s; asked: %s)"
                            .formatted(
                                    Excerpt.line(secrets.shown(answer.text()), NOTE_CHARS_MAX),
                                    answer.by(),
                                    answer.at(),
                                    Excerpt.line(
                                            secrets.shown(answer.question()), NOTE_CHARS_MAX)));
        }
        for (Work.Attempt attempt : last(work.attempts())) {
            lines.add(
                    "failed: %s @%s: %s"
                            .formatted(
                                    attempt.at(),
                                    attempt.by(),
                                    Excerpt.line(secrets.shown(attempt.text()), NOTE_CHARS_MAX)));
        }
        if (task.terms().attemptsMax() > 0) {
            lines.add(
                    "attempts: %d of %d"
                            .formatted(work.attempts().size(), task.terms().attemptsMax()));
        }
    }

    private static <T> List<T> last(List<T> all) {
        return all.subList(Math.max(0, all.size() - SHOWN_MAX), all.size());
    }

    private static String orEmpty(@Nullable String text) {
        return text == null ? "" : text;
    }

    private static void add(List<String> lines, String name, String value, String empty) {
        if (!value.equals(empty)) {
            lines.add(name + value);
        }
    }

    /// `notes:`, or `notes (the last 5 of 12):`.
    private static String heading(String what, int count) {
        return count <= SHOWN_MAX
                ? what + ":"
                : "%s (the last %d of %d):".formatted(what, SHOWN_MAX, count);
    }

    private static List<String> jobs(Project project, TaskId id) {
        List<Job> jobs = project.jobs().forTask(id.number());
        if (jobs.isEmpty()) {
            return List.of();
        }
        List<String> lines = new ArrayList<>();
        lines.add(heading("jobs", jobs.size()));
        for (Job job : last(jobs)) {
            lines.add("- " + JobLine.of(job, project));
        }
        return lines;
    }

    private static List<String> changes(Project project, TaskId id) {
        List<Journal.Entry> entries = project.journal().about(id.toString(), SHOWN_MAX);
        if (entries.isEmpty()) {
            return List.of();
        }
        String lines =
                entries.stream()
                        .map(entry ->
                                "- %s ago by %s: %s %s"
                                        .formatted(
                                                Elapsed.text(
                                                        java.time.Duration.between(
                                                                entry.at(),
                                                                project.clock().instant())),
                                                entry.author().client(),
                                                entry.event(),
                                                Excerpt.line(
                                                        project.secrets()
                                                                .shown(
                                                                        String.valueOf(
                                                                                entry.after())),
                                                        CHANGE_CHARS_MAX)))
                        .collect(Collectors.joining("\n"));
        return List.of("last changes:", lines);
    }
}
