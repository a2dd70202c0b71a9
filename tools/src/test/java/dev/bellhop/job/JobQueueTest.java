package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// More jobs than may run at a time.
final class JobQueueTest {

    private static final JobLimits TWO = limits(2, 100);

    private final Path root;
    private final List<JobDirectory> open = new ArrayList<>();

    JobQueueTest(@TempDir Path root) {
        this.root = root;
    }

    @AfterEach
    void endAll() {
        open.getLast().close();
        open.forEach(JobDirectory::leave);
    }

    private static JobLimits limits(int running, int startsPerMinute) {
        JobLimits usual = JobLimits.DEFAULT;
        return new JobLimits(
                running,
                startsPerMinute,
                usual.outputBytes(),
                usual.keepFor(),
                usual.keepJobs(),
                usual.keepBytes(),
                usual.isSandboxed());
    }

    private JobDirectory server(JobLimits limits) {
        return server(limits, Duration.ZERO);
    }

    private JobDirectory server(JobLimits limits, Duration ahead) {
        JobDirectory server = new JobDirectory(root, limits, JobDirectory.ahead(ahead));
        open.add(server);
        return server;
    }

    /// A job that ends when there is a file of its name.
    private static Job until(JobDirectory server, String name) {
        return server.shell("until [ -e %s ]; do sleep 0.02; done".formatted(name));
    }

