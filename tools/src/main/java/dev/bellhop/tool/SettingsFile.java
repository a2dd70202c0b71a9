package dev.bellhop.tool;

import com.sun.security.auth.module.UnixSystem;
import dev.bellhop.base.Problem;
import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// The file with the user's settings. It says what is executed and where data goes, so it is read
/// only where nobody but the user can have written it, and never from a project.
///
/// @param path an absolute path
record SettingsFile(Path path) {

    private static final int BYTES_MAX = 1 << 20;
    private static final int ROOT = 0;

    /// Where the settings of the user are, whether there are any or not.
    ///
    /// @param environment says where: `BELLHOP_CONFIG`, else `XDG_CONFIG_HOME`, else `HOME`
    /// @throws Problem `INVALID` if `BELLHOP_CONFIG` is no absolute path
    static SettingsFile of(Map<String, String> environment) {
        String named = environment.get("BELLHOP_CONFIG");
        if (named != null && !named.isEmpty()) {
            Path path = Path.of(named);
            if (!path.isAbsolute()) {
                throw Problem.invalid(
                        "BELLHOP_CONFIG is " + named, "Set it to an absolute path, or unset it.");
            }
            return new SettingsFile(path);
        }
        String home = environment.getOrDefault("HOME", System.getProperty("user.home"));
        String configured = environment.get("XDG_CONFIG_HOME");
        Path configurations =
                configured == null || !Path.of(configured).isAbsolute()
                        ? Path.of(home, ".config")
                        : Path.of(configured);
        return new SettingsFile(configurations.resolve("bellhop").resolve("config.json"));
    }

    /// What is in it; empty if there is no such file.
    ///
    /// @param project the directory that it must not lie in
    /// @throws Problem `INVALID` if it is not to be trusted; `UNAVAILABLE` if it cannot be read
    Optional<byte[]> content(Path project) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return Optional.empty();
        }
        try {
            Path real = real(path);
            requireOutside(project, real);
            // With that of a link, whoever may write its directory says where it leads.
            for (Path each : List.of(real, directory(real), directory(path))) {
                requireOurs(each);
            }
            return Optional.of(bytes(real));
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", path, e);
        }
    }

    private Path real(Path link) throws IOException {
        try {
            return link.toRealPath();
        } catch (NoSuchFileException e) {
            throw Problem.invalid(
                    path + " is a symbolic link that leads nowhere",
                    "Make what it leads to, or remove it to go on without settings.");
        }
    }

    private void requireOutside(Path project, Path real) throws IOException {
        if (path.startsWith(project) || real.startsWith(project.toRealPath())) {
            throw Problem.invalid(
                    "%s lies in the project %s, and a project cannot change settings"
                            .formatted(path, project),
                    "Move it out, and set BELLHOP_CONFIG to where it is then.");
        }
    }

    private static void requireOurs(Path each) throws IOException {
        if (!FileSystems.getDefault().supportedFileAttributeViews().contains("unix")) {
            return;
        }
        int owner = (int) Files.getAttribute(each, "unix:uid");
        if (owner != ROOT && owner != new UnixSystem().getUid()) {
            throw Problem.invalid(
                    each + " belongs to somebody else (%s)".formatted(Files.getOwner(each)),
                    "Make it yours, or set BELLHOP_CONFIG to a file that is.");
        }
        Set<PosixFilePermission> modes = Files.getPosixFilePermissions(each);
        if (modes.contains(PosixFilePermission.GROUP_WRITE)
                || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
            throw Problem.invalid(
                    "%s may be written by others (%s)"
                            .formatted(each, PosixFilePermissions.toString(modes)),
                    "Say: chmod go-w '%s'".formatted(each));
        }
    }

    private byte[] bytes(Path real) throws IOException {
        // Before it is opened: opening a pipe would wait for somebody at its other end.
        if (!Files.isRegularFile(real, LinkOption.NOFOLLOW_LINKS)) {
            throw Problem.invalid(
                    path + " is not a regular file", "Make it one, or move it out of the way.");
        }
        try (InputStream stream = Files.newInputStream(real, LinkOption.NOFOLLOW_LINKS)) {
            byte[] bytes = stream.readNBytes(BYTES_MAX + 1);
            if (bytes.length > BYTES_MAX) {
                throw Problem.invalid(
                        "%s is larger than %d bytes".formatted(path, BYTES_MAX),
                        "Make it shorter.");
            }
            return bytes;
        }
    }

    private static Path directory(Path file) {
        return Objects.requireNonNull(file.getParent());
    }
}
