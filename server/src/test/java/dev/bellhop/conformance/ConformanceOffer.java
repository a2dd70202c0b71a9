package dev.bellhop.conformance;

import dev.bellhop.base.Problem;
import dev.bellhop.server.mcp.Offer;
import dev.bellhop.server.mcp.Scope;
import io.modelcontextprotocol.spec.McpSchema;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the suite wants to find on a server: its own tools, resources and prompts.
final class ConformanceOffer implements Offer {

    private static final Pattern DATA = Pattern.compile("test://template/([^/]+)/data");

    private static final Question CONTEXT =
            Question.elicitation(
                    "user_context", "What context should the prompt use?", "context", "string");

    private final ConformanceTools tools = new ConformanceTools();

    @Override
    public McpSchema.Implementation server() {
        return McpSchema.Implementation.builder("bellhop-conformance", "1").build();
    }

    @Override
    public @Nullable String instructions() {
        return null;
    }

    // ---- tools

    @Override
    public List<McpSchema.Tool> tools() {
        return tools.list();
    }

    @Override
    public Called call(String tool, Map<String, @Nullable Object> arguments, Scope scope) {
        return new Called(tools.call(tool, arguments, scope), () -> {});
    }

    // ---- resources

    @Override
    public Page resources(@Nullable String cursor, Scope scope) {
        return new Page(
                Literal.objects(
                        """
                        [
                          {"uri": "test://static-text", "name": "text", "mimeType": "text/plain"},
                          {"uri": "test://static-binary", "name": "image", "mimeType": "image/png"},
                          {"uri": "test://watched-resource", "name": "watched"}
                        ]
                        """),
                null);
    }

    @Override
    public List<Map<String, Object>> resourceTemplates() {
        return Literal.objects(
                """
                [{"uriTemplate": "test://template/{id}/data", "name": "data"}]
                """);
    }

    @Override
    public List<Map<String, Object>> read(String uri, Scope scope) {
        Matcher data = DATA.matcher(uri);
        if (data.matches()) {
            String id = data.group(1);
            return text(
                    uri,
                    "application/json",
                    "{\"id\":\"%1$s\",\"templateTest\":true,\"data\":\"Data for ID: %1$s\"}"
                            .formatted(id));
        }
        return switch (uri) {
            case "test://static-text" ->
                    text(uri, "text/plain", "This is the content of the static text resource.");
            case "test://static-binary" ->
                    List.of(
                            Map.of(
                                    "uri",
                                    uri,
                                    "mimeType",
                                    "image/png",
                                    "blob",
                                    ConformanceTools.RED_PIXEL));
            case "test://watched-resource" -> text(uri, "text/plain", "It never changes.");
            default ->
                    throw Problem.notFound(
                            "there is no resource " + uri, "Read one that is listed.");
        };
    }

    private static List<Map<String, Object>> text(String uri, String mimeType, String text) {
        return List.of(Map.of("uri", uri, "mimeType", mimeType, "text", text));
    }

    @Override
    public Changes follow(Set<String> uris, Scope scope) {
        CountDownLatch closed = new CountDownLatch(1);
        return new Changes() {
            @Override
            public Set<String> await(Duration longest) throws InterruptedException {
                boolean _ = closed.await(longest.toNanos(), TimeUnit.NANOSECONDS);
                return Set.of();
            }

            @Override
            public void close() {
                closed.countDown();
            }
        };
    }

    // ---- prompts

    @Override
    public List<Map<String, Object>> prompts() {
        return Literal.objects(
                """
                [
                  {"name": "test_simple_prompt", "description": "Without arguments"},
                  {
                    "name": "test_prompt_with_arguments",
                    "description": "With two arguments",
                    "arguments": [
                      {"name": "arg1", "description": "First test argument", "required": true},
                      {"name": "arg2", "description": "Second test argument", "required": true}
                    ]
                  },
                  {
                    "name": "test_prompt_with_embedded_resource",
                    "description": "With a resource in it",
                    "arguments": [
                      {"name": "resourceUri", "description": "The resource", "required": true}
                    ]
                  },
                  {"name": "test_prompt_with_image", "description": "With an image in it"},
                  {
                    "name": "test_input_required_result_prompt",
                    "description": "Asks the person first"
                  }
                ]
                """);
    }

    @Override
    public Map<String, Object> prompt(String name, Map<String, String> arguments, Scope scope) {
        return switch (name) {
            case "test_simple_prompt" -> messages(text("This is a simple prompt for testing."));
            case "test_prompt_with_arguments" ->
                    messages(
                            text(
                                    "Prompt with arguments: arg1='%s', arg2='%s'"
                                            .formatted(
                                                    arguments.get("arg1"), arguments.get("arg2"))));
            case "test_prompt_with_embedded_resource" ->
                    messages(
                            """
                            {
                              "type": "resource",
                              "resource": {
                                "uri": %s,
                                "mimeType": "text/plain",
                                "text": "Embedded resource content for testing."
                              }
                            }
                            """
                                    .formatted(
                                            Literal.quoted(
                                                    String.valueOf(arguments.get("resourceUri")))),
                            text("Please process the embedded resource above."));
            case "test_prompt_with_image" ->
                    messages(
                            """
                            {"type": "image", "data": "%s", "mimeType": "image/png"}
                            """
                                    .formatted(ConformanceTools.RED_PIXEL),
                            text("Please analyze the image above."));
            case "test_input_required_result_prompt" ->
                    messages(text("The context is " + CONTEXT.ask(scope)));
            default ->
                    throw Problem.notFound("there is no prompt " + name, "Get one that is listed.");
        };
    }

    private static String text(String text) {
        return "{\"type\": \"text\", \"text\": %s}".formatted(Literal.quoted(text));
    }

    /// @param contents each of one message, in JSON
    private static Map<String, Object> messages(String... contents) {
        return Map.of(
                "messages",
                Stream.of(contents)
                        .map(content -> Map.of("role", "user", "content", Literal.object(content)))
                        .toList());
    }

    @Override
    public List<String> complete(
            Map<String, @Nullable Object> reference, String argument, String prefix, Scope scope) {
        return Stream.of("paris", "park", "party", "test", "testing")
                .filter(value -> value.startsWith(prefix))
                .toList();
    }
}
