package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.job.JobOutput.Cursor;
import dev.bellhop.job.JobOutput.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JobOutputTest {

    private final JobFolder folder;
    private final JobOutput output;

    JobOutputTest(@TempDir Path root) throws IOException {
        folder = new JobFolder(root);
        output = new JobOutput(folder);
        Files.createFile(folder.stdout());
        Files.createFile(folder.stderr());
    }

    private void out(String text) throws IOException {
        Files.writeString(folder.stdout(), text, StandardOpenOption.APPEND);
    }

    private void err(String text) throws IOException {
        Files.writeString(folder.stderr(), text, StandardOpenOption.APPEND);
    }

    private String all() {
        return output.between(Cursor.START, output.end(), null, 6_000);
    }

    // ---- what is shown

    @Test
    void bothStreamsAreShownAndWhichIsWhich() throws Exception {
        out("one\ntwo\n");
        assertEquals("one\ntwo", all());
        err("oops\n");
        assertEquals("one\ntwo\n--- stderr\noops", all());
        assertEquals("oops", output.between(Cursor.START, output.end(), Stream.STDERR, 6_000));
        assertEquals("one\ntwo", output.between(Cursor.START, output.end(), Stream.STDOUT, 6_000));
    }

    @Test
    void ofALongOutputTheBeginningAndTheEndAreShownAndHowMuchIsMissing() throws Exception {
        out("a".repeat(1_000) + "b".repeat(100_000) + "c".repeat(1_000));

        assertEquals(
                "a".repeat(250) + "\n… 101,000 bytes left out …\n" + "c".repeat(750),
                output.between(Cursor.START, output.end(), null, 1_000));
        err("e");
        assertEquals(
                "a".repeat(249)
                        + "\n… 101,001 bytes left out …\n"
                        + "c".repeat(750)
                        + "\n--- stderr\ne",
                output.between(Cursor.START, output.end(), null, 1_000));
    }

    @Test
    void fiftyMegabytesWithoutANewlineAreAnsweredQuickly() throws Exception {
        byte[] megabyte = "x".repeat(1_000_000).getBytes(StandardCharsets.UTF_8);
        for (int i = 0; i < 50; i++) {
            Files.write(folder.stdout(), megabyte, StandardOpenOption.APPEND);
        }
        out("the end");
        long start = System.nanoTime();

        String shown = all();
        String last = output.lastLines(3, null, 6_000);
        String tail = output.tail(500);

        assertTrue(System.nanoTime() - start < 2_000_000_000L);
        assertTrue(shown.length() < 6_050 && shown.endsWith("xxx\nthe end".substring(4)));
        assertEquals("…" + "x".repeat(2_993) + "the end", last);
        assertEquals("…" + "x".repeat(493) + "the end", tail);
    }

    /// Escapes go, of a line that was written over only the last state stays, and what turns or
    /// hides text goes too.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\\e[1;31mred\\e[0m|red",
                "\\e[2J\\e[?1049hscreen|screen",
                "\\e]0;title\\agone|gone",
                "\\e]8;;http://x\\e\\\\link\\e]8;;\\e\\\\|link",
                "\\ePq#1\\e\\\\dcs|dcs",
                "\\x9b31mc1|c1",
                "10%\\r50%\\r100%|100%",
                "10%\\r\\n20%|10%\\n20%",
                "over\\r\\rdone|done",
                "kept\\r|kept",
                "a\\r\\r\\nb|a\\nb",
                "tab\\there|tab\\there",
                "nul\\0bell\\a|nulbell",
                "\\u202Eevil\\u2066\\u200B|evil",
            })
    void whatATerminalWouldDoIsNotLeftToTheReader(String raw, String shown) throws Exception {
        out(unescaped(raw));

        assertEquals(unescaped(shown), all());
    }

    private static String unescaped(String text) {
        return text.replace("\\e", "\u001b")
                .replace("\\a", "\u0007")
                .replace("\\x9b", "\u009b")
                .replace("\\r", "\r")
                .replace("\\n", "\n")
                .replace("\\t", "\t")
                .replace("\\0", "\0")
                .replace("\\u202E", "\u202e")
                .replace("\\u2066", "\u2066")
                .replace("\\u200B", "\u200b")
                .replace("\\\\", "\\");
    }

    @Test
    void whatIsNotUtf8BecomesReplacementCharacters() throws Exception {
        Files.write(folder.stdout(), new byte[] {'a', (byte) 0xC3, '(', (byte) 0xFF, 'b'});

        assertEquals("a\uFFFD(\uFFFDb", all());
    }

    /// Whatever a command writes: what is shown is bounded, and free of control characters.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void anyBytesAreShownBoundedAndHarmless(long seed) throws Exception {
        Random random = new Random(seed);
        byte[] bytes = new byte[random.nextInt(200_000)];
        random.nextBytes(bytes);
        byte[] favourites = {0x1B, '[', ']', '\r', '\n', (byte) 0x9B, 'm', (byte) 0xC2, 0x07};
        for (int i = 0; i < bytes.length; i += 1 + random.nextInt(4)) {
            bytes[i] = favourites[random.nextInt(favourites.length)];
        }
        Files.write(folder.stdout(), bytes);
        Files.write(folder.stderr(), bytes);
        Pattern bad = Pattern.compile("[\\x00-\\x08\\x0B-\\x1F\\x7F-\\x9F\\u202A-\\u202E]");

        for (String text :
                new String[] {all(), output.tail(500), output.lastLines(9, null, 6_000)}) {
            assertFalse(bad.matcher(text).find());
            assertTrue(text.length() <= 6_100);
        }
        assertTrue(output.tail(500).length() <= 503);
    }

    // ---- reading on

    /// Reading on from each cursor to the next shows everything once.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void aCursorReadsOnAndNothingIsShownTwice(long seed) throws Exception {
        Random random = new Random(seed);
        StringBuilder written = new StringBuilder();
        StringBuilder read = new StringBuilder();
        Cursor at = Cursor.START;
        for (int i = 0; i < 50; i++) {
            for (int j = random.nextInt(3); j > 0; j--) {
                String line = "line %d.%d\n".formatted(i, j);
                written.append(line);
                out(line);
            }
            Cursor end = output.end();
            String text = output.between(at, end, null, 6_000);
            read.append(text).append(text.isEmpty() ? "" : "\n");
            at = Cursor.parse(at.to(end, null).toString());
        }

        assertEquals(written.toString(), read.toString());
    }

    @Test
    void aCursorPassesNothingThatWasNotAskedFor() {
        Cursor end = new Cursor(100, 200);

        assertEquals(end, new Cursor(1, 2).to(end, null));
        assertEquals(new Cursor(100, 2), new Cursor(1, 2).to(end, Stream.STDOUT));
        assertEquals(new Cursor(1, 200), new Cursor(1, 2).to(end, Stream.STDERR));
    }

    @Test
    void aCursorBeyondTheEndShowsNothing() throws Exception {
        out("short");

        assertEquals("", output.between(new Cursor(99, 99), output.end(), null, 6_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "1", "1:2:3", "-1:0", "a:b", "1:9999999999999999999"})
    void whatIsNoCursorIsRefused(String text) {
        assertEquals(
                "Error: `cursor` cannot be "
                        + text
                        + " - Write the one that the last answer ended with, such as 1240:35.",
                assertThrows(Problem.class, () -> Cursor.parse(text)).text());
    }

    @Test
    void theLastLinesAreThoseOfEachStream() throws Exception {
        out("1\n2\n3\n");
        err("4\n5\n6");

        assertEquals("2\n3\n--- stderr\n5\n6", output.lastLines(2, null, 6_000));
        assertEquals("5\n6", output.lastLines(2, Stream.STDERR, 6_000));
        assertEquals("1\n2\n3", output.lastLines(9, Stream.STDOUT, 6_000));
        out("x".repeat(200));
        assertEquals("…" + "x".repeat(50), output.lastLines(1, Stream.STDOUT, 100));
    }

    // ---- the end, for a notification

    @Test
    void whatWasWrittenLastStandsLast() throws Exception {
        out("compiled 12 files\n\n\n");
        err("error: it failed\n");
        Files.setLastModifiedTime(folder.stdout(), FileTime.fromMillis(1_000));
        Files.setLastModifiedTime(folder.stderr(), FileTime.fromMillis(2_000));
        assertEquals("compiled 12 files\nerror: it failed", output.tail(500));

        Files.setLastModifiedTime(folder.stdout(), FileTime.fromMillis(3_000));
        assertEquals("error: it failed\ncompiled 12 files", output.tail(500));
    }

    @Test
    void noCharacterIsCutInTwo() throws Exception {
        out("😀".repeat(100));

        assertEquals("…" + "😀".repeat(5), output.tail(11));
    }

    // ---- searching

    private JobOutput.Search search(String pattern) {
        return output.search(Pattern.compile(pattern), Cursor.START, null);
    }

    @ParameterizedTest
    @ValueSource(ints = {65_530, 65_533, 65_534, 65_535, 65_536, 131_070})
    void aPatternIsFoundAcrossTheBordersOfWhatIsReadAtOnce(int at) throws Exception {
        out("x".repeat(at) + "server \u001b[1mréady😀" + "y".repeat(70_000));

        assertTrue(search("server réady😀").found());
        assertFalse(search("server READY").found());
    }

    @Test
    void aPatternIsFoundThoughItWasWrittenBitByBit() throws Exception {
        JobOutput.Search search = search("réady");
        for (byte each : "server réad".getBytes(StandardCharsets.UTF_8)) {
            Files.write(folder.stderr(), new byte[] {each}, StandardOpenOption.APPEND);
            assertFalse(search.found());
        }
        err("y");

        assertTrue(search.found());
    }

    @Test
    void aSearchLooksOnlyWhereItWasTold() throws Exception {
        out("ready\n");
        Pattern ready = Pattern.compile("ready");

        assertFalse(output.search(ready, Cursor.START, Stream.STDERR).found());
        assertTrue(output.search(ready, Cursor.START, Stream.STDOUT).found());
        assertFalse(output.search(ready, new Cursor(1, 0), null).found());
    }
}
