package dev.bellhop.task;

import dev.bellhop.base.Problem;
import org.jspecify.annotations.Nullable;

/// The number of a task, written `#12`. Never given twice in a project.
///
/// @param number 1 to 999,999,999
public record TaskId(int number) implements Comparable<TaskId> {

    static final int NUMBER_MAX = 999_999_999;

    public TaskId {
        if (number < 1 || number > NUMBER_MAX) {
            throw Problem.invalid(
                    number + " is not a task id", "Give the number of a task, such as 12.");
        }
    }

    /// The id in `text`, which is `12` or `#12`.
    public static TaskId parse(String text) {
        String digits = text.strip();
        if (digits.startsWith("#")) {
            digits = digits.substring(1);
        }
        if (!digits.matches("[0-9]{1,9}")) {
            throw Problem.invalid(
                    "\"" + text + "\" is not a task id", "Give the number of a task, such as 12.");
        }
        return new TaskId(Integer.parseInt(digits));
    }

    @Override
    public int compareTo(TaskId other) {
        return Integer.compare(number, other.number);
    }

    // What a record has by itself is made by the JVM at each start, and slower.
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof TaskId id && id.number == number;
    }

    @Override
    public int hashCode() {
        return number;
    }

    @Override
    public String toString() {
        return "#" + number;
    }
}
