package dev.bellhop.task;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Who wants something to work on.
///
/// @param name under which it owns what it takes
/// @param role what it is, such as `reviewer`, or null
/// @param skills the types and labels that it can do; empty if it says nothing, and then it can do
///   all
/// @param isMeant whether the user's routes leave a task to it
/// @param claimsMax how many claimed tasks may be in progress under its name at once
public record Worker(
        String name,
        @Nullable String role,
        List<String> skills,
        Predicate<Task> isMeant,
        int claimsMax) {

    public Worker {
        skills = List.copyOf(skills);
    }

    /// One that takes whatever there is.
    public static Worker ofAllTrades(String name) {
        return new Worker(name, null, List.of(), _ -> true, Integer.MAX_VALUE);
    }

    /// Whether it may be given `task` unasked.
    boolean fits(Task task) {
        Terms terms = task.terms();
        return (terms.role() == null || terms.role().equals(role))
                && (skills.isEmpty() || terms.isWithin(skills, task.labels()))
                && isMeant.test(task);
    }
}
