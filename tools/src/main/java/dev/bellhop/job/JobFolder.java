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
import org.jspecify.annotations.Nullable;

/// The files of one job. What they say is the truth about it.
///
/// `starter` is the server that made it; `supervisor` and `leader` are written by those two
/// processes themselves; `stdout.log` and `stderr.log` hold the output; `kill` is there from before
/// the first signal on, and says which and why; `exit` holds the exit code and is there from the
/// end on.
///
/// @param path the folder
record JobFolder(Path path) {

    /// So long after its start a supervisor has said who it is, if it ever will. A server that is
    /// gone cannot be about to start it, so then it is waited for less.
    private static final Duration SUPERVISOR_STARTS_WITHIN = Duration.ofSeconds(30);

    private static final Duration ORPHAN_STARTS_WITHIN = Duration.ofSeconds(3);

    private static final String TIMEOUT = "timeout";
    private static final int EXIT_OF_TIMEOUT = 124;
    private static final int EXIT_OF_SIGKILL = 137;

    /// Makes the folder, whole, so that nobody sees half of one.
    static JobFolder create(Path jobs, JobId id, JobSpec spec, ProcessIdentity starter) {
        Path temporary = jobs.resolve(".new-" + id);
        Path path = jobs.resolve(id.text());
        try {
            Files.createDirectories(jobs, Database.ownerOnly());
            Files.createDirectory(temporary, Database.ownerOnly());
            write(temporary.resolve("starter"), starter.toString());
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
        Optional<JobState> ended = ended(job);
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
        return ended(job).orElseGet(() -> new JobState.Lost(now));
    }

    private boolean isStarting(Instant startedAt, Instant now) {
        boolean starterIsAlive = starter().filter(ProcessIdentity::isAlive).isPresent();
        return now.isBefore(
                startedAt.plus(starterIsAlive ? SUPERVISOR_STARTS_WITHIN : ORPHAN_STARTS_WITHIN));
    }

    private Optional<JobState> ended(Job job) {
        Path exit = path.resolve("exit");
        try {
            int code = Integer.parseInt(Files.readString(exit).strip());
            Instant at = Files.getLastModifiedTime(exit).toInstant();
            Optional<String> kill = text("kill");
            if (kill.isPresent()) {
                return Optional.of(
                        kill.get().strip().equals(TIMEOUT)
                                ? new JobState.TimedOut(at)
                                : new JobState.Killed(kill.get().strip(), at));
            }
            // Without a server the script ends a job whose time is up, and leaves no mark.
            boolean timeIsUp =
                    !job.timeout().isZero() && !at.isBefore(job.startedAt().plus(job.timeout()));
            return Optional.of(
                    timeIsUp && (code == EXIT_OF_TIMEOUT || code == EXIT_OF_SIGKILL)
                            ? new JobState.TimedOut(at)
                            : new JobState.Exited(code, at));
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
            throw AtomicFile.failed("could not write", path.resolve("kill"), e);
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

    private Optional<String> text(String name) {
        Path file = path.resolve(name);
        try {
            return Optional.of(Files.readString(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }
}
