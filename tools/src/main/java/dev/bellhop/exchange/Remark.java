package dev.bellhop.exchange;

/// Something in a file that could not be carried over as it was.
///
/// @param file its path from where the reading began, or its name
/// @param line the line, or the one on which the task begins; 1 is the first
/// @param text what it is, and what became of it
public record Remark(String file, int line, String text) {

    @Override
    public String toString() {
        return "%s line %d: %s".formatted(file, line, text);
    }
}
