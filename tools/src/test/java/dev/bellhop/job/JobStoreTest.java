package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JobStoreTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    JobStoreTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    /// Loses the table, and makes it anew.
    private void restore() {
        directory.database.transact(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("delete from job");
            }
            jobs.restore(connection, "missing");
            return null;
        });
    }

    // ---- when the table was lost

    @Test
    void aKeyThatAFailedStartGaveBackDoesNotKeepTheTableFromBeingMadeAgain() throws Exception {
        JobSpec.RequestKey key = new JobSpec.RequestKey("k", "p");
        JobSpec tooLong =
                directory
                        .spec(new CommandLine.Argv(List.of("true")))
                        .edit()
                        .environment(large())
                        .requestKey(key)
                        .done();
        assertThrows(Problem.class, () -> jobs.start(tooLong, AUTHOR));
        JobSpec spec = directory.spec(new CommandLine.Shell("true"), Map.of(), 0, null, key);
        Job second = directory.ended(jobs.start(spec, AUTHOR));

        restore();

        assertEquals(second.id(), jobs.start(spec, AUTHOR).id());
    }

    /// More than the system takes.
    private static Map<String, String> large() {
        return java.util.stream.IntStream.range(0, 60)
                .boxed()
                .collect(
                        java.util.stream.Collectors.toMap(
                                number -> "V" + number, _ -> "x".repeat(100_000)));
    }

    @Test
    void aFolderThatCannotBeReadIsNamedAndStopsNothingElse() throws Exception {
        Job good = directory.ended(directory.shell("exit 3"));
        Job bad = directory.ended(directory.shell("exit 4"));
        Files.delete(directory.folder(bad).resolve("job.json"));
        Files.createDirectory(directory.folder(bad).resolve("job.json"));
        Path copy = Files.createDirectory(directory.folders().resolve("00000001"));
        Files.copy(directory.folder(good).resolve("job.json"), copy.resolve("job.json"));

        restore();

        assertEquals(List.of(good.id()), jobs.newest(10).stream().map(Job::id).toList());
        Files.delete(directory.folder(bad).resolve("job.json"));
    }

    @Test
    void aRestoredJobHasRunForAsLongAsItHas() throws Exception {
        Job kept = jobs.create(directory.spec(new CommandLine.Shell("sleep 60")), AUTHOR);
        Job running = jobs.start(kept, AUTHOR);
        directory.process(running, "leader");

        restore();

        assertEquals(
                Files.getLastModifiedTime(directory.folder(running).resolve("supervisor"))
                        .toInstant(),
                jobs.get(running.id().text()).startedAt());
    }

    // ---- deleting

    @Test
    void aJobThatWasStartedAgainMeanwhileIsNotDeleted() {
        Job over = directory.ended(directory.shell("sleep 0.1"));
        Job again = jobs.restart(over, AUTHOR);

        assertFalse(jobs.store().delete(over, AUTHOR));

        assertEquals(again.run(), jobs.get(over.id().text()).run());
        assertTrue(Files.isDirectory(directory.folder(again)));
    }

    // ---- starting again

    @Test
    void aJobThatCannotBeStartedAgainIsNotEnded() throws Exception {
        Path place = Files.createDirectory(directory.root.resolve("place"));
        Job job = jobs.start(JobSpec.of(new CommandLine.Shell("sleep 60"), place), AUTHOR);
        Files.delete(place);

        assertThrows(Problem.class, () -> jobs.restart(job, AUTHOR));

        assertInstanceOf(JobState.Running.class, jobs.get(job.id().text()).state());
    }

    @Test
    void whatAServerThatDiedLeftOfARestartIsInNobodysWay() throws Exception {
        Job over = directory.ended(directory.shell("true"));
        for (String left : List.of(over.id() + ".2", ".new-" + over.id() + ".3")) {
            Path folder = Files.createDirectory(directory.folders().resolve(left));
            Files.writeString(folder.resolve("starter"), "");
        }

        Job again = directory.ended(jobs.restart(over, AUTHOR));

        assertEquals("exited 0", again.state().word());
    }

    // ---- ending

    @Test
    void aMarkThatSaysNothingKeepsNobodyFromEndingAJob() throws Exception {
        Job job = directory.shell("sleep 60");
        directory.process(job, "leader");
        Files.createFile(directory.folder(job).resolve("kill"));

        jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertTrue(jobs.get(job.id().text()).state().isOver());
    }

    // ---- files

    @Test
    void aChangedDefinitionIsStillForItsOwnerAlone() throws Exception {
        Job job = jobs.create(directory.spec(new CommandLine.Shell("true")), AUTHOR);

        jobs.tag(job, List.of("ci"), AUTHOR);

        assertEquals(
                "rw-------",
                PosixFilePermissions.toString(
                        Files.getPosixFilePermissions(directory.folder(job).resolve("job.json"))));
    }
}
