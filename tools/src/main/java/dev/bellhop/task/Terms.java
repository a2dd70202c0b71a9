package dev.bellhop.task;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a task asks of whoever works on it.
///
/// @param type what kind of work it is, such as `code_review`, or null
/// @param role what the worker has to be, such as `reviewer`, or null
/// @param verify the command whose success is the evidence that it is done, or null
/// @param attemptsMax how often it is begun before it has failed for good; 0 means once
/// @param onDeadEnd what becomes of it when a blocker fails or is cancelled
public record Terms(
        @Nullable String type,
        @Nullable String role,
        @Nullable CommandLine verify,
        int attemptsMax,
        OnDeadEnd onDeadEnd) {

    /// Those of a task that asks for nothing.
    public static final Terms NONE = new Terms(null, null, null, 0, OnDeadEnd.BLOCK);

    static final int ATTEMPTS_MAX = 100;
    private static final int WORD_CHARS_MAX = 100;

    /// What becomes of a task when a task that it waits for can never be completed.
    public enum OnDeadEnd {
        /// It goes on waiting: somebody may reopen the other.
        BLOCK,
        /// It is cancelled too.
        CANCEL,
        /// It waits no longer.
        RUN;

        /// Its name in files: `cancel`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }

        /// The one that `text` says.
        public static OnDeadEnd parse(String text) {
            return Stream.of(values())
                    .filter(each -> each.word().equals(text.strip().toLowerCase(Locale.ROOT)))
                    .findFirst()
                    .orElseThrow(() ->
                            Problem.invalid(
                                    "`onDepFailure` cannot be " + text,
                                    "Write one of "
                                            + String.join(
                                                    ", ",
                                                    Stream.of(values())
                                                            .map(OnDeadEnd::word)
                                                            .toList())
                                            + "."));
        }
    }

    /// Refuses what an agent may not ask for.
    Terms checked() {
        requireShort(type);
        requireShort(role);
        if (attemptsMax < 0 || attemptsMax > ATTEMPTS_MAX) {
            throw Problem.invalid(
                    "`max_attempts` cannot be " + attemptsMax,
                    "Write a number from 0 to %d.".formatted(ATTEMPTS_MAX));
        }
        return this;
    }

    private static void requireShort(@Nullable String word) {
        if (word != null && (word.isBlank() || word.length() > WORD_CHARS_MAX)) {
            throw Problem.invalid(
                    "a type or role has %d characters".formatted(word.length()),
                    "Give a word of 1 to %d characters.".formatted(WORD_CHARS_MAX));
        }
    }

    Terms withType(String word) {
        return new Terms(emptyToNull(word), role, verify, attemptsMax, onDeadEnd).checked();
    }

    Terms withVerify(@Nullable CommandLine command) {
        return new Terms(type, role, command, attemptsMax, onDeadEnd);
    }

    private static @Nullable String emptyToNull(String word) {
        return word.isBlank() ? null : word.strip();
    }

    /// Whether `labels` or the type name something of `skills`. A task that names neither asks for
    /// none.
    boolean isWithin(List<String> skills, Iterable<String> labels) {
        if (type != null) {
            return skills.contains(type);
        }
        boolean names = false;
        for (String label : labels) {
            if (skills.contains(label)) {
                return true;
            }
            names = true;
        }
        return !names;
    }
}
