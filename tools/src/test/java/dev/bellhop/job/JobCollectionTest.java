package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What is deleted of jobs that are over, and when.
final class JobCollectionTest {

    private static final Duration SOON = Duration.ofMinutes(9);
    private static final Duration LATER = Duration.ofMinutes(11);

    private final JobDirectory directory;
    private final List<JobDirectory> others = new ArrayList<>();

    JobCollectionTest(@TempDir Path root) {
        directory = new JobDirectory(root);
    }

    @AfterEach
    void endAll() {
        others.forEach(JobDirectory::leave);
        directory.close();
    }

    /// A process that comes later, and has these limits.
    private JobRunner later(Duration time, Duration keepFor, int keepJobs, long keepBytes) {
        JobLimits limits = new JobLimits(9, 99, 1 << 20, keepFor, keepJobs, keepBytes, false);
        JobDirectory other = new JobDirectory(directory.root, limits, JobDirectory.ahead(time));
        others.add(other);
        return other.jobs;
    }

    private JobRunner keeping(Duration time, Duration keepFor) {
        return later(time, keepFor, 1_000, 1L << 40);
    }

    private List<Job> over(int jobs, String line) {
        List<Job> over = new ArrayList<>();
        for (int i = 0; i < jobs; i++) {
            over.add(directory.ended(directory.shell(line)));
        }
        return over;
    }

    private List<JobId> left() {
        return directory.jobs.newest(100).reversed().stream().map(Job::id).toList();
    }

    private static List<JobId> ids(List<Job> jobs) {
        return jobs.stream().map(Job::id).toList();
    }

    private boolean isThere(Job job) {
        return Files.exists(directory.folder(job));
    }

    @Test
    void whatEndedTooLongAgoIsDeletedAndNothingThatRuns() {
        List<Job> over = over(2, "true");
        Job running = directory.shell("sleep 60");
        Job kept = directory.jobs.create(directory.spec(new CommandLine.Shell("true")), AUTHOR);
        Duration hour = Duration.ofHours(1);

        assertEquals(0, keeping(Duration.ofMinutes(59), hour).collect(false).jobs());
        JobRunner.Collected collected = keeping(Duration.ofMinutes(61), hour).collect(false);

        assertEquals(2, collected.jobs());
        assertTrue(collected.bytes() > 0);
        assertEquals(List.of(running.id(), kept.id()), left());
        assertFalse(over.stream().anyMatch(this::isThere));
        assertTrue(isThere(running) && isThere(kept));
    }

    @Test
    void ofTooManyTheOldestAreDeleted() {
        List<Job> over = over(4, "true");

        assertEquals(0, later(SOON, Duration.ofDays(9), 2, 1L << 40).collect(false).jobs());
        assertEquals(2, later(LATER, Duration.ofDays(9), 2, 1L << 40).collect(false).jobs());

        assertEquals(ids(over.subList(2, 4)), left());
    }

    @Test
    void ofWhatTakesTooMuchTheOldestAreDeleted() {
        List<Job> over = over(3, "head -c 1000000 /dev/zero");

        JobRunner.Collected collected =
                later(LATER, Duration.ofDays(9), 99, 2_500_000).collect(false);

        assertEquals(1, collected.jobs());
        assertTrue(collected.bytes() >= 1_000_000 && collected.bytes() < 1_200_000, "" + collected);
        assertEquals(ids(over.subList(1, 3)), left());
    }

    @Test
    void aRehearsalSaysWhatWouldBeDeletedAndDeletesNothing() throws Exception {
        List<Job> over = over(2, "true");
        Path half = Files.createDirectory(directory.folders().resolve(".new-0000000a"));
        age(half);

        JobRunner.Collected rehearsed = keeping(LATER, Duration.ZERO).collect(true);

        assertEquals(ids(over), left());
        assertTrue(over.stream().allMatch(this::isThere) && Files.exists(half));
        assertEquals(rehearsed, keeping(LATER, Duration.ZERO).collect(false));
        assertEquals(List.of(), left());
        assertFalse(Files.exists(half));
    }

