package dev.bellhop.display;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The digests of what real tools wrote (`src/test/resources/digest`).
final class DigestTest {

    private static final int CHARS_MAX = 4_000;

    private static String log(String name) throws IOException {
        try (InputStream in = DigestTest.class.getResourceAsStream("/digest/" + name + ".txt")) {
            return new String(
                    Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static Optional<String> digest(String command, int exitCode, String log, int charsMax) {
        Digest digest = new Digest(command, exitCode);
        log.lines().forEach(digest.log());
        return digest.text(charsMax);
    }

    /// With the usual things around it that a build writes: the digest begins with what sums up,
    /// has every error's place in it, and is much shorter.
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "javac *.java|javac|4 errors|Lexer.java:2: & Lexer.java:3: & Parser.java:4: & Parser.java:5: & symbol:   method foo",
                "java Boom|java-stack|Exception in thread \"main\" java.lang.IllegalStateException: could not load x1|Boom.java:2 & Caused by: java.lang.NumberFormatException",
                "mvn -B test|maven-test|Tests run: 3, Failures: 1, Errors: 1, Skipped: 0|CalcTest.java:10 & CalcTest.java:5 & expected: <3> but was: <-1> & BUILD FAILURE",
                "./mvnw -q compile|maven-compile|BUILD FAILURE|Calc.java:[1,70] cannot find symbol & symbol:   variable x",
                "gradle test|gradle|23 tests completed, 1 failed|CartTest > adds() FAILED & expected: <30> but was: <10> & CartTest.java:14 & BUILD FAILED",
                "java -jar junit.jar|junit-console|1 tests successful|1 tests failed & CartTest:adds() & expected: <30> but was: <10>",
                "node app.js|node|/home/dev/nd/app.js:2|TypeError: Cannot read properties of undefined & app.js:2:34",
                "node --test|node-test|# tests 11|# fail 1 & not ok 11 - adds & a.test.js:3:1",
                "npm install|npm-install|npm error code EJSONPARSE|Invalid package.json",
                "npm run nosuch|npm-missing|npm error Missing script: \"nosuch\"|npm run",
                "npx tsc|tsc|src/cart.ts(12,5): error TS2322|src/cart.ts(40,17) & Property 'price' is missing & src/index.tsx(3,23)",
                "npx tsc --pretty|tsc-pretty|Found 2 errors in 2 files.|src/cart.ts:12:5 & src/index.tsx:3:23 & total = \"none\"",
                "npm run lint|eslint|✖ 4 problems (3 errors, 1 warning)|/home/dev/shop/src/cart.js &    4:7 & /home/dev/shop/src/index.js &   1:10 &  9:1",
                "npm test|jest|Test Suites: 1 failed, 3 passed, 4 total|Tests:       1 failed, 22 passed, 23 total & ● cart › adds prices & Expected: 30 & Received: 10 & src/cart.test.js:14:26",
                "npx vitest run|vitest|Test Files  1 failed ¦ 2 passed (3)|src/cart.test.ts > cart > adds prices & expected 10 to be 30 & src/cart.test.ts:14:26",
                "npx mocha|mocha|5 passing (12ms)|1 failing & adds prices & AssertionError & test/cart.test.js:14:12",
                "python app.py|python-traceback|Traceback (most recent call last):|app.py\", line 7 & json.decoder.JSONDecodeError: Expecting property name",
                "python syn.py|python-syntax|File \"/home/dev/py/syn.py\", line 1|SyntaxError: invalid syntax",
                "pytest -v|pytest|2 failed, 20 passed in 1.96s|test_calc.py:5: AssertionError & E       assert -1 == 3 & test_calc.py:8: KeyError & FAILED test_calc.py::test_err",
                "python -m unittest|unittest|Ran 3 tests in 0.001s|FAILED (failures=1, errors=1) & ERROR: test_err & ut.py\", line 6 & FAIL: test_add & ut.py\", line 4 & AssertionError: -1 != 3",
                "pip install x|pip|ERROR: Could not find a version|No matching distribution",
                "mypy shop|mypy|Found 3 errors in 2 files|shop/cart.py:12 & shop/cart.py:40 & shop/index.py:3",
                "ruff check|ruff|Found 2 errors.|shop/cart.py:1:8 & shop/index.py:23:12 & F821 Undefined name",
                "go build ./...|go-build|# acme.dev/shop/cart|cart/cart.go:12:2 & cart/cart.go:40:15 & cmd/main.go:5:2",
                "go test ./...|go-test|FAIL\tacme.dev/shop/cart|--- FAIL: TestAdds & cart_test.go:14: total() = 10, want 30 & --- FAIL: TestClears & panic: runtime error: index out of range & cart/cart.go:31",
                "go vet ./...|go-vet|# acme.dev/shop/cart|vet: cart/cart.go:12:14",
                "cargo build|cargo-build|error: could not compile `demo`|error[E0425]: cannot find value `y` & src/main.rs:2:49 & error[E0308] & src/main.rs:2:26",
                "cargo test|cargo-test|test result: FAILED. 2 passed; 2 failed|src/main.rs:9:54 & index out of bounds: the len is 0 & src/main.rs:6:25 & left: -1",
                "make|make-gcc|make: *** [Makefile:3: main] Error 1|main.c:5:20: error & main.c:6:21: error",
                "g++ -c b.cpp|gpp|b.cpp:3:53: error: no matching function|b.cpp:3:65: error",
                "clang -c cart.c|clang|1 warning and 2 errors generated.|cart.c:14:5: error & cart.c:20:10: fatal error",
                "make l|ld|collect2: error: ld returned 1 exit status|undefined reference to `add' & Makefile:5: l",
                "cmake -B b|cmake|-- Configuring incomplete, errors occurred!|CMakeLists.txt:3 & FindNoSuchThing.cmake",
                "ctest|ctest|92% tests passed, 1 tests failed out of 13|13 - broken (Failed)",
                "git merge x|git-merge|Automatic merge failed|CONFLICT (content): Merge conflict in f",
                "git push|git-push|! [rejected]        main -> main (non-fast-forward)|failed to push some refs",
                "./deploy|generic|deploy: cannot reach db.internal:5432: Connection refused|giving up",
            })
    void aDigestBeginsWithWhatSumsUpAndHasEveryErrorInIt(
            String command, String name, String first, String places) throws IOException {
        String noise = "[12:00:01] fetching https://repo.example.com/artifact/one\n".repeat(150);
        String log = noise + log(name) + "\n";

        String digest = digest(command, 1, log, CHARS_MAX).orElseThrow();

        assertTrue(digest.strip().startsWith(first.replace('¦', '|')), digest);
        for (String place : places.split(" & ", -1)) {
            assertTrue(digest.contains(place), place + " is not in\n" + digest);
        }
        assertTrue(digest.length() < log.length() / 3, digest.length() + "\n" + digest);
        assertTrue(digest.length() <= CHARS_MAX);
    }

    @Test
    void whatWentWellIsSummedUp() throws IOException {
        assertEquals(
                "12 passed in 0.41s",
                digest("pytest", 0, "12 items\n\n===== 12 passed in 0.41s =====\n", CHARS_MAX)
                        .orElseThrow()
                        .lines()
                        .findFirst()
                        .orElseThrow());
        assertEquals(Optional.empty(), digest("grep -rn error src", 0, log("javac"), CHARS_MAX));
    }

    @Test
    void aFailureThatThePipeHidIsToldAllTheSame() throws IOException {
        String digest = digest("npm test | tail -100", 0, log("jest"), CHARS_MAX).orElseThrow();

        assertTrue(digest.contains("src/cart.test.js:14:26"), digest);
    }

    @Test
    void ofManyErrorsTheFirstAreWholeAndOfTheOthersThePlaceIsTold() {
        StringBuilder log = new StringBuilder();
        for (int i = 1; i <= 500; i++) {
            log.append("src/a%d.c:%d:5: error: 'x%d' undeclared\n".formatted(i, i, i));
            log.append("  %d |   x%d = 1;\n      |   ^\n".formatted(i, i));
        }

        String digest = digest("make", 2, log.toString(), 2_000).orElseThrow();

        assertTrue(digest.startsWith("src/a1.c:1:5: error: 'x1' undeclared\n  1 |   x1 = 1;\n"));
        assertTrue(digest.contains(" more errors …"), digest);
        assertTrue(digest.length() <= 2_000);
    }

    @Test
    void whatIsSaidTwiceIsToldOnce() throws IOException {
        String log = log("javac");

        String digest = digest("javac", 1, log + log, CHARS_MAX).orElseThrow();

        assertEquals(2, digest.split("Lexer.java:3", -1).length, digest);
    }

    @Test
    void linesThatDifferInNumbersOnlyAreFolded() {
        String log = "fatal: broken\n" + "retrying in 5 s\n".repeat(12) + "bye\n";

        assertEquals(
                "fatal: broken\n…\nretrying in 5 s\nretrying in 5 s\n… 10 similar lines …\nbye",
                digest("git fetch", 128, log, CHARS_MAX).orElseThrow());
    }

    /// Any lines at all: bounded, and in time.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anyLogIsDigestedWithinBounds(long seed) throws IOException {
        Random random = new Random(seed);
        List<String> lines =
                Arrays.asList(
                        (log("maven-test") + log("jest") + log("go-test") + log("pytest"))
                                .split("\n", -1));
        Digest digest = new Digest("make", 1);
        Consumer<String> log = digest.log();
        for (int i = 0; i < 20_000; i++) {
            log.accept(lines.get(random.nextInt(lines.size())));
        }

        assertTrue(digest.text(500).orElseThrow().length() <= 500);
        assertTrue(digest.text(CHARS_MAX).orElseThrow().length() <= CHARS_MAX);
        assertEquals(20_000, digest.lines());
    }

    /// Eight million characters of hostile lines are read in a few seconds.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "a.",
                "a:1:",
                "error ",
                " at ",
                "FAILED - ",
                "=",
                "/a",
                "1",
                "[ERROR] ",
                "\t",
                "_",
                "● ",
                "  File \"",
                "a1.b",
                "java.",
                "thread 'a' panicked",
                "(1,1): error",
                "✖ 1 "
            })
    void hostileLinesTakeNoLongerThanOthers(String unit) {
        String line = unit.repeat(4_000 / unit.length());
        Digest digest = new Digest("make", 1);
        Consumer<String> log = digest.log();
        long start = System.nanoTime();

        for (int i = 0; i < 2_000; i++) {
            log.accept(line);
            log.accept(i + line);
        }

        assertTrue(System.nanoTime() - start < 6_000_000_000L);
        assertTrue(digest.text(CHARS_MAX).orElse("").length() <= CHARS_MAX);
    }
}
