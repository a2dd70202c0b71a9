package dev.bellhop.tool;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.task.Plan;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Terms;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `task_create`: adds tasks to the graph, one or a whole plan.
final class TaskCreate implements Tool<TaskCreate.Input> {

    /// One task of a batch.
    record Item(
            @Nullable String ref,
            String subject,
            @Nullable String description,
            @About("ids, or refs of this batch") @Nullable List<TaskRef> blockedBy,
            @Nullable Integer priority,
            @About(told = false) @Nullable String owner,
            @About(told = false) @Nullable List<String> labels,
            @Nullable TaskRef parent,
            @About(told = false) @Nullable String type,
            @About(plain = true) @Nullable CommandLine verify,
            @About(told = false) @Nullable String role,
            @About(name = "max_attempts", told = false) @Nullable Integer maxAttempts,
            @About(name = "on_dep_failure", told = false) Terms.@Nullable OnDeadEnd onDepFailure) {

        Plan.Item toItem() {
            List<TaskId> existing = new ArrayList<>();
            List<String> refs = new ArrayList<>();
            for (TaskRef blocker : blockedBy == null ? List.<TaskRef>of() : blockedBy) {
                switch (blocker) {
                    case TaskRef.Existing(TaskId id) -> existing.add(id);
                    case TaskRef.InBatch(String name) -> refs.add(name);
                }
            }
            return new Plan.Item(
                    ref == null ? null : ref.strip(),
                    subject,
                    description == null ? "" : description,
                    existing,
                    refs,
                    priority == null ? 0 : priority,
                    owner,
                    labels == null ? List.of() : labels,
                    parent instanceof TaskRef.Existing(TaskId id) ? id : null,
                    parent instanceof TaskRef.InBatch(String name) ? name : null,
                    terms(type, role, verify, maxAttempts, onDepFailure));
        }
    }

    record Input(
            @About("One line that is true when the task is done") @Nullable String subject,
            @Nullable String description,
            @About("Ids of tasks to complete first") @Nullable List<TaskId> blockedBy,
            @About("Higher is sooner") @Nullable Integer priority,
            @Nullable String owner,
            @Nullable List<String> labels,
            @Nullable TaskId parent,
            @Nullable String type,
            @About(value = "Command that must succeed before completion", plain = true)
                    @Nullable CommandLine verify,
            @About(value = "Only who has this role is given it unasked", told = false)
                    @Nullable String role,
            @About(
                            name = "max_attempts",
                            value = "How often it may fail before it has failed for good",
                            told = false)
                    @Nullable Integer maxAttempts,
            @About(
                            name = "on_dep_failure",
                            value = "When a blocker fails: block, cancel or run",
                            told = false)
                    Terms.@Nullable OnDeadEnd onDepFailure,
            @About("A whole plan, all or nothing") @Nullable List<Item> tasks,
            @About(name = "idempotency_key") @Nullable String idempotencyKey) {

        Plan plan() {
            Task.RequestKey key =
                    idempotencyKey == null
                            ? null
                            : new Task.RequestKey(idempotencyKey, Projects.digest(toString()));
            if (tasks != null) {
                if (subject != null) {
                    throw Problem.invalid(
                            "both `subject` and `tasks` are given",
                            "Give a subject for one task, or tasks for several.");
                }
                return new Plan(tasks.stream().map(Item::toItem).toList(), key);
            }
            if (subject == null) {
                throw Problem.invalid(
                        "`subject` is missing",
                        "Give a subject for one task, or tasks for several.");
            }
            return new Plan(
                    List.of(
                            new Plan.Item(
                                    null,
                                    subject,
                                    description == null ? "" : description,
                                    blockedBy == null ? List.of() : blockedBy,
                                    List.of(),
                                    priority == null ? 0 : priority,
                                    owner,
                                    labels == null ? List.of() : labels,
                                    parent,
                                    null,
                                    terms(type, role, verify, maxAttempts, onDepFailure))),
                    key);
        }
    }

    private static Terms terms(
            @Nullable String type,
            @Nullable String role,
            @Nullable CommandLine verify,
            @Nullable Integer maxAttempts,
            Terms.@Nullable OnDeadEnd onDepFailure) {
        return new Terms(
                type == null ? null : type.strip(),
                role == null ? null : role.strip(),
                verify,
                maxAttempts == null ? 0 : maxAttempts,
                onDepFailure == null ? Terms.OnDeadEnd.BLOCK : onDepFailure);
    }

    @Override
    public String name() {
        return "task_create";
    }

    @Override
    public String about() {
        return "Create a task in the project's durable task graph, which outlives this conversation."
                + " Lay out a plan in one call with tasks: [{ref, subject, blockedBy: [ref or id]}].";
    }

    @Override
    public String searchHint() {
        return "create task todo plan checklist backlog issue";
    }

    @Override
    public Hints hints() {
        return new Hints(false, false, false, false);
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        return call.project().tasks().create(input.plan(), call.author(), TaskCreate::told);
    }

    private static String told(List<Task> created, TaskGraph graph) {
        return created.stream()
                .map(task -> TaskLine.of(task, graph))
                .collect(Collectors.joining("\n"));
    }
}
