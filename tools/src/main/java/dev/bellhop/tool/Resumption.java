package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Work;
import java.time.Instant;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// The prompt `resume`: how the work stands, and what to do next.
final class Resumption {

    private static final int CHARS_MAX = 4_000;
    private static final int LINE_CHARS_MAX = 150;
    private static final int LINES_MAX = 4;
    private static final int DESCRIPTION_CHARS_MAX = 1_000;
    private static final int NOTES_MAX = 3;
    private static final int COUNTED_MAX = 1_000;

    private static final String ALWAYS =
            """
            - Write down with task_update and note what the next agent has to know, before you stop.
            - Set a task to completed only when it is really done, with a result; to failed with a result that says why.\
            """;

    private final Project project;
    private final StringBuilder text = new StringBuilder();

    private Resumption(Project project) {
        this.project = project;
    }

    /// @param task the id of the one that is meant, or blank for all
    /// @throws dev.bellhop.base.Problem `INVALID` if that is no id, `NOT_FOUND` if there is no such
    ///   task
    static String text(Project project, String task) {
        Resumption resumption = new Resumption(project);
        if (task.isBlank()) {
            resumption.tellAll();
        } else {
            resumption.tell(TaskId.parse(Excerpt.line(task, LINE_CHARS_MAX)));
        }
        // Masks may be longer than what they stand for.
        return Excerpt.of(resumption.text.toString(), CHARS_MAX - 100);
    }

    // ---- the whole project

    private void tellAll() {
        text.append("Resume the work on this project. This is how it stands in Bellhop:\n");
        String next = project.tasks().read(this::tasks);
        List<Job> running = jobs("running");
        add("running commands", running.stream().map(job -> JobLine.of(job, project)).toList());
        List<Job> queued = jobs("queued");
        add("queued commands", queued.stream().map(job -> JobLine.of(job, project)).toList());
        text.append("\nWhat to do:\n- ").append(next).append('\n');
        if (!running.isEmpty() || !queued.isEmpty()) {
            text.append(
                    "- Do not start a command again that runs: check_background shows it and waits"
                            + " for it.\n");
        }
        text.append(ALWAYS);
    }

    private List<Job> jobs(String state) {
        return project.jobs().list(new JobRunner.Filter(state, List.of(), null), COUNTED_MAX);
    }

    private String tasks(TaskGraph graph) {
        Instant now = project.clock().instant();
        List<Task> working = with(graph, task -> task.status() == Status.IN_PROGRESS);
        Collection<Task> ready = graph.ready(now);
        List<Task> asking = with(graph, task -> task.status() == Status.BLOCKED_ON_HUMAN);
        add("in progress", working.stream().map(task -> line(task, graph)).toList());
        add("ready", ready.stream().map(task -> line(task, graph)).toList());
        add(
                "waiting for a person",
                asking.stream().map(task -> line(task, graph) + asked(task)).toList());
        int others = graph.open().size() - working.size() - ready.size() - asking.size();
        if (others > 0) {
            text.append("\nopen tasks that wait: %,d\n".formatted(others));
        }
        if (!graph.unreadable().isEmpty()) {
            text.append(
                    "\nunreadable task files: %,d (task_list names them)\n"
                            .formatted(graph.unreadable().size()));
        }
        return next(working, ready, asking, others);
    }

    private static String next(
            List<Task> working, Collection<Task> ready, List<Task> asking, int others) {
        if (!working.isEmpty()) {
            TaskId id = working.getFirst().id();
            return "Go on with %s, unless another agent is at it: task_get %d shows what is known of it."
                    .formatted(id, id.number());
        }
        if (!ready.isEmpty()) {
            TaskId id = best(ready).id();
            return "Take %s: task_get %d, then task_update with status in_progress."
                    .formatted(id, id.number());
        }
        if (!asking.isEmpty()) {
            return "Nothing can be started before a person has answered: ask what %s waits for."
                    .formatted(asking.getFirst().id());
        }
        if (others > 0) {
            return "Nothing is ready: see with task_list what the open tasks wait for, and resolve"
                    + " that.";
        }
        return "No task is open: ask what is wanted next, and lay it out with task_create.";
    }

