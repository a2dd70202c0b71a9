package dev.bellhop.display;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How a line begins, as a pattern. Most lines are told apart from it by their first character, so
/// that trying many of them on every line of a long log costs little.
final class Opening {

    private static final int ASCII = 128;

    private final Pattern pattern;
    private final boolean[] canBeFirst = new boolean[ASCII];

    // Whether the end was looked at is just what tells that more might have matched.
    @SuppressWarnings("JdkObsolete")
    Opening(String regex) {
        this.pattern = Pattern.compile(regex);
        for (char c = 0; c < ASCII; c++) {
            Matcher matcher = pattern.matcher(String.valueOf(c));
            // What fails without having seen the end fails whatever follows.
            canBeFirst[c] = matcher.lookingAt() || matcher.hitEnd();
        }
    }

    /// What it matches of `line`, or null if the line begins otherwise.
    @Nullable Matcher of(String line) {
        if (line.isEmpty() || (line.charAt(0) < ASCII && !canBeFirst[line.charAt(0)])) {
            return null;
        }
        Matcher matcher = pattern.matcher(line);
        return matcher.lookingAt() ? matcher : null;
    }

    boolean begins(String line) {
        return of(line) != null;
    }
}
