package dev.bellhop.torture;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Random;
import java.util.random.RandomGenerator;

/// What one run of a trial is given.
///
/// @param cycles how often to break it; after `deadlineNanos` it may stop earlier
/// @param isShort whether it is the short form, with little of everything, that the tests run
/// @param seed what random choices are made from; the same seed makes the same choices
/// @param deadlineNanos when to stop, in [System#nanoTime]
/// @param scratch an empty directory of its own, deleted afterwards
/// @param bellhop the launcher, with a built jar behind it
/// @param log for whoever looks on
record Round(
        int cycles,
        boolean isShort,
        long seed,
        long deadlineNanos,
        Path scratch,
        Path bellhop,
        PrintWriter log) {

    RandomGenerator random() {
        return new Random(seed);
    }

    boolean isTimeUp() {
        return System.nanoTime() - deadlineNanos >= 0;
    }
}
