package dev.bellhop.base;

import java.time.Duration;
import java.util.Locale;

/// How long something took, as people say it.
public final class Elapsed {

    private Elapsed() {}

    /// `0.2 s`, `41 s`, `3 min 20 s`, `2 h 5 min`. Less than nothing is nothing: clocks jump.
    public static String text(Duration time) {
        Duration span = time.isNegative() ? Duration.ZERO : time;
        if (span.toMillis() < 9_950) {
            return String.format(Locale.ROOT, "%.1f s", span.toMillis() / 1000.0)
                    .replace(".0 s", " s");
        }
        long seconds = span.plusMillis(500).toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        }
        if (seconds < 7_200) {
            return seconds % 60 == 0
                    ? seconds / 60 + " min"
                    : seconds / 60 + " min " + seconds % 60 + " s";
        }
        return seconds / 3600 + " h " + seconds / 60 % 60 + " min";
    }
}
