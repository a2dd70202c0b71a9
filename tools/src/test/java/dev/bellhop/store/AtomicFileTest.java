package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AtomicFileTest {

    private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "new".getBytes(StandardCharsets.UTF_8);

    private final Path directory;
    private final Path file;

    AtomicFileTest(@TempDir Path directory) {
        this.directory = directory;
        this.file = directory.resolve("file.json");
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void aFileIsReplacedWholeAndNothingElseIsLeft() throws IOException {
        AtomicFile.write(file, OLD);
        AtomicFile.write(file, NEW);

        assertEquals("new", Files.readString(file));
        assertEquals(List.of("file.json"), names());
    }

    @Test
    void whatIsStagedIsNotSeenUntilItIsCommitted() throws IOException {
        AtomicFile.write(file, OLD);
        AtomicFile.Staged staged = AtomicFile.stage(file, NEW);
        assertEquals("old", Files.readString(file));
        assertEquals(
                staged,
                AtomicFile.Staged.named(directory, staged.temporary().getFileName().toString()));

        staged.commit();

        assertEquals("new", Files.readString(file));
        assertEquals(List.of("file.json"), names());
        assertThrows(NoSuchFileException.class, staged::move);
    }

    @Test
    void whatCannotBeWrittenSaysWhyAndLeavesNothing() throws IOException {
        Problem missing =
                assertThrows(
                        Problem.class,
                        () -> AtomicFile.write(directory.resolve("gone/file.json"), NEW));
        assertEquals(
                "Error: could not write %s: no such file or directory - Check that the directory is still there."
                        .formatted(directory.resolve("gone/file.json")),
                missing.text());

        Files.createDirectories(file.resolve("full"));
        assertThrows(Problem.class, () -> AtomicFile.write(file, NEW));
        assertEquals(List.of("file.json"), names());
    }

    @Test
    void aLinkIsReplacedAndNotFollowed() throws IOException {
        Path target = Files.writeString(directory.resolve("target"), "mine");
        Files.createSymbolicLink(file, target);

        AtomicFile.write(file, NEW);

        assertEquals("mine", Files.readString(target));
        assertEquals("new", Files.readString(file));
    }
}
