package dev.bellhop.server.mcp;

import dev.bellhop.base.Problem;
import dev.bellhop.tool.Prompt;
import dev.bellhop.tool.Prompts;
import dev.bellhop.tool.Reply;
import dev.bellhop.tool.Resource;
import dev.bellhop.tool.ResourceTemplate;
import dev.bellhop.tool.Resources;
import dev.bellhop.tool.Toolbox;
import io.modelcontextprotocol.spec.McpSchema;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What Bellhop offers: its tools, what a project shows, and what a person can begin with.
public final class Product implements Offer {

    /// So often a client is told that a call is still being worked on.
    private static final Duration PROGRESS_EVERY = Duration.ofSeconds(5);

    private final Toolbox toolbox;
    private final Resources resources;
    private final Prompts prompts;
    private final Introduction introduction;

    public Product(Toolbox toolbox, Resources resources, Prompts prompts) {
        this.toolbox = toolbox;
        this.resources = resources;
        this.prompts = prompts;
        this.introduction = Introduction.of(toolbox);
    }

    @Override
    public McpSchema.Implementation server() {
        return introduction.server();
    }

    @Override
    public String instructions() {
        return introduction.instructions();
    }

    @Override
    public List<McpSchema.Tool> tools() {
        return introduction.tools();
    }

    @Override
    public Called call(String tool, Map<String, @Nullable Object> arguments, Scope scope) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        if (scope.wantsProgress()) {
            Thread.ofVirtual().name("progress").start(() -> tellProgress(scope, done));
        }
        Reply reply;
        try {
            reply = toolbox.call(tool, arguments, scope.caller());
        } finally {
            done.complete(null);
        }
        if (reply.problem() == Problem.Kind.INTERNAL) {
            scope.log("error", reply.text());
        }
        List<McpSchema.Content> content =
                reply.text().isEmpty()
                        ? List.of()
                        : List.of(
                                McpSchema.TextContent.builder(Json.wellFormed(reply.text()))
                                        .build());
        McpSchema.CallToolResult result =
                reply.problem() == null
                        ? new McpSchema.CallToolResult(content, null, null, null)
                        : new McpSchema.CallToolResult(
                                content,
                                true,
                                null,
                                Map.of("dev.bellhop/code", reply.problem().code()));
        return new Called(result, reply.sent());
    }

    /// Tells how long a call has been worked on, until it is done.
    private static void tellProgress(Scope scope, CompletableFuture<Void> done) {
        int seconds = 0;
        while (!isDoneWithin(PROGRESS_EVERY, done)) {
            seconds += (int) PROGRESS_EVERY.toSeconds();
            scope.progress(seconds, null, "waiting for %d s".formatted(seconds));
        }
    }

    private static boolean isDoneWithin(Duration time, CompletableFuture<Void> done) {
        return done.thenApply(_ -> true)
                .completeOnTimeout(false, time.toNanos(), TimeUnit.NANOSECONDS)
                .join();
    }

    private static Path project(Scope scope) {
        return scope.caller().project();
    }

    // ---- resources

    @Override
    public Page resources(@Nullable String cursor, Scope scope) {
        Resources.Page page = resources.list(project(scope), cursor);
        return new Page(page.resources().stream().map(Product::json).toList(), page.next());
    }

    private static Map<String, Object> json(Resource resource) {
        return described(
                "uri",
                resource.uri(),
                resource.name(),
                resource.title(),
                resource.description(),
                resource.mimeType());
    }

    private static Map<String, Object> json(ResourceTemplate template) {
        return described(
                "uriTemplate",
                template.uriTemplate(),
                template.name(),
                template.title(),
                template.description(),
                template.mimeType());
    }

    private static Map<String, Object> described(
            String key,
            String value,
            String name,
            String title,
            String description,
            String mimeType) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put(key, value);
        json.put("name", name);
        json.put("title", title);
        json.put("description", description);
        json.put("mimeType", mimeType);
        return json;
    }

    @Override
    public List<Map<String, Object>> resourceTemplates() {
        return resources.templates().stream().map(Product::json).toList();
    }

    @Override
    public List<Map<String, Object>> read(String uri, Scope scope) {
        Resources.Content content = resources.read(project(scope), uri);
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("uri", content.uri());
        json.put("mimeType", content.mimeType());
        json.put("text", Json.wellFormed(content.text()));
        return List.of(json);
    }

    @Override
    public Changes follow(Set<String> uris, Scope scope) {
        Resources.Changes changes = resources.follow(project(scope), uris);
        return new Changes() {
            @Override
            public Set<String> await(Duration longest) throws InterruptedException {
                return changes.await(longest);
            }

            @Override
            public void close() {
                changes.close();
            }
        };
    }

    // ---- prompts

    @Override
    public List<Map<String, Object>> prompts() {
        return prompts.list().stream().map(Product::json).toList();
    }

    private static Map<String, Object> json(Prompt prompt) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", prompt.name());
        json.put("title", prompt.title());
        json.put("description", prompt.description());
        json.put("arguments", prompt.arguments().stream().map(Product::json).toList());
        return json;
    }

    private static Map<String, Object> json(Prompt.Argument argument) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("name", argument.name());
        json.put("description", argument.description());
        json.put("required", argument.required());
        return json;
    }

    @Override
    public Map<String, Object> prompt(String name, Map<String, String> arguments, Scope scope) {
        String text = Json.wellFormed(prompts.text(project(scope), name, arguments));
        Map<String, Object> content = new LinkedHashMap<>();
        content.put("type", "text");
        content.put("text", text);
        Map<String, Object> message = new LinkedHashMap<>();
        message.put("role", "user");
        message.put("content", content);
        Map<String, Object> json = new LinkedHashMap<>();
        prompts.list().stream()
                .filter(prompt -> prompt.name().equals(name))
                .forEach(prompt -> json.put("description", prompt.description()));
        json.put("messages", List.of(message));
        return json;
    }

    @Override
    public List<String> complete(
            Map<String, @Nullable Object> reference, String argument, String prefix, Scope scope) {
        if (reference.get("type") instanceof String type) {
            if (type.equals("ref/prompt") && reference.get("name") instanceof String name) {
                return prompts.complete(project(scope), name, argument, prefix);
            }
            if (type.equals("ref/resource") && reference.get("uri") instanceof String template) {
                return resources.complete(project(scope), template, argument, prefix);
            }
        }
        throw Problem.invalid(
                "what is to be completed is neither a prompt nor a resource",
                "Give ref/prompt with a name, or ref/resource with a uri.");
    }
}
