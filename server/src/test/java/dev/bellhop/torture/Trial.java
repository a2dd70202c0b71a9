package dev.bellhop.torture;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One way to break the product.
interface Trial {

    /// Its number in the test plan: `R3`.
    String id();

    /// What is broken, on one line.
    String about();

    /// How many cycles the short form makes, for the gate.
    int shortCycles();

    /// How many the full form makes.
    int fullCycles();

    /// Breaks it.
    ///
    /// @throws Exception if the trial itself cannot go on; that counts as a violation
    Outcome run(Round round) throws Exception;

    /// What came of a trial.
    ///
    /// @param cycles how often something was broken
    /// @param acknowledgements how many answers of the product were checked against what was left
    /// @param violations what must not have happened, a line each
    /// @param controlsCaught how many of the controls, which are broken on purpose, were found out
    /// @param controls how many controls there were
    /// @param figures what was measured, such as `lock wait p99 12 ms`
    /// @param skipped why nothing was done here, or null
    record Outcome(
            int cycles,
            long acknowledgements,
            List<String> violations,
            int controlsCaught,
            int controls,
            List<String> figures,
            @Nullable String skipped) {

        public Outcome {
            violations = List.copyOf(violations);
            figures = List.copyOf(figures);
        }

        static Outcome skipped(String reason) {
            return new Outcome(0, 0, List.of(), 0, 0, List.of(), reason);
        }
    }
}
