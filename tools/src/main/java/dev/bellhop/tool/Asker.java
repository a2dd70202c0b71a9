package dev.bellhop.tool;

import java.time.Duration;
import java.util.List;

/// A way to ask the person in front of a client something at once.
@FunctionalInterface
public interface Asker {

    /// Of a client that nobody sits in front of.
    Asker NOBODY = (_, _, _, _) -> new Said.Unheard();

    /// Asks, and waits.
    ///
    /// @param key names the question among those of the call
    /// @param options to choose from; empty if anything may be said
    /// @param longest how long the answer is waited for
    /// @throws ComesAgain where the client asks, and makes the call again with the answer
    Said ask(String key, String message, List<String> options, Duration longest);

    /// What came of it.
    sealed interface Said {

        /// The person has answered.
        record Text(String text) implements Said {}

        /// The person was asked and gave no answer: it was declined, or nobody was there.
        record Nothing(String why) implements Said {}

        /// The client cannot ask anybody.
        record Unheard() implements Said {}
    }
}
