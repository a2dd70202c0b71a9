package dev.bellhop.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// How a command is given a session of its own, so that a signal can be sent to all its processes
/// and to no others.
public final class OwnSession {

    private OwnSession() {}

    /// The words to put in front of a command. The process that they start becomes the command, so
    /// that its number is that of the command's process group. Debian has setsid(1), macOS has
    /// perl.
    public static List<String> prefix() {
        return setsid().map(program -> List.of(program.toString()))
                .orElse(perl("POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127"));
    }

    /// The words to put in front of a command that is to be nobody's child: what they start ends
    /// with 0 as soon as the command has begun. BusyBox has a setsid(1) that cannot let go; there
    /// the command stays a child.
    public static List<String> detachedPrefix() {
        Optional<Path> setsid = setsid();
        if (setsid.isEmpty()) {
            return perl(
                    "defined(my $pid = fork) or exit 1; exit 0 if $pid;"
                            + " POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127");
        }
        String program = setsid.get().toString();
        return isBusyBox(setsid.get()) ? List.of(program) : List.of(program, "--fork");
    }

    private static Optional<Path> setsid() {
        return Stream.of("/usr/bin", "/bin", "/usr/local/bin")
                .map(folder -> Path.of(folder, "setsid"))
                .filter(file -> Files.isExecutable(file))
                .findFirst();
    }

    private static List<String> perl(String script) {
        return List.of("perl", "-MPOSIX", "-e", script, "--");
    }

    private static boolean isBusyBox(Path program) {
        try {
            return program.toRealPath().endsWith("busybox");
        } catch (IOException e) {
            return false;
        }
    }
}
