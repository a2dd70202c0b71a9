package dev.bellhop.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class OutboxTest {

    private static final String JOB = "3fa94c01";

    private final Path root;
    private final SinkDirectory here;

    OutboxTest(@TempDir Path root) {
        this.root = root;
        here = new SinkDirectory(root);
    }

    private static Outcome delivered() {
        return new Outcome.Delivered("");
    }

    private Delivery claimed() {
        List<Delivery> claimed = here.outbox.claim(10);
        assertEquals(1, claimed.size());
        return claimed.getFirst();
    }

    @Test
    void anEventOnOneLineSaysEverythingThatIsKnown() {
        assertEquals(
                "{\"schema_version\":1,\"event\":\"job.finished\",\"seq\":7,"
                        + "\"at\":\"2026-01-31T12:00:00Z\",\"project\":\"%s\",".formatted(root)
                        + "\"subject\":\"3fa94c01\",\"consumer\":\"session-1\","
                        + "\"client\":\"test 1.0\",\"before\":null,"
                        + "\"after\":{\"state\":\"exited\",\"exitCode\":0},"
                        + "\"text\":\"[bg:3fa94c01] done\"}",
                here.event(EventKind.JOB_FINISHED, 7, JOB).json());
    }

    @Test
    void aRowIsPartOfTheTransactionInWhichItIsAdded() {
        assertThrows(
                Problem.class,
                () ->
                        here.database.transact(connection -> {
                            long seq =
                                    here.journal.append(
                                            connection, SinkDirectory.entry(JOB, "ended"));
                            here.outbox.add(connection, seq, here.file("log"), "log");
                            throw Problem.conflict("no", "Do not.");
                        }));

        assertEquals(List.of(), here.outbox.claim(10));
    }

    @Test
    void aSinkIsToldWhatItWants() {
        Sink sink = new Sink.NdjsonFile(root.resolve("log"), Set.of(EventKind.JOB_FINISHED));
        here.happens(JOB, "started", sink, "log");
        here.happens("#1", "changed", sink, "log");
        long seq = here.happens(JOB, "ended", sink, "log");

        Delivery delivery = claimed();

        assertEquals(here.event(EventKind.JOB_FINISHED, seq, JOB), delivery.event());
        assertEquals(sink, delivery.sink());
        assertEquals(Optional.empty(), here.outbox.settle(delivery, delivered()));
        assertEquals(
                List.of(new Outbox.Result(seq, "log", "delivered", 1, "", SinkDirectory.START)),
                here.outbox.results(JOB));
    }

    @Test
    void aNewSinkIsNotToldWhatWasBefore() {
        Map<String, Sink> sinks = Map.of("log", here.file("log"));
        here.happens(JOB, "ended");
        here.outbox.follow(sinks);
        assertEquals(List.of(), here.outbox.claim(10));

        long seq = here.happens("#1", "created");
        here.outbox.follow(sinks);
        here.outbox.follow(sinks);

        assertEquals(seq, claimed().event().seq());
        assertEquals(List.of("due"), here.states("#1"));
    }

    @Test
    void aSinkThatWasAwayIsNew() {
        Map<String, Sink> sinks = Map.of("log", here.file("log"));
        here.outbox.follow(sinks);
        here.outbox.forgetAllBut(Set.of("other"));
        here.happens(JOB, "ended");

        here.outbox.follow(sinks);

        assertEquals(List.of(), here.outbox.claim(10));
    }

    @Test
    void whatIsToldIsKeptWhenItWasAcknowledgedMeanwhile() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.database.transact(
                connection -> connection.createStatement().executeUpdate("delete from untold"));

        assertEquals("[bg:3fa94c01] done", claimed().event().text());
    }

    @Test
    void severalThousandEntriesAreFollowedToTheEnd() {
        Map<String, Sink> sinks = Map.of("log", here.file("log"));
        here.outbox.follow(sinks);
        List<Long> seqs = new ArrayList<>();
        here.database.transact(connection -> {
            for (int i = 0; i < 1_700; i++) {
                seqs.add(here.journal.append(connection, SinkDirectory.entry(JOB, "ended")));
            }
            return null;
        });

        here.outbox.follow(sinks);

        assertEquals(seqs, here.outbox.results(JOB).stream().map(Outbox.Result::seq).toList());
    }

    @Test
    void whatIsClaimedIsClaimedByOneOnly() {
        here.happens(JOB, "ended", here.file("log"), "log");
        SinkDirectory other = new SinkDirectory(root, here.clock);
        Delivery first = claimed();

        assertEquals(List.of(), other.outbox.claim(10));
        here.clock.move(Outbox.LEASE.plusMillis(1));
        Delivery second = other.outbox.claim(10).getFirst();

        assertEquals(first.id(), second.id());
        assertEquals(2, second.attempts());
        // The first comes back after all: its failure is nothing to the other's claim.
        here.outbox.settle(first, Outcome.refused("too late"));
        assertEquals(List.of("due"), here.states(JOB));
        assertEquals(List.of(), here.outbox.claim(10));
        other.outbox.settle(second, delivered());
        assertEquals(List.of("delivered"), here.states(JOB));
    }

    @Test
    void theSecondEventOfASinkWaitsForTheFirst() {
        long first = here.happens(JOB, "matched", here.file("log"), "log");
        long second = here.happens(JOB, "ended", here.file("log"), "log");
        long elsewhere = here.happens(JOB, "ended", here.file("log"), "other");

        List<Delivery> claimed = here.outbox.claim(10);
        assertEquals(
                List.of(first, elsewhere),
                claimed.stream().map(delivery -> delivery.event().seq()).toList());
        assertEquals(
                Optional.empty(),
                here.outbox.settle(claimed.getFirst(), Outcome.refused("not now")));
        assertEquals(List.of(), here.outbox.claim(10));

        here.clock.move(Duration.ofSeconds(2));
        Delivery again = claimed();
        assertEquals(first, again.event().seq());
        Delivery next = here.outbox.settle(again, delivered()).orElseThrow();
        assertEquals(second, next.event().seq());
    }

    @Test
    void aReleasedDeliveryWasNoAttempt() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.outbox.release(claimed());

        assertEquals(1, claimed().attempts());
    }

    @Test
    void aClockThatWasTurnedBackHoldsNothingUp() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.outbox.settle(claimed(), Outcome.refused("not now"));
        here.clock.move(Duration.ofDays(-400));
        claimed();

        here.clock.move(Duration.ofHours(-1));
        claimed();
    }

    @ParameterizedTest
    @CsvSource({"1, 800, 1200", "2, 1600, 2400", "3, 3200, 4800", "12, 240000, 360000"})
    void thePausesGrow(int attempts, long shortest, long longest) {
        for (int i = 0; i < 200; i++) {
            long millis = Outbox.pause(attempts, Duration.ZERO).toMillis();
            assertTrue(millis >= shortest && millis <= longest, attempts + ": " + millis);
        }
        assertEquals(Duration.ofHours(1), Outbox.pause(attempts, Duration.ofHours(1)));
    }

    @Test
    void whatIsRefusedTwentyTimesIsGivenUpAndTheDoctorCanSayWhy() {
        long seq = here.happens(JOB, "ended", here.file("log"), "log");
        for (int i = 1; i <= Outcome.ATTEMPTS_MAX; i++) {
            here.clock.move(Duration.ofMinutes(7));
            Delivery delivery = claimed();
            assertEquals(i, delivery.attempts());
            here.outbox.settle(delivery, Outcome.refused("no " + i));
        }

        here.clock.move(Duration.ofMinutes(7));
        assertEquals(List.of(), here.outbox.claim(10));
        Instant at = SinkDirectory.START.plus(Duration.ofMinutes(140));
        List<Outbox.Result> failed =
                List.of(new Outbox.Result(seq, "log", "failed", 20, "no 20", at));
        assertEquals(failed, here.outbox.results(JOB));
        assertEquals(failed, here.outbox.failures(5));

        here.happens(JOB, "ended", here.file("log"), "log");
        here.outbox.settle(claimed(), delivered());
        assertEquals(List.of(), here.outbox.failures(5));
    }

    @Test
    void afterADayAFewAttemptsAreEnough() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.clock.move(Outbox.GIVE_UP_AFTER);
        for (int i = 1; i < Outbox.ATTEMPTS_MIN; i++) {
            here.outbox.settle(claimed(), Outcome.refused("no"));
            assertEquals(List.of("due"), here.states(JOB));
            here.clock.move(Duration.ofMinutes(1));
        }
        here.outbox.settle(claimed(), Outcome.refused("no"));

        assertEquals(List.of("failed"), here.states(JOB));
    }

    @Test
    void whatASinkSaysItNeedNotHearAgainIsNotTriedAgain() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.outbox.settle(claimed(), new Outcome.Refused("gone", 1, Duration.ZERO));

        assertEquals(List.of("failed"), here.states(JOB));
    }

    @Test
    void aRowThatNobodyUnderstandsHoldsNothingUp() {
        here.happens(JOB, "ended", here.file("log"), "log");
        here.execute("update outbox set sink = '{}'");
        assertEquals(List.of(), here.outbox.claim(10));

        assertEquals(
                List.of("a sink has no place"),
                here.outbox.failures(5).stream().map(Outbox.Result::detail).toList());
    }

    @Test
    void resultsAreForgottenAfterAWeek() {
        here.happens(JOB, "matched", here.file("log"), "log");
        here.outbox.settle(claimed(), delivered());
        here.happens(JOB, "ended", here.file("log"), "log");

        here.clock.move(Outbox.KEEP_FOR);
        here.outbox.prune();
        assertEquals(List.of("delivered", "due"), here.states(JOB));
        here.clock.move(Duration.ofMillis(1));
        here.outbox.prune();

        assertEquals(List.of("due"), here.states(JOB));
    }
}
