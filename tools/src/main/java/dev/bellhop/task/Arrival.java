package dev.bellhop.task;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.time.Instant;
import java.util.List;

/// A task that was made elsewhere, to be kept here too.
///
/// @param source what it is called where it comes from, such as `beads:app-12`
/// @param task whose number, blockers and parent are of the [Arrivals] that it belongs to
public record Arrival(String source, Task task) {

    /// The key of a task's file that says where the task came from.
    static final String SOURCE = "source";

    static final int SOURCE_CHARS_MAX = 500;

    private static final String NO_REASON = "It had failed before it came here; nobody said why.";

    /// Whom an answer is told who comes first.
    private static final String NOBODY = "";

    /// Checks what somebody else wrote.
    ///
    /// @throws Problem `INVALID` if it could not have been made here
    public Arrival {
        if (source.isBlank() || source.length() > SOURCE_CHARS_MAX) {
            throw Problem.invalid(
                    "its name where it comes from has %d characters".formatted(source.length()),
                    "Give one of 1 to %d characters.".formatted(SOURCE_CHARS_MAX));
        }
        task = checked(task);
    }

    /// The arrival of the task that `json` is, as a file of ours would have it.
    ///
    /// @throws Problem `INVALID` if it could not have been made here
    public static Arrival of(String source, ObjectNode json) {
        return new Arrival(source, read(json));
    }

    /// The task that `json` is, as a file of ours would have it.
    ///
    /// @throws Problem `INVALID` if it is none
    public static Task read(ObjectNode json) {
        try {
            return TaskFiles.content(json).task();
        } catch (TaskFiles.UnreadableException e) {
            throw Problem.invalid(e.reason(), "Correct it, or leave the task out.");
        }
    }

    private static Task checked(Task task) {
        Task.Editor editor =
                task.edit()
                        .subject(task.subject())
                        .description(task.description())
                        .labels(task.labels())
                        .terms(task.terms());
        if (task.owner() != null) {
            editor.owner(task.owner());
        }
        if (task.result() != null) {
            editor.result(task.result());
        } else if (task.status() == Status.FAILED) {
            editor.result(NO_REASON);
        }
        if (task.status() == Status.BLOCKED_ON_HUMAN && task.work().question() == null) {
            // Else nobody could answer it.
            Instant since = task.updatedAt() == null ? Instant.EPOCH : task.updatedAt();
            editor.ask(new Work.Question(task.subject(), List.of(), NOBODY, since, null, null));
        }
        task.notes().forEach(note -> Task.Editor.limited("note", note.text()));
        TaskFiles.bytes(task);
        return editor.done();
    }
}
