package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import org.jspecify.annotations.Nullable;

/// What a door gives back for a call.
///
/// @param text one block for the agent to read; empty if there is nothing to say
/// @param problem the kind of problem, or null if the call succeeded
/// @param sent to be run by the door once the text has left the process: until then nothing that
///   the text tells counts as told
public record Reply(String text, Problem.@Nullable Kind problem, Runnable sent) {

    public boolean isError() {
        return problem != null;
    }
}
