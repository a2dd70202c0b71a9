package dev.bellhop.tool;

import dev.bellhop.task.Task;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Which agents the user wants to do which tasks. It is the user's own: no file of a project says
/// who works on it.
///
/// @param types the agent for each type of task
/// @param otherwise the agent for tasks of other types and of none, or null if anybody may do them
/// @param limits how many tasks an agent may have in progress at once, where that is limited
public record Routes(
        Map<String, String> types, @Nullable String otherwise, Map<String, Integer> limits) {

    static final Routes NONE = new Routes(Map.of(), null, Map.of());

    public Routes {
        types = Map.copyOf(types);
        limits = Map.copyOf(limits);
    }

    /// Whether `task` is for the agent `name`.
    boolean leaves(Task task, String name) {
        String type = task.terms().type();
        String agent = type == null ? otherwise : types.getOrDefault(type, otherwise);
        return agent == null || agent.equals(name);
    }

    int limit(String name) {
        return limits.getOrDefault(name, Integer.MAX_VALUE);
    }
}
