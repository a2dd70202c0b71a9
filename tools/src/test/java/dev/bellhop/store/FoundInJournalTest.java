package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What happened is found by what it happened to, when, and by whom.
class FoundInJournalTest {

    @TempDir Path directory = Path.of("/");

    private static Journal.Entry entry(String at, String client, String subject) {
        return new Journal.Entry(
                Instant.parse(at),
                new Journal.Author("s1", client),
                subject,
                "changed",
                null,
                "{}",
                null);
    }

    private static List<Long> numbers(
            Journal journal,
            @Nullable String subject,
            @Nullable String since,
            @Nullable String client,
            int limit) {
        return journal
                .find(
                        new Journal.Wanted(
                                subject,
                                since == null ? null : Instant.parse(since),
                                client,
                                limit))
                .lines()
                .stream()
                .map(Journal.Line::seq)
                .toList();
    }

    @Test
    void theNewestOfWhatIsWanted() {
        try (Database database = new Database(directory.resolve("j.db"), Journal.tables())) {
            Journal journal = new Journal(database);
            List<Journal.Entry> entries =
                    List.of(
                            entry("2026-01-31T12:00:00Z", "codex 1.0", "#1"),
                            entry("2026-01-31T12:00:00.500Z", "Codex 1.1", "#2"),
                            entry("2026-01-31T12:00:01.250Z", "other_codex", "#1"),
                            entry("2026-01-31T12:00:02Z", "%", "#1"));
            database.transact(connection -> {
                for (Journal.Entry entry : entries) {
                    journal.append(connection, entry);
                }
                return null;
            });

            assertEquals(List.of(1L, 2L, 3L, 4L), numbers(journal, null, null, null, 4));
            assertEquals(List.of(3L, 4L), numbers(journal, null, null, null, 2));
            assertEquals(List.of(1L, 3L, 4L), numbers(journal, "#1", null, null, 9));
            assertEquals(List.of(1L, 2L), numbers(journal, null, null, "CODEX", 9));
            assertEquals(List.of(4L), numbers(journal, null, null, "%", 9));
            assertEquals(
                    List.of(2L, 3L, 4L),
                    numbers(journal, null, "2026-01-31T12:00:00.250Z", null, 9));
            assertEquals(List.of(4L), numbers(journal, null, "2026-01-31T12:00:01.300Z", null, 9));
            assertEquals(
                    new Journal.Found(List.of(new Journal.Line(4, entries.getLast())), true),
                    journal.find(new Journal.Wanted("#1", null, null, 1)));
        }
    }
}
