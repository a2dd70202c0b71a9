package dev.bellhop.torture;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/// Small programs of the system that the trials use from outside the product.
final class Shell {

    private Shell() {}

    /// What a program that has ended left.
    record Result(int exitCode, String output) {}

    static Result run(List<String> words) throws IOException {
        Process process =
                new ProcessBuilder(words)
                        .redirectInput(new File("/dev/null"))
                        .redirectErrorStream(true)
                        .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.onExit().join().exitValue(), output);
    }

    /// What `sh -c script` prints, with `words` as `$1`, `$2` …
    static String script(String script, String... words) throws IOException {
        List<String> line = List.of("/bin/sh", "-c", script, "sh");
        return run(Stream.concat(line.stream(), Stream.of(words)).toList()).output().strip();
    }

    /// Sends a signal to a process, or to a group where `target` is negative.
    ///
    /// @return whether there was one
    static boolean kill(String signal, long target) throws IOException {
        return run(List.of("/bin/kill", "-s", signal, "--", Long.toString(target))).exitCode() == 0;
    }

    static boolean has(String program) {
        return Stream.of("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin")
                .anyMatch(folder -> new File(folder, program).canExecute());
    }

    /// Why processes cannot be given numbers of their own here, or an empty string if they can.
    static String noNamespaces() throws IOException {
        if (!has("unshare") || !has("nsenter")) {
            return "there is no unshare(1) or nsenter(1)";
        }
        return run(List.of("unshare", "--pid", "--fork", "--mount-proc", "true")).exitCode() == 0
                ? ""
                : "needs root, for process numbers of its own";
    }
}
