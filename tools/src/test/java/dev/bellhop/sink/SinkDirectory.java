package dev.bellhop.sink;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A project in a temporary directory with a journal and an outbox, as a process has it that starts
/// now.
final class SinkDirectory {

    static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
    static final Courier.Rhythm FAST =
            new Courier.Rhythm(Duration.ofMillis(2), Duration.ofMillis(20));

    final Path root;
    final Database database;
    final Journal journal;
    final Outbox outbox;
    final Hands clock;

    SinkDirectory(Path root) {
        this(root, new Hands(START));
    }

    SinkDirectory(Path root, Hands clock) {
        this.root = root;
        this.clock = clock;
        database =
                new Database(
                        root.resolve("state/bellhop.db"),
                        Stream.of(Journal.tables(), Outbox.tables())
                                .flatMap(List::stream)
                                .toList());
        journal = new Journal(database);
        outbox = new Outbox(database, root, clock);
    }

    /// A clock that is moved by hand.
    static final class Hands implements InstantSource {
        private final AtomicLong millis;

        Hands(Instant start) {
            millis = new AtomicLong(start.toEpochMilli());
        }

        void move(Duration time) {
            millis.addAndGet(time.toMillis());
        }

        @Override
        public Instant instant() {
            return Instant.ofEpochMilli(millis.get());
        }
    }

    Courier courier(@Nullable Map<String, Sink> sinks) {
        return courier(sinks, Map.of());
    }

    /// @param environment besides PATH
    Courier courier(@Nullable Map<String, Sink> sinks, Map<String, String> environment) {
        Map<String, String> all = new HashMap<>(environment);
        all.put("PATH", "/usr/local/bin:/usr/bin:/bin");
        Courier courier = new Courier(outbox, sinks, root.resolve("state/sinks"), all, clock, FAST);
        courier.start();
        return courier;
    }

    /// Something happens.
    ///
    /// @return its place in the journal
    long happens(String subject, String event) {
        return database.transact(connection -> journal.append(connection, entry(subject, event)));
    }

    /// Something happens, and `sink` is to be told.
    long happens(String subject, String event, Sink sink, String name) {
        return database.transact(connection -> {
            long seq = journal.append(connection, entry(subject, event));
            outbox.add(connection, seq, sink, name);
            return seq;
        });
    }

    static Journal.Entry entry(String subject, String event) {
        return new Journal.Entry(
                START,
                new Journal.Author("session-1", "test 1.0"),
                subject,
                event,
                null,
                "{\"state\":\"exited\",\"exitCode\":0}",
                new Journal.News("session-1", "bg:" + subject, "[bg:%s] done".formatted(subject)));
    }

    /// The event that [#happens] makes.
    Event event(EventKind kind, long seq, String subject) {
        return new Event(
                kind,
                seq,
                START,
                root,
                subject,
                new Journal.Author("session-1", "test 1.0"),
                null,
                "{\"state\":\"exited\",\"exitCode\":0}",
                "[bg:%s] done".formatted(subject));
    }

    static Sink sink(String json) {
        try {
            return Sink.parse(new ObjectMapper().readTree(json.replace('\'', '"')));
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    Sink.NdjsonFile file(String name) {
        return new Sink.NdjsonFile(root.resolve(name), Set.of(EventKind.values()));
    }

    /// The places in the journal of the events that a file has, as they stand in it.
    List<Long> seqs(String name) {
        Path file = root.resolve(name);
        return Files.exists(file) ? text(file).lines().map(SinkDirectory::seq).toList() : List.of();
    }

    static long seq(String json) {
        try {
            return new ObjectMapper().readTree(json).path("seq").asLong();
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The states of all that was to be told about `subject`.
    List<String> states(String subject) {
        return outbox.results(subject).stream().map(Outbox.Result::state).toList();
    }

    void execute(String sql) {
        database.transact(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.executeUpdate(sql);
            }
        });
    }

    int number(String sql) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row = statement.executeQuery(sql)) {
                return row.getInt(1);
            }
        });
    }

    static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "it did not come true in time");
            LockSupport.parkNanos(5_000_000);
        }
    }

    static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
