package dev.bellhop.base;

import java.util.Locale;

/// Something that was asked for cannot be done, told to whoever asked.
///
/// The asker is usually an agent, and the message is all it has: what is wrong, with the offending
/// value in it, then what to do next. Thrown where it is noticed and caught at the doors only.
public final class Problem extends RuntimeException {

    private static final long serialVersionUID = 1;

    /// Whether asking again can help, and what would have to change first.
    public enum Kind {
        /// The same request will fail again.
        INVALID,
        /// It names something that is not there.
        NOT_FOUND,
        /// What it changes is not in a state for it.
        CONFLICT,
        /// The same request may succeed later.
        UNAVAILABLE,
        /// We failed; the log says how.
        INTERNAL;

        /// The stable word for programs: `not_found`.
        public String code() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final Kind kind;
    private final String hint;

    private Problem(Kind kind, String message, String hint) {
        super(message);
        this.kind = kind;
        this.hint = hint;
    }

    public static Problem invalid(String message, String hint) {
        return new Problem(Kind.INVALID, message, hint);
    }

    public static Problem notFound(String message, String hint) {
        return new Problem(Kind.NOT_FOUND, message, hint);
    }

    public static Problem conflict(String message, String hint) {
        return new Problem(Kind.CONFLICT, message, hint);
    }

    public static Problem unavailable(String message, String hint) {
        return new Problem(Kind.UNAVAILABLE, message, hint);
    }

    public static Problem internal(String message, String hint) {
        return new Problem(Kind.INTERNAL, message, hint);
    }

    public Kind kind() {
        return kind;
    }

    /// What to do about it, one sentence.
    public String hint() {
        return hint;
    }

    /// `Error: what was wrong - what to do about it`, on one line.
    public String text() {
        return ("Error: " + getMessage() + " - " + hint).replaceAll("\\s*\\R\\s*", " ");
    }
}
