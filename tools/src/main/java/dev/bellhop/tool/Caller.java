package dev.bellhop.tool;

import dev.bellhop.base.Hangup;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// Who makes a call, and for which project. Made by the door, once for each call.
///
/// @param project the project's directory
/// @param client the client's name and version, such as `claude-code 2.1.329`, for the journal
/// @param conversation whom the pipe or the person stands for
/// @param thread the consumer that this very call names, or null if it names none
/// @param patience how long the client waits for an answer before it gives the call up
/// @param hangup hung up when the client does not wait any longer
/// @param asker asks the person in front of the client
/// @param receivedNanos when the request was read, in [System#nanoTime]
public record Caller(
        Path project,
        String client,
        Conversation conversation,
        @Nullable String thread,
        Duration patience,
        Hangup hangup,
        Asker asker,
        long receivedNanos) {

    /// Whose inbox this call reads.
    public String consumer() {
        return thread != null ? thread : conversation.consumer();
    }
}
