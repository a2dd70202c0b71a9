package dev.bellhop.server.http;

import com.sun.security.auth.module.UnixSystem;
import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What whoever asks has to know: the one in the variable `BELLHOP_TOKEN`, else that in a file of
/// the user's, which is made when it is first needed.
public final class Token {

    /// The variable that says it. No job inherits it.
    public static final String VARIABLE = "BELLHOP_TOKEN";

    /// How clients, and other servers, can tell whose token is asked for.
    static final String REALM = "bellhop";

    private static final int BYTES = 32;
    private static final int FILE_BYTES_MAX = 4_096;
    private static final int PRINCIPAL_CHARS = 12;

    /// What a header can carry, and nobody guesses.
    private static final Pattern SHAPE = Pattern.compile("[A-Za-z0-9._~+/-]{16,512}=*");

    private final String text;
    private final byte[] hash;
    private final @Nullable Path file;

    private Token(String text, @Nullable Path file) {
        this.text = text;
        this.hash = hash(text);
        this.file = file;
    }

    /// The token of the user whose state is in `state`.
    ///
    /// @param environment may say it
    /// @throws Problem `INVALID` if it is none, or others can know or change it; `UNAVAILABLE` if
    ///   the file can be neither read nor made
    public static Token of(Map<String, String> environment, Path state) {
        String given = environment.get(VARIABLE);
        if (given != null && !given.isEmpty()) {
            if (!SHAPE.matcher(given).matches()) {
                throw Problem.invalid(
                        VARIABLE + " is no token",
                        "Set it to 16 to 512 letters, digits and ._~+/-, or unset it.");
            }
            return new Token(given, null);
        }
        Path file = state.resolve("token");
        if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            make(state, file);
        }
        return new Token(read(file), file);
    }

    private static void make(Path state, Path file) {
        byte[] bytes = new byte[BYTES];
        new SecureRandom().nextBytes(bytes);
        String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
        Path fresh = file.resolveSibling("token." + HexFormat.of().formatHex(bytes, 0, 4));
        AtomicFile.makeDirectories(state, Database.ownerOnly());
        AtomicFile.writePrivately(fresh, (text + "\n").getBytes(StandardCharsets.US_ASCII));
        try {
            try {
                Files.createLink(file, fresh);
            } catch (FileAlreadyExistsException e) {
                // Another server was faster. Its token holds.
            } finally {
                Files.deleteIfExists(fresh);
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not write", file, e);
        }
    }

    private static String read(Path file) {
        try {
            // Before it is opened: opening a pipe would wait for somebody at its other end.
            if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)
                    || Files.size(file) > FILE_BYTES_MAX) {
                throw Problem.invalid(
                        file + " is no file with a token", "Delete it; a new one is made then.");
            }
            requireOurs(file);
            String text = Files.readString(file, StandardCharsets.ISO_8859_1).strip();
            if (!SHAPE.matcher(text).matches()) {
                throw Problem.invalid(
                        "there is no token in " + file, "Delete it; a new one is made then.");
            }
            return text;
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    private static void requireOurs(Path file) throws IOException {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
            return;
        }
        if ((int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS)
                != new UnixSystem().getUid()) {
            throw Problem.invalid(
                    file + " belongs to somebody else (%s)".formatted(Files.getOwner(file)),
                    "Delete it; a new one is made then.");
        }
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
        Set<PosixFilePermission> others = EnumSet.noneOf(PosixFilePermission.class);
        others.addAll(modes);
        others.remove(PosixFilePermission.OWNER_READ);
        others.remove(PosixFilePermission.OWNER_WRITE);
        others.remove(PosixFilePermission.OWNER_EXECUTE);
        if (!others.isEmpty()) {
            throw Problem.invalid(
                    "others may have read %s (%s)"
                            .formatted(file, PosixFilePermissions.toString(modes)),
                    "Delete it; a new one is made then.");
        }
    }

    /// Whether somebody chose it for this server, rather than that it was made.
    public boolean isGiven() {
        return file == null;
    }

    /// Where a person finds it: the name of a file or of a variable.
    public String place() {
        return file == null ? VARIABLE : file.toString();
    }

    /// What is to be sent.
    public String text() {
        return text;
    }

    /// Whoever holds it, under a name that does not tell it.
    public String principal() {
        return "token:" + HexFormat.of().formatHex(hash).substring(0, PRINCIPAL_CHARS);
    }

    /// Whether `said` is it. How long that takes says nothing about how much of it was right.
    boolean is(String said) {
        return MessageDigest.isEqual(hash, hash(said));
    }

    private static byte[] hash(String text) {
        try {
            return MessageDigest.getInstance("SHA-256")
                    .digest(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Not the token: this may end up in a log.
    @Override
    public String toString() {
        return principal();
    }
}
