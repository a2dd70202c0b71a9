package dev.bellhop.tool;

import java.util.List;

/// What a person can ask a client to begin with.
///
/// @param name as it is chosen
/// @param title what people call it
/// @param description what it does, on one line
public record Prompt(String name, String title, String description, List<Argument> arguments) {

    public Prompt {
        arguments = List.copyOf(arguments);
    }

    /// What a prompt is told.
    ///
    /// @param description what to write
    public record Argument(String name, String description, boolean required) {}
}
