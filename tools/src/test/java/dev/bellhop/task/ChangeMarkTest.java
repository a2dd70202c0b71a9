package dev.bellhop.task;

import static dev.bellhop.task.ProjectDirectory.ids;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChangeMarkTest {

    private static final ChangeMark NONE = new ChangeMark(0, 0, List.of());

    private final Path file;

    ChangeMarkTest(@TempDir Path root) {
        file = root.resolve(".seq");
    }

    @Test
    void itReadsWhatItWrote() throws IOException {
        ChangeMark mark = NONE.after(ids(3, 1)).after(ids(2));
        mark.write(file);

        assertEquals(
                new ChangeMark(
                        3,
                        2,
                        List.of(
                                new ChangeMark.Written(2, ids(2)),
                                new ChangeMark.Written(1, ids(3, 1)))),
                mark);
        assertEquals(mark, ChangeMark.read(file));
    }

    @Test
    void itTellsWhatWasWrittenSinceOrThatItCannotTell() {
        ChangeMark mark = NONE;
        for (int i = 1; i <= 100; i++) {
            mark = mark.after(ids(i));
        }

        assertEquals(Optional.of(Set.of()), mark.since(100));
        assertEquals(Optional.of(Set.copyOf(ids(98, 99, 100))), mark.since(97));
        assertEquals(64, mark.since(36).orElseThrow().size());
        assertEquals(Optional.empty(), mark.since(35));
        assertEquals(Optional.empty(), mark.since(101));
        List<TaskId> many = IntStream.rangeClosed(1, 101).mapToObj(TaskId::new).toList();
        assertEquals(Optional.empty(), mark.after(many).since(100));
        assertEquals(Optional.of(Set.copyOf(ids(7))), mark.after(many).after(ids(7)).since(101));
    }

    @Test
    void aMarkThatIsMissingOrBrokenIsThatOfAnEmptyDirectory() throws IOException {
        assertEquals(NONE, ChangeMark.read(file));
        for (byte[] broken :
                List.of(
                        new byte[0],
                        new byte[] {(byte) 0xFF, 0x28},
                        "1".getBytes(StandardCharsets.UTF_8))) {
            Files.write(file, broken);
            assertEquals(NONE, ChangeMark.read(file));
        }
        Files.delete(file);
        Files.createDirectory(file);
        assertEquals(NONE, ChangeMark.read(file));
    }
}
