package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.display.Secrets;
import dev.bellhop.job.JobOutput.Cursor;
import dev.bellhop.job.JobOutput.Stream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JobOutputTest {

    private static final Secrets SECRETS =
            Secrets.of(Map.of("DEPLOY_TOKEN", "correct-horse-battery"));

    private final JobFolder folder;
    private final JobOutput output;

    JobOutputTest(@TempDir Path root) throws IOException {
        folder = new JobFolder(root);
        output = new JobOutput(folder, SECRETS);
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

    /// Each line takes its time, however short: whoever asks is not to wait for hundreds of
    /// thousands.
    @Test
    void ofVeryManyLinesThoseAtTheBeginningAndTheEndAreLookedThrough() throws Exception {
        String numbers = "1\n".repeat(200_000);
        out("main.c:3:5: error: first\n" + numbers + "main.c:5:5: error: amid\n" + numbers);
        out("main.c:7:5: error: last\n");

        String result = output.result("gcc main.c", 1, 6_000);
        String notice = output.notice(1_000, "gcc main.c", 1);

        for (String said : List.of(result, notice)) {
            assertTrue(said.contains("error: first") && said.contains("error: last"), said);
            assertFalse(said.contains("error: amid"), said);
        }
        assertTrue(result.contains("(digest of 800,073 bytes; all of it: cursor 0:0)"), result);
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

    @Test
    void whatATerminalWouldDoIsNotLeftToTheReader() throws Exception {
        out("\u001b[1mbold\u001b[0m 10%\r20%\n\u202eevil\u0007");

        assertEquals("20%\nevil", all());
    }

    @Test
    void whatIsNotUtf8BecomesReplacementCharacters() throws Exception {
        Files.write(folder.stdout(), new byte[] {'a', (byte) 0xC3, '(', (byte) 0xFF, 'b'});

        assertEquals("a\uFFFD(\uFFFDb\n(2 bytes were not UTF-8)", all());
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

    // ---- what must not be shown

    /// Wherever a window, the end of the output or a cursor cuts: no half of a secret is shown.
    @Test
    void noHalfOfASecretIsShown() throws Exception {
        out("x".repeat(40) + "\ncorrect-horse-battery\n" + "y".repeat(40) + "\n");
        long size = output.end().stdout();
        for (int max = 4; max < size; max++) {
            assertNoSecret(output.between(Cursor.START, output.end(), null, max));
            assertNoSecret(output.lastLines(2, null, 2 * max));
        }
        for (int chars = 1; chars < 70; chars++) {
            assertNoSecret(output.tail(chars));
        }
        for (int cut = 0; cut <= size; cut++) {
            Cursor at = new Cursor(cut, 0);
            assertNoSecret(output.between(Cursor.START, at, null, 6_000));
            assertNoSecret(output.between(at, output.end(), null, 6_000));
        }
        assertTrue(all().contains("\n[masked DEPLOY_TOKEN]\n"));
    }

    private static void assertNoSecret(String text) {
        for (String part : List.of("corr", "rect", "hors", "orse", "batt", "tery")) {
            assertFalse(text.contains(part), text);
        }
    }

    @Test
    void aSecretThatIsWrittenBitByBitIsMaskedFromItsFourthCharacterOn() throws Exception {
        String secret = "correct-horse-battery";
        Cursor at = Cursor.START;
        StringBuilder read = new StringBuilder();
        out("token ");
        for (int from = 0; from < secret.length(); from += 5) {
            out(secret.substring(from, Math.min(secret.length(), from + 5)));
            Cursor end = output.end();
            read.append(output.between(at, end, null, 6_000)).append('|');
            at = end;
        }

        assertEquals(
                "token [masked DEPLOY_TOKEN]|" + "[masked DEPLOY_TOKEN]|".repeat(4),
                read.toString());
        assertEquals("token [masked DEPLOY_TOKEN]", output.tail(500));
    }

    @Test
    void escapesWithinASecretDoNotHideIt() throws Exception {
        out("correct-\u001b[1mhorse\u001b[0m-bat\u200btery");

        assertEquals("[masked DEPLOY_TOKEN]", all());
    }

    // ---- what is not kept

    @Test
    void aGapIsToldAndSkipped() throws Exception {
        out("head one\nhead two\ncut" + "\0".repeat(10_000) + "off\ntail one\ntail two\n");
        folder.gaps().write(Stream.STDERR, new Gap(5, 6));
        folder.gaps().write(Stream.STDOUT, new Gap(21, 10_021));

        assertEquals(new Gap(5, 6), folder.gaps().read(Stream.STDERR).orElseThrow());
        assertEquals(
                "head one\nhead two\ncut\n… 10,004 bytes not kept …\ntail one\ntail two", all());
        assertEquals(
                "… 9,985 bytes not kept …\ntail one\ntail two",
                output.between(new Cursor(40, 0), output.end(), null, 6_000));
        assertEquals(
                "head\n… 23 bytes left out, 10,004 more not kept …\nne\ntail two",
                output.between(Cursor.START, output.end(), null, 16));
        assertEquals("tail two", output.lastLines(1, null, 6_000));
        assertEquals(
                "… 10,004 bytes not kept …\ntail one\ntail two", output.lastLines(9, null, 6_000));
        assertEquals("…tail one\ntail two", output.tail(500));
        assertTrue(search("tail one").found());
        assertTrue(search("/^cut$/").found());
        assertFalse(search("cutoff").found());
    }

    @Test
    void noHalfOfASecretIsShownAtAGap() throws Exception {
        out("a correct-horse-battery correct-horse-battery b\n");
        folder.gaps().write(Stream.STDOUT, new Gap(10, 34));

        assertNoSecret(all());
    }

    @Test
    void whatIsNoGapIsIgnored() throws Exception {
        out("x");
        Files.writeString(folder.path().resolve("dropped"), "stdout 9 3\nstderr\n\n-1");

        assertEquals("x", all());
    }

    // ---- reading on

    @Test
    void aCursorStandsBetweenCharacters() throws Exception {
        byte[] text = "aé日😀".getBytes(StandardCharsets.UTF_8);
        long[] ends = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10};
        for (int i = 0; i < text.length; i++) {
            assertEquals(new Cursor(ends[i], 0), output.end());
            Files.write(folder.stdout(), new byte[] {text[i]}, StandardOpenOption.APPEND);
        }
        assertEquals("é日", output.between(new Cursor(2, 0), new Cursor(9, 0), null, 6_000));
        assertEquals(output.size(), output.end());
        Files.write(folder.stdout(), new byte[] {(byte) 0xE6}, StandardOpenOption.APPEND);
        assertEquals(new Cursor(10, 0), output.end());
        assertEquals(new Cursor(11, 0), output.size());
    }

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

    /// Reading on from where each stretch ends shows everything once, in whole lines where they are
    /// short.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void stretchesFollowOneAnother(long seed) throws Exception {
        Random random = new Random(seed);
        StringBuilder written = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            written.append("é日😀x".repeat(random.nextInt(random.nextInt(10) == 0 ? 400 : 20)))
                    .append('\n');
        }
        out(written.toString());
        StringBuilder read = new StringBuilder();
        long at = 0;
        while (at < output.size().stdout()) {
            JobOutput.Stretch stretch =
                    output.from(
                            Stream.STDOUT, at, random.nextBoolean(), 500 + random.nextInt(3_000));
            assertEquals(at, stretch.from());
            assertTrue(stretch.to() > at);
            assertTrue(stretch.to() - at <= 3_500);
            read.append(stretch.text());
            at = stretch.to();
        }

        assertEquals(written.toString(), read.toString());
        JobOutput.Stretch last = output.last(Stream.STDOUT, true, 3_000);
        assertTrue(written.toString().endsWith(last.text()));
        // It may begin within a character, which is shown whole.
        long within =
                last.text().getBytes(StandardCharsets.UTF_8).length - (last.to() - last.from());
        assertTrue(within >= 0 && within <= 3, "it is " + within);
        assertTrue(last.to() - last.from() > 1_500);
    }

    @Test
    void aStretchPassesAGapAndSaysSo() throws Exception {
        out("head one\nhead two\ncut" + "\0".repeat(10_000) + "off\ntail one\ntail two\n");
        folder.gaps().write(Stream.STDOUT, new Gap(21, 10_021));
        String tail = "… 10,004 bytes not kept …\ntail one\ntail two\n";

        assertEquals(
                new JobOutput.Stretch("head one\nhead two\ncut\n" + tail, 0, 10_043, 10_043),
                output.from(Stream.STDOUT, 0, true, 100));
        assertEquals(
                new JobOutput.Stretch(
                        "… 9,000 bytes not kept …\ntail one\n", 1_025, 10_034, 10_043),
                output.from(Stream.STDOUT, 1_025, true, 12));
        assertEquals(
                new JobOutput.Stretch(tail, 21, 10_043, 10_043),
                output.last(Stream.STDOUT, true, 100));
        assertEquals(
                new JobOutput.Stretch("tail two\n", 10_034, 10_043, 10_043),
                output.last(Stream.STDOUT, true, 12));
    }

    @Test
    void noHalfOfASecretIsShownWhereAStretchEnds() throws Exception {
        out("a correct-horse-battery b");
        for (int from = 0; from < 25; from++) {
            for (int bytes = 1; bytes < 25; bytes++) {
                assertNoSecret(output.from(Stream.STDOUT, from, true, bytes).text());
                assertNoSecret(output.last(Stream.STDOUT, true, bytes).text());
            }
        }
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
        return output.search(OutputPattern.parse(pattern), Cursor.START, null);
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
        OutputPattern ready = OutputPattern.parse("ready");

        assertFalse(output.search(ready, Cursor.START, Stream.STDERR).found());
        assertTrue(output.search(ready, Cursor.START, Stream.STDOUT).found());
        assertFalse(output.search(ready, new Cursor(1, 0), null).found());
        assertFalse(search("stderr:ready").found());
        assertTrue(search("stdout:/^re.dy$/").found());
    }
}
