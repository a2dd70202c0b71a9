package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class DispatcherTest {

    /// What matters of an answer.
    ///
    /// @param code the error's, or null if there is a result
    record Outcome(@Nullable Object id, @Nullable Object code) {

        static Outcome of(String line) {
            Map<String, @Nullable Object> answer =
                    Request.object(Json.read(line.getBytes(StandardCharsets.UTF_8)));
            return new Outcome(answer.get("id"), Request.object(answer.get("error")).get("code"));
        }
    }

    private static final String HUGE_ID = "\"" + "i".repeat(10_000) + "\"";

    private static String request(String members) {
        return "{\"jsonrpc\":\"2.0\"," + members + "}";
    }

    private static String withId(String id) {
        return request("\"method\":\"ping\",\"id\":" + id);
    }

    private static String withMethod(String method) {
        return request("\"id\":1,\"method\":" + method);
    }

    private static String withParams(String params) {
        return request("\"id\":1,\"method\":\"tools/call\",\"params\":" + params);
    }

    private static String withText(String text) {
        return Wire.call(1, "echo", "{\"text\":" + text + "}");
    }

    private static Arguments refused(String name, String message, int code) {
        return arguments(name, message, List.of(new Outcome(null, code)));
    }

    private static Arguments refusedAs1(String name, String message, int code) {
        return arguments(name, message, List.of(new Outcome(1, code)));
    }

    private static Arguments answered(String name, String message, Object... ids) {
        return arguments(name, message, Stream.of(ids).map(id -> new Outcome(id, null)).toList());
    }

    /// H1 to H25 of the hostile inputs, as far as bytes can say them.
    static Stream<Arguments> hostile() {
        return Stream.of(
                answered("H1 an empty line", ""),
                refused("H2 an open brace", "{", -32700),
                refused("H3 a batch of none", "[]", -32600),
                refused(
                        "H4 a batch of 10,000",
                        IntStream.range(0, 10_000)
                                .mapToObj(Wire::ping)
                                .collect(Collectors.joining(",", "[", "]")),
                        -32600),
                refused("H5 another protocol", "{\"jsonrpc\":\"1.0\"}", -32600),
                refused("H6 id null", withId("null"), -32600),
                refused("H6 id object", withId("{}"), -32600),
                refused("H6 id list", withId("[1]"), -32600),
                refused("H6 id truth", withId("true"), -32600),
                refused("H6 id 1e400", withId("1e400"), -32700),
                answered("H6 id of 10 KB", withId(HUGE_ID), "i".repeat(10_000)),
                answered("H7 one id twice", Wire.ping(1) + "\n" + Wire.ping(1), 1, 1),
                refusedAs1("H8 no method", request("\"id\":1"), -32600),
                refusedAs1("H8 method a number", withMethod("5"), -32600),
                refusedAs1("H8 method __proto__", withMethod("\"__proto__\""), -32601),
                refusedAs1(
                        "H8 method of 10 KB", withMethod("\"" + "m".repeat(10_000) + "\""), -32601),
                refusedAs1("H9 params a list", withParams("[]"), -32602),
                refusedAs1("H9 params null", withParams("null"), -32602),
                refusedAs1("H9 params a text", withParams("\"x\""), -32602),
                refused(
                        "H10 a name twice",
                        request("\"id\":1,\"method\":\"ping\",\"method\":\"tools/list\""),
                        -32700),
                refused("H11 65 deep", withText("[".repeat(62) + "]".repeat(62)), -32700),
                refused("H11 100,000 deep", "[".repeat(100_000), -32700),
                refused("H12 a line of 17 MiB", "x".repeat(17 << 20), -32600),
                refused("H15 half a pair", withText("\"\\ud800\""), -32700),
                answered("H16 NUL in a text", withText("\"a\\u0000b\""), 1),
                refusedAs1("H16 NUL in a name", Wire.call(1, "echo\\u0000", "{}"), -32602),
                refused("H17 id NaN", withId("NaN"), -32700),
                refused("H17 id Infinity", withId("Infinity"), -32700),
                refused("H17 id 1e999999999", withId("1e999999999"), -32700),
                refused("H17 id -0", withId("-0"), -32600),
                refused("H17 id 1.0", withId("1.0"), -32600),
                refused("H18 5,000 digits", withId("1".repeat(5_000)), -32700),
                refused(
                        "H19 a million names",
                        withText(
                                IntStream.range(0, 1_000_000)
                                        .mapToObj(each -> "\"" + each + "\":0")
                                        .collect(Collectors.joining(",", "{", "}"))),
                        -32700),
                refused(
                        "H20 a text of 30 MB",
                        withText("\"" + "x".repeat(30_000_000) + "\""),
                        -32600),
                refused(
                        "H20 a text of 5 MB",
                        withText("\"" + "x".repeat(5_000_000) + "\""),
                        -32700),
                refused("H21 two values", "{} {}", -32700),
                answered("H22 a response", request("\"id\":9,\"result\":{}")),
                answered(
                        "H22 an error",
                        request("\"id\":9,\"error\":{\"code\":1,\"message\":\"\"}")),
                answered("H22 an unknown notification", request("\"method\":\"notifications/x\"")),
                answered("H22 a request without id", request("\"method\":\"tools/list\"")),
                answered(
                        "H22 a notification with a list",
                        request("\"method\":\"x\",\"params\":[]")),
                answered("H23 a call before initialize", withText("\"x\""), 1),
                answered(
                        "H24 an unknown version",
                        request(
                                "\"id\":1,\"method\":\"initialize\","
                                        + "\"params\":{\"protocolVersion\":\"1999-01-01\"}"),
                        1),
                answered(
                        "H25 cancelling what never was",
                        request(
                                "\"method\":\"notifications/cancelled\","
                                        + "\"params\":{\"requestId\":77}")),
                answered(
                        "H25 cancelling nothing",
                        request("\"method\":\"notifications/cancelled\"")));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("hostile")
    void hostileInputIsAnsweredCleanlyAndTheNextLineWorks(
            String name, String message, List<Outcome> expected) throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            List<Outcome> outcomes =
                    IntStream.range(0, expected.size())
                            .mapToObj(each -> each == 0 ? wire.ask(message) : wire.receive())
                            .map(Outcome::of)
                            .toList();
            if (expected.isEmpty()) {
                wire.send(message);
            }

            assertEquals(expected, outcomes);
            assertEquals(Wire.pong("\"next\""), wire.ask(Wire.ping("\"next\"")));
            assertEquals(List.of(), wire.end());
        }
    }

    /// H15: a byte that leads nowhere, and `/` in two bytes.
    @ParameterizedTest
    @ValueSource(ints = {0xC328, 0xC0AF})
    void bytesThatAreNoUtf8AreRefused(int bytes) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        line.write("{\"jsonrpc\":\"2.0\",\"id\":\"".getBytes(StandardCharsets.UTF_8));
        line.write(bytes >> 8);
        line.write(bytes & 0xFF);
        line.write("\",\"method\":\"ping\"}\n".getBytes(StandardCharsets.UTF_8));
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.error("null", -32700, "Parse error: the text is not UTF-8"),
                    wire.send(line.toByteArray()).receive());
            assertEquals(Wire.pong(1), wire.ask(Wire.ping(1)));
        }
    }

    /// H13: the client dies in the middle of a line.
    @Test
    void halfALineAtTheEndIsNoHindranceToEnding() throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.send("{\"jsonrpc\":\"2.0\",\"id".getBytes(StandardCharsets.UTF_8));

            assertEquals(
                    List.of(new Outcome(null, -32700)),
                    wire.end().stream().map(Outcome::of).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-1",
                "2147483648",
                "9223372036854775807",
                "9223372036854775808",
                "-123456789012345678901234567890",
                "\"\"",
                "\"1\"",
                "\"server-discover-probe-1\"",
                "\"é😀\\n\\\"\""
            })
    void anIdComesBackAsItWas(String id) {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(Wire.pong(id), wire.ask(Wire.ping(id)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sampling/createMessage", "tasks/list", "notifications/initialized"})
    void aMethodWeDoNotHaveIsNotFound(String method) {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.error("\"p\"", -32601, "Method not found: " + method),
                    wire.ask(request("\"id\":\"p\",\"method\":\"" + method + "\",\"params\":{}")));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "{\"name\":5}",
                "{\"name\":null}",
                "{\"name\":\"echo\",\"arguments\":[]}",
                "{\"name\":\"echo\",\"arguments\":\"{}\"}"
            })
    void aCallThatIsPutWronglyIsRefused(String params) {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(new Outcome(1, -32602), Outcome.of(wire.ask(withParams(params))));
        }
    }
}
