package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;

/// A text file of somebody else's, read whole.
///
/// @param name what it is called in messages
/// @param text without a byte order mark, its lines ended by a newline alone
record TextFile(String name, String text) {

    static final int BYTES_MAX = 32 << 20;

    /// Reads `file`. Never follows a link, and never opens what is not a regular file: a pipe would
    /// keep it for ever.
    ///
    /// @throws Problem `INVALID` if it is not a text, or too long; `NOT_FOUND` if it is not there
    static TextFile read(Path file, String name) {
        try {
            BasicFileAttributes attributes =
                    Files.readAttributes(
                            file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            if (!attributes.isRegularFile()) {
                throw Problem.invalid(
                        name
                                + (attributes.isSymbolicLink()
                                        ? " is a link"
                                        : " is not a regular file"),
                        "Name the file itself; nothing else is opened.");
            }
            try (InputStream stream = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
                byte[] bytes = stream.readNBytes(BYTES_MAX + 1);
                if (bytes.length > BYTES_MAX) {
                    throw Problem.invalid(
                            "%s has more than %d MiB".formatted(name, BYTES_MAX >> 20),
                            "Divide it, or leave out what is not needed.");
                }
                return new TextFile(name, decoded(bytes, name));
            }
        } catch (NoSuchFileException e) {
            throw Problem.notFound("there is no " + file, "Give the path of a file or folder.");
        } catch (IOException e) {
            throw Problem.unavailable(
                    "%s cannot be read: %s".formatted(name, e.getMessage()),
                    "See to it that you may read it.");
        }
    }

    private static String decoded(byte[] bytes, String name) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CharBuffer out = CharBuffer.allocate(bytes.length);
        CoderResult end = StandardCharsets.UTF_8.newDecoder().decode(in, out, true);
        if (end.isError()) {
            throw refused(
                    name, lineAt(bytes, in.position()), "it is not UTF-8", "Store it as UTF-8.");
        }
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                throw refused(name, lineAt(bytes, i), "there is a NUL in it", "Give a text file.");
            }
        }
        String text = out.flip().toString();
        return (text.startsWith("\uFEFF") ? text.substring(1) : text).replace("\r\n", "\n");
    }

    private static int lineAt(byte[] bytes, int at) {
        int line = 1;
        for (int i = 0; i < at; i++) {
            line += bytes[i] == '\n' ? 1 : 0;
        }
        return line;
    }

    List<String> lines() {
        return text.lines().toList();
    }

    /// What stands on `line` cannot be.
    Problem refused(int line, String what, String hint) {
        return refused(name, line, what, hint);
    }

    private static Problem refused(String name, int line, String what, String hint) {
        return Problem.invalid("%s line %d: %s".formatted(name, line, what), hint);
    }
}
