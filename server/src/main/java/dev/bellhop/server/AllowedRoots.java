package dev.bellhop.server;

import dev.bellhop.base.Problem;
import dev.bellhop.server.mcp.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The projects that a server on a port works on: one by default, and those in the directories that
/// it was started with. What a client names decides among them, and never beyond.
final class AllowedRoots implements Places {

    private final Path standard;
    private final List<Path> roots = new ArrayList<>();

    /// @param standard the project of those that name none
    /// @param more directories which are projects, or have some in them
    /// @throws Problem `NOT_FOUND` if one is not there
    AllowedRoots(Path standard, List<Path> more) {
        this.standard = real(standard);
        roots.add(this.standard);
        more.forEach(each -> roots.add(real(each)));
    }

    @Override
    public Path known() {
        return standard;
    }

    @Override
    public Path project(@Nullable String workspace) {
        return standard;
    }

    private static Path real(Path directory) {
        try {
            return directory.toRealPath();
        } catch (IOException e) {
            throw Problem.notFound(
                    "there is no directory " + directory, "Give --root one that exists.");
        }
    }

    /// The project that is meant.
    ///
    /// @param below a path from one of the roots, such as `/app/web`; empty if none is given
    /// @param named an absolute path; null if none is given
    /// @throws Problem `NOT_FOUND` if that is none of ours, whether it is there or not; `INVALID`
    ///   if both are given
    Path project(String below, @Nullable String named) {
        if (below.isEmpty() && named == null) {
            return standard;
        }
        if (!below.isEmpty() && named != null) {
            throw Problem.invalid(
                    "a project is named twice", "Name it in the path or in the header.");
        }
        try {
            for (Path root : roots) {
                Path meant = named == null ? root.resolve(below.substring(1)) : Path.of(named);
                if (meant.isAbsolute() && Files.isDirectory(meant)) {
                    Path real = meant.toRealPath();
                    if (real.startsWith(root)) {
                        return real;
                    }
                }
            }
        } catch (InvalidPathException | IOException e) {
            throw none(e);
        }
        throw none(null);
    }

    private static Problem none(@Nullable Exception cause) {
        Problem problem =
                Problem.notFound(
                        "this server does not work on that project",
                        "Start bellhop serve with --root and its directory.");
        if (cause != null) {
            problem.initCause(cause);
        }
        return problem;
    }
}
