package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllowedRootsTest {

    private final Path temp;
    private final AllowedRoots roots;

    AllowedRootsTest(@TempDir Path root) throws IOException {
        temp = root.toRealPath();
        Files.createDirectories(temp.resolve("work/app/web"));
        Files.createDirectories(temp.resolve("workshop"));
        Files.createDirectories(temp.resolve("home"));
        Files.createFile(temp.resolve("work/file"));
        Files.createSymbolicLink(temp.resolve("work/out"), temp.resolve("workshop"));
        Files.createSymbolicLink(temp.resolve("work/in"), temp.resolve("work/app"));
        roots = new AllowedRoots(temp.resolve("home"), List.of(temp.resolve("work")));
    }

    @Test
    void whoNamesNoneMeansTheOneItWasStartedFor() {
        assertEquals(temp.resolve("home"), roots.project("", null));
    }

    @Test
    void whatLiesInARootIsFoundByPathAndByName() {
        assertEquals(temp.resolve("work/app/web"), roots.project("/app/web", null));
        assertEquals(temp.resolve("work/app"), roots.project("", temp + "/work/app"));
        assertEquals(temp.resolve("work/app"), roots.project("/in", null));
        assertEquals(temp.resolve("work"), roots.project("", temp + "/work"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "/file", "/out", "/../workshop", "/a\0b"})
    void whatDoesNotIsNotThere(String below) {
        assertEquals(
                Problem.Kind.NOT_FOUND,
                assertThrows(Problem.class, () -> roots.project(below, null)).kind());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/workshop", "/work/out", "/work/../workshop", "", "/work/file"})
    void norIsWhatIsNamed(String named) {
        assertEquals(
                Problem.Kind.NOT_FOUND,
                assertThrows(Problem.class, () -> roots.project("", temp + named)).kind());
    }

    @Test
    void aProjectIsNamedOnce() {
        assertEquals(
                Problem.Kind.INVALID,
                assertThrows(Problem.class, () -> roots.project("/app", temp + "/work/app"))
                        .kind());
    }

    @Test
    void aRootHasToBeThere() {
        assertThrows(Problem.class, () -> new AllowedRoots(temp, List.of(temp.resolve("nowhere"))));
    }
}
