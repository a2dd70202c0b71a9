package dev.bellhop.sink;

import dev.bellhop.base.Elapsed;
import dev.bellhop.base.OwnSession;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Tells an event by running a command, in the project's directory and a session of its own.
///
/// @param scratch a directory for its owner alone, made when first needed
/// @param environment what the command has in addition to the event
/// @param patience how long it may take; then all its processes are asked to end
/// @param grace how long they have to; then they are killed
record CommandDelivery(
        Path scratch, Map<String, String> environment, Duration patience, Duration grace) {

    /// By this variable the processes of a job are found. A sink's are none, also where this server
    /// is a job's.
    private static final String JOB = "BELLHOP_JOB";

    private static final String EVENT = "BELLHOP_EVENT";
    private static final String EVENT_TYPE = "BELLHOP_EVENT_TYPE";
    private static final String EVENT_SUBJECT = "BELLHOP_EVENT_SUBJECT";

    /// Linux takes no longer variables than 128 KiB. A longer event is on standard input alone.
    private static final int EVENT_BYTES_MAX = 100_000;

    /// What is kept of what the command prints.
    static final int OUTPUT_BYTES = 500;

    /// A command that prints more than this has what it printed thrown away meanwhile.
    private static final long OUTPUT_FILE_BYTES_MAX = 1 << 20;

    private static final long LOOK_MILLIS = 100;

    CommandDelivery {
        environment = Map.copyOf(environment);
    }

    /// Runs the command once.
    ///
    /// @throws InterruptedException if this thread is interrupted; the command has then been ended
    Outcome attempt(Sink.Command sink, Event event) throws InterruptedException {
        try {
            return run(sink, event);
        } catch (ClosedByInterruptException e) {
            throw new InterruptedException();
        } catch (IOException e) {
            return Outcome.refused("could not be started: " + AtomicFile.reason(e));
        }
    }

    private Outcome run(Sink.Command sink, Event event) throws IOException, InterruptedException {
        AtomicFile.makeDirectories(scratch, Database.ownerOnly());
        // Files, not pipes: a command that never reads, or whose children keep its output open,
        // then holds up nobody. Once it runs it has them open, and nobody needs their names.
        Path stdin = Files.createTempFile(scratch, "event-", ".json");
        Path stdout = Files.createTempFile(scratch, "output-", ".log");
        try (FileChannel output =
                FileChannel.open(stdout, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            Process process;
            try {
                Files.writeString(stdin, event.json() + "\n");
                process = start(sink, event, stdin.toFile(), stdout.toFile());
            } finally {
                Files.deleteIfExists(stdin);
                Files.deleteIfExists(stdout);
            }
            return outcome(process, output);
        }
    }

    private Process start(Sink.Command sink, Event event, File stdin, File stdout)
            throws IOException {
        List<String> words = new ArrayList<>(OwnSession.prefix());
        words.addAll(sink.argv());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.directory(event.project().toFile());
        builder.redirectInput(stdin);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(stdout));
        builder.redirectErrorStream(true);
        Map<String, String> variables = builder.environment();
        variables.clear();
        variables.putAll(environment);
        variables.remove(JOB);
        variables.remove(EVENT);
        String json = event.json();
        if (json.getBytes(StandardCharsets.UTF_8).length <= EVENT_BYTES_MAX) {
            variables.put(EVENT, json);
        }
        variables.put(EVENT_TYPE, event.kind().word());
        variables.put(EVENT_SUBJECT, event.subject());
        return builder.start();
    }

    private Outcome outcome(Process process, FileChannel output)
            throws IOException, InterruptedException {
        Optional<ProcessIdentity> leader = ProcessIdentity.of(process.pid());
        boolean isOver = false;
        try {
            isOver = isOverWithin(process, output, patience);
        } finally {
            // Also where this thread is interrupted, or the output cannot be looked at.
            if (!isOver) {
                end(process, leader);
            }
        }
        String printed = tail(output);
        if (!isOver) {
            return Outcome.refused(
                    said("was ended after %s".formatted(Elapsed.text(patience)), printed));
        }
        return process.exitValue() == 0
                ? new Outcome.Delivered(printed)
                : Outcome.refused(said("exit " + process.exitValue(), printed));
    }

    private static String said(String what, String printed) {
        return printed.isEmpty() ? what : what + ": " + printed;
    }

    private static boolean isOverWithin(Process process, FileChannel output, Duration longest)
            throws IOException, InterruptedException {
        long deadline = System.nanoTime() + longest.toNanos();
        while (System.nanoTime() < deadline) {
            if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
                return true;
            }
            if (output.size() > OUTPUT_FILE_BYTES_MAX) {
                output.truncate(0);
            }
        }
        return !process.isAlive();
    }

    private void end(Process process, Optional<ProcessIdentity> leader) {
        // What is left of an interrupt would end the waits below.
        boolean isInterrupted = Thread.interrupted();
        try {
            signal("TERM", process, leader);
            if (!process.waitFor(grace.toNanos(), TimeUnit.NANOSECONDS)
                    || isGroupLeft(process.pid())) {
                signal("KILL", process, leader);
                process.waitFor(grace.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            isInterrupted = true;
        } finally {
            if (isInterrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Sends a signal to the command's processes. Its leader may have ended before the others; the
    /// number is theirs as long as nobody else has it.
    private static void signal(String name, Process process, Optional<ProcessIdentity> leader)
            throws InterruptedException {
        long group = process.pid();
        if (leader.filter(ProcessIdentity::isAlive).isPresent()
                || ProcessHandle.of(group).isEmpty()) {
            kill(name, group);
        }
    }

    private static boolean isGroupLeft(long group) throws InterruptedException {
        return ProcessHandle.of(group).isEmpty() && kill("0", group);
    }

    /// @return whether there was a process to send it to
    private static boolean kill(String signal, long group) throws InterruptedException {
        try {
            return new ProcessBuilder(
                                    "/bin/sh",
                                    "-c",
                                    "kill -s \"$1\" -- \"-$2\" 2>/dev/null",
                                    "kill",
                                    signal,
                                    Long.toString(group))
                            .redirectInput(new File("/dev/null"))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start()
                            .waitFor()
                    == 0;
        } catch (IOException e) {
            // Without a shell there was no command either.
            return false;
        }
    }

    private static String tail(FileChannel output) throws IOException {
        long size = output.size();
        long from = Math.max(0, size - OUTPUT_BYTES);
        ByteBuffer buffer = ByteBuffer.allocate((int) (size - from));
        while (buffer.hasRemaining() && output.read(buffer, from + buffer.position()) >= 0) {}
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8).strip();
    }
}
