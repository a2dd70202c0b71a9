package dev.bellhop.task;

import dev.bellhop.base.Problem;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// Where a task stands.
public enum Status {
    BACKLOG('.'),
    PENDING(' '),
    IN_PROGRESS('>'),
    /// It waits for a person. Never ready, never retried.
    BLOCKED_ON_HUMAN('?'),
    COMPLETED('x'),
    FAILED('!'),
    CANCELLED('-');

    private final char mark;

    Status(char mark) {
        this.mark = mark;
    }

    /// The character between the brackets in lists.
    public char mark() {
        return mark;
    }

    /// Its name in files and answers: `in_progress`.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Whether the work is over, one way or another.
    public boolean isTerminal() {
        return switch (this) {
            case COMPLETED, FAILED, CANCELLED -> true;
            case BACKLOG, PENDING, IN_PROGRESS, BLOCKED_ON_HUMAN -> false;
        };
    }

    /// Whether a task that waits for this one can never start.
    boolean isDeadEnd() {
        return this == FAILED || this == CANCELLED;
    }

    /// All words, in the order of a task's life.
    public static List<String> words() {
        return Stream.of(values()).map(Status::word).toList();
    }

    /// The status that `text` says; the names that other task systems use are taken too.
    public static Status parse(String text) {
        String word = text.strip().toLowerCase(Locale.ROOT).replace('-', '_').replace(' ', '_');
        return switch (word) {
            case "done" -> COMPLETED;
            case "todo" -> PENDING;
            case "blocked" -> BLOCKED_ON_HUMAN;
            case "deleted" -> CANCELLED;
            default ->
                    Stream.of(values())
                            .filter(status -> status.word().equals(word))
                            .findFirst()
                            .orElseThrow(() ->
                                    Problem.invalid(
                                            "`status` cannot be " + text,
                                            "Write one of " + String.join(", ", words()) + "."));
        };
    }
}
