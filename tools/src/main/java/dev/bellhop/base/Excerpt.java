package dev.bellhop.base;

/// Texts kept short enough to read.
public final class Excerpt {

    private Excerpt() {}

    /// `text` on one line of at most `charsMax` characters; where it is longer, its beginning.
    public static String line(String text, int charsMax) {
        String line = text.strip().replaceAll("\\s*\\R\\s*", " ");
        return line.length() <= charsMax ? line : line.substring(0, cut(line, charsMax - 1)) + "…";
    }

    /// `text` in at most about `charsMax` characters; where it is longer, its beginning and its
    /// end, and between them how much is left out.
    public static String of(String text, int charsMax) {
        if (text.length() <= charsMax) {
            return text;
        }
        int head = cut(text, charsMax * 3 / 4);
        int tail = cut(text, text.length() - charsMax / 4);
        return "%s\n… %,d characters left out …\n%s"
                .formatted(text.substring(0, head), tail - head, text.substring(tail));
    }

    /// `index`, or one less where that would split a character.
    private static int cut(String text, int index) {
        return Character.isLowSurrogate(text.charAt(index)) ? index - 1 : index;
    }
}
