package dev.bellhop.sink;

import java.time.Duration;

/// What came of an attempt to tell a sink something.
sealed interface Outcome {

    /// As often as is tried where nothing speaks against another attempt.
    int ATTEMPTS_MAX = 20;

    /// It was taken.
    ///
    /// @param detail what the sink said, or empty
    record Delivered(String detail) implements Outcome {}

    /// It was not taken.
    ///
    /// @param detail why
    /// @param attemptsMax after so many attempts in all there is no other
    /// @param pause how long the sink asks not to be tried again; zero if it asks nothing
    record Refused(String detail, int attemptsMax, Duration pause) implements Outcome {}

    /// It was not taken, and may be another time.
    static Outcome refused(String detail) {
        return new Refused(detail, ATTEMPTS_MAX, Duration.ZERO);
    }
}
