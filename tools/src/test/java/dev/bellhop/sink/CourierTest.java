package dev.bellhop.sink;

import static dev.bellhop.sink.SinkDirectory.await;
import static dev.bellhop.sink.SinkDirectory.seq;
import static dev.bellhop.sink.SinkDirectory.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CourierTest {

    private static final String JOB = "3fa94c01";

    private final Path root;

    CourierTest(@TempDir Path root) {
        this.root = root;
    }

    private static Sink.Command shell(String line) {
        return new Sink.Command(List.of(line), true, Set.of(EventKind.values()));
    }

    private static void awaitNewSinks(SinkDirectory here, int count) {
        await(() -> here.number("select count(*) from outbox_cursor") == count);
    }

    /// Waits until all is delivered or given up; time passes while nobody is at it.
    private static void awaitWithPauses(SinkDirectory here) {
        await(() -> {
            if (here.number("select count(*) from outbox where claimed_at is not null") == 0) {
                here.clock.move(Duration.ofSeconds(1));
            }
            return !here.outbox.hasDue();
        });
    }

    @Test
    void whatHappensIsToldToEverySinkThatWantsIt() {
        SinkDirectory here = new SinkDirectory(root);
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(200));
                Courier _ =
                        here.courier(
                                Map.of(
                                        "log", here.file("log"),
                                        "desk", shell("cat >>desk"),
                                        "hook", receiver.sink(null)))) {
            awaitNewSinks(here, 3);
            long task = here.happens("#1", "created");
            here.happens(JOB, "started");
            long job = here.happens(JOB, "ended");
            // A job's own sink, which its server adds when it ends.
            here.happens(JOB, "ended", here.file("own"), "job:" + JOB);

            await(() -> Collections.frequency(here.states(JOB), "delivered") == 7);
            assertEquals(List.of(task, job, job + 1), here.seqs("log"));
            assertEquals(List.of(task, job, job + 1), here.seqs("desk"));
            assertEquals(List.of(job + 1), here.seqs("own"));
            assertEquals(
                    List.of(task, job, job + 1),
                    receiver.requests.stream().map(request -> seq(request.body())).toList());
        }
    }

    @Test
    void withNoSinkOfTheProjectThoseOfJobsAreTold() {
        SinkDirectory here = new SinkDirectory(root);
        try (Courier _ = here.courier(null)) {
            long seq = here.happens(JOB, "ended", here.file("own"), "job:" + JOB);

            await(() -> here.states(JOB).equals(List.of("delivered")));
            assertEquals(List.of(seq), here.seqs("own"));
        }
    }

    @Test
    void aReceiverThatFailsTwiceIsTriedAThirdTimeUnderTheSameName() {
        SinkDirectory here = new SinkDirectory(root);
        List<Integer> statuses =
                Collections.synchronizedList(new ArrayList<>(List.of(500, 503, 200, 200)));
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(statuses.removeFirst()));
                Courier _ = here.courier(Map.of(), Map.of("MY_SECRET", "hush"))) {
            Sink hook = receiver.sink("MY_SECRET");
            long first = here.happens(JOB, "matched", hook, "hook");
            long second = here.happens(JOB, "ended", hook, "hook");

            awaitWithPauses(here);

            assertEquals(
                    List.of(first, first, first, second),
                    receiver.requests.stream().map(request -> seq(request.body())).toList());
            List<String> names =
                    receiver.requests.stream()
                            .map(request -> request.headers().getFirst("Bellhop-Delivery"))
                            .toList();
            assertEquals(1, Set.copyOf(names.subList(0, 3)).size());
            assertEquals(2, Set.copyOf(names).size());
            assertEquals(
                    List.of(3, 1),
                    here.outbox.results(JOB).stream().map(Outbox.Result::attempts).toList());
        }
    }

    @Test
    void aSinkThatHangsHoldsUpNoOtherAndIsEndedWithItsServer() {
        SinkDirectory here = new SinkDirectory(root);
        Sink hanging = shell("echo $$ >leader; sleep 1000; true");
        ProcessIdentity leader;
        try (Courier _ = here.courier(Map.of())) {
            here.happens(JOB, "matched", hanging, "hanging");
            await(() ->
                    Files.exists(root.resolve("leader"))
                            && !text(root.resolve("leader")).isEmpty());
            leader =
                    ProcessIdentity.of(Long.parseLong(text(root.resolve("leader")).strip()))
                            .orElseThrow();
            List<Long> seqs = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                seqs.add(here.happens(JOB, "ended", here.file("log"), "log"));
            }

            await(() -> here.seqs("log").equals(seqs));
            assertTrue(leader.isAlive());
        }
        assertFalse(leader.isAlive());
        // It can be had at once, and that was no attempt.
        assertEquals(1, here.outbox.claim(10).getFirst().attempts());
    }

    @Test
    void whatAKilledProcessWasDeliveringIsDeliveredByAnother() {
        SinkDirectory here = new SinkDirectory(root);
        // The first time it never ends.
        long seq =
                here.happens(
                        JOB,
                        "ended",
                        shell(
                                "echo $$ >>runs; cat >>told; [ $(wc -l <runs) -gt 1 ] || exec sleep 1000"),
                        "desk");
        try (OtherCourier _ = OtherCourier.start(root)) {
            await(() -> here.seqs("told").equals(List.of(seq)));
        }

        try (Courier _ = here.courier(Map.of())) {
            assertEquals(List.of(), here.outbox.claim(10));
            here.clock.move(Outbox.LEASE.plusMillis(1));

            await(() -> here.states(JOB).equals(List.of("delivered")));
        } finally {
            text(root.resolve("runs"))
                    .lines()
                    .flatMap(pid -> ProcessHandle.of(Long.parseLong(pid)).stream())
                    .forEach(ProcessHandle::destroyForcibly);
        }
        assertEquals(List.of(seq, seq), here.seqs("told"));
    }

    @Test
    void twoServersSideBySideTellEverythingOnceAndInOrder() {
        SinkDirectory one = new SinkDirectory(root);
        SinkDirectory two = new SinkDirectory(root, one.clock);
        Map<String, Sink> sinks = Map.of("a", one.file("a"), "b", one.file("b"));
        try (Courier _ = one.courier(sinks);
                Courier _ = two.courier(sinks)) {
            awaitNewSinks(one, 2);
            List<Long> seqs = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                seqs.add((i % 2 == 0 ? one : two).happens(JOB, "ended"));
            }

            await(() -> Collections.frequency(one.states(JOB), "delivered") == 400);
            assertEquals(seqs, one.seqs("a"));
            assertEquals(seqs, one.seqs("b"));
        }
    }

    /// Whatever a sink refuses, and however often: it is told everything, first things first.
    @ParameterizedTest
    @ValueSource(longs = {1})
    void ofAThousandEventsForAFlakySinkNoneIsLost(long seed) {
        SinkDirectory here = new SinkDirectory(root);
        Random random = new Random(seed);
        List<Long> taken = Collections.synchronizedList(new ArrayList<>());
        try (Receiver receiver =
                        new Receiver(request -> {
                            int dice = random.nextInt(20);
                            // Sometimes it takes what it does not say that it has taken.
                            if (dice < 17) {
                                taken.add(seq(request.body()));
                            }
                            return Receiver.Answer.of(dice < 16 ? 200 : dice < 18 ? 500 : 429);
                        });
                Courier _ = here.courier(Map.of())) {
            Sink hook = receiver.sink(null);
            List<Long> seqs = new ArrayList<>();
            here.database.transact(connection -> {
                for (int i = 0; i < 1_000; i++) {
                    long seq = here.journal.append(connection, SinkDirectory.entry(JOB, "ended"));
                    here.outbox.add(connection, seq, hook, "hook");
                    seqs.add(seq);
                }
                return null;
            });

            awaitWithPauses(here);
            assertEquals(seqs, List.copyOf(new TreeSet<>(taken)));
            assertTrue(
                    taken.stream().sorted().toList().equals(List.copyOf(taken)),
                    "something came before what was first");
            assertEquals(List.of(), here.outbox.failures(10));
        }
    }
}
