package dev.bellhop.conformance;

import dev.bellhop.server.mcp.InputRequired;
import dev.bellhop.server.mcp.Refusal;
import dev.bellhop.server.mcp.Scope;
import io.modelcontextprotocol.spec.McpSchema;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The tools that the suite calls. What each does stands in the suite's description of the scenario
/// that calls it.
final class ConformanceTools {

    static final String RED_PIXEL =
            "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5E"
                    + "rkJggg==";

    private static final String SILENCE =
            "UklGRiQAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YQAAAAA=";

    private static final String NOTHING = "{\"type\": \"object\", \"properties\": {}}";

    private static final Question USER_NAME =
            Question.elicitation("user_name", "What is your name?", "name", "string");
    private static final Question CONFIRM =
            Question.elicitation("confirm", "Please confirm", "ok", "boolean");
    private static final Question STEP_1 =
            Question.elicitation("step1", "Step 1: What is your name?", "name", "string");
    private static final Question STEP_2 =
            Question.elicitation(
                    "step2", "Step 2: What is your favorite color?", "color", "string");
    private static final Question CAPITAL =
            Question.sampling("capital_question", "What is the capital of France?");
    private static final Question GREETING = Question.sampling("greeting", "Generate a greeting");
    private static final Question ROOTS = Question.roots("client_roots");

    private static final String PERSON =
            """
            {
              "type": "object",
              "properties": {
                "username": {"type": "string", "description": "User's response"},
                "email": {"type": "string", "description": "User's email address"}
              },
              "required": ["username", "email"]
            }
            """;

    private static final Question DEFAULTS =
            Question.elicitation(
                    "defaults",
                    "Is all of this right?",
                    """
                    {
                      "type": "object",
                      "properties": {
                        "name": {"type": "string", "default": "John Doe"},
                        "age": {"type": "integer", "default": 30},
                        "score": {"type": "number", "default": 95.5},
                        "status": {
                          "type": "string",
                          "enum": ["active", "inactive", "pending"],
                          "default": "active"
                        },
                        "verified": {"type": "boolean", "default": true}
                      }
                    }
                    """);

    private static final Question ENUMS =
            Question.elicitation(
                    "enums",
                    "Which of these?",
                    """
                    {
                      "type": "object",
                      "properties": {
                        "untitledSingle": {
                          "type": "string",
                          "enum": ["option1", "option2", "option3"]
                        },
                        "titledSingle": {
                          "type": "string",
                          "oneOf": [
                            {"const": "value1", "title": "First Option"},
                            {"const": "value2", "title": "Second Option"}
                          ]
                        },
                        "legacyEnum": {
                          "type": "string",
                          "enum": ["opt1", "opt2", "opt3"],
                          "enumNames": ["Option One", "Option Two", "Option Three"]
                        },
                        "untitledMulti": {
                          "type": "array",
                          "items": {"type": "string", "enum": ["option1", "option2", "option3"]}
                        },
                        "titledMulti": {
                          "type": "array",
                          "items": {
                            "anyOf": [
                              {"const": "value1", "title": "First Choice"},
                              {"const": "value2", "title": "Second Choice"}
                            ]
                          }
                        }
                      }
                    }
                    """);

