package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QuietMarkTest {

    private static final Path PROJECT = Path.of("/home/ada/app");

    private final Path state;
    private final Database database;

    QuietMarkTest(@TempDir Path root) {
        state = root.resolve("app-0123456789ab");
        database = new Database(state.resolve("bellhop.db"), Journal.tables());
        database.transact(_ -> true);
    }

    private void happens(Journal.@Nullable News news) {
        Journal journal = new Journal(database);
        database.transact(connection ->
                journal.append(
                        connection,
                        new Journal.Entry(
                                Instant.EPOCH,
                                new Journal.Author("ada", "test 1.0"),
                                "#1",
                                "changed",
                                null,
                                null,
                                news)));
    }

    /// The launcher reads it: three lines, no more.
    @Test
    void itSaysSinceWhichStartOfTheMachineForWhichProjectAndWhere() throws Exception {
        QuietMark.beside(database, "boot 7").make(PROJECT);

        assertEquals(
                List.of("boot 7", "/home/ada/app", "app-0123456789ab"),
                Files.readAllLines(state.resolve("quiet")));
        assertTrue(QuietMark.beside(database, "boot 7").isMade(PROJECT));
        assertFalse(QuietMark.beside(database, "boot 8").isMade(PROJECT));
        assertFalse(QuietMark.beside(database, "boot 7").isMade(Path.of("/home/bob/app")));
    }

    @Test
    void newsRemoveItAndOtherEntriesDoNot() {
        QuietMark quiet = QuietMark.beside(database);
        quiet.make(PROJECT);

        happens(null);
        assertTrue(quiet.isMade(PROJECT));
        happens(new Journal.News("ada", "#1", "#1 was answered"));

        assertFalse(Files.exists(state.resolve("quiet")));
    }

    @Test
    void itIsRemovedAlsoWhereTheSystemDoesNotTellWhenTheMachineWasStarted() {
        QuietMark quiet = QuietMark.beside(database, ProcessIdentity.UNKNOWN);
        quiet.make(PROJECT);

        quiet.remove();
        quiet.remove();

        assertFalse(quiet.isMade(PROJECT));
    }

    @Test
    void newsThatCannotRemoveItAreNotEntered() throws Exception {
        Files.createDirectories(state.resolve("quiet/in the way"));

        org.junit.jupiter.api.Assertions.assertThrows(
                dev.bellhop.base.Problem.class,
                () -> happens(new Journal.News("ada", "#1", "#1 was answered")));

        assertEquals(List.of(), new Journal(database).about("#1", 10));
    }
}