    private void end(String name) {
        try {
            Files.createFile(root.resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Job writing(JobDirectory server, String name, int priority) {
        JobSpec spec =
                server.spec(new CommandLine.Shell("echo %s >>order".formatted(name)))
                        .edit()
                        .priority(priority)
                        .done();
        return server.jobs.start(spec, AUTHOR);
    }

    private static String state(JobDirectory server, Job job) {
        return server.jobs.get(job.id().text()).state().word();
    }

    private static void awaitState(JobDirectory server, Job job, String word) {
        JobDirectory.await(() -> state(server, job).equals(word));
    }

    @Test
    void aThirdJobWaitsAndBeginsWhenOneEnds() {
        JobDirectory server = server(TWO);
        Job first = until(server, "first");
        Job second = until(server, "second");
        Job third = until(server, "third");

        assertEquals(
                List.of("running", "running", "queued"),
                Stream.of(first, second, third).map(job -> state(server, job)).toList());
        assertFalse(Files.exists(server.folder(third).resolve("exit")));
        end("second");

        awaitState(server, third, "running");
        assertEquals("running", state(server, first));
        assertTrue(server.process(third, "leader").isAlive());
        end("third");
        assertEquals("exited 0", server.ended(third).state().word());
        assertEquals(
                List.of("queued", "started", "ended"),
                server.journal.about(third.id().text(), 9).stream()
                        .map(entry -> entry.event())
                        .toList());
    }

    @Test
    void whoEndsAJobOfAnotherServerMakesRoomToo() {
        JobDirectory one = server(TWO);
        Job first = until(one, "first");
        until(one, "second");
        Job third = until(one, "third");
        JobDirectory other = server(TWO);

        other.jobs.kill(first, Signal.KILL, AUTHOR, false);

        awaitState(other, third, "running");
    }

    @Test
    void aLaterServerBeginsWhatWaitsAndNobodyPassesIt() {
        JobDirectory gone = server(limits(1, 100));
        Job first = until(gone, "first");
        Job waiting = until(gone, "waiting");
        gone.leave();
        end("first");
        JobDirectory later = server(limits(1, 100));
        awaitState(later, first, "exited 0");
        assertEquals("queued", state(later, waiting));

        Job last = later.shell("true");

        assertEquals(new JobState.Queued(), last.state());
        later.jobs.adopt(() -> {});
        awaitState(later, waiting, "running");
        assertEquals("queued", state(later, last));
        end("waiting");
        assertEquals("exited 0", later.ended(last).state().word());
    }

    @Test
    void aServerThatOnlyLooksAfterJobsBeginsThoseOfOneThatIsGone() {
        JobDirectory gone = server(limits(1, 100));
        until(gone, "first");
        Job waiting = gone.shell("exit 6");
        gone.leave();

        JobDirectory later = server(limits(1, 100));
        later.jobs.adopt(() -> {});
        end("first");

        assertEquals("exited 6", later.ended(waiting).state().word());
    }

    @Test
    void thoseOfHigherPriorityBeginFirstAndThenTheOldest() {
        JobDirectory server = server(limits(1, 100));
        until(server, "first");
        List<Job> waiting = new ArrayList<>();
        for (String name : List.of("low-0", "b-5", "c-5", "top-9", "d-5")) {
            int priority = Integer.parseInt(name.substring(name.indexOf('-') + 1));
            waiting.add(writing(server, name, priority));
        }
        end("first");

        waiting.forEach(server::ended);

        assertEquals("top-9\nb-5\nc-5\nd-5\nlow-0\n", JobDirectory.text(root.resolve("order")));
    }

    @Test
    void aJobThatIsKilledWhileItWaitsNeverBegins() {
        JobDirectory server = server(limits(1, 100));
        until(server, "first");
        Job killed = writing(server, "killed", 0);
        Job kept = writing(server, "kept", 0);

        JobRunner.Kill kill = server.jobs.kill(killed, Signal.TERM, AUTHOR, true);

        assertFalse(kill.sent());
        JobState.Killed state = (JobState.Killed) kill.job().state();
        assertEquals(null, state.exitCode());
        assertEquals(KillOrder.Cause.PERSON, state.order().cause());
        assertEquals(kill.job(), server.jobs.get(killed.id().text()));
        end("first");
        server.ended(kept);
        assertEquals("kept\n", JobDirectory.text(root.resolve("order")));
        assertEquals("killed", state(server, killed));
        assertEquals(1, server.ends(killed));
        assertEquals(
                new JobRunner.Kill(kill.job(), false, Duration.ZERO, ""),
                server.jobs.kill(kill.job(), Signal.TERM, AUTHOR, false));
    }

    @Test
    void aRepeatedRequestFindsTheJobThatWaits() {
        JobDirectory server = server(limits(1, 100));
        until(server, "first");
        JobSpec spec =
                server.spec(
                        new CommandLine.Shell("echo once >>order"),
                        Map.of(),
                        0,
                        null,
                        new JobSpec.RequestKey("key", "payload"));
        Job waiting = server.jobs.start(spec, AUTHOR);

        assertEquals(waiting, server.jobs.start(spec, AUTHOR));
        assertEquals(waiting, server(limits(1, 100)).jobs.start(spec, AUTHOR));
        assertEquals(new JobState.Queued(), waiting.state());
        end("first");
        Job ended = server.ended(waiting);

        assertEquals(ended, server.jobs.start(spec, AUTHOR));
        assertEquals("once\n", JobDirectory.text(root.resolve("order")));
        assertEquals(2, server.jobs.count());
    }

    @Test
    void whatWaitsIsNeitherRestartedNorDeleted() {
        JobDirectory server = server(limits(1, 100));
        until(server, "first");
        Job waiting = server.shell("true");

        assertEquals(
                "Error: job %s waits to begin - Wait for it, or kill it.".formatted(waiting.id()),
                refusal(() -> server.jobs.restart(waiting, AUTHOR)));
        assertEquals(
                "Error: job %s is queued - Kill it first, with background_kill."
                        .formatted(waiting.id()),
                refusal(() -> server.jobs.delete(waiting, AUTHOR)));
    }

    private static String refusal(Runnable work) {
        return assertThrows(Problem.class, work::run).text();
    }

    @Test
    void aJobThatCannotBeginWhenItIsItsTurnHasFailedAndHoldsUpNobody() throws Exception {
        JobDirectory server = server(limits(1, 100));
        until(server, "first");
        Path there = Files.createDirectory(root.resolve("there"));
        Job waiting = server.jobs.start(JobSpec.of(new CommandLine.Shell("true"), there), AUTHOR);
        Job next = server.shell("exit 2");
        Files.delete(there);
        end("first");

        assertEquals("failed", server.ended(waiting).state().word());
        assertEquals("exited 2", server.ended(next).state().word());
        assertTrue(
                server.untold().stream()
                        .anyMatch(news ->
                                news.startsWith(
                                        "[bg:%s] error (could not start: "
                                                .formatted(waiting.id()))));
    }

    @Test
    void soManyStartsAreTakenWithinAMinute() {
        JobLimits three = limits(10, 3);
        JobDirectory server = server(three);
        for (int i = 0; i < 3; i++) {
            server.shell("true");
        }

        assertEquals(
                "Error: 3 jobs were started within the last minute - Wait for some of them, or do"
                        + " several things in one command; the setting is jobs.startsPerMinute.",
                refusal(() -> server.shell("true")));
        assertEquals(3, server.jobs.count());
        assertEquals(3, JobFolder.all(server.folders()).size());

        JobDirectory later = server(three, Duration.ofSeconds(61));
        later.ended(later.shell("true"));
        assertEquals(4, later.jobs.count());
    }
}
