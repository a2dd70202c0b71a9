package dev.bellhop.server.mcp;

import dev.bellhop.base.Problem;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What clients of every generation ask in the same way: tools, resources, prompts, completion.
public final class Methods {

    /// As many values as a completion may have.
    private static final int VALUES_MAX = 100;

    private final Offer offer;
    private final Tools tools;

    public Methods(Offer offer, Tools tools) {
        this.offer = offer;
        this.tools = tools;
    }

    /// What came of a request.
    ///
    /// @param fields of the result, in order; what a generation adds to every result is not there
    /// @param isCacheable whether it is a list or something that was read
    /// @param sent to be run once it has left the process
    public record Result(SequencedMap<String, Object> fields, boolean isCacheable, Runnable sent) {

        private static Result of(SequencedMap<String, Object> fields) {
            return new Result(fields, false, () -> {});
        }

        private static Result cacheable(SequencedMap<String, Object> fields) {
            return new Result(fields, true, () -> {});
        }
    }

    /// A request that was found to be well formed.
    @FunctionalInterface
    public interface Work {

        /// Does it, for as long as it takes.
        ///
        /// @throws Refusal if it cannot be answered with a result
        Result done(Scope scope);
    }

    /// Takes a request in; empty if its method is not one of these.
    ///
    /// @throws Refusal if it breaks the protocol
    public Optional<Work> take(Request request) {
        return Optional.ofNullable(work(request))
                .map(work ->
                        scope -> {
                            try {
                                return work.done(scope);
                            } catch (Problem problem) {
                                throw refusal(request, problem);
                            }
                        });
    }

    private @Nullable Work work(Request request) {
        return switch (request.method()) {
            case McpSchema.METHOD_TOOLS_LIST ->
                    _ -> Result.cacheable(fields("tools", tools.list(request)));
            case McpSchema.METHOD_TOOLS_CALL -> {
                tools.requireCallable(request);
                yield scope -> called(tools.call(request, scope));
            }
            case McpSchema.METHOD_RESOURCES_LIST -> {
                String cursor = request.stringOrNothing("cursor");
                yield scope -> page("resources", offer.resources(cursor, scope));
            }
            case McpSchema.METHOD_RESOURCES_TEMPLATES_LIST ->
                    _ -> Result.cacheable(fields("resourceTemplates", offer.resourceTemplates()));
            case McpSchema.METHOD_RESOURCES_READ -> {
                String uri = request.string("uri");
                yield scope -> Result.cacheable(fields("contents", offer.read(uri, scope)));
            }
            case McpSchema.METHOD_PROMPT_LIST ->
                    _ -> Result.cacheable(fields("prompts", offer.prompts()));
            case McpSchema.METHOD_PROMPT_GET -> {
                String name = request.string("name");
                Map<String, String> arguments = strings(request.objectOrNothing("arguments"));
                yield scope -> Result.of(new LinkedHashMap<>(offer.prompt(name, arguments, scope)));
            }
            case McpSchema.METHOD_COMPLETION_COMPLETE -> completion(request);
            default -> null;
        };
    }

    private static SequencedMap<String, Object> fields(String name, Object value) {
        SequencedMap<String, Object> fields = new LinkedHashMap<>();
        fields.put(name, value);
        return fields;
    }

    private static Result page(String name, Offer.Page page) {
        SequencedMap<String, Object> fields = fields(name, page.items());
        if (page.next() != null) {
            fields.put("nextCursor", page.next());
        }
        return Result.cacheable(fields);
    }

    private static Result called(Offer.Called called) {
        McpSchema.CallToolResult result = called.result();
        SequencedMap<String, Object> fields = fields("content", result.content());
        putIfThere(fields, "isError", result.isError());
        putIfThere(fields, "structuredContent", result.structuredContent());
        putIfThere(fields, "_meta", result.meta());
        return new Result(fields, false, called.sent());
    }

    private static void putIfThere(
            Map<String, Object> fields, String name, @Nullable Object value) {
        if (value != null) {
            fields.put(name, value);
        }
    }

    private Work completion(Request request) {
        Map<String, @Nullable Object> reference = request.objectOrNothing("ref");
        Map<String, @Nullable Object> argument = request.objectOrNothing("argument");
        if (!(argument.get("name") instanceof String name)
                || !(argument.get("value") instanceof String prefix)
                || !(reference.get("type") instanceof String)) {
            throw Refusal.params("ref.type, argument.name and argument.value are strings");
        }
        return scope -> {
            List<String> all = offer.complete(reference, name, prefix, scope);
            SequencedMap<String, Object> completion =
                    fields("values", all.subList(0, Math.min(all.size(), VALUES_MAX)));
            completion.put("total", all.size());
            completion.put("hasMore", all.size() > VALUES_MAX);
            return Result.of(fields("completion", completion));
        };
    }

    private static Map<String, String> strings(Map<String, @Nullable Object> arguments) {
        Map<String, String> strings = new LinkedHashMap<>();
        arguments.forEach((name, value) -> {
            if (!(value instanceof String text)) {
                throw Refusal.params("the argument " + Refusal.shown(name) + " is not a string");
            }
            strings.put(name, text);
        });
        return strings;
    }

    /// A problem outside a tool, of which the protocol makes an error.
    private static Refusal refusal(Request request, Problem problem) {
        String message = "%s - %s".formatted(problem.getMessage(), problem.hint());
        if (problem.kind() == Problem.Kind.NOT_FOUND
                && request.params().get("uri") instanceof String uri) {
            return Refusal.resource(uri, message);
        }
        return switch (problem.kind()) {
            case INVALID, NOT_FOUND, CONFLICT -> Refusal.params(message);
            case UNAVAILABLE, INTERNAL -> Refusal.of(-32603, message);
        };
    }
}
