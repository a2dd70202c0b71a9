package dev.bellhop.task;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody wants changed about a task; null leaves a thing as it is.
///
/// @param owner empty to take the owner away
/// @param labels in place of those it has
/// @param addBlocks tasks that shall wait for this one
/// @param note added to its notes
/// @param force start or complete it although blockers are open
public record TaskChange(
        @Nullable Status status,
        @Nullable String subject,
        @Nullable String description,
        @Nullable Integer priority,
        @Nullable String owner,
        @Nullable List<String> labels,
        List<TaskId> addBlockedBy,
        List<TaskId> addBlocks,
        List<TaskId> removeBlockedBy,
        @Nullable String note,
        @Nullable String result,
        boolean force) {

    /// Whether it leaves everything as it is.
    public boolean isNothing() {
        return status == null
                && subject == null
                && description == null
                && priority == null
                && owner == null
                && labels == null
                && addBlockedBy.isEmpty()
                && addBlocks.isEmpty()
                && removeBlockedBy.isEmpty()
                && note == null
                && result == null;
    }

    /// Nothing but another status.
    public static TaskChange to(Status status) {
        return new TaskChange(
                status, null, null, null, null, null, List.of(), List.of(), List.of(), null, null,
                false);
    }

    /// A note, and where one is given another status with it, for which the note is the result.
    public static TaskChange noting(@Nullable Status status, String note) {
        return new TaskChange(
                status,
                null,
                null,
                null,
                null,
                null,
                List.of(),
                List.of(),
                List.of(),
                note,
                status == null ? null : note,
                false);
    }
}
