package dev.bellhop.job;

import dev.bellhop.base.Problem;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// What a job can be told to end with.
public enum Signal {
    TERM,
    INT,
    HUP,
    QUIT,
    KILL;

    /// Whether a job that ignores it is ended by SIGKILL after a while.
    boolean isFollowedByKill() {
        return this == TERM;
    }

    /// `SIGTERM`.
    public String word() {
        return "SIG" + name();
    }

    /// `TERM` and `SIGTERM` in any case.
    public static Signal parse(String text) {
        String word = text.strip().toUpperCase(Locale.ROOT);
        String name = word.startsWith("SIG") ? word.substring(3) : word;
        List<Signal> found =
                Stream.of(values()).filter(signal -> signal.name().equals(name)).toList();
        if (found.isEmpty()) {
            throw Problem.invalid(
                    "`signal` cannot be " + text,
                    "Write one of "
                            + String.join(", ", Stream.of(values()).map(Signal::name).toList())
                            + ".");
        }
        return found.getFirst();
    }
}
