package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobWatchTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    JobWatchTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
        jobs.adopt(() -> {});
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private JobSpec looking(String line, String pattern) {
        return directory
                .spec(new CommandLine.Shell(line))
                .edit()
                .notices(new JobSpec.Notices(List.of(pattern), null, List.of()))
                .done();
    }

    private boolean isTold(Job job, String event) {
        return directory.journal.about(job.id().text(), 100).stream()
                .anyMatch(entry -> entry.event().equals(event));
    }

    @Test
    void aPromptWithoutANewlineIsTold() {
        Job job = jobs.start(looking("printf 'ready> '; sleep 60", "ready>"), AUTHOR);

        JobDirectory.await(() -> isTold(job, "matched"));
    }

    @Test
    void aMatchOfAJobThatIsOverAtOnceIsTold() {
        jobs.look();

        Job job = jobs.start(looking("echo ready", "ready"), AUTHOR);

        JobDirectory.await(() -> isTold(job, "matched"));
    }

    @Test
    void aMatchOfAJobThatEndedBeforeThisServerLookedAfterItIsTold() {
        Job job = jobs.start(looking("echo ready", "ready"), AUTHOR);
        directory.ended(job);

        JobDirectory.await(() -> isTold(job, "matched"));
    }

    /// A supervisor ends its job by itself only for want of a server.
    @Test
    void aTimeoutIsKeptByTheServerAlsoRightAfterACall() {
        jobs.look();
        JobSpec spec =
                directory
                        .spec(new CommandLine.Shell("sleep 60"))
                        .edit()
                        .timeout(Duration.ofSeconds(1))
                        .done();

        Job job = directory.ended(jobs.start(spec, AUTHOR));

        assertInstanceOf(JobState.TimedOut.class, job.state());
        String order = JobDirectory.text(directory.folder(job).resolve("kill"));
        assertTrue(order.endsWith(" bellhop\n"), order);
    }

    @Test
    void aPatternThatIsNoneIsRefusedBeforeItIsKept() {
        Job job = jobs.start(looking("sleep 60", "ready"), AUTHOR);
        JobSpec.Notices bad = new JobSpec.Notices(List.of("/(/"), null, List.of());

        assertThrows(Problem.class, () -> jobs.notify(job, bad, AUTHOR));
    }
}
