package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import dev.bellhop.tool.Abilities;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WhereaboutsTest {

    private Path real = Path.of("/");

    @BeforeEach
    void aRealPath(@TempDir Path directory) throws IOException {
        real = directory.toRealPath();
    }

    private Path directory(String path) throws IOException {
        return Files.createDirectories(real.resolve(path));
    }

    private static Whereabouts whereabouts(
            @Nullable Path project, Path current, Map<String, String> environment) {
        return new Whereabouts(
                new Config(project, current, environment, "process:1-2", Abilities.UNTOLD));
    }

    @Test
    void theProjectThatIsNamedWins() throws IOException {
        directory("repo/.git");
        Path named = directory("named");
        Path claude = directory("claude");

        Whereabouts whereabouts =
                whereabouts(
                        Path.of("../named"),
                        real.resolve("repo"),
                        Map.of("CLAUDE_PROJECT_DIR", claude.toString()));

        assertEquals(named, whereabouts.known());
        assertEquals(named, whereabouts.project(claude.toString()));
    }

    @Test
    void aNamedProjectThatIsNotThereIsRefused() {
        Problem problem =
                assertThrows(Problem.class, () -> whereabouts(Path.of("no"), real, Map.of()));

        assertEquals(
                "Error: there is no directory no - Give --project a directory that exists.",
                problem.text());
    }

    @Test
    void theNearestProjectAroundTheCurrentDirectoryComesBeforeTheClientsWord() throws IOException {
        directory("outer/.git");
        directory("outer/inner/.tasks");
        Path current = directory("outer/inner/src/main");
        Path other = directory("other");

        Whereabouts whereabouts =
                whereabouts(null, current, Map.of("CLAUDE_PROJECT_DIR", other.toString()));

        assertEquals(real.resolve("outer/inner"), whereabouts.known());
        assertEquals(real.resolve("outer/inner"), whereabouts.project(other.toString()));
    }

    @Test
    void aWorktreeIsAProjectThoughItsGitIsAFile() throws IOException {
        Files.createFile(directory("tree").resolve(".git"));

        assertEquals(
                real.resolve("tree"), whereabouts(null, directory("tree/a"), Map.of()).known());
    }

    @Test
    void outsideOfAnyProjectTheClientsEnvironmentIsBelieved() throws IOException {
        directory("repo/.git");
        Path inside = directory("repo/src");

        Whereabouts whereabouts =
                whereabouts(
                        null,
                        directory("cache"),
                        Map.of(
                                "CLAUDE_PROJECT_DIR",
                                real.resolve("gone").toString(),
                                "QWEN_CODE_PROJECT_DIR",
                                inside.toString()));

        assertEquals(real.resolve("repo"), whereabouts.known());
    }

    @Test
    void outsideOfAnyProjectEachCallMayNameItsWorkspace() throws IOException {
        directory("repo/.git");
        Path inside = directory("repo/src");
        Path cache = directory("cache");

        Whereabouts whereabouts = whereabouts(null, cache, Map.of());

        assertNull(whereabouts.known());
        assertEquals(real.resolve("repo"), whereabouts.project(inside.toString()));
        assertEquals(cache, whereabouts.project(null));
        assertEquals(cache, whereabouts.project(real.resolve("gone").toString()));
        assertEquals(cache, whereabouts.project("repo"));
        assertEquals(cache, whereabouts.project("\0"));
    }

    @Test
    void twoWaysToAProjectAreOneProject() throws IOException {
        Path repo = directory("repo/.git").getParent();
        Path link = Files.createSymbolicLink(real.resolve("link"), repo);

        assertEquals(repo, whereabouts(link, real, Map.of()).known());
        assertEquals(repo, whereabouts(null, link, Map.of()).known());
        assertEquals(repo, whereabouts(null, directory("c"), Map.of()).project(link.toString()));
    }
}
