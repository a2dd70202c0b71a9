package dev.bellhop.conformance;

import dev.bellhop.server.mcp.Scope;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that a client is asked in the middle of a call.
///
/// @param key names it among those of the call
/// @param capability what a client declares that can answer it
record Question(String key, String method, Map<String, Object> params, String capability) {

    private static final Duration LONGEST = Duration.ofSeconds(10);

    /// For the person.
    ///
    /// @param schema of the answer, in JSON
    static Question elicitation(String key, String message, String schema) {
        return new Question(
                key,
                "elicitation/create",
                Literal.object(
                        """
                        {"message": %s, "requestedSchema": %s}
                        """
                                .formatted(Literal.quoted(message), schema)),
                "elicitation");
    }

    /// For the person, who is to give one thing.
    static Question elicitation(String key, String message, String property, String type) {
        return elicitation(
                key,
                message,
                """
                {"type": "object", "properties": {"%1$s": {"type": "%2$s"}}, "required": ["%1$s"]}
                """
                        .formatted(property, type));
    }

    /// For the model.
    static Question sampling(String key, String text) {
        return new Question(
                key,
                "sampling/createMessage",
                Literal.object(
                        """
                        {
                          "messages": [{"role": "user", "content": {"type": "text", "text": %s}}],
                          "maxTokens": 100
                        }
                        """
                                .formatted(Literal.quoted(text))),
                "sampling");
    }

    static Question roots(String key) {
        return new Question(key, "roots/list", Map.of(), "roots");
    }

    /// The answer of the client, as [Scope#ask] has it.
    Map<String, @Nullable Object> ask(Scope scope) {
        return scope.ask(key, method, params, capability, LONGEST);
    }
}
