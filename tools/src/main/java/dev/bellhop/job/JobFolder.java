package dev.bellhop.job;

import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The files of one job. What they say is the truth about it.
///
/// `starter` is the server that made it; `supervisor` and `leader` are written by those two
/// processes themselves, and empty before; `stdout.log` and `stderr.log` hold the output; `kill` is
/// there from before the first signal on, and says which and why; `dropped` says which parts of the
/// logs are not kept; `exit` holds the exit code and is there from the end on.
///
/// @param path the folder
record JobFolder(Path path) {

    /// So long after its start a supervisor has said who it is, if it ever will. A server that is
    /// gone cannot be about to start it, so then it is waited for less.
    private static final Duration SUPERVISOR_STARTS_WITHIN = Duration.ofSeconds(30);

    private static final Duration ORPHAN_STARTS_WITHIN = Duration.ofSeconds(3);

    private static final String TIMEOUT = "timeout";
    private static final String DROPPED = "dropped";

    private static final Pattern DROPPED_LINE =
            Pattern.compile("(stdout|stderr) ([0-9]{1,18}) ([0-9]{1,18})");

    /// Makes the folder, whole, so that nobody sees half of one.
    static JobFolder create(Path jobs, JobId id, JobSpec spec, ProcessIdentity starter) {
        Path temporary = jobs.resolve(".new-" + id);
        Path path = jobs.resolve(id.text());
        try {
            Files.createDirectories(jobs, Database.ownerOnly());
            Files.createDirectory(temporary, Database.ownerOnly());
            write(temporary.resolve("starter"), starter.toString());
            write(temporary.resolve("supervisor"), "");
            write(temporary.resolve("leader"), "");
            write(temporary.resolve("exit.pre"), "   \n");
            write(temporary.resolve("stdin"), spec.stdin() == null ? "" : spec.stdin());
            write(temporary.resolve("stdout.log"), "");
            write(temporary.resolve("stderr.log"), "");
            AtomicFile.syncDirectory(temporary);
            Files.move(temporary, path, StandardCopyOption.ATOMIC_MOVE);
            AtomicFile.syncDirectory(jobs);
        } catch (IOException e) {
            throw AtomicFile.failed("could not make", path, e);
        }
        return new JobFolder(path);
    }

    private static void write(Path file, String text) throws IOException {
        try (var channel =
                Files.newByteChannel(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        ownerOnly())) {
            channel.write(StandardCharsets.UTF_8.encode(text));
        }
    }

    private static FileAttribute<?>[] ownerOnly() {
        return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(
                            PosixFilePermissions.fromString("rw-------"))
                }
                : new FileAttribute<?>[0];
    }

    Path stdout() {
        return path.resolve("stdout.log");
    }

    Path stderr() {
        return path.resolve("stderr.log");
    }

    /// The process that the command became, as soon as it has.
    Optional<ProcessIdentity> leader() {
        return text("leader").flatMap(ProcessIdentity::parse);
    }

    /// The server that started it.
    Optional<ProcessIdentity> starter() {
        return text("starter").flatMap(ProcessIdentity::parse);
    }

    private Optional<ProcessIdentity> supervisor() {
        return text("supervisor").flatMap(ProcessIdentity::parse);
    }

    /// How the job stands, by these files and the processes that they name.
    ///
    /// @param job as it was known, running
    JobState observe(Job job, Instant now) {
        Optional<JobState> ended = ended();
        if (ended.isPresent()) {
            return ended.get();
        }
        Optional<ProcessIdentity> supervisor = supervisor();
        boolean alive =
                supervisor.isPresent()
                        ? supervisor.get().isAlive()
                        : isStarting(job.startedAt(), now);
        if (alive) {
            return new JobState.Running();
        }
        // It may have written its record and gone since we looked.
        return ended().orElseGet(() -> new JobState.Lost(now));
    }

    private boolean isStarting(Instant startedAt, Instant now) {
        boolean starterIsAlive = starter().filter(ProcessIdentity::isAlive).isPresent();
        return now.isBefore(
                startedAt.plus(starterIsAlive ? SUPERVISOR_STARTS_WITHIN : ORPHAN_STARTS_WITHIN));
    }

    private Optional<JobState> ended() {
        Path exit = path.resolve("exit");
        Optional<String> code = text("exit").map(String::strip);
        // Anything else was not written by the supervisor, but perhaps by the command.
        if (code.filter(text -> text.matches("[0-9]{1,3}")).isEmpty()) {
            return Optional.empty();
        }
        try {
            Instant at = Files.getLastModifiedTime(exit).toInstant();
            Optional<String> kill = text("kill").map(String::strip);
            if (kill.isEmpty()) {
                return Optional.of(new JobState.Exited(Integer.parseInt(code.get()), at));
            }
            return Optional.of(
                    kill.get().equals(TIMEOUT)
                            ? new JobState.TimedOut(at)
                            : new JobState.Killed(kill.get(), at));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", exit, e);
        }
    }

    /// Writes down why the job is about to get a signal; what is there already stays.
    ///
    /// @param signal null if its time is up
    void markKill(@Nullable Signal signal) {
        try {
            write(path.resolve("kill"), signal == null ? TIMEOUT : signal.word());
        } catch (FileAlreadyExistsException e) {
            // Somebody else is ending it already, for the reason given there.
        } catch (IOException e) {
            // It is to end all the more if the disk is full; then its exit code tells it.
        }
    }

    /// Takes the mark back: the job got the signal and lives on.
    void unmarkKill() {
        try {
            Files.deleteIfExists(path.resolve("kill"));
        } catch (IOException e) {
            throw AtomicFile.failed("could not delete", path.resolve("kill"), e);
        }
    }

    /// Both logs, stdout first.
    List<Path> logs() {
        return List.of(stdout(), stderr());
    }

    Path log(JobOutput.Stream stream) {
        return stream == JobOutput.Stream.STDOUT ? stdout() : stderr();
    }

    /// The part of a log that is not kept; empty if all of it is.
    Optional<Gap> gap(JobOutput.Stream stream) {
        return text(DROPPED).stream()
                .flatMap(String::lines)
                .map(DROPPED_LINE::matcher)
                .filter(line -> line.matches() && line.group(1).equals(stream.word()))
                .map(line ->
                        new long[] {Long.parseLong(line.group(2)), Long.parseLong(line.group(3))})
                .filter(ends -> ends[0] < ends[1])
                .map(ends -> new Gap(ends[0], ends[1]))
                .findFirst();
    }

    /// Writes down that the bytes from `from` to `to` of a log are not kept any more. To be called
    /// before they are gone, so that nobody takes what is left in their place for output.
    void drop(JobOutput.Stream stream, long from, long to) {
        StringBuilder lines = new StringBuilder();
        for (JobOutput.Stream each : JobOutput.Stream.values()) {
            Optional<Gap> gap = each == stream ? Optional.of(new Gap(from, to)) : gap(each);
            gap.ifPresent(kept ->
                    lines.append("%s %d %d\n".formatted(each.word(), kept.from(), kept.to())));
        }
        AtomicFile.replaceLoosely(
                path.resolve(DROPPED), lines.toString().getBytes(StandardCharsets.UTF_8));
    }

    private Optional<String> text(String name) {
        Path file = path.resolve(name);
        try {
            // What is not UTF-8 is not ours, and no reason to fail.
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }
}
