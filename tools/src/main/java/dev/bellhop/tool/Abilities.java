package dev.bellhop.tool;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What an agent says of itself when its server is started: which tasks it should be given.
///
/// @param name under which it owns what it claims, or null for that of its client
/// @param role what it is, such as `reviewer`, or null
/// @param skills the types and labels of tasks that it can do; empty if it can do all
public record Abilities(@Nullable String name, @Nullable String role, List<String> skills) {

    /// Those of an agent that says nothing.
    public static final Abilities UNTOLD = new Abilities(null, null, List.of());

    public Abilities {
        skills = List.copyOf(skills);
    }
}
