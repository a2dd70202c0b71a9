package dev.bellhop.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HarmlessTest {

    private static final Pattern BAD =
            Pattern.compile(
                    "[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\\u200B\\u200E\\u200F\\u202A-\\u202E\\u2060-\\u206F\\uFEFF\\x{E0000}-\\x{E0FFF}]");

    /// Raw text, in which `\e` and its like stand for characters, and what is shown of it.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "plain text|plain text",
                "größer 日本 😀|größer 日本 😀",
                "\\e[1;31mred\\e[0m|red",
                "\\e[2J\\e[?1049hscreen|screen",
                "a\\e[31|a",
                "a\\e|a",
                "\\e(Bset\\ecreset|setreset",
                "\\e]0;title\\agone|gone",
                "\\e]8;;http://x\\e\\link\\e]8;;\\e\\|link",
                "\\e]52;c;aGk=\\aclip|clip",
                "\\e]1337;File=inline=1:AAAA\\apicture|picture",
                "\\ePq#1\\e\\dcs|dcs",
                "\\e_apc\\e\\\\e^pm\\e\\\\eXsos\\e\\shown|shown",
                "\\e]0;unclosed\\nthe rest|\\nthe rest",
                "\\u009b31mc1|c1",
                "\\u009d0;title\\u009cc1|c1",
                "10%\\r50%\\r100%|100%",
                "10%\\r\\n20%|10%\\n20%",
                "over\\r\\rdone|done",
                "kept\\r|kept",
                "kept\\r\\e[K|kept",
                "a\\r\\r\\nb|a\\nb",
                "first\\nold\\rnew|first\\nnew",
                "-\\b/\\b-\\bdone|done",
                "xy\\b\\b\\b\\bz|z",
                "tab\\there|tab\\there",
                "nul\\u0000bell\\a|nulbell",
                "\\u202Eevil\\u2066\\u200B\\u200E|evil",
                "g\\u200Dh\\u00ADp\\u2060_|ghp_",
                "👩\\u200D👧 می\\u200Cخواهم|👩\\u200D👧 می\\u200Cخواهم",
                "tags\\uDB40\\uDC41\\uDB40\\uDC42|tags",
                "half\\uD83D!|half\\uFFFD!",
                "line\\u2028separator|line separator",
                "\\u3164owner\\u115F|owner",
            })
    void whatATerminalWouldDoIsNotLeftToTheReader(String raw, String shown) {
        assertEquals(unescaped(shown), Harmless.text(unescaped(raw)));
    }

    private static String unescaped(String text) {
        return Pattern.compile("\\\\u([0-9A-Fa-f]{4})")
                .matcher(text)
                .replaceAll(match -> {
                    String c = String.valueOf((char) Integer.parseInt(match.group(1), 16));
                    return c.equals("\\") ? "\\\\" : c;
                })
                .replace("\\e", "\u001b")
                .replace("\\a", "\u0007")
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\b", "\b")
                .replace("\\t", "\t");
    }

    @Test
    void marksHeapedOnOneCharacterAreCutDown() {
        assertEquals(
                "a" + "\u0301".repeat(8) + "b",
                Harmless.text("a" + "\u0301\u200D".repeat(10_000) + "b"));
    }

    @Test
    void aPieceKnowsWhereItsCutsAre() {
        String raw = "\u001b[1mone\u001b[0m|two\u001b[3m|x";

        assertEquals(
                new Harmless.Piece("one|two|x", 3, 7),
                Harmless.piece(raw, raw.indexOf('|'), raw.lastIndexOf('|')));
        assertEquals(new Harmless.Piece("abcdef", 3, 4), Harmless.piece("abcdef", 3, 4));
        assertEquals(new Harmless.Piece("new", 0, 3), Harmless.piece("old\rnew", 2, 7));
    }

    /// Whatever is written: nothing harmful is left, and doing it again changes nothing.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void anyTextBecomesHarmlessAndStaysAsItIs(long seed) {
        Random random = new Random(seed);
        String favourites = "\u001b[]\r\n\b\u009b\u009dm;1\u0007\\P \u200d\u200ca\u00e9\u0301😀";
        StringBuilder raw = new StringBuilder();
        for (int i = 0; i < 20_000; i++) {
            raw.append(
                    random.nextInt(4) > 0
                            ? favourites.charAt(random.nextInt(favourites.length()))
                            : (char) random.nextInt(0x10000));
        }

        String shown = Harmless.text(raw.toString());

        assertFalse(BAD.matcher(shown).find());
        assertEquals(shown, Harmless.text(shown));
    }

    /// Ten million characters of the worst kinds take no longer than ten million of any other.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u001b",
                "\r",
                "\u001b]0;x",
                "\u001b[",
                "\b",
                "a\r",
                "a\b",
                "\u009b1",
                "\u200d",
                "e\u0301",
                "\u001b]\n",
                "\ud83d",
                "\u001bP"
            })
    void hostileTextTakesLinearTime(String unit) {
        String raw = unit.repeat(10_000_000 / unit.length());
        long start = System.nanoTime();

        String shown = Harmless.text("\u001b]0;" + raw);

        assertTrue(System.nanoTime() - start < 5_000_000_000L);
        assertTrue(shown.length() <= raw.length());
    }
}
