package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.TaskStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `task_update`: changes a task, and says what that freed.
final class TaskUpdate implements Tool<TaskUpdate.Input> {

    record Input(
            @About(name = "task_id") TaskId taskId,
            @Nullable Status status,
            @Nullable String subject,
            @Nullable String description,
            @Nullable Integer priority,
            @About("Empty: nobody") @Nullable String owner,
            @Nullable List<String> labels,
            @Nullable List<TaskId> addBlockedBy,
            @Nullable List<TaskId> addBlocks,
            @Nullable List<TaskId> removeBlockedBy,
            @About("Appended") @Nullable String note,
            @About("What came of it, or why it failed") @Nullable String result,
            @About("Despite open blockers") @Nullable Boolean force) {

        TaskChange change() {
            TaskChange change =
                    new TaskChange(
                            status,
                            subject,
                            description,
                            priority,
                            owner,
                            labels,
                            orNone(addBlockedBy),
                            orNone(addBlocks),
                            orNone(removeBlockedBy),
                            note,
                            result,
                            Boolean.TRUE.equals(force));
            if (change.isNothing()) {
                throw Problem.invalid(
                        "nothing to change about " + taskId,
                        "Give a status, a note or another field; task_get shows the task.");
            }
            return change;
        }

        private static List<TaskId> orNone(@Nullable List<TaskId> ids) {
            return ids == null ? List.of() : ids;
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
        return call.project()
                .tasks()
                .update(input.taskId(), input.change(), call.author(), TaskUpdate::told);
    }

    private static String told(TaskStore.Updated updated, TaskGraph graph) {
        String line = TaskLine.of(updated.task(), graph);
        return updated.unblocked().isEmpty()
                ? line
                : line + "\nunblocked: " + TaskLine.ids(updated.unblocked());
    }
}