    /// Of the highest priority the first.
    private static Task best(Collection<Task> ready) {
        return Collections.max(ready, Comparator.comparingInt(Task::priority));
    }

    private static List<Task> with(TaskGraph graph, Predicate<Task> filter) {
        return graph.open().stream().filter(filter).toList();
    }

    // ---- one task

    private void tell(TaskId id) {
        text.append("Resume the work on %s. This is how it stands in Bellhop:\n\n".formatted(id));
        String next = project.tasks().read(graph -> task(graph.get(id), graph));
        List<Job> jobs = project.jobs().forTask(id.number());
        add("its commands", jobs.reversed().stream().map(job -> JobLine.of(job, project)).toList());
        text.append("\nWhat to do:\n- ").append(next).append('\n').append(ALWAYS);
    }

    private String task(Task task, TaskGraph graph) {
        text.append(line(task, graph)).append('\n');
        String description = project.secrets().shown(task.description()).strip();
        if (!description.isEmpty()) {
            text.append(Excerpt.of(description, DESCRIPTION_CHARS_MAX)).append('\n');
        }
        if (task.result() != null) {
            text.append("result: ").append(shown(task.result())).append('\n');
        }
        List<Task.Note> notes = task.notes();
        add(
                "last notes",
                notes.subList(Math.max(0, notes.size() - NOTES_MAX), notes.size()).stream()
                        .map(note -> shown("%s: %s".formatted(note.by(), note.text())))
                        .toList());
        List<TaskId> blockers = task.status().isTerminal() ? List.of() : graph.openBlockers(task);
        add("waits for", blockers.stream().map(blocker -> line(blocker, graph)).toList());
        return next(task, blockers, graph.isReady(task, project.clock().instant()));
    }

    private static String next(Task task, List<TaskId> blockers, boolean isReady) {
        int id = task.id().number();
        return switch (task.status()) {
            case IN_PROGRESS ->
                    "Go on with it, unless another agent is at it; task_get %d shows all of it."
                            .formatted(id);
            case PENDING, BACKLOG -> {
                if (!blockers.isEmpty()) {
                    yield "It cannot be started yet: do %s first.".formatted(blockers.getFirst());
                }
                yield isReady || task.status() == Status.BACKLOG
                        ? "Start it: task_update with task_id %d and status in_progress."
                                .formatted(id)
                        : "See with task_get %d why it is not ready: its owner, or its time."
                                .formatted(id);
            }
            case BLOCKED_ON_HUMAN ->
                    "A person has to answer first: ask, then set it to pending with the answer as a"
                            + " note.";
            case COMPLETED -> "It is completed. See with task_list and ready what can be done now.";
            case FAILED, CANCELLED ->
                    "It is %s. Set it to pending only if that was wrong or has been resolved."
                            .formatted(task.status().word());
        };
    }

    // ---- lines

    private String line(TaskId id, TaskGraph graph) {
        Task task = graph.find(id);
        return task == null ? "%s, which is not there".formatted(id) : line(task, graph);
    }

    private String line(Task task, TaskGraph graph) {
        return shown(TaskLine.of(task, graph));
    }

    private String asked(Task task) {
        Work.Question question = task.work().question();
        return question == null ? "" : "\n  " + shown(question.text());
    }

    private String shown(String words) {
        return Excerpt.line(project.secrets().shown(words), LINE_CHARS_MAX);
    }

    /// A heading and what is below it, if there is anything.
    private void add(String heading, List<String> lines) {
        if (lines.isEmpty()) {
            return;
        }
        List<String> shown = lines.subList(0, Math.min(LINES_MAX, lines.size()));
        text.append('\n').append(heading).append(":\n").append(String.join("\n", shown));
        int more = lines.size() - shown.size();
        text.append(more > 0 ? "\n… %,d more\n".formatted(more) : "\n");
    }
}
