package dev.bellhop.server.mcp;

import dev.bellhop.tool.ComesAgain;
import java.io.Serial;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A call can go on only when the client has answered something. Thrown by the work, which is begun
/// anew when the client comes back with the answers.
public final class InputRequired extends ComesAgain {

    @Serial private static final long serialVersionUID = 1;

    private final transient Map<String, Object> requests;
    private final @Nullable String state;

    /// @param requests what is asked, by key: `method` and `params` of each
    /// @param state what the client is to give back with the answers
    public InputRequired(Map<String, Object> requests, @Nullable String state) {
        super("input is required");
        this.requests = requests;
        this.state = state;
    }

    public Map<String, Object> requests() {
        return requests;
    }

    public @Nullable String state() {
        return state;
    }
}
