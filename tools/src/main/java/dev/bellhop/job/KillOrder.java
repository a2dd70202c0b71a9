package dev.bellhop.job;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// That a job is to end: why, by what, and who wants it.
///
/// Written into the job's folder before the first signal goes out, so that however the end comes
/// about, it is known what brought it. On one line: `agent TERM 2026-11-21T12:00:00Z claude-code
/// 2.1`.
///
/// @param signal the first one that is sent
/// @param at when it was decided; null where the file does not tell
/// @param by who decided it, such as a client's name and version
public record KillOrder(Cause cause, Signal signal, @Nullable Instant at, String by) {

    /// Why a job is ended.
    public enum Cause {
        /// Its time was up.
        TIMEOUT,
        /// An agent asked for it.
        AGENT,
        /// A person asked for it.
        PERSON,
        /// It wrote more than is kept, and the file system cannot make holes in a log.
        OUTPUT_LIMIT,
        /// It is started again.
        RESTART;

        /// `output_limit`.
        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    public KillOrder {
        by = by.strip().replaceAll("\\s+", " ");
    }

    /// As [#toString] wrote it, or as the supervisor and earlier versions do: `timeout`, `SIGTERM`.
    static Optional<KillOrder> parse(String text) {
        List<String> words = List.of(text.strip().split(" ", 4));
        for (Cause cause : Cause.values()) {
            if (cause.word().equals(words.getFirst())) {
                return Optional.of(
                        new KillOrder(
                                cause,
                                words.size() < 2 ? Signal.TERM : signal(words.get(1)),
                                words.size() < 3 ? null : instant(words.get(2)),
                                words.size() < 4 ? "" : words.get(3)));
            }
        }
        return words.size() == 1 && words.getFirst().startsWith("SIG")
                ? Optional.of(new KillOrder(Cause.AGENT, signal(words.getFirst()), null, ""))
                : Optional.empty();
    }

    private static Signal signal(String word) {
        for (Signal signal : Signal.values()) {
            if (signal.name().equals(word) || signal.word().equals(word)) {
                return signal;
            }
        }
        return Signal.TERM;
    }

    private static @Nullable Instant instant(String text) {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            return null;
        }
    }

    @Override
    public String toString() {
        return "%s %s %s %s".formatted(cause.word(), signal.name(), at == null ? "-" : at, by);
    }
}
