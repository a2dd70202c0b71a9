package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.sink.Courier;
import dev.bellhop.sink.EventKind;
import dev.bellhop.sink.Sink;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is told of a job before its end.
final class JobNoticesTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    JobNoticesTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private static JobSpec.Notices patterns(String... patterns) {
        return new JobSpec.Notices(List.of(patterns), null, List.of());
    }

    private Job start(String line, JobSpec.Notices notices) {
        return jobs.start(
                directory.spec(new CommandLine.Shell(line)).edit().notices(notices).done(), AUTHOR);
    }

    private static String until(String file) {
        return "; until [ -e %s ]; do sleep 0.02; done; ".formatted(file);
    }

    private void make(String file) throws Exception {
        Files.createFile(directory.root.resolve(file));
    }

    /// What nobody has been shown of the matter, without the job's name.
    private @Nullable String told(Job job, String matter) {
        String prefix = "[bg:%s] ".formatted(job.id());
        return directory.untold().stream()
                .filter(text -> text.startsWith(prefix + matter))
                .map(text -> text.substring(prefix.length()))
                .reduce((_, last) -> last)
                .orElse(null);
    }

    private void awaitTold(Job job, String text) {
        JobDirectory.await(() -> text.equals(told(job, text.substring(0, 6))));
    }

    private long events(Job job, String event) {
        return directory.journal.about(job.id().text(), 1_000).stream()
                .filter(entry -> entry.event().equals(event))
                .count();
    }

    private long matches(Job job) {
        return directory.jobs.store().progress(job).map(JobTable.Progress::matches).orElse(0L);
    }

    @Test
    void aTextIsToldWithHowOftenItCameAndLaterOnesTakeThePlaceOfEarlierOnes() throws Exception {
        Job job =
                start(
                        "echo one ready"
                                + until("go")
                                + "echo two ready; echo no; echo three ready"
                                + until("end"),
                        patterns("ready"));
        awaitTold(job, "output matched: one ready");
        make("go");

        awaitTold(job, "output matched 3 times, the last: three ready");
        assertEquals(1, directory.untold().size());
        assertEquals(new JobState.Running(), jobs.get(job.id().text()).state());
        make("end");
        directory.ended(job);
        assertEquals(3, matches(job));
    }

    @Test
    void anExpressionIsLookedForInOneLogOrBothAndSeveralTogether() {
        Job both = start("echo port 80; echo port 443 >&2", patterns("/port \\d+/"));
        Job one = start("echo port 80; echo port 443 >&2", patterns("stderr:/port \\d+/"));
        Job several = start("echo apple; echo pear; echo plum", patterns("apple", "/^pl/"));
        Job none = start("echo bad", patterns("stderr:bad"));
        for (Job job : List.of(both, one, several, none)) {
            directory.ended(job);
        }

        awaitTold(one, "output matched: port 443");
        JobDirectory.await(() -> matches(both) == 2 && matches(several) == 2);
        assertEquals(1, matches(one));
        assertEquals(Optional.empty(), Optional.ofNullable(told(none, "output")));
    }

    @Test
    void whatAJobWroteThatEndsAtOnceIsToldToo() {
        for (int i = 0; i < 4; i++) {
            Job job = directory.ended(start("echo hit; printf hit", patterns("hit")));

            JobDirectory.await(() -> matches(job) == 2);
            awaitTold(job, "output matched 2 times, the last: hit");
        }
    }

    @Test
    void aLineThatWaitsForAnAnswerIsToldAndCountsOnce() throws Exception {
        Job job =
                start(
                        "printf 'Password: '" + until("go") + "echo Password again" + until("end"),
                        patterns("Password"));
        awaitTold(job, "output matched: Password:");
        directory.jobs.close();
        JobDirectory later = new JobDirectory(directory.root);
        later.jobs.adopt(() -> {});
        make("go");
        make("end");

        later.ended(job);
        JobDirectory.await(
                () -> later.jobs.store().progress(job).orElseThrow().readTo().equals("25:0"));

        assertEquals(1, matches(job));
        assertEquals(1, events(job, "matched"));
        later.leave();
    }

    @Test
    void callsThatLookAllTheTimeDoNotKeepItFromBeingTold() {
        Job job = start("echo hit" + until("end"), patterns("hit"));

        JobDirectory.await(() -> {
            jobs.look();
            return matches(job) == 1;
        });
    }

    @Test
    void eachLineCountsOnceThoughTwoProcessesWatch() {
        JobDirectory other = new JobDirectory(directory.root);
        other.jobs.adopt(() -> {});
        Job job =
                start(
                        "i=0; while [ $i -lt 60 ]; do i=$((i + 1)); echo hit $i; sleep 0.01; done",
                        patterns("hit"));

        directory.ended(job);

        awaitTold(job, "output matched 60 times, the last: hit 60");
        assertEquals(60, matches(job));
        other.leave();
    }

    @Test
    void whatIsSetWhileAJobRunsCountsFromThenOn() throws Exception {
        Job job =
                start(
                        "echo old hit; echo old hit; echo old miss"
                                + until("go")
                                + "echo new hit; echo new miss"
                                + until("end"),
                        patterns("hit"));
        awaitTold(job, "output matched 2 times, the last: old hit");

        jobs.notify(job, patterns("miss", "hit"), AUTHOR);
        make("go");
        JobDirectory.await(() -> matches(job) == 2);

        assertEquals(1, directory.untold().size());
        assertEquals(List.of("miss", "hit"), jobs.definition(job).notices().patterns());
        jobs.notify(job, JobSpec.Notices.NONE, AUTHOR);
        assertEquals(0, matches(job));
    }

    /// A look that began with what was to be told before must not pass by what is to be told now.
    @Test
    void whatWasToBeToldBeforeIsNotEntered() throws Exception {
        Job job = start("echo hit" + until("end"), patterns("hit"));
        JobDirectory.await(() -> matches(job) == 1);
        String place = jobs.store().progress(job).orElseThrow().readTo();

        jobs.notify(job, patterns("miss"), AUTHOR);
        JobTable.Progress progress = jobs.store().progress(job).orElseThrow();

        assertEquals(place, progress.readTo());
        assertFalse(jobs.store().matched(job, 0, place, "99:0", 1, 2, "hit"));
        assertTrue(jobs.store().matched(job, progress.revision(), place, "99:0", 1, 2, "miss"));
    }

    @Test
    void whatIsNoPatternIsRefusedAndChangesNothing() {
        Job job = start("sleep 60", patterns("hit"));

        assertTrue(
                assertThrows(Problem.class, () -> jobs.notify(job, patterns("/(/"), AUTHOR))
                        .text()
                        .startsWith("Error: /(/ is not a pattern"));
        assertThrows(Problem.class, () -> start("true", patterns("/(/")));

        assertEquals(patterns("hit"), jobs.definition(job).notices());
        assertEquals(List.of(job), jobs.newest(9));
    }

    @Test
    void silenceIsToldOnceEachTimeItFalls() throws Exception {
        JobSpec.Notices silence = new JobSpec.Notices(List.of(), Duration.ofSeconds(1), List.of());
        Job job = start("echo a" + until("go") + "echo b" + until("end"), silence);
        JobDirectory.await(() -> events(job, "silent") == 1);
        String told = String.valueOf(told(job, "silent"));
        assertTrue(told.matches("silent for [0-9.]+ s, still running"), told);

        // Another one falls silent, and so there has been time to tell it again of the first one.
        Job second = start("sleep 60", silence);
        JobDirectory.await(() -> events(second, "silent") == 1);
        assertEquals(1, events(job, "silent"));
        make("go");

        JobDirectory.await(() -> events(job, "silent") == 2);
        assertEquals(2, directory.untold().size());
    }

    @Test
    void theSinksOfAJobAreToldOfItAndOfNoOther() throws Exception {
        Path file = directory.root.resolve("events.ndjson");
        Sink sink = new Sink.NdjsonFile(file, EnumSet.allOf(EventKind.class));
        try (Courier courier =
                new Courier(
                        directory.outbox,
                        Map.of(),
                        directory.root.resolve("sinks"),
                        Map.of(),
                        InstantSource.system())) {
            courier.start();
            directory.ended(start("echo hit", patterns("hit")));
            Job job =
                    start(
                            "echo hit; until [ -e end ]; do sleep 0.02; done; exit 3",
                            new JobSpec.Notices(List.of("hit"), null, List.of(sink)));
            JobDirectory.await(
                    () -> Files.exists(file) && JobDirectory.text(file).contains("matched"));
            make("end");
            directory.ended(job);

            JobDirectory.await(() -> JobDirectory.text(file).contains("\"job.finished\""));
            List<String> lines = Files.readAllLines(file);
            assertEquals(2, lines.size());
            assertTrue(lines.getFirst().contains("\"job.output.matched\""), lines.getFirst());
            assertTrue(lines.getLast().contains("\"exitCode\":3"), lines.getLast());
            assertTrue(lines.stream().allMatch(line -> line.contains(job.id().text())));
            JobDirectory.await(() -> directory.outbox.results(job.id().text()).size() == 2);
        }
    }
}
