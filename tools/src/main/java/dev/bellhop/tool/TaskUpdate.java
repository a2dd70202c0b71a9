package dev.bellhop.tool;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.TaskStore;
import dev.bellhop.task.Work;
import dev.bellhop.task.Worker;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// `task_update`: changes a task, and says what that freed.
final class TaskUpdate implements Tool<TaskUpdate.Input> {

    private static final int DESCRIPTION_CHARS_MAX = 2_000;

    record Input(
            @About(name = "task_id") @Nullable TaskId taskId,
            @Nullable Status status,
            @Nullable String subject,
            @Nullable String description,
            @Nullable Integer priority,
            @About("Empty: nobody") @Nullable String owner,
            @Nullable List<String> labels,
            @About(told = false) @Nullable String type,
            @About(value = "Command that must succeed before it can be completed", told = false)
                    @Nullable CommandLine verify,
            @Nullable List<TaskId> addBlockedBy,
            @Nullable List<TaskId> addBlocks,
            @Nullable List<TaskId> removeBlockedBy,
            @About("Appended") @Nullable String note,
            @About("What came of it, or why it failed") @Nullable String result,
            @Nullable Boolean claim,
            @About(name = "claim_next", value = "Instead of an id: the best ready one")
                    @Nullable Boolean claimNext,
            @About(name = "claim_token") @Nullable String claimToken,
            @About("Asks a person") @Nullable String question,
            @Nullable List<String> options,
            @About(name = "expires_at", value = "When the question lapses", told = false)
                    @Nullable Instant expiresAt,
            @About(name = "default", value = "The answer when it lapses", told = false)
                    @Nullable String fallback,
            @About("Despite blockers or missing evidence") @Nullable Boolean force) {

        Input {
            if (taskId == null && !Boolean.TRUE.equals(claimNext)) {
                throw Problem.invalid(
                        "`task_id` is missing",
                        "Give the number of a task, such as 12, or claim_next: true.");
            }
            if (taskId != null && Boolean.TRUE.equals(claimNext)) {
                throw Problem.invalid(
                        "both `task_id` and `claim_next` are given",
                        "Give claim: true to take that task, or claim_next alone.");
            }
        }

        /// @param worker who claims it where it is to be claimed
        TaskChange change(Supplier<Worker> worker) {
            TaskChange change =
                    TaskChange.make()
                            .status(status)
                            .subject(subject)
                            .description(description)
                            .priority(priority)
                            .owner(owner)
                            .labels(labels)
                            .type(type)
                            .verify(verify)
                            .addBlockedBy(orNone(addBlockedBy))
                            .addBlocks(orNone(addBlocks))
                            .removeBlockedBy(orNone(removeBlockedBy))
                            .note(note)
                            .result(result)
                            .claimant(Boolean.TRUE.equals(claim) ? worker.get() : null)
                            .token(claimToken)
                            .asking(asking())
                            .force(Boolean.TRUE.equals(force))
                            .done();
            if (change.isNothing() && taskId != null) {
                throw Problem.invalid(
                        "nothing to change about " + taskId,
                        "Give a status, a note or another field; task_get shows the task.");
            }
            return change;
        }

        private TaskChange.@Nullable Asking asking() {
            return question == null && options == null
                    ? null
                    : new TaskChange.Asking(question, orNone(options), expiresAt, fallback);
        }

        private static <T> List<T> orNone(@Nullable List<T> all) {
            return all == null ? List.of() : all;
        }
    }

    @Override
    public String name() {
        return "task_update";
    }

    @Override
    public String about() {
        return "Update a task: in_progress when you start, completed only when it is really done,"
                + " failed with a result saying why, pending to reopen. Answers which tasks that"
                + " unblocked.";
    }

    @Override
    public String searchHint() {
        return "update task status complete done start block dependency note";
    }

    @Override
    public Hints hints() {
        return new Hints(false, false, true, false);
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        TaskStore tasks = call.project().tasks();
        TaskId id = input.taskId();
        if (id == null) {
            return tasks.claimNext(
                    call.worker(),
                    input.change(call::worker),
                    call.author(),
                    (updated, graph) -> claimed(updated, graph, call));
        }
        TaskChange change = input.change(call::worker);
        change = Proofs.with(id, change, call.project());
        if (input.status() == Status.COMPLETED && !change.force()) {
            requireProof(id, change, call.project());
        }
        TaskChange.Asking asking = change.asking();
        String told =
                tasks.update(
                        id, change, call.author(), (updated, graph) -> told(updated, graph, input));
        return asking != null || input.status() == Status.BLOCKED_ON_HUMAN
                ? Asking.now(id, asking == null ? null : asking.text(), call)
                : told;
    }

    /// Refuses what the graph would, in words that show what was run.
    private static void requireProof(TaskId id, TaskChange change, Project project) {
        Task task = project.tasks().read(graph -> graph.get(id));
        CommandLine verify = change.verify() == null ? task.terms().verify() : change.verify();
        TaskChange.Proof proof = change.proof();
        if (verify != null
                && task.status() != Status.COMPLETED
                && (proof == null || !proof.command().equals(verify))) {
            throw Proofs.missing(task, verify, project);
        }
    }

    private static String claimed(Optional<TaskStore.Updated> updated, TaskGraph graph, Call call) {
        if (updated.isEmpty()) {
            return "Nothing to claim: no task is ready for @%s.".formatted(call.name());
        }
        Task task = updated.get().task();
        String description = Excerpt.of(task.description(), DESCRIPTION_CHARS_MAX);
        CommandLine verify = task.terms().verify();
        return Stream.of(
                        TaskLine.of(task, graph),
                        token(task),
                        description,
                        verify == null ? "" : "verify: " + verify.shown())
                .filter(line -> !line.isEmpty())
                .collect(Collectors.joining("\n"));
    }

    private static String token(Task task) {
        Work.Claim claim = task.work().claim();
        return claim == null ? "" : "claim_token: " + claim.token();
    }

    private static String told(TaskStore.Updated updated, TaskGraph graph, Input input) {
        Task task = updated.task();
        StringBuilder told = new StringBuilder(TaskLine.of(task, graph));
        if (Boolean.TRUE.equals(input.claim())) {
            told.append('\n').append(token(task));
        }
        if (input.status() == Status.FAILED && task.status() == Status.PENDING) {
            told.append(
                    "\nattempt %d of %d failed; ready again at %s"
                            .formatted(
                                    task.work().attempts().size(),
                                    task.terms().attemptsMax(),
                                    task.notBefore()));
        }
        if (!updated.unblocked().isEmpty()) {
            told.append("\nunblocked: ").append(TaskLine.ids(updated.unblocked()));
        }
        return told.toString();
    }
}
