package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JournalTest {

    private final Path file;

    JournalTest(@TempDir Path root) {
        file = root.resolve("state/test.db");
    }

    private Database open() {
        return new Database(file, Journal.tables());
    }

    @Test
    void anEntryIsPartOfTheTransactionItIsAddedIn() {
        Database database = open();
        Journal journal = new Journal(database);
        Journal.Entry entry =
                new Journal.Entry(
                        Instant.EPOCH,
                        new Journal.Author("s", "c"),
                        "#1",
                        "created",
                        null,
                        null,
                        null);

        assertThrows(
                Problem.class,
                () ->
                        database.transact(connection -> {
                            journal.append(connection, entry);
                            throw Problem.conflict("no", "Do not.");
                        }));
        assertEquals(List.of(), journal.about("#1", 10));
    }

    @Test
    void theJournalTellsTheLastEntriesAboutSomethingOldestFirst() {
        Database database = open();
        Journal journal = new Journal(database);
        List<Journal.Entry> entries = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Journal.Entry entry =
                    new Journal.Entry(
                            Instant.parse("2026-01-31T12:00:00Z").minusSeconds(i),
                            new Journal.Author("session", "client"),
                            i % 2 == 0 ? "#1" : "#2",
                            "changed",
                            i == 0 ? null : "{\"n\":" + (i - 1) + "}",
                            "{\"n\":" + i + "}",
                            null);
            entries.add(entry);
            database.transact(connection -> {
                journal.append(connection, entry);
                return null;
            });
        }

        assertEquals(List.of(entries.get(2), entries.get(4)), new Journal(open()).about("#1", 2));
        assertEquals(List.of(), journal.about("#3", 2));
    }
}
