package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.display.Secrets;
import dev.bellhop.job.JobOutput.Cursor;
import dev.bellhop.job.JobOutput.Stream;
import dev.bellhop.job.OutputPattern.Found;
import dev.bellhop.job.OutputPattern.Match;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OutputPatternTest {

    private final JobFolder folder;
    private final JobOutput output;

    OutputPatternTest(@TempDir Path root) throws IOException {
        folder = new JobFolder(root);
        output = new JobOutput(folder, Secrets.of(Map.of("DEPLOY_TOKEN", "correct-horse-battery")));
        Files.createFile(folder.stdout());
        Files.createFile(folder.stderr());
    }

    private void out(String text) throws IOException {
        Files.writeString(folder.stdout(), text, StandardOpenOption.APPEND);
    }

    private void err(String text) throws IOException {
        Files.writeString(folder.stderr(), text, StandardOpenOption.APPEND);
    }

    private static OutputPattern.Scan scan(String pattern) {
        return OutputPattern.parse(pattern).scan(Cursor.START);
    }

    private static Match match(String line, Stream stream) {
        return new Match(stream, line);
    }

    private static Found none() {
        return new Found(0, List.of(), List.of(), false);
    }

    @Test
    void aPatternIsATextOrAnExpressionAndMayNameALog() {
        assertTrue(OutputPattern.parse("a.c").matches("xa.cx"));
        assertFalse(OutputPattern.parse("a.c").matches("abc"));
        assertTrue(OutputPattern.parse("/a.c$/").matches("xabc"));
        assertTrue(OutputPattern.parse("/(?i)READY/").matches("ready"));
        assertTrue(OutputPattern.parse("//").matches("http://x"));
        assertNull(OutputPattern.parse("ready").stream());
        assertEquals(Stream.STDERR, OutputPattern.parse("stderr:/x/").stream());
        assertEquals(Stream.STDOUT, OutputPattern.parse("stdout:x").stream());
        assertTrue(OutputPattern.parse("stdout:").matches("stdout: is empty"));
        assertEquals("stderr:/x/", OutputPattern.parse("stderr:/x/").toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/(/",
                "/(?=a)b/",
                "/(a)\\1/",
                "/a{1001}/",
                "/((a{1000}){1000}){1000}/",
                "/((a{100}){100}){100}/",
                "/*/",
                "/[/"
            })
    void whatCannotBeAnExpressionIsRefusedWithAHint(String text) {
        long start = System.nanoTime();

        Problem problem = assertThrows(Problem.class, () -> OutputPattern.parse(text));

        assertEquals(Problem.Kind.INVALID, problem.kind());
        assertTrue(
                problem.text().startsWith("Error: " + text + " is not a pattern: "),
                problem.text());
        assertTrue(problem.hint().contains("no look-around"));
        assertTrue(System.nanoTime() - start < 5_000_000_000L);
        assertThrows(Problem.class, () -> OutputPattern.parse("x".repeat(1_001)));
        assertThrows(Problem.class, () -> OutputPattern.parse(""));
    }

    @Test
    void aScanTellsEachLineOnce() throws Exception {
        OutputPattern.Scan scan = scan("/listening on \\d+/");
        out("starting\n");
        assertEquals(none(), scan.scan(output, false));
        out("listening on 80\nlistening on 443\nbye\n");
        err("\u001b[1mlistening on 81\u001b[0m\n");

        assertEquals(
                new Found(
                        3,
                        List.of(
                                match("listening on 80", Stream.STDOUT),
                                match("listening on 443", Stream.STDOUT),
                                match("listening on 81", Stream.STDERR)),
                        List.of(),
                        false),
                scan.scan(output, false));
        assertEquals(none(), scan.scan(output, true));
        assertEquals(output.size(), scan.cursor());
        assertEquals(
                none(), OutputPattern.parse("/listening/").scan(scan.cursor()).scan(output, true));
    }

    @Test
    void anUnfinishedLineCountsOnceItIsAtRestOrTheJobIsOver() throws Exception {
        OutputPattern.Scan scan = scan("Password:");
        out("Password:");
        assertEquals(none(), scan.scan(output, false));
        assertEquals(1, scan.scan(output, false).count());
        out(" \n");
        assertEquals(none(), scan.scan(output, false));

        OutputPattern.Scan port = scan("/port \\d+/");
        out("port 8");
        assertEquals(none(), port.scan(output, false));
        out("080");
        assertEquals(
                new Found(1, List.of(match("port 8080", Stream.STDOUT)), List.of(), false),
                port.scan(output, true));
    }

    @Test
    void ofManyLinesTheFirstAndTheLastAreTold() throws Exception {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 1_000; i++) {
            text.append("error ").append(i).append('\n');
        }
        out(text.toString());

        assertEquals(
                new Found(
                        1_000,
                        List.of(
                                match("error 0", Stream.STDOUT),
                                match("error 1", Stream.STDOUT),
                                match("error 2", Stream.STDOUT)),
                        List.of(
                                match("error 997", Stream.STDOUT),
                                match("error 998", Stream.STDOUT),
                                match("error 999", Stream.STDOUT)),
                        false),
                scan("error").scan(output, true));
    }

    @Test
    void aLineThatIsToldIsHarmlessAndMasked() throws Exception {
        out("x".repeat(9_000) + " using correct-horse-bat\u001b[mtery now\n");

        String line = scan("using").scan(output, true).first().getFirst().line();

        assertTrue(line.length() <= 300);
        assertFalse(line.contains("corr") || line.contains("\u001b"), line);
        out("using correct-horse-battery\n");
        assertEquals(
                "using [masked DEPLOY_TOKEN]",
                scan("/^using/").scan(output, true).first().getFirst().line());
    }

    @Test
    void whatProgressBarsWroteOverIsLookedAtToo() throws Exception {
        out("10%\r50%\rdone\r\n");

        assertEquals(1, scan("/^50%$/").scan(output, true).count());
        assertEquals(1, scan("/^done$/").scan(output, true).count());
    }

    @Test
    void aScanOfMuchComesBackInBetween() throws Exception {
        out("some line of no interest\n".repeat(200_000) + "ready\n");
        OutputPattern.Scan scan = scan("ready");

        int calls = 1;
        long count = 0;
        Found found = scan.scan(output, false);
        while (found.isMore()) {
            count += found.count();
            found = scan.scan(output, false);
            calls++;
        }

        assertEquals(1, count + found.count());
        assertTrue(calls >= 4, calls + " calls");
    }

    /// In whatever portions it is written and looked at: every line with the pattern counts once.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyLineCountsOnce(long seed) throws Exception {
        Random random = new Random(seed);
        OutputPattern.Scan scan = scan("needle");
        long written = 0;
        long count = 0;
        for (int i = 0; i < 60; i++) {
            boolean has = random.nextInt(3) == 0;
            String hay = "é".repeat(random.nextInt(random.nextInt(8) == 0 ? 40_000 : 100));
            String line =
                    hay + (has ? "needle" : "") + hay + (random.nextBoolean() ? "\n" : "\r\n");
            written += has ? 1 : 0;
            int cut = random.nextInt(line.length());
            out(line.substring(0, cut));
            count += scan.scan(output, false).count();
            out(line.substring(cut));
            count += random.nextBoolean() ? scan.scan(output, false).count() : 0;
        }
        count += scan.scan(output, true).count();

        assertEquals(written, count);
    }
}
