package dev.bellhop.server;

import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// [Main] with a clock that is as far from the true one as a file says, which may change at any
/// time.
public final class JumpingMain {

    /// The variable that names the file, in which a [Duration] stands.
    public static final String OFFSET = "BELLHOP_TEST_CLOCK";

    private JumpingMain() {}

    public static void main(String[] words) {
        Path file = Path.of(System.getenv(OFFSET));
        System.exit(
                Main.mcp(
                        List.of(words),
                        config ->
                                new App(
                                        config,
                                        Toolbox.standard(),
                                        () -> Instant.now().plus(offset(file)))));
    }

    private static Duration offset(Path file) {
        try {
            return Duration.parse(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
