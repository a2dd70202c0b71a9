package dev.bellhop.base;

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
        Optional<Path> setsid =
                Stream.of("/usr/bin", "/bin", "/usr/local/bin")
                        .map(folder -> Path.of(folder, "setsid"))
                        .filter(file -> Files.isExecutable(file))
                        .findFirst();
        return setsid.isPresent()
                ? List.of(setsid.get().toString())
                : List.of(
                        "perl",
                        "-MPOSIX",
                        "-e",
                        "POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127",
                        "--");
    }
}
