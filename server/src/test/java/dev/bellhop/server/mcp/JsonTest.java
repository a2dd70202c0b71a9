package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    private static @Nullable Object read(String text) {
        return Json.read(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(byte[] text) {
        return String.valueOf(assertThrows(Refusal.class, () -> Json.read(text)).getMessage());
    }

    private static String refusal(String text) {
        return refusal(text.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void valuesAreThePlainOnes() {
        assertEquals(
                Map.of("a", Arrays.asList(true, false, null, "x\u0000y", Map.of(), List.of())),
                read(" {\"a\" : [true, false, null, \"x\\u0000y\", {}, []]} "));
    }

    @Test
    void namesKeepTheOrderOfTheText() {
        assertEquals(
                List.of("z", "a", "m"),
                new ArrayList<>(Request.object(read("{\"z\":1,\"a\":2,\"m\":3}")).keySet()));
    }

    @Test
    void aNumberIsTheSmallestThatHoldsIt() {
        assertEquals(
                List.of(
                        7,
                        -2147483649L,
                        new BigInteger("9223372036854775808"),
                        new BigDecimal("1.50"),
                        new BigDecimal("-0.0")),
                read("[7, -2147483649, 9223372036854775808, 1.50, -0]"));
    }

    @Test
    void anEscapedPairIsOneCharacter() {
        assertEquals("😀", read("\"\\ud83d\\ude00\""));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "{",
                "nul",
                "{} {}",
                "{}]",
                "{\"a\":1,}",
                "{'a':1}",
                "// no\n{}",
                "NaN",
                "Infinity",
                "[01]",
                "[1e999999999]",
                "[-1e999999999]",
                "[1e-99999999999]",
                "\"\\ud800\"",
                "\"\\ude00\\ud83d\"",
                "{\"\\ud800\":1}",
                "{\"a\":1,\"a\":2}",
                "\"a\tb\""
            })
    void whatIsNoStrictJsonIsRefused(String text) {
        assertEquals("Parse error: ", refusal(text).substring(0, 13));
    }

    /// A byte that leads nowhere, `/` in two bytes, half a pair, and UTF-16.
    @ParameterizedTest
    @ValueSource(strings = {"22c32822", "22c0af22", "22eda08022", "ff", "fffe7b007d00", "007b007d"})
    void whatIsNoUtf8IsRefused(String hex) {
        String message = refusal(HexFormat.of().parseHex(hex));

        assertEquals("Parse error: ", message.substring(0, 13));
    }

    @Test
    void aDocumentMayBeAsDeepAsTheBoundAndNoDeeper() {
        read("[".repeat(Json.DEPTH_MAX) + "]".repeat(Json.DEPTH_MAX));
        refusal("[".repeat(Json.DEPTH_MAX + 1) + "]".repeat(Json.DEPTH_MAX + 1));
        refusal("[".repeat(100_000));
    }

    @Test
    void textsNamesAndNumbersMayBeAsLongAsTheirBounds() {
        read("\"" + "x".repeat(Json.STRING_CHARS_MAX) + "\"");
        refusal("\"" + "x".repeat(Json.STRING_CHARS_MAX + 1) + "\"");
        read("{\"" + "n".repeat(Json.NAME_CHARS_MAX) + "\":1}");
        refusal("{\"" + "n".repeat(Json.NAME_CHARS_MAX + 1) + "\":1}");
        read("1".repeat(Json.NUMBER_CHARS_MAX));
        refusal("1".repeat(Json.NUMBER_CHARS_MAX + 1));
    }

    @ParameterizedTest
    @CsvSource({
        "plain, plain",
        "😀, 😀",
        "a\uD83D, a\uFFFD",
        "\uDE00a\uD83Db, \uFFFDa\uFFFDb",
        "\uD83D\uD83D\uDE00, \uFFFD\uD83D\uDE00"
    })
    void halfPairsAreReplacedWhereTheyCannotBeSaid(String text, String repaired) {
        assertEquals(repaired, Json.wellFormed(text));
    }

    @Test
    void nullIsAValue() {
        assertNull(read("null"));
    }
}
