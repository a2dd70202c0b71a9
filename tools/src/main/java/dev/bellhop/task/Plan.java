package dev.bellhop.task;

import dev.bellhop.base.Problem;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Tasks to be created together: all of them or none.
///
/// @param requestKey by which a repetition of this plan is recognized, or null
public record Plan(List<Item> items, Task.@Nullable RequestKey requestKey) {

    static final int ITEMS_MAX = 500;

    public Plan {
        items = List.copyOf(items);
        if (items.isEmpty()) {
            throw Problem.invalid("the plan is empty", "Give at least one task.");
        }
        if (items.size() > ITEMS_MAX) {
            throw Problem.invalid(
                    "the plan has %d tasks".formatted(items.size()),
                    "Create at most %d in one call.".formatted(ITEMS_MAX));
        }
        Set<String> refs = new HashSet<>();
        for (Item item : items) {
            if (item.ref() != null && !refs.add(item.ref())) {
                throw Problem.invalid(
                        "two tasks have the ref " + item.ref(), "Give each a ref of its own.");
            }
        }
    }

    /// One task of a plan.
    ///
    /// @param ref its name within the plan, or null
    /// @param blockedBy tasks that exist
    /// @param blockedByRefs tasks of this plan
    /// @param parent a task that exists, or null
    /// @param parentRef a task of this plan, or null
    /// @param terms what it asks of whoever works on it
    public record Item(
            @Nullable String ref,
            String subject,
            String description,
            List<TaskId> blockedBy,
            List<String> blockedByRefs,
            int priority,
            @Nullable String owner,
            List<String> labels,
            @Nullable TaskId parent,
            @Nullable String parentRef,
            Terms terms) {

        /// A task with nothing but a subject and blockers that exist.
        public static Item of(String subject, TaskId... blockedBy) {
            return new Item(
                    null,
                    subject,
                    "",
                    List.of(blockedBy),
                    List.of(),
                    0,
                    null,
                    List.of(),
                    null,
                    null,
                    Terms.NONE);
        }
    }
}
