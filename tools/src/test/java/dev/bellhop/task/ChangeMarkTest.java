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

    private final Path file;

    ChangeMarkTest(@TempDir Path root) {
        file = root.resolve(".seq");
    }

    @Test
    void itReadsWhatItWrote() throws IOException {
        ChangeMark mark = ChangeMark.NONE.after(ids(3, 1)).after(ids(2));
        new MarkFile(file).write(mark);

        assertEquals(
                new ChangeMark(
                        3,
                        2,
                        List.of(
                                new ChangeMark.Written(2, ids(2)),
                                new ChangeMark.Written(1, ids(3, 1)))),
                mark);
        assertEquals(mark, new MarkFile(file).read());
    }

    @Test
    void itTellsWhatWasWrittenSinceOrThatItCannotTell() {
        ChangeMark mark = ChangeMark.NONE;
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
        assertEquals(ChangeMark.NONE, new MarkFile(file).read());
        for (byte[] broken :
                List.of(
                        new byte[0],
                        new byte[] {(byte) 0xFF, 0x28},
                        "1".getBytes(StandardCharsets.UTF_8))) {
            Files.write(file, broken);
            assertEquals(ChangeMark.NONE, new MarkFile(file).read());
        }
        Files.delete(file);
        Files.createDirectory(file);
        assertEquals(ChangeMark.NONE, new MarkFile(file).read());
    }

    @Test
    void whatAnEarlierVersionWroteHasNoSumAndHolds() throws IOException {
        Files.writeString(file, "3 2\n2 2\n1 3 1\n");

        assertEquals(ChangeMark.NONE.after(ids(3, 1)).after(ids(2)), new MarkFile(file).read());
    }

    /// What a power cut can leave: the first sector of the new mark before the rest of the old one.
    @Test
    void aTornMarkStillTellsTheHighestId() throws IOException {
        ChangeMark mark = ChangeMark.NONE.after(ids(3, 1)).after(ids(2));
        String rest = mark.text().substring(mark.text().indexOf('\n'));
        String head = mark.after(ids(4)).text();
        Files.writeString(file, head.substring(0, head.indexOf('\n')) + rest);

        assertEquals(new ChangeMark(4, 3, List.of()), new MarkFile(file).read());
    }

    @Test
    void itIsOverwrittenInPlaceAndAShorterOneLeavesNothingOfTheLonger() throws IOException {
        MarkFile marks = new MarkFile(file);
        marks.write(ChangeMark.NONE.after(ids(100_001, 100_002)));
        Object before = Files.readAttributes(file, "unix:ino").get("ino");

        ChangeMark shorter = new ChangeMark(7, 1, List.of());
        marks.write(shorter);

        assertEquals(before, Files.readAttributes(file, "unix:ino").get("ino"));
        assertEquals(shorter, new MarkFile(file).read());
        assertEquals(shorter.text(), Files.readString(file));
    }

    /// Somebody may have put it there so that we write into another file.
    @Test
    void aMarkThatIsALinkIsReplacedAndWhatItLeadsToStaysWhatItWas() throws IOException {
        ChangeMark mark = ChangeMark.NONE.after(ids(1));
        Path foreign = Files.writeString(file.resolveSibling("foreign"), "foreign");
        for (boolean isHard : List.of(true, false)) {
            Files.deleteIfExists(file);
            Path _ =
                    isHard
                            ? Files.createLink(file, foreign)
                            : Files.createSymbolicLink(file, foreign);

            new MarkFile(file).write(mark);

            assertEquals("foreign", Files.readString(foreign));
            assertEquals(mark, new MarkFile(file).read());
        }
    }

    /// As a backup does that links what has not changed.
    @Test
    void aMarkThatGetsAnotherNameLaterIsReplacedToo() throws IOException {
        MarkFile marks = new MarkFile(file);
        ChangeMark mark = ChangeMark.NONE.after(ids(1));
        marks.write(mark);
        Path backup = Files.createLink(file.resolveSibling("backup"), file);

        marks.write(mark.after(ids(2)));

        assertEquals(mark.text(), Files.readString(backup));
        assertEquals(mark.after(ids(2)), new MarkFile(file).read());
    }

    /// Who looked at everything while such a change was being written must look once more.
    @Test
    void aChangeOfVeryManyMovesTheMarkAgainWhenItIsOver(@TempDir Path root) {
        ProjectDirectory project = new ProjectDirectory(root);
        try (TaskStore store = project.open()) {
            store.create(
                    ProjectDirectory.plan(
                            IntStream.range(0, 101)
                                    .mapToObj(i -> Plan.Item.of("task " + i))
                                    .toArray(Plan.Item[]::new)),
                    ProjectDirectory.AUTHOR);
        }
        ChangeMark mark = new MarkFile(project.tasks().resolve(".seq")).read();

        assertEquals(new ChangeMark(101, 2, List.of(new ChangeMark.Written(2, ids()))), mark);
        assertEquals(Optional.empty(), mark.since(0));
    }
}
