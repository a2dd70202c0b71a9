package dev.bellhop.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.ProcessIdentity;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CommandDeliveryTest {

    private static final String PATH = "/usr/local/bin:/usr/bin:/bin";

    private final SinkDirectory here;
    private final Event event;
    private final CommandDelivery commands;

    CommandDeliveryTest(@TempDir Path root) {
        here = new SinkDirectory(root);
        event = here.event(EventKind.JOB_FINISHED, 7, "3fa94c01");
        commands = commands(Duration.ofSeconds(30));
    }

    private CommandDelivery commands(Duration patience) {
        return new CommandDelivery(
                here.root.resolve("state/sinks"),
                Map.of("PATH", PATH, "MINE", "yes", "BELLHOP_JOB", "0badcafe"),
                patience,
                Duration.ofMillis(500));
    }

    private static Sink.Command shell(String line) {
        return new Sink.Command(List.of(line), true, Set.of(EventKind.values()));
    }

    private String text(String name) {
        return SinkDirectory.text(here.root.resolve(name));
    }

    private ProcessIdentity process(String name) {
        SinkDirectory.await(
                () -> Files.exists(here.root.resolve(name)) && text(name).endsWith("\n"));
        return ProcessIdentity.of(Long.parseLong(text(name).strip())).orElseThrow();
    }

    @Test
    void aCommandGetsTheEventOnItsInputAndInItsEnvironmentInTheProject() throws Exception {
        Outcome outcome =
                commands.attempt(
                        shell(
                                "cat >input; printf %s \"$BELLHOP_EVENT\" >event; env | sort >env;"
                                        + " pwd; echo fine >&2"),
                        event);

        assertEquals(new Outcome.Delivered(here.root.toRealPath() + "\nfine"), outcome);
        assertEquals(event.json() + "\n", text("input"));
        assertEquals(event.json(), text("event"));
        List<String> variables = text("env").lines().toList();
        assertTrue(
                variables.containsAll(
                        List.of(
                                "BELLHOP_EVENT_SUBJECT=3fa94c01",
                                "BELLHOP_EVENT_TYPE=job.finished",
                                "MINE=yes",
                                "PATH=" + PATH)),
                text("env"));
        assertTrue(
                variables.stream().noneMatch(line -> line.startsWith("BELLHOP_JOB=")),
                "its processes would count as the job's");
    }

    @Test
    void aProgramGetsItsArgumentsAsTheyAre() throws Exception {
        Sink.Command program =
                new Sink.Command(
                        List.of("printf", "%s|", "a b", "$HOME", "*"),
                        false,
                        Set.of(EventKind.JOB_FINISHED));

        assertEquals(new Outcome.Delivered("a b|$HOME|*|"), commands.attempt(program, event));
    }

    @Test
    void whatEndsBadlyIsRefusedWithTheEndOfWhatItPrinted() throws Exception {
        assertEquals(
                Outcome.refused("exit 3: " + "x".repeat(496) + "end"),
                commands.attempt(
                        shell("head -c 5000 /dev/zero | tr '\\0' x; echo end; exit 3"), event));
        assertEquals(Outcome.refused("exit 7"), commands.attempt(shell("exit 7"), event));
    }

    @Test
    void aProgramThatIsNotThereIsRefused() throws Exception {
        Outcome outcome =
                commands.attempt(
                        new Sink.Command(
                                List.of("no-such-program"), false, Set.of(EventKind.JOB_FINISHED)),
                        event);

        assertTrue(
                outcome instanceof Outcome.Refused refused
                        && refused.detail().startsWith("exit 127"),
                outcome.toString());
    }

    @Test
    void aProjectThatIsGoneIsRefused() throws Exception {
        Event elsewhere =
                new SinkDirectory(here.root.resolve("gone"))
                        .event(EventKind.JOB_FINISHED, 7, "3fa94c01");

        Outcome outcome = commands.attempt(shell("true"), elsewhere);

        assertTrue(
                outcome instanceof Outcome.Refused refused
                        && refused.detail().startsWith("could not be started: "),
                outcome.toString());
    }

    @Test
    void anEventTooLongForTheEnvironmentIsOnStandardInputAlone() throws Exception {
        Event large =
                new Event(
                        event.kind(),
                        event.seq(),
                        event.at(),
                        event.project(),
                        event.subject(),
                        event.author(),
                        null,
                        "{\"text\":\"" + "x".repeat(300_000) + "\"}",
                        null);

        assertEquals(
                new Outcome.Delivered("unset " + (large.json().length() + 1)),
                commands.attempt(shell("echo ${BELLHOP_EVENT-unset} $(wc -c)"), large));
        // And one that is never read holds up nobody.
        assertEquals(new Outcome.Delivered(""), commands.attempt(shell("true"), large));
    }

    @Test
    void aCommandThatTakesTooLongIsEndedWithItsChildrenThatWouldNot() throws Exception {
        Outcome outcome =
                commands(Duration.ofMillis(700))
                        .attempt(
                                shell(
                                        "trap '' TERM; sleep 1000 & echo $! >child; echo $$ >leader;"
                                                + " echo waiting; wait; wait; sleep 1000"),
                                event);

        assertEquals(Outcome.refused("was ended after 0.7 s: waiting"), outcome);
        for (String name : List.of("leader", "child")) {
            long pid = Long.parseLong(text(name).strip());
            SinkDirectory.await(() -> ProcessIdentity.of(pid).isEmpty());
        }
    }

    @Test
    void aChildThatStaysHoldsUpNothing() throws Exception {
        Outcome outcome =
                commands.attempt(shell("sleep 1000 & echo $! >child; echo started"), event);

        assertEquals(new Outcome.Delivered("started"), outcome);
        ProcessIdentity child = process("child");
        assertTrue(child.isAlive());
        ProcessHandle.of(child.pid()).ifPresent(ProcessHandle::destroyForcibly);
    }

    @Test
    void aCommandThatPrintsWithoutEndFillsNoDisk() throws Exception {
        Outcome outcome = commands(Duration.ofSeconds(2)).attempt(shell("yes >&2 | yes"), event);

        assertTrue(outcome instanceof Outcome.Refused, outcome.toString());
        try (Stream<Path> files = Files.list(here.root.resolve("state/sinks"))) {
            assertEquals(List.of(), files.toList());
        }
    }

    @Test
    void anInterruptEndsTheCommand() {
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                commands.attempt(shell("echo $$ >leader; sleep 1000; true"), event);
                            } catch (InterruptedException e) {
                                // As it should be.
                            }
                        });
        ProcessIdentity leader = process("leader");
        thread.interrupt();

        SinkDirectory.await(() -> !leader.isAlive() && !thread.isAlive());
    }
}
