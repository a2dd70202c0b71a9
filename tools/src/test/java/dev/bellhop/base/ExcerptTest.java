package dev.bellhop.base;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

final class ExcerptTest {

    @Test
    void aTextOnOneLineLosesItsLineEndsAndThenItsEnd() {
        assertEquals("a b c", Excerpt.line("  a\n b\r\n\n c \n", 5));
        assertEquals("abc…", Excerpt.line("abcdefg", 4));
        assertEquals("ab…", Excerpt.line("ab😀cd", 4));
        assertEquals("", Excerpt.line("\n", 4));
    }

    @Test
    void aLongTextKeepsItsBeginningAndItsEndAndSaysHowMuchIsLeftOut() {
        assertEquals("x".repeat(8), Excerpt.of("x".repeat(8), 8));
        assertEquals(
                "aaaaaa\n… 1,000 characters left out …\nbb",
                Excerpt.of("aaaaaa" + "-".repeat(1_000) + "bb", 8));
        assertEquals("aaaaa\n… 7 characters left out …\n😀b", Excerpt.of("aaaaa😀-----😀b", 8));
    }
}
