package dev.bellhop.server;

import dev.bellhop.base.Problem;
import dev.bellhop.server.mcp.Places;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which project is meant.
///
/// The one that `--project` names; else the one around the current directory; else the one that the
/// client names, in its environment or with the call; else the current directory itself. What a
/// client names comes second, because most clients start us in the project, and those that do not
/// start us outside of any.
public final class Whereabouts implements Places {

    /// A directory that has one of these is a project.
    private static final List<String> MARKS = List.of(".git", ".tasks");

    private static final List<String> VARIABLES =
            List.of("CLAUDE_PROJECT_DIR", "QWEN_CODE_PROJECT_DIR");

    private final Path current;
    private final @Nullable Path known;

    /// @throws Problem `NOT_FOUND` if the directory that `--project` names does not exist
    public Whereabouts(Config config) {
        current = real(config.currentDirectory());
        known = known(config, current);
    }

    private static @Nullable Path known(Config config, Path current) {
        if (config.project() != null) {
            Path named = directory(config.currentDirectory().resolve(config.project()));
            if (named == null) {
                throw Problem.notFound(
                        "there is no directory " + config.project(),
                        "Give --project a directory that exists.");
            }
            return named;
        }
        Path around = enclosing(current);
        if (around != null) {
            return around;
        }
        for (String variable : VARIABLES) {
            Path named = named(config.environment().get(variable));
            if (named != null) {
                return named;
            }
        }
        return null;
    }

    @Override
    public @Nullable Path known() {
        return known;
    }

    @Override
    public Path project(@Nullable String workspace) {
        if (known != null) {
            return known;
        }
        Path named = named(workspace);
        return named != null ? named : current;
    }

    /// The project that a client means with `word`, or null if there is no such directory.
    private static @Nullable Path named(@Nullable String word) {
        if (word == null || word.isBlank()) {
            return null;
        }
        try {
            Path path = Path.of(word);
            Path named = path.isAbsolute() ? directory(path) : null;
            Path around = named == null ? null : enclosing(named);
            return around != null ? around : named;
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /// The nearest project that `directory` lies in or is, or null if there is none.
    private static @Nullable Path enclosing(Path directory) {
        for (Path each = directory; each != null; each = each.getParent()) {
            for (String mark : MARKS) {
                if (Files.exists(each.resolve(mark))) {
                    return each;
                }
            }
        }
        return null;
    }

    private static @Nullable Path directory(Path path) {
        return Files.isDirectory(path) ? real(path) : null;
    }

    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path.toAbsolutePath().normalize();
        }
    }
}
