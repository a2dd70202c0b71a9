package dev.bellhop.tool;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import dev.bellhop.base.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// What a client tells its hook on standard input, as far as that matters here.
///
/// @param session the conversation's name, or null
/// @param event at which event the hook is run, or null
/// @param directory where the client works, or null
public record HookInput(
        @Nullable String session, @Nullable String event, @Nullable Path directory) {

    /// What a tool has answered may stand in it. What matters comes before that.
    private static final long BYTES_MAX = 1 << 20;

    private static final JsonFactory JSON =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder().maxDocumentLength(BYTES_MAX).build())
                    .build();

    /// Reads no further than the end of the object: the client may leave the pipe open.
    ///
    /// @throws Problem `INVALID` if there is nothing of use in it
    public static HookInput read(InputStream in) {
        String session = null;
        String event = null;
        String directory = null;
        try (JsonParser parser = JSON.createParser(in)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw unreadable();
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                if (parser.nextToken() != JsonToken.VALUE_STRING) {
                    parser.skipChildren();
                    continue;
                }
                switch (name) {
                    case "session_id", "sessionId" -> session = parser.getText();
                    case "hook_event_name", "hookEventName" -> event = parser.getText();
                    case "cwd" -> directory = parser.getText();
                    default -> {}
                }
            }
        } catch (IOException e) {
            // What was read before it was cut is good.
            if (session == null && event == null && directory == null) {
                throw unreadable();
            }
        }
        return new HookInput(
                session == null || session.isBlank() ? null : session,
                event,
                directory == null ? null : directory(directory));
    }

    private static Problem unreadable() {
        return Problem.invalid(
                "there is no JSON object on standard input", "This command is for clients' hooks.");
    }

    private static @Nullable Path directory(String text) {
        try {
            Path path = Path.of(text);
            return path.isAbsolute() && Files.isDirectory(path) ? path : null;
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
