package dev.bellhop.job;

import static dev.bellhop.job.JobDirectory.AUTHOR;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Posix;
import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Jobs that are ended: by whom, why, and what is left of them.
final class KillTest {

    private final JobDirectory directory;
    private final JobRunner jobs;

    KillTest(@TempDir Path root) {
        directory = new JobDirectory(root);
        jobs = directory.jobs;
    }

    @AfterEach
    void endAll() {
        directory.close();
    }

    private JobSpec.Editor spec(String line) {
        return directory.spec(new CommandLine.Shell(line)).edit();
    }

    private Path file(String name) {
        return directory.root.resolve(name);
    }

    /// The process whose number is in a file, once it is.
    private ProcessIdentity process(String name) {
        JobDirectory.await(
                () -> Files.exists(file(name)) && !JobDirectory.text(file(name)).isBlank());
        return ProcessIdentity.of(Long.parseLong(JobDirectory.text(file(name)).strip()))
                .orElseThrow();
    }

    private static void signal(ProcessIdentity process, String name) {
        assertEquals(Posix.Delivery.SENT, Posix.kill(process.pid(), Posix.signal(name)));
    }

    private String entry(Job job) {
        return String.valueOf(directory.journal.about(job.id().text(), 9).getLast().after());
    }

    private void assertTold(Job job, String beginning) {
        String news = directory.untold().getLast();
        assertTrue(news.startsWith("[bg:%s] %s".formatted(job.id(), beginning)), news);
    }

    // ---- who, why and when

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAgentAndAPersonAreToldApart(boolean isPerson) {
        Job job = directory.argv("sleep", "60");

        Job over = jobs.kill(job, Signal.TERM, AUTHOR, isPerson).job();

        JobState.Killed killed = (JobState.Killed) over.state();
        assertEquals(
                isPerson ? KillOrder.Cause.PERSON : KillOrder.Cause.AGENT, killed.order().cause());
        assertEquals(143, killed.exitCode());
        String by = isPerson ? "a person (test 1.0)" : "test 1.0";
        assertTold(job, "killed (SIGTERM by %s, after ".formatted(by));
        assertEquals(
                """
                {"state":"killed","signal":"SIGTERM","cause":"%s","by":"test 1.0",\
                "ordered":"%s","exitCode":143}\
                """
                        .formatted(isPerson ? "person" : "agent", killed.order().at()),
                entry(job));
        assertEquals(over, jobs.get(job.id().text()));
    }

    @Test
    void whoseTimeIsUpHasThatState() {
        Job over =
                directory.ended(
                        jobs.start(spec("sleep 60").timeout(Duration.ofSeconds(1)).done(), AUTHOR));

        assertInstanceOf(JobState.TimedOut.class, over.state());
        assertTold(over, "timeout (after ");
        assertEquals("{\"state\":\"timeout\"}", entry(over));
    }

    @Test
    void aSignalFromOutsideIsAnEndByItself() {
        Job job = directory.argv("sleep", "60");
        signal(directory.process(job, "leader"), "KILL");

        Job over = directory.ended(job);

        assertEquals("exited 137", over.state().word());
        assertTold(job, "error (exit 137, probably SIGKILL, ");
        assertEquals("{\"state\":\"exited\",\"exitCode\":137}", entry(job));
    }

    // ---- nothing is left

    @Test
    void aStoppedJobIsEndedAtOnce() {
        Job job = directory.argv("sleep", "60");
        ProcessIdentity leader = directory.process(job, "leader");
        signal(leader, "STOP");

        JobRunner.Kill kill = jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertTrue(kill.after().compareTo(JobSpec.KILL_AFTER) < 0, kill.toString());
        assertEquals(143, ((JobState.Killed) kill.job().state()).exitCode());
    }

    @Test
    void processesThatWentElsewhereAreEndedToo() {
        Job job =
                jobs.start(
                        spec("""
                        setsid sh -c 'echo $$ >session; exec sleep 60' &
                        (sh -c 'echo $$ >twice; exec sleep 60' &)
                        (setsid sh -c 'echo $$ >daemon; exec sleep 60' &)
                        setsid sh -c '(echo x | sh -c "echo \\$\\$ >deep; exec sleep 60") & wait' &
                        sh -mc 'sh -c "echo \\$\\$ >group; exec sleep 60" & wait' &
                        (setsid sh -c 'trap "" TERM; echo $$ >deaf; sleep 60; sleep 60' &)
                        wait; wait; wait\
                        """)
                                .killAfter(Duration.ofMillis(300))
                                .done(),
                        AUTHOR);
        List<ProcessIdentity> all =
                Stream.of("session", "twice", "daemon", "deep", "group", "deaf")
                        .map(this::process)
                        .toList();

        JobRunner.Kill kill = jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertEquals(List.of(), all.stream().filter(ProcessIdentity::isAlive).toList());
        assertInstanceOf(JobState.Killed.class, kill.job().state());
        assertFalse(kill.left().contains("sleep"), kill.left());
    }

