package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.task.TaskId;

/// A task that exists, or one that the same batch is about to make.
sealed interface TaskRef {

    record Existing(TaskId id) implements TaskRef {}

    /// A task of the batch.
    ///
    /// @param name as a task of the batch has it in `ref`
    record InBatch(String name) implements TaskRef {}

    /// `12` and `#12` name a task that exists; anything else is a ref of the batch.
    static TaskRef of(String text) {
        String name = text.strip();
        if (name.isEmpty()) {
            throw Problem.invalid("a blocker has an empty name", "Give a task id or a ref.");
        }
        return name.matches("#?[0-9]{1,9}") ? new Existing(TaskId.parse(name)) : new InBatch(name);
    }
}
