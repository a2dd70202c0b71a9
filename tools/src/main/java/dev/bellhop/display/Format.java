package dev.bellhop.display;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How one tool writes: which lines sum up what it did, and which begin an error.
///
/// To add a tool, add it to [#ALL]. Every pattern is tried at the beginning of a line and need not
/// reach its end; where it has a group, that is what is shown. None may take long on hostile lines,
/// so no two repetitions stand side by side that could match the same text.
///
/// @param command the words by which a command line runs this tool, or null
/// @param sign a line that only this tool writes, or null; without either it is always looked for
/// @param summaries the lines that sum up
/// @param errors in what order errors are looked for
/// @param heading a line that says what the errors below it are about, or null
/// @param noise lines that tell nobody anything, or null
record Format(
        @Nullable Pattern command,
        @Nullable Opening sign,
        List<Opening> summaries,
        List<Fault> errors,
        @Nullable Opening heading,
        @Nullable Opening noise) {

    /// How an error is written.
    ///
    /// @param start its first line
    /// @param linesMax how many lines after it are shown at most
    /// @param keep those which are; null for whatever follows, up to an empty line
    /// @param end the line that ends it and belongs to it, or null; then of a long error the middle
    ///   is left out
    record Fault(Opening start, int linesMax, @Nullable Opening keep, @Nullable Opening end) {}

    private static final String JAVA_FRAME =
            "\\s+at (?!java\\.|javax\\.|jdk\\.|sun\\.|org\\.junit|org\\.apache\\.maven|org\\.gradle|worker\\.org)";
    private static final String NODE_FRAME =
            "\\s+at (?!.{0,200}(?:node:internal|node_modules|<anonymous>\\)$|\\(internal/))";

    /// All that are known; of several that tell the same line, the first counts.
    static final List<Format> ALL =
            List.of(
                    // Maven
                    new Builder()
                            .command("mvnw?|mvnd")
                            .sign("\\[INFO\\] (?:Scanning for projects|BUILD )")
                            .summary("\\[(?:ERROR|WARNING|INFO)\\] (Tests run: [^T]*)$")
                            .summary("\\[INFO\\] (BUILD (?:SUCCESS|FAILURE))")
                            .noise(
                                    "\\[ERROR\\] (?:-> \\[Help|To see the full|Re-run Maven|For more"
                                            + " information|\\[Help|After correcting|  mvn |See |Please"
                                            + " refer|COMPILATION ERROR|Failures: $|Errors: $|Tests run:|$)"
                                            + "|\\[INFO\\]|WARNING: |\\[ERROR\\] Failed to execute goal .* There"
                                            + " (?:are|were) test failures")
                            .error("\\[ERROR\\] (.*\\S)", 5, "(?!\\[|\\s+at )\\s*\\S|" + JAVA_FRAME)
                            .build(),
                    // Gradle
                    new Builder()
                            .command("gradlew?")
                            .sign("> Task :|BUILD (?:SUCCESSFUL|FAILED) in ")
                            .summary("BUILD (?:SUCCESSFUL|FAILED) in ")
                            .summary("\\d+ tests? completed")
                            .noise("\\* Try:|> Run with |\\* Get more help|> Get more help")
                            .error(
                                    "\\S.* > .* FAILED$",
                                    5,
                                    "\\s+\\S.*(?:Error|Exception)|" + JAVA_FRAME)
                            .error("\\* What went wrong:", 4, null)
                            .error("e: (?:file://)?/?\\S+:\\d+:\\d+", 0, null)
                            .build(),
                    // javac
                    new Builder()
                            .summary("\\d+ (?:errors?|warnings?)$")
                            .error("\\S+\\.java:\\d+: error: ", 4, "\\s+\\S")
                            .build(),
                    // JUnit's own runners
                    new Builder()
                            .sign("JUnit version |╷$|Test run finished after")
                            .summary("\\[ +(\\d+ tests (?:failed|successful)) +\\]")
                            .summary("Tests run: |OK \\(\\d+ tests?\\)")
                            .error("\\d+\\) \\w+\\([\\w.$]+\\)", 4, "\\S|" + JAVA_FRAME)
                            .noise("\\[ +\\d+ (?:containers|tests) |\\s+\\[\\.\\.\\.]|[╷├│└]")
                            .error(
                                    "  JUnit \\w+:",
                                    4,
                                    "\\s+=> |\\s{7}(?!org\\.junit)\\S+\\(\\w+\\.(?:java|kt):\\d+\\)")
                            .build(),
                    // TypeScript
                    new Builder()
                            .command("tsc|vue-tsc")
                            .summary("Found \\d+ errors?\\b")
                            .error("\\S+\\(\\d+,\\d+\\): error TS\\d+: ", 2, " {2,}\\S")
                            .error("\\S+:\\d+:\\d+ - error TS\\d+: ", 3, "\\s*\\d* .*\\S")
                            .build(),
                    // ESLint
                    new Builder()
                            .command("eslint|next lint|standard")
                            .sign("✖ \\d+ problems? ")
                            .summary("✖ \\d+ problems? ")
                            .heading("/?(?:[\\w.@-]+/)*[\\w.@-]+\\.(?:[cm]?[jt]sx?|vue|svelte)$")
                            .error("\\s+\\d+:\\d+\\s+error\\s", 0, null)
                            .build(),
                    // Jest
                    new Builder()
                            .command("jest|react-scripts test")
                            .sign("Test Suites: ")
                            .summary("Tests: +\\d")
                            .summary("Test Suites: +\\d")
                            .error(
                                    "\\s*● .*\\S",
                                    8,
                                    "\\s+(?:expect\\(|Expected|Received|> *\\d+ \\||\\w*Error: |[-+] )|"
                                            + NODE_FRAME)
                            .build(),
                    // Vitest
                    new Builder()
                            .command("vitest")
                            .sign("\\s+(?:RUN +v\\d|Test Files +\\d)")
                            .summary("\\s+(Tests +\\d.*)")
                            .summary("\\s+(Test Files +\\d.*)")
                            .error(
                                    "\\s*FAIL +(\\S.*)",
                                    6,
                                    "\\w*Error: |\\s*❯ \\S+:\\d+:\\d+|\\s*[-+] (?:Expected|Received|\\S)")
                            .build(),
                    // Mocha
                    new Builder()
                            .command("mocha")
                            .sign("\\s+\\d+ (?:passing|failing)\\b")
                            .summary("\\s+(\\d+ (?:passing|failing|pending)\\b.*)")
                            .error(
                                    "\\s+\\d+\\) \\S",
                                    7,
                                    "\\s+\\w*Error\\b|\\s+[-+]\\S|\\s{4,}\\S.*:$|" + NODE_FRAME)
                            .build(),
                    // node --test, TAP
                    new Builder()
                            .command("node .*--test|tap")
                            .sign("TAP version \\d|(?:#|ℹ) tests \\d+")
                            .summary("(?:#|ℹ) (?:tests|pass|fail) \\d+")
                            .noise("\\s+(?:---|\\.\\.\\.|duration_ms)")
                            .error(
                                    "\\s*not ok \\d+ .*",
                                    8,
                                    "\\s+(?:location:|error:|expected:|actual:|Expected|\\d+ !==|\\S+ \\(file:|TestContext)")
                            .error("✖ \\S.*\\(\\d.*ms\\)", 6, "\\s+\\w*Error\\b|" + NODE_FRAME)
                            .build(),
                    // npm, pnpm, yarn
                    new Builder()
                            .command("npm|npx|pnpm|yarn")
                            .sign("npm (?:ERR!|error) ")
                            .summary("(?:added|removed|changed) \\d+ packages?\\b")
                            .summary("(?:found )?\\d+ (?:\\w+ severity )?vulnerabilit(?:y|ies)\\b")
                            .noise(
                                    "npm (?:ERR!|error|warn)(?:$| A complete log| {4}at |.{0,10}/_logs/| Unknown"
                                            + " user config)")
                            .error(
                                    "npm (?:ERR!|error) \\S",
                                    7,
                                    "npm (?:ERR!|error) (?!A complete)\\s*\\S")
                            .error("(?: ?ERR_PNPM_\\w+|error Command failed| ?ELIFECYCLE)", 2, null)
                            .build(),
                    // pytest
                    new Builder()
                            .command("pytest|py\\.test|tox|nox")
                            .sign("=+ (?:test session starts|short test summary info) =+")
                            .summary("=+ (\\d+ [^=]* in [\\d.]+s[^=]*?) =+")
                            .summary("\\d+ (?:failed|passed|error)[^=]* in [\\d.]+s")
                            .noise(
                                    "(?:FAILED|ERROR|PASSED) +\\[ *\\d+%\\]|=+ (?:FAILURES|ERRORS|short) ")
                            .error("_{3,} (\\S.*\\S) _{3,}", 8, ">|E  |\\S+:\\d+: \\S")
                            .error("(?:FAILED|ERROR) \\S+(?: - .*)?$", 0, null)
                            .build(),
                    // unittest
                    new Builder()
                            .sign("Ran \\d+ tests? in ")
                            .summary("Ran \\d+ tests? in ")
                            .summary("FAILED \\(.*\\)|OK(?: \\(.*\\))?$")
                            .error("(?:FAIL|ERROR): .*\\(.*\\)", 0, null)
                            .build(),
                    // Python itself
                    new Builder()
                            .error(
                                    "\\s*Traceback \\(most recent call last\\):",
                                    8,
                                    " {2}(?! *[~^]+$)",
                                    "[^\\s:]+(?:: |$)")
                            .error("  File \"[^\"]+\", line \\d+$", 4, null, "\\w*Error: ")
                            .build(),
                    // Node itself
                    new Builder()
                            .error("(?:file://)?/\\S+\\.[cm]?[jt]sx?:\\d+$", 3, null)
                            .error(
                                    "(?:Uncaught )?[A-Z]\\w*Error(?: \\[\\w+\\])?: ",
                                    5,
                                    "\\s+(?:code|path|syscall|requireStack):|" + NODE_FRAME)
                            .build(),
                    // mypy, pyright
                    new Builder()
                            .command("mypy|pyright")
                            .summary(
                                    "Found \\d+ errors?\\b|Success: no issues found|\\d+ errors?, ")
                            .error("\\s*\\S+\\.pyi?:\\d+(?::\\d+)?(?: -|:) error: ", 0, null)
                            .build(),
                    // Ruff, Flake8
                    new Builder()
                            .command("ruff|flake8|pylint")
                            .summary(
                                    "Found \\d+ errors?\\b|All checks passed!|Your code has been rated")
                            .error("\\S+\\.pyi?:\\d+:\\d+: [A-Z]+\\d+:? ", 0, null)
                            .error("[A-Z]{1,4}\\d{3,4} \\S", 1, "\\s*--> ")
                            .build(),
                    // pip, Poetry, uv
                    new Builder()
                            .command("pip3?|poetry|uv")
                            .summary("Successfully (?:installed|uninstalled) ")
                            .error("(?:ERROR|error): \\S", 2, "  \\S|ERROR: ")
                            .build(),
                    // Go
                    new Builder()
                            .command(
                                    "go (?:build|test|vet|run|install|generate)|gotestsum|golangci-lint")
                            .sign("(?:ok|FAIL|---)[ \\t]+\\S+\\t[\\d.]+s$|--- FAIL: ")
                            .summary("FAIL\\t\\S+")
                            .heading("# \\S+$")
                            .error("\\s*--- FAIL: ", 6, "\\s+\\S+\\.go:\\d+: |\\s{8,}\\S")
                            .error("\\s+\\S+_test\\.go:\\d+: ", 0, null)
                            .error("(?:vet: )?\\S+\\.go:\\d+(?::\\d+)?: ", 1, "\\t\\S")
                            .error(
                                    "panic: |fatal error: ",
                                    5,
                                    "\\t(?!/usr/)\\S+\\.go:\\d+|main\\.|goroutine \\d+ \\[run")
                            .build(),
                    // Rust
                    new Builder()
                            .command("cargo|rustc")
                            .sign("\\s+Compiling \\S+ v\\d|error\\[E\\d+\\]|test result: ")
                            .summary("test result: ")
                            .summary("error: (?:could not compile|test failed|aborting due)")
                            .noise(
                                    "For more information about this|Some errors have detailed|note: run with"
                                            + "|note: Some details|stack backtrace:|\\s+\\d+: |\\s+at /rustc/")
                            .error(
                                    "error(?:\\[E\\d+\\])?: ",
                                    6,
                                    " *--> |\\s*\\d+ \\| |\\s+\\| +[\\^-]|\\s+= (?:note|help)")
                            .error(
                                    "thread '.*' .{0,20}panicked at ",
                                    3,
                                    "(?!stack backtrace|note: ).*\\S")
                            .error("test \\S+ \\.\\.\\. FAILED", 0, null)
                            .build(),
                    // GCC, Clang and whoever writes as they do
                    new Builder()
                            .summary("\\d+ (?:errors?|warnings? and \\d+ errors?) generated\\.")
                            .error(
                                    "(?:[A-Za-z]:)?[^\\s:]+:\\d+:(?:\\d+:)? (?:fatal )?error: ",
                                    3,
                                    "\\s+(?:\\d+ )?\\||\\s+\\^|\\s{4,}\\S")
                            .build(),
                    // The linker
                    new Builder()
                            .summary("collect2: error: |clang: error: linker ")
                            .error(
                                    "(?:/\\S*/)?ld(?:\\.\\w+)?: ",
                                    3,
                                    ".*undefined reference to|.*multiple definition")
                            .error(
                                    "[^\\s:]+:[^\\s:]*:? ?(?:\\(\\S+\\): )?undefined reference to ",
                                    0,
                                    null)
                            .error("Undefined symbols for architecture ", 3, "\\s+\\S")
                            .build(),
                    // Make, Ninja
                    new Builder()
                            .command("g?make|ninja")
                            .sign("g?make(?:\\[\\d+\\])?: \\*\\*\\* |ninja: build stopped")
                            .summary(
                                    "(?:g?make|ninja)(?:\\[\\d+\\])?: (?:\\*\\*\\* |build stopped)")
                            .error("FAILED: ", 0, null)
                            .build(),
                    // CMake
                    new Builder()
                            .command("cmake")
                            .summary(
                                    "-- Configuring incomplete|-- Configuring done|CMake Generate step failed")
                            .error("CMake Error", 4, "\\s+\\S")
                            .build(),
                    // CTest
                    new Builder()
                            .command("ctest")
                            .sign("\\d+% tests passed, ")
                            .summary("\\d+% tests passed, ")
                            .error("\\s+\\d+ - \\S+ \\(\\S.*\\)$", 0, null)
                            .build(),
                    // Git
                    new Builder()
                            .command("git")
                            .summary("Automatic merge failed")
                            .error("CONFLICT \\(", 0, null)
                            .error("(?:fatal|error): \\S", 6, "\\t\\S|hint: |Please |Aborting")
                            .error(" ! \\[(?:remote )?rejected\\]", 0, null)
                            .build(),
                    // The Java virtual machine
                    new Builder()
                            .error(
                                    "(?:Exception in thread \"[^\"]*\" |Caused by: )?(?:[a-z]\\w*\\.){1,10}[A-Z][\\w$]*(?:Exception|Error|Failure|Throwable)\\b",
                                    6,
                                    JAVA_FRAME + "|Caused by: |\\s+Suppressed: ")
                            .build());

    /// What errors look like where no tool is known.
    static final Format ANY = new Builder().error("", 0, null).build();

    private static final List<String> BAD_WORDS =
            List.of(
                    "error",
                    "fatal",
                    "panic",
                    "exception",
                    "fail",
                    "cannot",
                    "could not",
                    "denied",
                    "no such file",
                    "not found",
                    "segmentation fault",
                    "killed");

    /// Whether a line is to be tried with [#ANY].
    static boolean soundsBad(String line) {
        String lower = line.toLowerCase(Locale.ROOT);
        return BAD_WORDS.stream().anyMatch(lower::contains);
    }

    boolean isRunBy(String commandLine) {
        return command != null && command.matcher(commandLine).find();
    }

    /// Whether its lines may stand in any output.
    boolean isEverywhere() {
        return command == null && sign == null;
    }

    private static final class Builder {
        private @Nullable Pattern command;
        private @Nullable Opening sign;
        private final List<Opening> summaries = new ArrayList<>();
        private final List<Fault> errors = new ArrayList<>();
        private @Nullable Opening heading;
        private @Nullable Opening noise;

        Builder command(String words) {
            command = Pattern.compile("(?:^|[\\s/;&|(])(?:" + words + ")(?:$|[\\s;&|):])");
            return this;
        }

        Builder sign(String regex) {
            sign = new Opening(regex);
            return this;
        }

        Builder summary(String regex) {
            summaries.add(new Opening(regex));
            return this;
        }

        Builder heading(String regex) {
            heading = new Opening(regex);
            return this;
        }

        Builder noise(String regex) {
            noise = new Opening(regex);
            return this;
        }

        Builder error(String start, int linesMax, @Nullable String keep) {
            return error(start, linesMax, keep, null);
        }

        Builder error(String start, int linesMax, @Nullable String keep, @Nullable String end) {
            errors.add(
                    new Fault(
                            new Opening(start),
                            linesMax,
                            keep == null ? null : new Opening(keep),
                            end == null ? null : new Opening(end)));
            return this;
        }

        Format build() {
            return new Format(
                    command, sign, List.copyOf(summaries), List.copyOf(errors), heading, noise);
        }
    }
}
