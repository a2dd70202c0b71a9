package dev.bellhop.job;

import dev.bellhop.base.Problem;
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
        }

        @Override
        public String shown() {
            return String.join(" ", argv);
        }
    }

    /// The program and the arguments that the operating system is given.
    List<String> argv();

    /// The command as people write it.
    String shown();

    private static void refuseNul(String text) {
        if (text.indexOf('\0') >= 0) {
            throw Problem.invalid("the command has a NUL character in it", "Leave it out.");
        }
    }
}
