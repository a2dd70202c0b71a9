package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A job from its making to its deletion.
final class JobLifeTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    JobLifeTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private JobSpec spec(String line) {
        return directory.spec(new CommandLine.Shell(line));
    }

    private static String refusal(Runnable work) {
        return assertThrows(Problem.class, work::run).text();
    }

    private Job again(Job job) {
        return jobs.get(job.id().text());
    }

    private List<String> events(Job job) {
        return directory.journal.about(job.id().text(), 100).stream()
                .map(entry -> entry.event())
                .toList();
    }

    private List<JobId> found(JobRunner.Filter filter) {
        return jobs.list(filter, 100).stream().map(Job::id).toList();
    }

    private List<JobId> tagged(String... tags) {
        return found(new JobRunner.Filter(null, List.of(tags), null));
    }

    // ---- kept and started

    @Test
    void aJobThatIsOnlyKeptBeginsWhenItIsStartedAndOnlyOnce() {
        Job kept = jobs.create(spec("echo ran >>runs; exit 3"), AUTHOR);
        assertEquals(new JobState.Created(), again(kept).state());
        assertFalse(Files.exists(directory.root.resolve("runs")));

        Job ended = directory.ended(jobs.start(kept, AUTHOR));

        assertEquals("exited 3", ended.state().word());
        assertEquals(
                "Error: job %s is not created any more - Call check_background to see how it stands."
                        .formatted(kept.id()),
                refusal(() -> jobs.start(kept, AUTHOR)));
        assertEquals("ran\n", JobDirectory.text(directory.root.resolve("runs")));
        assertEquals(List.of("created", "started", "ended"), events(kept));
    }

    @Test
    void aKeptJobIsBegunByALaterServerAndItsTimeCountsFromThen() {
        JobSpec spec = spec("sleep 60").edit().timeout(Duration.ofSeconds(50)).done();
        JobDirectory earlier = new JobDirectory(directory.root);
        Job kept = earlier.jobs.create(spec, AUTHOR);
        // It would look after the job with another clock.
        earlier.leave();
        try (JobDirectory later =
                new JobDirectory(
                        directory.root,
                        JobLimits.DEFAULT,
                        JobDirectory.ahead(Duration.ofHours(1)))) {
            Job begun = later.jobs.start(later.jobs.get(kept.id().text()), AUTHOR);

            assertTrue(later.jobs.left(begun).toSeconds() > 40);
            assertEquals(
                    ProcessIdentity.ofThisProcess(),
                    JobFolder.of(later.folders(), begun).starter().orElseThrow());
        }
    }

    // ---- once more

    @Test
    void aJobThatIsOverIsRunOnceMoreAsItWas() {
        JobSpec spec =
                directory.spec(
                        new CommandLine.Shell("echo $WORD; cat; exit 4"),
                        Map.of("WORD", "kept"),
                        60,
                        "read this",
                        new JobSpec.RequestKey("key", "payload"));
        Job first = directory.ended(jobs.start(spec.edit().tags(List.of("ci")).done(), AUTHOR));
        Path before = directory.folder(first);

        Job second = directory.ended(jobs.restart(first, AUTHOR));

        assertEquals(first.id(), second.id());
        assertEquals(List.of(1, 2), List.of(first.run(), second.run()));
        assertEquals("exited 4", second.state().word());
        assertEquals("kept\nread this", directory.stdout(second));
        assertEquals(List.of("ci"), second.tags());
        assertFalse(Files.exists(before));
        assertTrue(second.startedAt().isAfter(first.startedAt()));
        assertEquals(List.of(second), jobs.newest(10));
        assertEquals(
                "kept\nread this", directory.stdout(directory.ended(jobs.restart(second, AUTHOR))));
        assertEquals(3, again(first).run());
        assertEquals(
                List.of("started", "ended", "restarted", "ended", "restarted", "ended"),
                events(first));
    }

    @Test
    void aJobThatRunsIsEndedBeforeItIsRunOnceMore() {
        Job first = jobs.start(spec("echo $$ >>pids; sleep 60"), AUTHOR);
        ProcessIdentity leader = directory.process(first, "leader");

        Job second = jobs.restart(first, AUTHOR);

        assertFalse(leader.isAlive());
        assertEquals(2, second.run());
        assertEquals(new JobState.Running(), again(first).state());
        assertTrue(directory.process(second, "leader").isAlive());
        String end = String.valueOf(directory.journal.about(first.id().text(), 9).get(1).after());
        assertTrue(end.contains("\"cause\":\"restart\""), end);
    }

    @Test
    void aLostJobIsRunOnceMoreWithNothingOfItLeft() {
        for (boolean lives : new boolean[] {true, false}) {
            Job first = directory.argv("sleep", "60");
            ProcessIdentity leader = directory.process(first, "leader");
            JobDirectory.killHard(directory.process(first, "supervisor"));
            if (!lives) {
                JobDirectory.killHard(leader);
            }
            Job lost = directory.ended(first);
            assertEquals("lost", lost.state().word());
            assertEquals(lives, !jobs.livesOn(lost).isEmpty());

            Job second = jobs.restart(lost, AUTHOR);

            assertFalse(leader.isAlive());
            assertEquals(2, second.run());
            assertTrue(directory.process(second, "leader").isAlive());
        }
    }

    @Test
    void whatCannotBeginAgainIsNotEndedForIt() throws Exception {
        Job job = jobs.start(spec("sleep 60"), AUTHOR);
        ProcessIdentity leader = directory.process(job, "leader");
        Path definition = directory.folder(job).resolve("job.json");
        byte[] kept = Files.readAllBytes(definition);
        Files.writeString(definition, "{");

        assertEquals(
                "Error: the definition of job %s was not kept - Start the command anew."
                        .formatted(job.id()),
                refusal(() -> jobs.restart(job, AUTHOR)));
        Files.delete(definition);
        assertThrows(Problem.class, () -> jobs.restart(job, AUTHOR));

        assertTrue(leader.isAlive());
        assertEquals(job, again(job));
        Files.write(definition, kept);
    }

    @Test
    void whatIsOnlyKeptIsStartedByARestart() {
        Job kept = jobs.create(spec("echo ran"), AUTHOR);

        Job ended = directory.ended(jobs.restart(kept, AUTHOR));

        assertEquals(1, ended.run());
        assertEquals("ran\n", directory.stdout(ended));
    }

    // ---- deleted

    @Test
    void aDeletedJobIsGoneWithAllItWrote() {
        Job over =
                directory.ended(
                        jobs.start(
                                spec(
                                        "d=state/jobs/$BELLHOP_JOB; mkdir -p $d/deep/er; ln -s /etc $d/etc;"
                                                + " touch $d/deep/er/file"),
                                AUTHOR));
        Job kept = jobs.create(spec("true"), AUTHOR);
        Job running = jobs.start(spec("sleep 60"), AUTHOR);

        jobs.delete(over, AUTHOR);
        jobs.delete(kept, AUTHOR);

        assertEquals(
                "Error: job %s is running - Kill it first, with background_kill."
                        .formatted(running.id()),
                refusal(() -> jobs.delete(running, AUTHOR)));
        for (Job gone : List.of(over, kept)) {
            assertFalse(Files.exists(directory.folder(gone)));
            assertTrue(
                    refusal(() -> again(gone)).startsWith("Error: there is no job " + gone.id()));
        }
        assertTrue(Files.isDirectory(Path.of("/etc")));
        assertEquals(List.of(running), jobs.newest(10));
        assertEquals(List.of("started", "ended", "deleted"), events(over));
    }

    @Test
    void aLostJobWhoseCommandLivesIsNotDeleted() {
        Job job = jobs.start(spec("sleep 60"), AUTHOR);
        directory.process(job, "leader");
        JobDirectory.killHard(directory.process(job, "supervisor"));
        Job lost = directory.ended(job);

        assertEquals(
                "Error: job %s is lost - Kill it first, with background_kill.".formatted(job.id()),
                refusal(() -> jobs.delete(lost, AUTHOR)));

        jobs.kill(lost, Signal.KILL, AUTHOR, false);
        jobs.delete(lost, AUTHOR);
        assertEquals(List.of(), jobs.newest(10));
    }

    @Test
    void whatHasBegunMeanwhileIsNotDeleted() {
        Job kept = jobs.create(spec("sleep 60"), AUTHOR);
        Job begun = jobs.start(kept, AUTHOR);

        assertFalse(directory.jobs.store().delete(kept, AUTHOR));

        assertEquals(begun, again(kept));
        assertTrue(Files.exists(directory.folder(begun)));
    }

    // ---- found

    @Test
    void jobsAreFoundByTheirTags() {
        Job unit = jobs.create(spec("true").edit().tags(List.of("ci.unit", "fast")).done(), AUTHOR);
        Job lint = jobs.create(spec("true").edit().tags(List.of("ci.lint")).done(), AUTHOR);
        Job other = jobs.create(spec("true").edit().tags(List.of("CI.unit", "cia")).done(), AUTHOR);

        assertEquals(List.of(lint.id(), unit.id()), tagged("ci.*"));
        assertEquals(List.of(unit.id()), tagged("ci.*", "fast"));
        assertEquals(List.of(unit.id()), tagged("ci.unit"));
        assertEquals(List.of(other.id()), tagged("CI.unit"));
        assertEquals(List.of(), tagged("ci"));
        assertEquals(List.of(), tagged("ci_unit"));
        assertEquals(List.of(), tagged("%"));

        jobs.tag(other, List.of("fast", "fast"), AUTHOR);

        assertEquals(List.of("fast"), again(other).tags());
        assertEquals(List.of("fast"), jobs.definition(other).tags());
        assertEquals(List.of(other.id(), unit.id()), tagged("fast"));
        assertEquals(List.of("created", "changed"), events(other));
    }

    @Test
    void whatCannotBeATagIsRefusedAndChangesNothing() {
        Job job = jobs.create(spec("true").edit().tags(List.of("kept")).done(), AUTHOR);

        for (String wrong : List.of("", "a b", ".a", "a.", "a..b", "a_b", "ci.*", "x".repeat(65))) {
            assertEquals(
                    "Error: \"%s\" cannot be a tag - Write letters, digits, - and single dots, such as"
                                    .formatted(wrong)
                            + " ci.unit, at most 64.",
                    refusal(() -> jobs.tag(job, List.of(wrong), AUTHOR)));
        }
        List<String> tooMany = IntStream.rangeClosed(1, 21).mapToObj(i -> "t" + i).toList();
        assertEquals(
                "Error: there are 21 tags - Give at most 20.",
                refusal(() -> jobs.tag(job, tooMany, AUTHOR)));
        assertEquals(job, again(job));
    }

    @Test
    void jobsAreFoundByStateAndDirectory() throws Exception {
        Path elsewhere = Files.createDirectory(directory.root.resolve("elsewhere"));
        Job kept = jobs.create(spec("true"), AUTHOR);
        Job failed = directory.ended(jobs.start(spec("exit 1"), AUTHOR));
        Job there = jobs.start(JobSpec.of(new CommandLine.Shell("sleep 60"), elsewhere), AUTHOR);
        Map<String, List<JobId>> byState =
                Map.of(
                        "created", List.of(kept.id()),
                        "exited", List.of(failed.id()),
                        "running", List.of(there.id()),
                        "lost", List.of());

        byState.forEach((state, ids) ->
                assertEquals(ids, found(new JobRunner.Filter(state, List.of(), null)), state));
        assertEquals(List.of(there.id()), found(new JobRunner.Filter(null, List.of(), elsewhere)));
        assertEquals(
                List.of(failed.id()),
                found(new JobRunner.Filter("exited", List.of(), directory.root)));

        directory.process(there, "leader");
        JobDirectory.killHard(directory.process(there, "supervisor"));

        assertEquals(List.of(), found(new JobRunner.Filter("running", List.of(), null)));
        assertEquals(List.of(there.id()), found(new JobRunner.Filter("lost", List.of(), null)));
    }

    @Test
    void ofManyIdsThatBeginAlikeTwentyAreNamed() {
        List<String> ids = IntStream.range(0, 21).mapToObj("abc%05x"::formatted).toList();
        for (String id : ids) {
            Job job =
                    new JobDefinition(new JobId(id), 1, spec("true"), AUTHOR, Instant.EPOCH)
                            .job(new JobState.Created());
            directory.database.transact(connection -> {
                new JobTable(directory.database).add(connection, job, null);
                return true;
            });
        }

        assertEquals(
                "Error: several jobs begin with abc: "
                        + String.join(", ", ids.subList(0, 20))
                        + " and more - Give more characters.",
                refusal(() -> jobs.get("abc")));
        assertEquals(
                "Error: several jobs begin with abc0000: "
                        + String.join(", ", ids.subList(0, 16))
                        + " - Give more characters.",
                refusal(() -> jobs.get("abc0000")));
    }
}
