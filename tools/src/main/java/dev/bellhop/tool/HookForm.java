package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The form in which a client takes from its hooks what the model is to see.
public enum HookForm {
    CLAUDE,
    CODEX,
    GEMINI,

    /// It does not say which event it is, and takes the same from all that show the model anything.
    COPILOT;

    /// At which events the model sees what a hook says; none if all are alike.
    private List<String> events() {
        return switch (this) {
            case CLAUDE ->
                    List.of(
                            "SessionStart",
                            "UserPromptSubmit",
                            "PostToolUse",
                            "PostToolBatch",
                            "Stop");
            case CODEX -> List.of("SessionStart", "UserPromptSubmit", "PostToolUse", "Stop");
            case GEMINI -> List.of("SessionStart", "BeforeAgent", "AfterTool");
            case COPILOT -> List.of();
        };
    }

    /// The client's name.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// The form of the client named `word`; empty if it has none.
    public static Optional<HookForm> of(String word) {
        return Arrays.stream(values()).filter(form -> form.word().equals(word)).findFirst();
    }

    /// Whether the model sees what a hook says at `event`.
    ///
    /// @param event null if the client did not say
    boolean shows(@Nullable String event) {
        return events().isEmpty() || (event != null && events().contains(event));
    }

    /// What a hook prints, so that the model sees `news`.
    String answer(@Nullable String event, String news) {
        return event == null || events().isEmpty()
                ? JsonNodeFactory.instance.objectNode().put("additionalContext", news).toString()
                : specific(event, news);
    }

    /// What most clients take from a hook, from a tool that is one as well.
    static String specific(String event, String news) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.putObject("hookSpecificOutput")
                .put("hookEventName", event)
                .put("additionalContext", news);
        return json.toString();
    }
}
