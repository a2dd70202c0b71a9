package dev.bellhop.sink;

import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What can happen that a sink is told of.
public enum EventKind {
    JOB_FINISHED("job.finished", Subject.JOB, "ended"),
    JOB_OUTPUT_MATCHED("job.output.matched", Subject.JOB, "matched"),
    JOB_SILENT("job.silent", Subject.JOB, "silent"),
    TASK_CREATED("task.created", Subject.TASK, "created"),
    TASK_CHANGED("task.changed", Subject.TASK, "changed"),
    TASK_ASKED("task.asked", Subject.TASK, "asked"),
    TASK_ANSWERED("task.answered", Subject.TASK, "answered");

    /// What an entry of the journal may be about.
    private enum Subject {
        JOB("[0-9a-f]{8}"),
        TASK("#[0-9]+");

        private final Pattern pattern;

        Subject(String pattern) {
            this.pattern = Pattern.compile(pattern);
        }
    }

    private final String word;
    private final Subject subject;
    private final String entry;

    /// @param entry the word that the journal has for it
    EventKind(String word, Subject subject, String entry) {
        this.word = word;
        this.subject = subject;
        this.entry = entry;
    }

    /// `job.finished`.
    public String word() {
        return word;
    }

    /// What an entry of the journal is to sinks; empty if it is nothing to them.
    ///
    /// @param subject a job id, or a task such as `#12`
    /// @param entry the journal's word, such as `ended`
    public static Optional<EventKind> of(String subject, String entry) {
        return Stream.of(values())
                .filter(kind -> kind.entry.equals(entry))
                .filter(kind -> kind.subject.pattern.matcher(subject).matches())
                .findFirst();
    }

    static Optional<EventKind> named(String word) {
        return Stream.of(values()).filter(kind -> kind.word.equals(word)).findFirst();
    }
}
