package dev.bellhop.base;

import java.nio.charset.StandardCharsets;
import java.util.List;

/// What a job runs: a line for the shell, or a program with its arguments and no shell.
public sealed interface CommandLine {

    /// A line for the shell.
    ///
    /// @param line handed to `sh -c` as it is
    record Shell(String line) implements CommandLine {
        public Shell {
            if (line.isBlank()) {
                throw Problem.invalid("the command is empty", "Give a command, such as npm test.");
            }
            refuseNul(line);
            requireShort("the command", line);
        }

        @Override
        public List<String> argv() {
            return List.of("/bin/sh", "-c", line);
        }

        @Override
        public String shown() {
            return line;
        }
    }

    /// A program with its arguments.
    ///
    /// @param argv the program and its arguments, each taken literally
    record Argv(List<String> argv) implements CommandLine {
        public Argv {
            argv = List.copyOf(argv);
            if (argv.isEmpty() || argv.getFirst().isBlank()) {
                throw Problem.invalid(
                        "the command is empty",
                        "Give a program and its arguments, such as [\"npm\", \"test\"].");
            }
            argv.forEach(CommandLine::refuseNul);
            argv.forEach(word -> requireShort("an argument of the command", word));
        }

        @Override
        public String shown() {
            return String.join(" ", argv);
        }
    }

    /// How long one argument or one variable may be for Linux, which counts the zero behind it.
    int WORD_BYTES_MAX = (128 << 10) - 1;

    /// The program and the arguments that the operating system is given.
    List<String> argv();

    /// The command as people write it.
    String shown();

    private static void refuseNul(String text) {
        if (text.indexOf('\0') >= 0) {
            throw Problem.invalid("the command has a NUL character in it", "Leave it out.");
        }
    }

    /// Refuses what the operating system would not take.
    ///
    /// @param what names `word` in the message
    static void requireShort(String what, String word) {
        int bytes = word.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > WORD_BYTES_MAX) {
            throw Problem.invalid(
                    "%s has %,d bytes".formatted(what, bytes),
                    "Give at most %,d; put the rest into a file or into `stdin`."
                            .formatted(WORD_BYTES_MAX));
        }
    }
}