    /// With every keyword that somebody on the way might drop.
    private static final String RICH =
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "$defs": {
                "address": {
                  "$anchor": "addressDef",
                  "type": "object",
                  "properties": {"street": {"type": "string"}, "city": {"type": "string"}}
                }
              },
              "properties": {
                "name": {"type": "string"},
                "address": {"$ref": "#/$defs/address"},
                "contactMethod": {"type": "string", "enum": ["phone", "email"]},
                "phone": {"type": "string"},
                "email": {"type": "string"}
              },
              "allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
              "if": {
                "properties": {"contactMethod": {"const": "phone"}},
                "required": ["contactMethod"]
              },
              "then": {"required": ["phone"]},
              "else": {"required": ["email"]},
              "additionalProperties": false
            }
            """;

    private final SealedState states = new SealedState();
    private final Map<String, Fixture> fixtures = new LinkedHashMap<>();

    /// What a tool does.
    @FunctionalInterface
    private interface Body {
        McpSchema.CallToolResult call(Map<String, @Nullable Object> arguments, Scope scope);
    }

    private record Fixture(McpSchema.Tool tool, Body body) {}

    ConformanceTools() {
        addThoseThatAnswer();
        addThoseThatTell();
        addThoseThatAskMeanwhile();
        addThoseThatNeedRounds();
    }

    private void add(String name, Body body) {
        add(name, NOTHING, body);
    }

    private void add(String name, String schema, Body body) {
        McpSchema.Tool tool =
                McpSchema.Tool.builder(name, Literal.object(schema))
                        .description("What the suite calls " + name + ".")
                        .build();
        fixtures.put(name, new Fixture(tool, body));
    }

    List<McpSchema.Tool> list() {
        return fixtures.values().stream().map(Fixture::tool).toList();
    }

    /// @param name one of [#list()]
    McpSchema.CallToolResult call(
            String name, Map<String, @Nullable Object> arguments, Scope scope) {
        return Objects.requireNonNull(fixtures.get(name)).body().call(arguments, scope);
    }

    // ---- results of all kinds

    private void addThoseThatAnswer() {
        add(
                "test_simple_text",
                (_, _) -> result(text("This is a simple text response for testing.")));
        add("test_image_content", (_, _) -> result(image()));
        add("test_audio_content", (_, _) -> result(audio()));
        add(
                "test_embedded_resource",
                (_, _) ->
                        result(
                                resource(
                                        "test://embedded-resource",
                                        "text/plain",
                                        "This is an embedded resource content.")));
        add(
                "test_multiple_content_types",
                (_, _) ->
                        result(
                                text("Multiple content types test:"),
                                image(),
                                resource(
                                        "test://mixed-content-resource",
                                        "application/json",
                                        "{\"test\":\"data\",\"value\":123}")));
        add(
                "test_error_handling",
                (_, _) ->
                        new McpSchema.CallToolResult(
                                List.of(
                                        text(
                                                "This tool intentionally returns an error for"
                                                        + " testing")),
                                true,
                                null,
                                null));
        add("json_schema_2020_12_tool", RICH, (_, _) -> result(text("The schema is what counts.")));
    }

    private static McpSchema.CallToolResult result(McpSchema.Content... content) {
        return new McpSchema.CallToolResult(List.of(content), null, null, null);
    }

    private static McpSchema.Content text(String text) {
        return McpSchema.TextContent.builder(text).build();
    }

    private static McpSchema.Content image() {
        return McpSchema.ImageContent.builder(RED_PIXEL, "image/png").build();
    }

    private static McpSchema.Content audio() {
        return McpSchema.AudioContent.builder(SILENCE, "audio/wav").build();
    }

    private static McpSchema.Content resource(String uri, String mimeType, String text) {
        return McpSchema.EmbeddedResource.builder(
                        McpSchema.TextResourceContents.builder(uri, text)
                                .mimeType(mimeType)
                                .build())
                .build();
    }

    // ---- words before the result

    private void addThoseThatTell() {
        add("test_tool_with_logging", (_, scope) -> logged(scope));
        add("test_logging_tool", (_, scope) -> logged(scope));
        add(
                "test_tool_with_progress",
                (_, scope) -> {
                    scope.progress(0, 100.0, null);
                    scope.progress(50, 100.0, null);
                    scope.progress(100, 100.0, null);
                    return result(text("done"));
                });
    }

    private static McpSchema.CallToolResult logged(Scope scope) {
        scope.log("info", "Tool execution started");
        scope.log("info", "Tool processing data");
        scope.log("info", "Tool execution completed");
        return result(text("done"));
    }

    // ---- questions, whichever way the generation of the client has for them

    private void addThoseThatAskMeanwhile() {
        add(
                "test_sampling",
                requiring("prompt"),
                (arguments, scope) ->
                        answered(
                                Question.sampling(
                                        "prompt", String.valueOf(arguments.get("prompt"))),
                                scope));
        add(
                "test_elicitation",
                requiring("message"),
                (arguments, scope) ->
                        answered(
                                Question.elicitation(
                                        "person", String.valueOf(arguments.get("message")), PERSON),
                                scope));
        add("test_elicitation_sep1034_defaults", (_, scope) -> answered(DEFAULTS, scope));
        add("test_elicitation_sep1330_enums", (_, scope) -> answered(ENUMS, scope));
        add("test_streaming_elicitation", (_, scope) -> answered(CONFIRM, scope));
        add("test_missing_capability", (_, scope) -> answered(CAPITAL, scope));
        add("test_input_required_result_elicitation", (_, scope) -> answered(USER_NAME, scope));
        add("test_input_required_result_sampling", (_, scope) -> answered(CAPITAL, scope));
        add("test_input_required_result_list_roots", (_, scope) -> answered(ROOTS, scope));
    }

    private static String requiring(String argument) {
        return """
        {"type": "object", "properties": {"%1$s": {"type": "string"}}, "required": ["%1$s"]}
        """
                .formatted(argument);
    }

    private static McpSchema.CallToolResult answered(Question question, Scope scope) {
        return result(text("The client has answered: " + question.ask(scope)));
    }

    // ---- questions with something for the client to keep, or several at once

    private void addThoseThatNeedRounds() {
        add("test_input_required_result_request_state", (_, scope) -> confirmed(scope));
        add("test_input_required_result_tampered_state", (_, scope) -> confirmed(scope));
        add("test_input_required_result_multi_round", (_, scope) -> inTwoRounds(scope));
        add(
                "test_input_required_result_multiple_inputs",
                (_, scope) -> atOnce(scope, USER_NAME, GREETING, ROOTS));
        add(
                "test_input_required_result_capabilities",
                (_, scope) -> atOnce(scope, USER_NAME, GREETING));
    }

    private McpSchema.CallToolResult confirmed(Scope scope) {
        String kept = kept(scope);
        Map<String, @Nullable Object> answer = asked(CONFIRM, "state-ok", scope);
        return result(text("%s: %s".formatted(kept, answer)));
    }

    private McpSchema.CallToolResult inTwoRounds(Scope scope) {
        String name = kept(scope);
        if (name.isEmpty()) {
            name = String.valueOf(asked(STEP_1, "", scope));
        }
        Map<String, @Nullable Object> color = asked(STEP_2, name, scope);
        return result(text("name: %s, color: %s".formatted(name, color)));
    }

    /// Asks the client all that it can answer, in one round.
    private McpSchema.CallToolResult atOnce(Scope scope, Question... questions) {
        kept(scope);
        Map<String, Object> open = new LinkedHashMap<>();
        Map<String, Object> answers = new LinkedHashMap<>();
        for (Question question : questions) {
            try {
                answers.put(question.key(), question.ask(scope));
            } catch (InputRequired required) {
                open.putAll(required.requests());
            } catch (Refusal refusal) {
                answers.put(question.key(), refusal.toString());
            }
        }
        if (!open.isEmpty()) {
            throw new InputRequired(open, states.sealed("asked"));
        }
        return result(text("The client has answered: " + answers));
    }

    /// What the client has kept for us; empty the first time.
    private String kept(Scope scope) {
        String state = scope.state();
        return state == null ? "" : states.opened(state);
    }

    /// Asks, and has the client keep `state` until it answers.
    private Map<String, @Nullable Object> asked(Question question, String state, Scope scope) {
        try {
            return question.ask(scope);
        } catch (InputRequired required) {
            throw new InputRequired(required.requests(), states.sealed(state));
        }
    }
}