    @Test
    void whatCannotBeKnownToBelongToTheJobIsNamed() {
        Job job =
                directory.shell(
                        "(env -i setsid sh -c 'echo $$ >hidden; exec sleep 60' &) ; sleep 60");
        ProcessIdentity hidden = process("hidden");
        JobDirectory.await(() -> name(hidden).equals("sleep"));

        JobRunner.Kill kill = jobs.kill(job, Signal.KILL, AUTHOR, false);

        assertTrue(hidden.isAlive());
        assertTrue(
                List.of(kill.left().split(", ", -1)).contains(hidden.pid() + " sleep"),
                kill.left());
        JobDirectory.killHard(hidden);
    }

    private static String name(ProcessIdentity process) {
        return JobDirectory.text(Path.of("/proc/%d/comm".formatted(process.pid()))).strip();
    }

    @Test
    void aJobWithNoGraceIsKilledAtOnce() {
        Job job =
                jobs.start(
                        spec("trap 'echo asked' TERM; echo ready; sleep 60; sleep 60")
                                .killAfter(Duration.ZERO)
                                .done(),
                        AUTHOR);
        JobDirectory.await(() -> directory.stdout(job).equals("ready\n"));

        JobRunner.Kill kill = jobs.kill(job, Signal.TERM, AUTHOR, false);

        assertEquals(137, ((JobState.Killed) kill.job().state()).exitCode());
        assertEquals("ready\n", directory.stdout(job));
    }

    // ---- jobs without their supervisors

    @Test
    void theCommandOfALostJobCanBeEnded() {
        Job job = directory.argv("sleep", "60");
        ProcessIdentity leader = directory.process(job, "leader");
        JobDirectory.killHard(directory.process(job, "supervisor"));
        Job lost = directory.ended(job);
        assertFalse(jobs.livesOn(lost).isEmpty());

        JobRunner.Kill kill = jobs.kill(lost, Signal.TERM, AUTHOR, false);

        assertEquals(new JobRunner.Kill(lost, true, kill.after(), kill.left()), kill);
        assertFalse(leader.isAlive());
        assertTrue(jobs.livesOn(lost).isEmpty());
        assertFalse(jobs.kill(lost, Signal.TERM, AUTHOR, false).sent());
    }

    @Test
    void aJobThatEndsItsSupervisorIsLostAtTheNextLook() {
        Job job =
                directory.shell(
                        "read -r pid rest <state/jobs/$BELLHOP_JOB/supervisor; kill -9 $pid; echo"
                                + " done; sleep 60");
        JobDirectory.await(() -> directory.stdout(job).equals("done\n"));
        ProcessIdentity supervisor = directory.process(job, "supervisor");
        JobDirectory.await(() -> !supervisor.isAlive());

        assertEquals("lost", jobs.newest(1).getFirst().state().word());
        assertTold(job, "lost (");
    }

    @Test
    void aLookSeesThatASupervisorIsGoneThoughNobodyAsksForTheJob() {
        Job job = directory.argv("sleep", "60");
        directory.process(job, "leader");
        JobDirectory.killHard(directory.process(job, "supervisor"));

        JobDirectory.await(() -> {
            jobs.look();
            return jobs.store().find(job.id()).orElseThrow().state().isOver();
        });
    }

    @Test
    void aForgedRecordIsNotBelievedWhileTheSupervisorLives() throws Exception {
        Job job =
                directory.shell(
                        "d=state/jobs/$BELLHOP_JOB; echo 0 >$d/exit; : >${d%/*}/ended/${d##*/}; echo"
                                + " there; until [ -e go ]; do sleep 0.02; done; exit 6");
        JobDirectory.await(() -> directory.stdout(job).equals("there\n"));

        jobs.look();
        assertEquals(job, jobs.get(job.id().text()));
        Files.createFile(file("go"));

        assertEquals("exited 6", directory.ended(job).state().word());
        assertEquals(1, directory.ends(job));
    }

    // ---- jobs of jobs

    @Test
    void aJobThatAJobStartedSurvivesIt() {
        Job outer = directory.argv("sleep", "60");
        ProcessIdentity outerLeader = directory.process(outer, "leader");
        JobSpec spec =
                spec("sleep 60").environment(Map.of("BELLHOP_JOB", outer.id().text())).done();
        Job inner = jobs.start(spec, AUTHOR);
        ProcessIdentity innerLeader = directory.process(inner, "leader");

        assertTrue(jobs.kill(outer, Signal.KILL, AUTHOR, false).sent());

        assertFalse(outerLeader.isAlive());
        assertTrue(innerLeader.isAlive());
        assertEquals(inner, jobs.get(inner.id().text()));
    }
}
