package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.sink.EventKind;
import dev.bellhop.sink.Sink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JobFolderTest {

    private static final Instant START = Instant.parse("2026-01-01T12:00:00Z");
    private static final ProcessIdentity DEAD = new ProcessIdentity(1, "1", "another-boot");

    private static final Sink LOG =
            new Sink.NdjsonFile(Path.of("/tmp/events.ndjson"), Set.of(EventKind.JOB_FINISHED));

    private final JobDirectory directory;

    JobFolderTest(@TempDir Path root) {
        directory = new JobDirectory(root);
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private SortedMap<String, String> modes(Job job) throws IOException {
        SortedMap<String, String> modes = new TreeMap<>();
        try (var files = Files.walk(directory.folder(job))) {
            for (Path file : files.toList()) {
                modes.put(
                        directory.folder(job).relativize(file).toString(),
                        PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
            }
        }
        return modes;
    }

    private static SortedMap<String, String> ownersOnly(String... files) {
        SortedMap<String, String> modes = new TreeMap<>(Map.of("", "rwx------"));
        for (String file : files) {
            modes.put(file, "rw-------");
        }
        return modes;
    }

    @Test
    void onlyTheOwnerCanReadWhatAJobLeaves() throws Exception {
        JobSpec spec = directory.spec(new CommandLine.Shell("umask"), Map.of(), 60, "secret", null);
        Job over = directory.ended(directory.jobs.start(spec, AUTHOR));
        Job killed = directory.shell("sleep 60");
        directory.process(killed, "leader");
        SortedMap<String, String> running = modes(killed);
        directory.jobs.kill(killed, Signal.TERM, AUTHOR, false);

        assertEquals(
                ownersOnly(
                        "exit",
                        "job.json",
                        "leader",
                        "starter",
                        "stderr.log",
                        "stdin",
                        "stdout.log",
                        "supervisor"),
                modes(over));
        assertEquals(
                ownersOnly(
                        "exit.pre",
                        "job.json",
                        "leader",
                        "starter",
                        "stderr.log",
                        "stdout.log",
                        "supervisor"),
                running);
        assertEquals(
                ownersOnly(
                        "exit",
                        "job.json",
                        "kill",
                        "leader",
                        "starter",
                        "stderr.log",
                        "stdout.log",
                        "supervisor"),
                modes(killed));
        assertEquals(
                "rwx------",
                PosixFilePermissions.toString(Files.getPosixFilePermissions(directory.folders())));
    }

    // ---- how a job stands, by its files alone

    private JobFolder folder(ProcessIdentity starter) {
        return JobFolder.create(directory.folders(), definition(), starter, true);
    }

    private JobDefinition definition() {
        return new JobDefinition(
                new JobId("0000000a"),
                1,
                directory.spec(new CommandLine.Shell("true")),
                AUTHOR,
                START);
    }

    /// How it stands when both clocks say that `after` has gone by since its start.
    private String state(JobFolder folder, Duration after) {
        Path starter = folder.path().resolve("starter");
        try {
            if (Files.exists(starter)) {
                long then = ProcessIdentity.uptime().orElseThrow().minus(after).toMillis();
                String by = Files.readAllLines(starter).getFirst();
                Files.writeString(starter, by + "\n" + then);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stateByTheClock(folder, after);
    }

    /// How it stands when the wall clock alone says so.
    private String stateByTheClock(JobFolder folder, Duration after) {
        Job job = definition().job(new JobState.Running());
        JobState state = folder.observe(job, START.plus(after));
        return state instanceof JobState.Killed killed ? "killed " + killed.how() : state.word();
    }

    @Test
    void aJobThatHasNotSaidAnythingIsStartingForAWhileAndThenLost() {
        JobFolder folder = folder(ProcessIdentity.ofThisProcess());

        assertEquals("running", state(folder, Duration.ofSeconds(29)));
        assertEquals("lost", state(folder, Duration.ofSeconds(30)));
    }

    @Test
    void aClockThatJumpsEndsNoJobThatJustBegins() {
        JobFolder folder = folder(ProcessIdentity.ofThisProcess());

        assertEquals("running", stateByTheClock(folder, Duration.ofDays(3_650)));
        assertEquals("running", stateByTheClock(folder, Duration.ofHours(-1)));
    }

    @Test
    void aJobOfADeadServerHasLessTimeToBegin() {
        JobFolder folder = folder(DEAD);

        assertEquals("running", state(folder, Duration.ofSeconds(2)));
        assertEquals("lost", state(folder, Duration.ofSeconds(3)));
        JobFolder gone = new JobFolder(directory.root.resolve("nowhere"));
        assertEquals("lost", state(gone, Duration.ZERO));
    }

    @Test
    void itsSupervisorSaysWhetherItRuns() throws Exception {
        JobFolder folder = folder(DEAD);
        Path supervisor = folder.path().resolve("supervisor");

        Files.writeString(supervisor, ProcessIdentity.ofThisProcess() + "\n");
        assertEquals("running", state(folder, Duration.ofDays(3)));
        Files.writeString(supervisor, DEAD + "\n");
        assertEquals("lost", state(folder, Duration.ZERO));
    }

    @Test
    void itsRecordSaysHowItEnded() throws Exception {
        JobFolder folder = folder(DEAD);
        Path exit = folder.path().resolve("exit");
        Path kill = folder.path().resolve("kill");
        Map<String, String> read = new LinkedHashMap<>();
        for (String record :
                new String[] {"  0\n", "  3\n", "127\n", "137\n", "", "x", "1e2", "-1"}) {
            Files.writeString(exit, record);
            read.put(record.strip(), state(folder, Duration.ofDays(1)));
        }

        Map<String, String> expected = new LinkedHashMap<>();
        expected.put("0", "exited 0");
        expected.put("3", "exited 3");
        expected.put("127", "exited 127");
        expected.put("137", "exited 137");
        expected.put("", "lost");
        expected.put("x", "lost");
        expected.put("1e2", "lost");
        expected.put("-1", "lost");
        assertEquals(expected, read);
        Files.writeString(exit, "143\n");
        Files.writeString(kill, "SIGTERM");
        assertEquals("killed SIGTERM", state(folder, Duration.ofDays(1)));
        Files.writeString(kill, "timeout\n");
        assertEquals("timeout", state(folder, Duration.ofDays(1)));
        Files.write(exit, new byte[] {(byte) 0xFF, (byte) 0xFE});
        assertEquals("lost", state(folder, Duration.ofDays(1)));
    }

    @Test
    void theFirstReasonForAKillStands() {
        JobFolder folder = folder(DEAD);
        KillOrder first =
                new KillOrder(KillOrder.Cause.AGENT, Signal.INT, START, "claude-code 2.1");

        assertTrue(folder.markKill(first));
        assertFalse(
                folder.markKill(
                        new KillOrder(KillOrder.Cause.TIMEOUT, Signal.TERM, START, "bellhop")));

        assertEquals(Optional.of(first), folder.killOrder());
        folder.unmarkKill(new KillOrder(KillOrder.Cause.TIMEOUT, Signal.TERM, START, "bellhop"));
        assertEquals(Optional.of(first), folder.killOrder());
        folder.unmarkKill(first);
        folder.unmarkKill(first);
        assertEquals(Optional.empty(), folder.killOrder());
    }

    @Test
    void aDefinitionIsKeptWhole() {
        JobSpec spec =
                directory
                        .spec(new CommandLine.Argv(List.of("printf", "%s", "a b", "")))
                        .edit()
                        .environment(Map.of("TOKEN", "é=\n\"secret\""))
                        .stdin("read me")
                        .timeout(Duration.ofSeconds(90))
                        .killAfter(Duration.ofMillis(1_500))
                        .priority(7)
                        .label("a label")
                        .tags(List.of("ci.unit", "nightly"))
                        .link(new JobSpec.TaskLink(12, true, false, 3, "a1b2"))
                        .notices(
                                new JobSpec.Notices(
                                        List.of("/re+ady/"), Duration.ofSeconds(45), List.of(LOG)))
                        .requestKey(new JobSpec.RequestKey("key", "payload"))
                        .done();
        JobDefinition definition = new JobDefinition(new JobId("0000000a"), 1, spec, AUTHOR, START);

        JobFolder folder = JobFolder.create(directory.folders(), definition, DEAD, true);

        assertEquals(
                Optional.of(definition.as(spec.edit().stdin(null).done())), folder.definition());
        assertEquals(
                Optional.of(new JobDefinition(new JobId("0000000a"), 2, spec, AUTHOR, START)),
                folder.again(2));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "{}", "[]", "{\"id\":\"../../x\"}", "{\"id\": 1"})
    void aDamagedDefinitionIsNone(String text) throws Exception {
        JobFolder folder = folder(DEAD);
        Files.writeString(folder.path().resolve("job.json"), text);

        assertEquals(Optional.empty(), folder.definition());
        // An empty one is what a power cut leaves of one that was never kept.
        assertEquals(!text.isEmpty(), folder.isDamaged());
    }
}