    @Test
    void aJobWithAKeyIsKeptForADay() {
        JobSpec spec =
                directory.spec(
                        new CommandLine.Shell("true"),
                        Map.of(),
                        0,
                        null,
                        new JobSpec.RequestKey("key", "payload"));
        Job keyed = directory.ended(directory.jobs.start(spec, AUTHOR));

        keeping(Duration.ofHours(23), Duration.ofHours(1)).collect(false);
        assertEquals(List.of(keyed.id()), left());

        keeping(Duration.ofHours(25), Duration.ofHours(1)).collect(false);
        assertEquals(List.of(), left());
    }

    @Test
    void aLostJobWhoseCommandLivesIsKept() {
        Job job = directory.shell("sleep 60");
        directory.process(job, "leader");
        JobDirectory.killHard(directory.process(job, "supervisor"));
        Job lost = directory.ended(job);
        Job over = directory.ended(directory.shell("true"));

        assertEquals(1, keeping(LATER, Duration.ZERO).collect(false).jobs());

        assertEquals(List.of(lost.id()), left());
        assertTrue(isThere(lost) && !isThere(over));
        directory.jobs.kill(lost, Signal.KILL, AUTHOR, false);
        assertEquals(1, keeping(LATER, Duration.ZERO).collect(false).jobs());
    }

    @Test
    void severalProcessesCollectAtOnceWithoutDisturbingEachOther() throws Exception {
        over(6, "true");
        List<Callable<Integer>> collections = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            JobRunner jobs = later(LATER, Duration.ofDays(9), 2, 1L << 40);
            collections.add(() -> jobs.collect(false).jobs());
        }
        int collected = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
            for (Future<Integer> each : threads.invokeAll(collections)) {
                collected += each.get();
            }
        }

        assertEquals(4, collected);
        assertEquals(2, directory.jobs.count());
    }

    // ---- what servers that died left

    private static void age(Path folder) throws Exception {
        Files.setLastModifiedTime(
                folder,
                FileTime.from(Files.getLastModifiedTime(folder).toInstant().minusSeconds(61)));
    }

    private JobFolder folder(String id, int run) {
        JobDefinition definition =
                new JobDefinition(
                        new JobId(id),
                        run,
                        directory.spec(new CommandLine.Shell("true")),
                        AUTHOR,
                        Instant.EPOCH);
        return JobFolder.create(
                directory.folders(), definition, ProcessIdentity.ofThisProcess(), true);
    }

    @Test
    void whatNobodyKnowsIsDeletedAfterAMinute() throws Exception {
        Job job = directory.ended(directory.shell("true"));
        Job restarted = directory.ended(directory.jobs.restart(job, AUTHOR));
        Path fresh = Files.createDirectory(directory.folders().resolve(".new-0000000a"));
        Path half = Files.createDirectory(directory.folders().resolve(".new-0000000b"));
        Files.createDirectory(half.resolve("within"));
        JobFolder unknown = folder("0000000c", 1);
        JobFolder starting = folder("0000000d", 1);
        JobFolder followed = folder(job.id().text(), 1);
        JobFolder neverBegun = folder(job.id().text(), 3);
        Path foreign = Files.createDirectory(directory.folders().resolve("notes"));
        for (Path old :
                List.of(half, unknown.path(), followed.path(), neverBegun.path(), foreign)) {
            age(old);
        }

        keeping(Duration.ZERO, Duration.ofDays(30)).collect(false);

        for (Path gone : List.of(half, unknown.path(), followed.path(), neverBegun.path())) {
            assertFalse(Files.exists(gone), gone.toString());
        }
        for (Path kept : List.of(fresh, starting.path(), foreign, directory.folder(restarted))) {
            assertTrue(Files.exists(kept), kept.toString());
        }
        assertEquals(3, directory.jobs.restart(restarted, AUTHOR).run());
    }

    @Test
    void whoseDefinitionIsDamagedIsKeptAsLongAsAJob() throws Exception {
        JobFolder damaged = folder("0000000c", 1);
        Files.writeString(damaged.path().resolve("job.json"), "{\"id\":");
        age(damaged.path());

        keeping(LATER, Duration.ofDays(30)).collect(false);
        assertTrue(Files.exists(damaged.path()));

        keeping(Duration.ofDays(31), Duration.ofDays(30)).collect(false);
        assertFalse(Files.exists(damaged.path()));
    }
}
