package dev.bellhop.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/// The short form of every trial: `./bellhop torture` runs the full ones.
@Tag("jar")
class TortureTest {

    /// Always the same, so that a failure can be repeated: `./bellhop torture --short --seed 3`.
    private static final long SEED = 3;

    private static final Duration LONGEST = Duration.ofMinutes(2);

    @TempDir Path temp = Path.of("/");

    @TestFactory
    Stream<DynamicTest> nothingIsLost() {
        return Torture.TRIALS.stream()
                .map(trial ->
                        DynamicTest.dynamicTest(
                                trial.id() + " " + trial.about(), () -> run(trial)));
    }

    private void run(Trial trial) throws Exception {
        Trial.Outcome outcome =
                Torture.run(
                        trial,
                        new Round(
                                trial.shortCycles(),
                                true,
                                Torture.seed(SEED, trial),
                                System.nanoTime() + LONGEST.toNanos(),
                                Files.createDirectory(temp.toRealPath().resolve(trial.id())),
                                Path.of("..", "bellhop").toAbsolutePath().normalize(),
                                new PrintWriter(System.err, true, StandardCharsets.UTF_8)));
        assumeTrue(outcome.skipped() == null, outcome.skipped());
        assertEquals(List.of(), outcome.violations());
    }
}
