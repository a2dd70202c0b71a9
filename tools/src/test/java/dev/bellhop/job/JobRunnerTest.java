package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class JobRunnerTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    JobRunnerTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private static CommandLine shell(String line) {
        return new CommandLine.Shell(line);
    }

    private static JobRunner.Wait waiting(Duration longest) {
        return new JobRunner.Wait(longest, null, new Hangup());
    }

    private static String refusal(Runnable work) {
        return assertThrows(Problem.class, work::run).text();
    }

    // ---- how commands run

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 127, 137})
    void theExitCodeIsKept(int code) {
        Job job = directory.ended(directory.shell("exit " + code));

        assertEquals("exited " + code, job.state().word());
        assertEquals(1, directory.ends(job));
    }

    @Test
    void anArrayIsHandedOverLiterallyAndAStringGoesThroughTheShell() {
        Job literal =
                directory.ended(
                        directory.argv("printf", "%s|", ";", "&&", "$(id)", "a b", "*", "`x`", ""));
        Job shell = directory.ended(directory.shell("printf a; printf b && printf $(echo c)"));

        assertEquals(";|&&|$(id)|a b|*|`x`||", directory.stdout(literal));
        assertEquals("abc", directory.stdout(shell));
    }

    @Test
    void argumentsThatLookLikeOptionsAreArguments() {
        Job job = directory.ended(directory.argv("printf", "%s ", "--help", "-k", "--", "-"));

        assertEquals("--help -k -- - ", directory.stdout(job));
    }

    @Test
    void theCommandReadsItsStdinOrNothing() {
        JobSpec spec = directory.spec(shell("cat; echo end"), Map.of(), 0, "één\nzwei", null);
        Job given = directory.ended(jobs.start(spec, AUTHOR));
        Job none = directory.ended(directory.shell("cat; echo end"));

        assertEquals("één\nzweiend\n", directory.stdout(given));
        assertEquals("end\n", directory.stdout(none));
    }

    @Test
    void stdoutAndStderrAreKeptApartAndRaw() throws Exception {
        Job job =
                directory.ended(
                        directory.shell(
                                "printf '\\000\\377\\033[1m'; printf 'no newline' >&2; exit 1"));

        assertEquals(
                List.of((byte) 0, (byte) 0xFF, (byte) 0x1B, (byte) '[', (byte) '1', (byte) 'm'),
                bytes(Files.readAllBytes(directory.folder(job).resolve("stdout.log"))));
        assertEquals("no newline", directory.stderr(job));
    }

    private static List<Byte> bytes(byte[] array) {
        List<Byte> list = new ArrayList<>();
        for (byte each : array) {
            list.add(each);
        }
        return list;
    }

    @Test
    void anEnvironmentValueReachesTheCommandAndIsSeenNowhereElse() throws Exception {
        String secret = "s3cret-" + "value-4711";
        JobSpec spec =
                directory.spec(
                        shell("[ \"$TOKEN\" = s3cret-value-471\"$LAST\" ] && echo same; sleep 60"),
                        Map.of("TOKEN", secret, "LAST", "1"),
                        60,
                        null,
                        new JobSpec.RequestKey("key", "payload"));
        Job job = jobs.start(spec, AUTHOR);
        JobDirectory.await(() -> directory.stdout(job).equals("same\n"));

        List<String> seen = new ArrayList<>();
        try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path process : processes) {
                try {
                    if (Files.readString(process.resolve("cmdline")).contains(secret)) {
                        seen.add(process.toString());
                    }
                } catch (java.io.IOException e) {
                    // It ended, or its name is not text.
                }
            }
        }
        try (var files = Files.walk(directory.root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text =
                        new String(
                                Files.readAllBytes(file),
                                java.nio.charset.StandardCharsets.ISO_8859_1);
                if (text.contains(secret) && !file.endsWith("job.json")) {
                    seen.add(file.toString());
                }
            }
        }
        assertEquals(List.of(), seen);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/nowhere", "", "relative:."})
    void aPathForTheCommandDoesNotBreakItsSupervisor(String path) {
        JobSpec spec =
                directory.spec(
                        shell("echo \"<$PATH>\"; exit 5"), Map.of("PATH", path), 60, null, null);
        Job job = directory.ended(jobs.start(spec, AUTHOR));

        assertEquals("exited 5", job.state().word());
        assertEquals("<" + path + ">\n", directory.stdout(job));
    }

    @Test
    void aProgramIsLookedForFromItsOwnDirectoryOnWhereThePathIsRelative() throws Exception {
        Path tool = Files.createDirectories(directory.root.resolve("bin")).resolve("hello");
        Files.writeString(tool, "#!/bin/sh\necho hello\n");
        assertTrue(tool.toFile().setExecutable(true));
        JobSpec spec =
                directory.spec(
                        new CommandLine.Argv(List.of("hello")),
                        Map.of("PATH", "bin"),
                        0,
                        null,
                        null);

        assertEquals("hello\n", directory.stdout(directory.ended(jobs.start(spec, AUTHOR))));
    }

    @Test
    void variablesWithTheNamesOfEverydayArriveUnchanged() {
        Map<String, String> names =
                Map.of(
                        "d", "1", "limit", "2", "leader", "3", "code", "4", "stat", "5", "boot",
                        "6");
        JobSpec spec =
                directory.spec(shell("echo $d$limit$leader$code$stat$boot"), names, 60, null, null);

        assertEquals("123456\n", directory.stdout(directory.ended(jobs.start(spec, AUTHOR))));
    }

    @Test
    void theCommandKnowsWhichJobItIsAndNothingElseOfOurs() {
        Job job = directory.ended(directory.shell("env | grep -i bellhop"));

        assertEquals("BELLHOP_JOB=" + job.id() + "\n", directory.stdout(job));
    }

    @Test
    void theSignalsOfTheCommandAreAsTheSystemHasThem() {
        Job job = directory.ended(directory.shell("grep SigIgn /proc/self/status"));

        // Those above 31 are the C library's own.
        long ignored = Long.parseLong(directory.stdout(job).strip().split("\t", -1)[1], 16);
        assertEquals(0, ignored & 0x7FFF_FFFF);
    }

    @Test
    void whatCanOnlyFailIsRefusedBeforeThereIsAJob() {
        JobSpec nowhere = JobSpec.of(shell("true"), directory.root.resolve("nowhere"));

        assertEquals(
                "Error: there is no directory "
                        + directory.root.resolve("nowhere")
                        + " - Give `cwd` as a directory, absolute or from the project's root.",
                refusal(() -> jobs.start(nowhere, AUTHOR)));
        assertEquals(
                "Error: there is no program no-such-program - Give the program as the first"
                        + " element, or a string to use the shell.",
                refusal(() -> directory.argv("no-such-program", "-x")));
        assertEquals(
                "Error: the command is empty - Give a command, such as npm test.",
                refusal(() -> directory.shell(" \n")));
        assertEquals(
                "Error: the command has a NUL character in it - Leave it out.",
                refusal(() -> directory.argv("echo", "a\0b")));
        assertEquals(List.of(), jobs.newest(10));
    }

    @Test
    void namesThatNoVariableCanHaveAreRefused() {
        for (String name : List.of("", "A=B", "A\0")) {
            assertTrue(
                    refusal(() -> directory.spec(shell("true"), Map.of(name, "x"), 0, null, null))
                            .endsWith(
                                    "cannot be the name of an environment variable - Write names"
                                            + " such as CI."));
        }
    }

    @Test
    void aCommandThatTheSystemDoesNotTakeGivesItsKeyBack() {
        JobSpec.RequestKey key = new JobSpec.RequestKey("key", "payload");
        List<String> tooMany = Collections.nCopies(60, "x".repeat(100_000));
        CommandLine command =
                new CommandLine.Argv(Stream.concat(Stream.of("echo"), tooMany.stream()).toList());
        JobSpec spec = directory.spec(command, Map.of(), 0, null, key);

        for (int i = 0; i < 2; i++) {
            assertTrue(
                    refusal(() -> jobs.start(spec, AUTHOR))
                            .endsWith(
                                    "If it is too long, put it into a file; else make the same"
                                            + " call again."));
        }
        assertEquals(
                List.of("failed", "failed"),
                jobs.newest(9).stream().map(job -> job.state().word()).toList());
        assertEquals("", jobs.output(jobs.newest(1).getFirst()).tail(500));
    }

    // ---- waiting

    @Test
    void aWaitEndsAtOnceWhenTheJobDoes() {
        Job job = directory.shell("sleep 0.3");
        long start = System.nanoTime();

        assertTrue(jobs.await(job, waiting(Duration.ofSeconds(60))));

        assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 20);
    }

    @Test
    void aDeadlineEndsTheWaitAndNotTheJob() {
        Job job = directory.shell("sleep 60");

        assertFalse(jobs.await(job, waiting(Duration.ofMillis(100))));

        assertEquals(job, jobs.get(job.id().text()));
        assertTrue(directory.process(job, "leader").isAlive());
    }

    @Test
    void whoHangsUpIsLetGoAtOnceAndTheJobLivesOn() throws Exception {
        Job job = directory.shell("sleep 60");
        Hangup hangup = new Hangup();
        FutureTask<Boolean> wait =
                new FutureTask<>(() ->
                        jobs.await(job, new JobRunner.Wait(Duration.ofSeconds(60), null, hangup)));
        Thread thread = Thread.ofPlatform().start(wait);
        JobDirectory.await(() -> thread.getState() == Thread.State.TIMED_WAITING);
        long start = System.nanoTime();

        hangup.hangUp();

        assertFalse(wait.get(20, java.util.concurrent.TimeUnit.SECONDS));
        assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 10);
        assertFalse(jobs.get(job.id().text()).state().isOver());
        assertFalse(jobs.await(job, new JobRunner.Wait(Duration.ofSeconds(60), null, hangup)));
    }

    @Test
    void aWaitEndsAtThePatternWhileTheJobRunsOn() {
        Job job = directory.shell("sleep 0.1; printf 'server re'; sleep 0.1; echo ady; sleep 60");
        for (String pattern : List.of("server ready", "/r\\w+y/", "stdout:ready")) {
            JobOutput.Search search =
                    jobs.output(job)
                            .search(OutputPattern.parse(pattern), JobOutput.Cursor.START, null);

            assertTrue(
                    jobs.await(
                            job, new JobRunner.Wait(JobDirectory.PATIENCE, search, new Hangup())));
        }
        assertFalse(jobs.get(job.id().text()).state().isOver());
    }

    @Test
    void aWaitForAPatternThatNeverComesEndsWithTheJob() {
        Job job = directory.shell("echo something else");
        JobOutput.Search search =
                jobs.output(job).search(OutputPattern.parse("ready"), JobOutput.Cursor.START, null);

        assertTrue(
                jobs.await(job, new JobRunner.Wait(JobDirectory.PATIENCE, search, new Hangup())));
        assertEquals("exited 0", jobs.get(job.id().text()).state().word());
    }

    // ---- asking twice

    @Test
    void aRepeatedRequestIsAnsweredWithTheSameJobByALaterServerToo() {
        JobSpec.RequestKey key = new JobSpec.RequestKey("deploy-1", "a");
        JobSpec spec = directory.spec(shell("echo once"), Map.of(), 0, null, key);
        Job first = jobs.start(spec, AUTHOR);
        Job ended = directory.ended(first);

        assertEquals(ended, jobs.start(spec, AUTHOR));
        try (JobDirectory later = new JobDirectory(directory.root)) {
            assertEquals(ended, later.jobs.start(spec, AUTHOR));
        }
        assertEquals(1, jobs.count());
        assertEquals(
                "Error: idempotency_key deploy-1 was used for another command (job "
                        + first.id()
                        + ") - Use another key for another request.",
                refusal(() ->
                        jobs.start(
                                directory.spec(
                                        shell("echo twice"),
                                        Map.of(),
                                        0,
                                        null,
                                        new JobSpec.RequestKey("deploy-1", "b")),
                                AUTHOR)));
    }

    @Test
    void eightThreadsWithOneKeyStartOneJob() throws Exception {
        JobSpec spec =
                directory.spec(
                        shell("echo once >>count"),
                        Map.of(),
                        0,
                        null,
                        new JobSpec.RequestKey("key", "payload"));
        TreeSet<JobId> ids = new TreeSet<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            Callable<Job> start = () -> jobs.start(spec, AUTHOR);
            for (Future<Job> job : threads.invokeAll(java.util.Collections.nCopies(8, start))) {
                ids.add(job.get().id());
            }
        }

        assertEquals(1, ids.size());
        directory.ended(jobs.get(ids.first().text()));
        assertEquals("once\n", JobDirectory.text(directory.root.resolve("count")));
    }

    // ---- ids

    @Test
    void aJobIsFoundByTheBeginningOfItsIdInAnyCase() {
        Job job = directory.ended(directory.shell("true"));

        assertEquals(job, jobs.get(job.id().text().substring(0, 4)));
        assertEquals(job, jobs.get("  " + job.id().text().toUpperCase(java.util.Locale.ROOT)));
    }

    @Test
    void whatNamesNoJobOrSeveralIsRefused() {
        for (String id : List.of("abc00001", "abc00002")) {
            Job job =
                    new JobDefinition(
                                    new JobId(id),
                                    1,
                                    directory.spec(shell("true")),
                                    AUTHOR,
                                    Instant.EPOCH)
                            .job(new JobState.Created());
            directory.database.transact(connection -> {
                new JobTable(directory.database).add(connection, job, null);
                return true;
            });
        }

        assertEquals(
                "Error: several jobs begin with abc: abc00001, abc00002 - Give more characters.",
                refusal(() -> jobs.get("abc")));
        assertEquals(
                "Error: there is no job abd - Call check_background without an id for a list.",
                refusal(() -> jobs.get("abd")));
        for (String wrong : List.of("xyz", "", "abc000011", "../x", "%", "_")) {
            assertEquals(
                    "Error: \""
                            + wrong
                            + "\" is not a job id - Give the 8 characters that background_run"
                            + " answered, such as 3fa94c01, or call check_background without an id"
                            + " for a list.",
                    refusal(() -> jobs.get(wrong)));
        }
    }

    // ---- ending

    @ParameterizedTest
    @EnumSource(names = {"TERM", "INT", "KILL"})
    void aJobIsEndedWithAllItsProcesses(Signal signal) {
        Job job = directory.shell("sleep 60 & echo $! >pid; wait");
        Path pid = directory.root.resolve("pid");
        JobDirectory.await(() -> Files.exists(pid) && !JobDirectory.text(pid).isBlank());
        // The shell starts it with SIGINT ignored, as every shell does.
        ProcessIdentity child =
                ProcessIdentity.of(Long.parseLong(JobDirectory.text(pid).strip())).orElseThrow();

        JobRunner.Kill kill = jobs.kill(job, signal, AUTHOR, false);

        assertTrue(kill.sent());
        assertEquals(
                "killed " + signal.word(),
                kill.job().state() instanceof JobState.Killed killed
                        ? "killed " + killed.order().signal().word()
                        : "");
        assertFalse(child.isAlive());
        assertEquals(kill.job(), jobs.get(job.id().text()));
        assertEquals(1, directory.ends(job));
    }

    @Test
    void inTheLogsStandsOnlyWhatTheCommandWrote() {
        Job job = directory.argv("sleep", "60");

        jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertEquals("", directory.stdout(job) + directory.stderr(job));
    }

    @Test
    void whatAJobWasStartedWithIsRemembered() {
        JobSpec bare = directory.spec(shell("true"));
        for (Integer task : new Integer[] {null, 7}) {
            for (String label : new String[] {null, "check"}) {
                JobSpec spec =
                        bare.edit()
                                .timeout(Duration.ofSeconds(9))
                                .link(
                                        task == null
                                                ? null
                                                : new JobSpec.TaskLink(task, true, true, 0, ""))
                                .label(label)
                                .done();
                Job started = jobs.start(spec, AUTHOR);
                Job ended = directory.ended(started);
                try (JobDirectory later = new JobDirectory(directory.root)) {
                    assertEquals(ended, later.jobs.get(started.id().text()));
                }
                assertEquals(started, ended.in(new JobState.Running()));
            }
        }
        assertEquals(2, jobs.forTask(7).size());
    }

    @Test
    void aJobThatIsOverIsLeftAlone() {
        Job job = directory.ended(directory.shell("exit 3"));

        assertEquals(
                new JobRunner.Kill(job, false, Duration.ZERO, ""),
                jobs.kill(job, Signal.TERM, AUTHOR, false));
        assertFalse(Files.exists(directory.folder(job).resolve("kill")));
    }

    @Test
    void aJobThatIgnoresTheRequestIsKilledAfterTheGrace() {
        Job job = directory.shell("trap '' TERM; echo ready; sleep 60");
        JobDirectory.await(() -> directory.stdout(job).equals("ready\n"));

        JobRunner.Kill kill = jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertTrue(kill.sent());
        assertInstanceOf(JobState.Killed.class, kill.job().state());
        assertTrue(kill.after().compareTo(Duration.ofSeconds(4)) > 0, kill.toString());
    }

    @Test
    void aJobThatLivesThroughASignalRunsOnAndEndsAsItself() {
        JobSpec spec =
                directory.spec(
                        shell(
                                "trap 'echo reloaded' HUP; echo ready; while [ ! -e stop ]; do sleep"
                                        + " 0.1; done; exit 4"),
                        Map.of(),
                        60,
                        null,
                        null);
        Job job = jobs.start(spec, AUTHOR);
        JobDirectory.await(() -> directory.stdout(job).equals("ready\n"));

        JobRunner.Kill kill = jobs.kill(job, Signal.HUP, AUTHOR, false);

        assertTrue(kill.sent());
        assertEquals(job, kill.job());
        JobDirectory.await(() -> directory.stdout(job).equals("ready\nreloaded\n"));
        assertDoesNotThrowIo(() -> Files.createFile(directory.root.resolve("stop")));
        assertEquals("exited 4", directory.ended(job).state().word());
    }

    private static void assertDoesNotThrowIo(Callable<?> work) {
        org.junit.jupiter.api.Assertions.assertDoesNotThrow(work::call);
    }

    @Test
    void aJobCanBeEndedInItsFirstMillisecond() {
        for (int i = 0; i < 10; i++) {
            Job job = directory.shell("sleep 60");

            JobRunner.Kill kill = jobs.kill(job, Signal.KILL, AUTHOR, false);

            assertTrue(kill.sent());
            assertInstanceOf(JobState.Killed.class, kill.job().state());
        }
    }

    @Test
    void aStrangerWhoHasTheNumberOfALeaderGetsNoSignal() throws Exception {
        Job job = directory.shell("sleep 60");
        ProcessIdentity leader = directory.process(job, "leader");
        Process stranger = new ProcessBuilder("sleep", "60").start();
        try {
            Files.writeString(
                    directory.folder(job).resolve("leader"),
                    new ProcessIdentity(stranger.pid(), leader.started(), leader.boot())
                            .toString());

            JobRunner.Kill kill = jobs.kill(job, Signal.KILL, AUTHOR, false);

            // By what every process of it carries it is found all the same.
            assertTrue(kill.sent());
            assertInstanceOf(JobState.Killed.class, kill.job().state());
            assertFalse(leader.isAlive());
            assertTrue(stranger.isAlive());
        } finally {
            stranger.destroyForcibly();
        }
    }

    // ---- time limits

    @Test
    void aTimeoutEndsTheWholeGroup() {
        JobSpec spec =
                directory.spec(shell("sleep 1000 & echo $! >pid; wait"), Map.of(), 1, null, null);
        Job job = directory.ended(jobs.start(spec, AUTHOR));

        assertEquals("timeout", job.state().word());
        long child = Long.parseLong(JobDirectory.text(directory.root.resolve("pid")).strip());
        assertEquals(java.util.Optional.empty(), ProcessIdentity.of(child));
    }

    @Test
    void aGrandchildThatIgnoresTheTimeoutIsKilledAfterTheGrace() {
        JobSpec spec =
                directory.spec(
                        shell("(trap '' TERM; exec sleep 1000) & echo $! >pid; wait"),
                        Map.of(),
                        1,
                        null,
                        null);
        Job job = directory.ended(jobs.start(spec, AUTHOR));

        assertEquals("timeout", job.state().word());
        long child = Long.parseLong(JobDirectory.text(directory.root.resolve("pid")).strip());
        JobDirectory.await(() -> ProcessIdentity.of(child).isEmpty());
    }

    // ---- what others did

    @Test
    void aJobWhoseSupervisorWasKilledIsLostAndNotRunning() {
        Job job = directory.shell("sleep 60");
        directory.process(job, "leader");
        JobDirectory.killHard(directory.process(job, "supervisor"));

        Job ended = directory.ended(job);

        assertEquals("lost", ended.state().word());
        assertEquals(ended, jobs.newest(1).getFirst());
        assertEquals(1, directory.ends(job));
    }

    @Test
    void aRecordThatTheCommandForgedIsNotBelieved() {
        Job job =
                directory.shell(
                        "echo nonsense >state/jobs/$BELLHOP_JOB/exit; echo there; sleep 0.2; exit"
                                + " 6");
        JobDirectory.await(() -> directory.stdout(job).equals("there\n"));

        jobs.look();

        assertEquals("exited 6", directory.ended(job).state().word());
    }

    @Test
    void aFolderThatSomebodyDeletedIsALostJobAndStopsNothingElse() throws Exception {
        Job job = directory.shell("sleep 2");
        Job other = directory.ended(directory.shell("echo fine"));
        JobDirectory.killHard(directory.process(job, "supervisor"));
        try (var files = Files.walk(directory.folder(job))) {
            for (Path path : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }

        JobDirectory.await(() -> {
            jobs.look();
            return jobs.newest(2).get(1).state().isOver();
        });

        assertEquals(
                List.of("exited 0", "lost"),
                jobs.newest(2).stream().map(each -> each.state().word()).toList());
        assertEquals("fine", jobs.output(other).tail(500));
        assertEquals("", jobs.output(jobs.get(job.id().text())).tail(500));
    }

    @Test
    void severalServersEnterAnEndOnce() throws Exception {
        Job job = directory.shell("sleep 0.2; exit 2");
        List<Callable<String>> looks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            JobDirectory other = new JobDirectory(directory.root);
            looks.add(() -> other.ended(job).state().word());
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (Future<String> word : threads.invokeAll(looks)) {
                assertEquals("exited 2", word.get());
            }
        }

        directory.ended(job);
        assertEquals(1, directory.ends(job));
    }
}
