package dev.bellhop.display;

/// Text of others without what would act on a terminal or deceive a reader.
///
/// Terminal escapes and control characters go, but tabs and newlines stay. Of a line that was
/// written over, as progress bars are, what was there last stays. Characters that have no width, or
/// turn the direction of text, go; marks heaped on one character are cut down. It takes time linear
/// in the text, whatever the text is, and doing it twice changes nothing more.
public final class Harmless {

    /// No script needs more marks on one character.
    private static final int MARKS_MAX = 8;

    private static final char ESC = 0x1B;
    private static final char BEL = 0x07;
    private static final char CSI = 0x9B;
    private static final char ST = 0x9C;
    private static final int JOINER = 0x200D;
    private static final int NON_JOINER = 0x200C;

    private final String raw;
    private final StringBuilder out;
    private final int[] cuts;
    private int at;
    private int nextCut;

    // Where the line begins that is being written.
    private int lineStart;

    // The next character stands at the beginning of the line, or that many further left.
    private boolean returned;
    private int backspaces;

    // What waits for the next character, which says whether it is needed.
    private int joiner;
    private int marks;

    private Harmless(String raw, int[] cuts) {
        this.raw = raw;
        this.out = new StringBuilder(raw.length());
        this.cuts = cuts;
    }

    /// `raw` made harmless.
    public static String text(String raw) {
        if (isPlain(raw)) {
            return raw;
        }
        Harmless text = new Harmless(raw, new int[0]);
        text.run();
        return text.out.toString();
    }

    /// A text made harmless, and where the part of it is that was asked for.
    public record Piece(String text, int from, int to) {}

    /// As [#text], of a text of which only a part is wanted: what stands before it says how it
    /// begins.
    ///
    /// @param from where in `raw` the part begins
    /// @param to where it ends
    public static Piece piece(String raw, int from, int to) {
        if (isPlain(raw)) {
            return new Piece(raw, from, to);
        }
        Harmless text = new Harmless(raw, new int[] {from, to});
        text.run();
        return new Piece(text.out.toString(), text.cuts[0], text.cuts[1]);
    }

    private static boolean isPlain(String raw) {
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if ((c < ' ' && c != '\n' && c != '\t') || c > '~') {
                return false;
            }
        }
        return true;
    }

    private void run() {
        while (at < raw.length()) {
            markCuts();
            int c = raw.codePointAt(at);
            switch (c) {
                case '\n' -> newline();
                case '\r' -> {
                    returned = true;
                    at++;
                }
                case '\b' -> {
                    backspaces++;
                    at++;
                }
                case ESC -> escape();
                case CSI -> {
                    at++;
                    controlSequence();
                }
                // The one-character forms of DCS, SOS, OSC, PM and APC.
                case 0x90, 0x98, 0x9D, 0x9E, 0x9F -> {
                    at++;
                    controlString();
                }
                default -> {
                    visible(c);
                    at += Character.charCount(c);
                }
            }
        }
        at = raw.length();
        markCuts();
    }

    /// A place inside what was taken out is where it would have been.
    private void markCuts() {
        while (nextCut < cuts.length && cuts[nextCut] <= at) {
            cuts[nextCut++] = out.length();
        }
    }

    private void newline() {
        out.append('\n');
        lineStart = out.length();
        returned = false;
        backspaces = 0;
        joiner = 0;
        marks = 0;
        at++;
    }

    /// At an escape: skips it with all that belongs to it.
    private void escape() {
        at++;
        if (at == raw.length()) {
            return;
        }
        switch (raw.charAt(at)) {
            case '[' -> {
                at++;
                controlSequence();
            }
            case 'P', 'X', ']', '^', '_' -> {
                at++;
                controlString();
            }
            default -> {
                while (isBetween(' ', '/')) {
                    at++;
                }
                if (isBetween('0', '~')) {
                    at++;
                }
            }
        }
    }

    private void controlSequence() {
        while (isBetween('0', '?')) {
            at++;
        }
        while (isBetween(' ', '/')) {
            at++;
        }
        if (isBetween('@', '~')) {
            at++;
        }
    }

    /// Skips what a title, a link, an image or the clipboard is told. A newline ends it too: who
    /// does not close one must not hide all that follows.
    private void controlString() {
        while (at < raw.length()) {
            char c = raw.charAt(at);
            if (c == '\n' || c == '\r') {
                return;
            }
            if (c == ESC) {
                if (at + 1 < raw.length() && raw.charAt(at + 1) == '\\') {
                    at += 2;
                }
                return;
            }
            at++;
            if (c == BEL || c == ST) {
                return;
            }
        }
    }

    private boolean isBetween(char first, char last) {
        return at < raw.length() && raw.charAt(at) >= first && raw.charAt(at) <= last;
    }

    private void visible(int c) {
        if (isJoiner(c)) {
            joiner = c;
            return;
        }
        int kind = Character.getType(c);
        boolean isHidden =
                switch (kind) {
                    case Character.CONTROL -> c != '\t';
                    case Character.FORMAT -> true;
                    default -> isBlank(c);
                };
        if (isHidden) {
            return;
        }
        boolean isMark =
                kind == Character.NON_SPACING_MARK
                        || kind == Character.ENCLOSING_MARK
                        || kind == Character.COMBINING_SPACING_MARK;
        marks = isMark ? marks + 1 : 0;
        if (marks > MARKS_MAX) {
            return;
        }
        overwrite();
        int shown =
                switch (kind) {
                    case Character.SURROGATE -> 0xFFFD;
                    case Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> ' ';
                    default -> c;
                };
        // Scripts and pictures need it between two of theirs; elsewhere it only hides.
        if (joiner != 0
                && !isMark
                && shown > '~'
                && out.length() > lineStart
                && out.charAt(out.length() - 1) > '~') {
            out.appendCodePoint(joiner);
        }
        joiner = 0;
        out.appendCodePoint(shown);
    }

    private static boolean isJoiner(int c) {
        return c == JOINER || c == NON_JOINER;
    }

    /// Whether `c` counts as a letter or mark, but shows nothing.
    private static boolean isBlank(int c) {
        return switch (c) {
            case 0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0 -> true;
            default -> (c >= 0x180B && c <= 0x180F) || (c >= 0xE0000 && c <= 0xE0FFF);
        };
    }

    private void overwrite() {
        if (returned) {
            out.setLength(lineStart);
        } else if (backspaces > 0) {
            int length = out.length();
            for (; backspaces > 0 && length > lineStart; backspaces--) {
                length -= Character.charCount(out.codePointBefore(length));
                if (length > lineStart && isJoiner(out.charAt(length - 1))) {
                    length--;
                }
            }
            out.setLength(length);
        }
        returned = false;
        backspaces = 0;
        for (int i = 0; i < nextCut; i++) {
            cuts[i] = Math.min(cuts[i], out.length());
        }
    }
}
