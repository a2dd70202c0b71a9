package dev.bellhop.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileDeliveryTest {

    private final Path root;
    private final Event event;

    FileDeliveryTest(@TempDir Path root) {
        this.root = root;
        event = new SinkDirectory(root).event(EventKind.JOB_FINISHED, 7, "3fa94c01");
    }

    private Outcome attempt(Path file) {
        return FileDelivery.attempt(
                new Sink.NdjsonFile(file, Set.of(EventKind.JOB_FINISHED)), event);
    }

    private static Outcome refused(Path file) {
        return Outcome.refused(file + ": not a regular file, which is all that is written to");
    }

    @Test
    void aFileIsMadeForItsOwnerAndGetsALineAnEvent() throws Exception {
        Path file = root.resolve("log");

        assertEquals(new Outcome.Delivered(""), attempt(file));
        assertEquals(new Outcome.Delivered(""), attempt(file));

        assertEquals((event.json() + "\n").repeat(2), Files.readString(file));
        assertEquals(
                PosixFilePermissions.fromString("rw-------"), Files.getPosixFilePermissions(file));
    }

    @Test
    void aLineThatWasCutOffSpoilsNoOther() throws Exception {
        Path file = Files.writeString(root.resolve("log"), "{\"schema_ver");

        attempt(file);

        assertEquals("{\"schema_ver\n" + event.json() + "\n", Files.readString(file));
    }

    @Test
    void aLinkIsNotFollowed() throws Exception {
        Path victim = Files.writeString(root.resolve("victim"), "mine\n");
        Path link = Files.createSymbolicLink(root.resolve("log"), victim);
        Path nowhere = Files.createSymbolicLink(root.resolve("nowhere"), root.resolve("not-there"));

        assertEquals(refused(link), attempt(link));
        assertEquals(refused(nowhere), attempt(nowhere));

        assertEquals("mine\n", Files.readString(victim));
        assertFalse(Files.exists(root.resolve("not-there")));
    }

    @Test
    void aPipeAndADirectoryAreRefusedAtOnce() throws Exception {
        Path pipe = root.resolve("pipe");
        assertEquals(0, new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor());

        assertEquals(refused(pipe), attempt(pipe));
        assertEquals(refused(root), attempt(root));
    }

    @Test
    void aDirectoryThatIsNotThereIsNamed() {
        Path file = root.resolve("not-there/log");

        assertEquals(Outcome.refused(file + ": no such file or directory"), attempt(file));
    }
}
