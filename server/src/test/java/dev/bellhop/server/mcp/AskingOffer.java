package dev.bellhop.server.mcp;

import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Offers one tool, `ask`, which asks the person and tells what they said.
final class AskingOffer implements Offer {

    private final Duration patience;

    AskingOffer(Duration patience) {
        this.patience = patience;
    }

    @Override
    public McpSchema.Implementation server() {
        return McpSchema.Implementation.builder("asking", "1").build();
    }

    @Override
    public @Nullable String instructions() {
        return null;
    }

    @Override
    public List<McpSchema.Tool> tools() {
        return List.of(McpSchema.Tool.builder("ask", Map.of("type", "object")).build());
    }

    @Override
    public Called call(String tool, Map<String, @Nullable Object> arguments, Scope scope) {
        Map<String, @Nullable Object> answer =
                scope.ask(
                        "name",
                        "elicitation/create",
                        Map.of("message", "Who are you?"),
                        "elicitation",
                        patience);
        return new Called(
                new McpSchema.CallToolResult(
                        List.of(
                                McpSchema.TextContent.builder(String.valueOf(answer.get("action")))
                                        .build()),
                        null,
                        null,
                        null),
                () -> {});
    }

    @Override
    public Page resources(@Nullable String cursor, Scope scope) {
        return new Page(List.of(), null);
    }

    @Override
    public List<Map<String, Object>> resourceTemplates() {
        return List.of();
    }

    @Override
    public List<Map<String, Object>> read(String uri, Scope scope) {
        return List.of();
    }

    @Override
    public Changes follow(Set<String> uris, Scope scope) {
        throw new UnsupportedOperationException("nothing changes here: " + uris);
    }

    @Override
    public List<Map<String, Object>> prompts() {
        return List.of();
    }

    @Override
    public Map<String, Object> prompt(String name, Map<String, String> arguments, Scope scope) {
        return Map.of();
    }

    @Override
    public List<String> complete(
            Map<String, @Nullable Object> reference, String argument, String prefix, Scope scope) {
        return List.of();
    }
}
