package dev.bellhop.job;

import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The files of one run of a job. What they say is the truth about it.
///
/// `job.json` is its definition; `starter` is the server that began it; `supervisor` and `leader`
/// are written by those two processes themselves, over blanks, so that a full disk cannot keep them
/// out; `stdout.log` and `stderr.log` hold the output, and `dropped` says which parts of them are
/// not kept ([GapRecord]); `kill` is there from before the first signal on, and says who wants it
/// and why; `commit` names what was checked out when it began, where it is run for a task in git;
/// `exit` holds the exit code and is there from the end on.
///
/// The supervisor also leaves an empty file of the folder's name in [#ENDED], beside all folders:
/// so whoever looks there need not look at every job.
///
/// @param path the folder, named by the job, and from its second run on by that too: `3fa94c01.2`
record JobFolder(Path path) {

    /// The directory beside the folders that holds a file for every end that was not entered yet.
    static final String ENDED = "ended";

    private static final Pattern NAME = Pattern.compile("([0-9a-f]{8})(?:\\.([1-9][0-9]{0,8}))?");

    /// What is about to become a folder.
    private static final String NEW = ".new-";

    /// So long after its start a supervisor has said who it is, if it ever will. A server that is
    /// gone cannot be about to start it, so then it is waited for less.
    private static final Duration SUPERVISOR_STARTS_WITHIN = Duration.ofSeconds(30);

    private static final Duration ORPHAN_STARTS_WITHIN = Duration.ofSeconds(3);

    /// A supervisor that has written its record is gone so soon.
    private static final Duration SUPERVISOR_ENDS_WITHIN = Duration.ofMillis(50);

    private static final String DEFINITION = "job.json";
    private static final String STARTER = "starter";
    private static final String STDIN = "stdin";
    private static final String KILL = "kill";
    private static final String COMMIT = "commit";
    private static final String BLANKS = " ".repeat(80) + "\n";

    /// The folder of one run of a job.
    static JobFolder of(Path jobs, JobId id, int run) {
        return new JobFolder(jobs.resolve(run == 1 ? id.text() : id + "." + run));
    }

    static JobFolder of(Path jobs, Job job) {
        return of(jobs, job.id(), job.run());
    }

    /// Which job and which of its runs.
    record Name(JobId id, int run) {

        /// What the folder of that name holds; empty if no folder has such a name.
        static Optional<Name> parse(String text) {
            Matcher matcher = NAME.matcher(text);
            return matcher.matches()
                    ? Optional.of(
                            new Name(
                                    new JobId(matcher.group(1)),
                                    matcher.group(2) == null
                                            ? 1
                                            : Integer.parseInt(matcher.group(2))))
                    : Optional.empty();
        }
    }

    /// Makes the folder, whole, so that nobody sees half of one. When this returns it is on disk.
    ///
    /// @param begins whether the job is to begin at once, if there is room
    static JobFolder create(
            Path jobs, JobDefinition definition, ProcessIdentity starter, boolean begins) {
        JobFolder folder = make(jobs, definition, starter, begins, true);
        folder.sync();
        return folder;
    }

    /// As [#create], but what is in it may be lost with the power until [#sync] was called.
    static JobFolder createLoosely(
            Path jobs, JobDefinition definition, ProcessIdentity starter, boolean begins) {
        return make(jobs, definition, starter, begins, false);
    }

    private static JobFolder make(
            Path jobs,
            JobDefinition definition,
            ProcessIdentity starter,
            boolean begins,
            boolean syncedFirst) {
        JobFolder folder = of(jobs, definition.id(), definition.run());
        String random = HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextInt());
        Path temporary = jobs.resolve(NEW + folder.path.getFileName() + "-" + random);
        try {
            Path ended = jobs.resolve(ENDED);
            if (!Files.isDirectory(ended)) {
                Files.createDirectories(jobs, Database.ownerOnly());
                Files.createDirectories(ended, Database.ownerOnly());
            }
            Files.createDirectory(temporary, Database.ownerOnly());
            write(temporary.resolve(DEFINITION), definition.toJson());
            write(temporary.resolve(STARTER), begins ? startedNow(starter) : starter.toString());
            write(temporary.resolve("supervisor"), BLANKS);
            write(temporary.resolve("leader"), BLANKS);
            write(temporary.resolve("exit.pre"), "   \n");
            if (definition.spec().stdin() != null) {
                write(temporary.resolve(STDIN), definition.spec().stdin());
            }
            write(temporary.resolve("stdout.log"), "");
            write(temporary.resolve("stderr.log"), "");
            if (syncedFirst) {
                new JobFolder(temporary).syncContent();
            }
            Files.move(temporary, folder.path, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw AtomicFile.failed("could not make", folder.path, e);
        }
        return folder;
    }

    /// Brings it to the disk: the definition, what the command reads, and the names.
    void sync() {
        syncContent();
        AtomicFile.syncDirectory(Objects.requireNonNull(path.getParent()));
    }

    private void syncContent() {
        // The first does nearly all of it: a file system that keeps a log writes that once.
        AtomicFile.sync(definitionFile());
        stdin().ifPresent(AtomicFile::sync);
        AtomicFile.syncDirectory(path);
    }

    private static void write(Path file, String text) throws IOException {
        write(file, text.getBytes(StandardCharsets.UTF_8));
    }

    private static void write(Path file, byte[] content) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        file,
                        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                        AtomicFile.ownerAlone())) {
            ByteBuffer buffer = ByteBuffer.wrap(content);
            while (buffer.hasRemaining()) {
                channel.write(buffer);
            }
        }
    }

    /// The folders there are among `jobs`, by name; what is no folder of ours is passed over.
    static SequencedMap<Name, JobFolder> all(Path jobs) {
        SequencedMap<Name, JobFolder> folders = new LinkedHashMap<>();
        for (Path path : listed(jobs)) {
            Name.parse(String.valueOf(path.getFileName()))
                    .filter(_ -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .ifPresent(name -> folders.put(name, new JobFolder(path)));
        }
        return folders;
    }

    /// Of two folders of one job that of the later run.
    static JobFolder later(JobFolder one, JobFolder other) {
        return one.run() > other.run() ? one : other;
    }

    private int run() {
        return Name.parse(String.valueOf(path.getFileName())).map(Name::run).orElse(0);
    }

    /// The runs whose supervisors have said that they ended.
    static List<Name> ended(Path jobs) {
        Path ended = jobs.resolve(ENDED);
        // Asked at each call, and there is none before the first job: cheaper than an exception.
        if (Files.notExists(ended)) {
            return List.of();
        }
        return listed(ended).stream()
                .flatMap(path -> Name.parse(String.valueOf(path.getFileName())).stream())
                .toList();
    }

    private static List<Path> listed(Path directory) {
        try (Stream<Path> paths = Files.list(directory)) {
            return paths.sorted().toList();
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (UncheckedIOException e) {
            throw AtomicFile.failed(
                    "could not read", directory, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", directory, e);
        }
    }

    /// Deletes what servers that died left half made before `before`.
    static void sweep(Path jobs, Instant before) {
        for (Path path : listed(jobs)) {
            try {
                if (String.valueOf(path.getFileName()).startsWith(NEW)
                        && Files.getLastModifiedTime(path, LinkOption.NOFOLLOW_LINKS)
                                .toInstant()
                                .isBefore(before)) {
                    new JobFolder(path).delete();
                }
            } catch (IOException e) {
                // Another process has just swept it.
            }
        }
    }

    /// The end of this run has been entered.
    void unmarkEnded() {
        Path jobs = Objects.requireNonNull(path.getParent());
        delete(jobs.resolve(ENDED).resolve(String.valueOf(path.getFileName())));
    }

    /// Deletes everything in the folder, and the folder. Nothing happens if it is not there.
    void delete() {
        delete(path);
    }

    /// The command can write there too, directories as well.
    private static void delete(Path file) {
        if (Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS)) {
            listed(file).forEach(JobFolder::delete);
        }
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw AtomicFile.failed("could not delete", file, e);
        }
    }

    Path stdout() {
        return path.resolve("stdout.log");
    }

    Path stderr() {
        return path.resolve("stderr.log");
    }

    /// What the command reads, if it was given anything.
    Optional<Path> stdin() {
        Path file = path.resolve(STDIN);
        return Files.exists(file) ? Optional.of(file) : Optional.empty();
    }

    Path definitionFile() {
        return path.resolve(DEFINITION);
    }

    /// How the job is defined; empty if the file is not there or was damaged.
    Optional<JobDefinition> definition() {
        return bytes(DEFINITION).flatMap(JobDefinition::parse);
    }

    /// Whether there is a definition, and it cannot be read. An empty one was never kept: the power
    /// went before it was on disk.
    boolean isDamaged() {
        return bytes(DEFINITION)
                .filter(bytes -> bytes.length > 0 && JobDefinition.parse(bytes).isEmpty())
                .isPresent();
    }

    boolean isThere() {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /// Replaces the definition.
    void define(JobDefinition definition) {
        AtomicFile.writePrivately(definitionFile(), definition.toJson());
    }

    /// The definition for another run, with what the command reads.
    ///
    /// @param run the number of that run
    Optional<JobDefinition> again(int run) {
        return definition().map(definition -> definition.again(run, text(STDIN).orElse(null)));
    }

    /// The process that the command became, as soon as it has.
    Optional<ProcessIdentity> leader() {
        return text("leader").flatMap(ProcessIdentity::parse);
    }

    /// The server that started it.
    Optional<ProcessIdentity> starter() {
        return text(STARTER)
                .flatMap(text -> text.lines().findFirst())
                .flatMap(ProcessIdentity::parse);
    }

    /// Says that it is started now, and by whom: it may have been made by another server, and long
    /// ago.
    void startedBy(ProcessIdentity starter) {
        AtomicFile.replaceLooselyAndPrivately(
                path.resolve(STARTER), startedNow(starter).getBytes(StandardCharsets.UTF_8));
    }

    /// The second line is how long the machine ran by then, in milliseconds, where that is known.
    private static String startedNow(ProcessIdentity starter) {
        String uptime = ProcessIdentity.uptime().map(up -> Long.toString(up.toMillis())).orElse("");
        return starter + "\n" + uptime;
    }

    /// How long ago it was started, by what no clock that jumps changes; empty if that is not
    /// known.
    private Optional<Duration> sinceStart() {
        return text(STARTER)
                .flatMap(text -> text.lines().skip(1).findFirst())
                .filter(line -> line.matches("[0-9]{1,18}"))
                .map(line -> Duration.ofMillis(Long.parseLong(line)))
                .flatMap(then -> ProcessIdentity.uptime().map(now -> now.minus(then).abs()));
    }

    Optional<ProcessIdentity> supervisor() {
        return text("supervisor").flatMap(ProcessIdentity::parse);
    }

    /// When its supervisor said who it is; empty if it never did.
    Optional<Instant> begunAt() {
        if (supervisor().isEmpty()) {
            return Optional.empty();
        }
        Path file = path.resolve("supervisor");
        try {
            return Optional.of(Files.getLastModifiedTime(file).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }

    /// How the job stands, by these files and the processes that they name.
    ///
    /// @param job as it was known, running
    JobState observe(Job job, Instant now) {
        Optional<ProcessIdentity> supervisor = supervisor();
        if (supervisor.isEmpty()) {
            return isStarting(job.startedAt(), now)
                    ? new JobState.Running()
                    : ended().orElseGet(() -> new JobState.Lost(now));
        }
        // The record is believed once its writer is gone: the command can write there too.
        if (supervisor.get().isAlive() && !isJustEnding(supervisor.get())) {
            return new JobState.Running();
        }
        return ended().orElseGet(() -> new JobState.Lost(now));
    }

    private boolean isJustEnding(ProcessIdentity supervisor) {
        if (ended().isEmpty()) {
            return false;
        }
        long deadline = System.nanoTime() + SUPERVISOR_ENDS_WITHIN.toNanos();
        while (supervisor.isAlive()) {
            if (System.nanoTime() > deadline) {
                return false;
            }
            LockSupport.parkNanos(200_000);
        }
        return true;
    }

    /// Whether it may have begun, and its supervisor just not have said so yet.
    boolean isStarting(Instant startedAt, Instant now) {
        if (!Files.isDirectory(path)) {
            return false;
        }
        boolean starterIsAlive = starter().filter(ProcessIdentity::isAlive).isPresent();
        Duration longest = starterIsAlive ? SUPERVISOR_STARTS_WITHIN : ORPHAN_STARTS_WITHIN;
        // Either will do: the clock may have been set since, and who starts one that waited says so
        // only after it counts as started.
        return Duration.between(startedAt, now).abs().compareTo(longest) < 0
                || sinceStart().filter(since -> since.compareTo(longest) < 0).isPresent();
    }

    /// How the job ended, if the record says so.
    Optional<JobState> ended() {
        Path exit = path.resolve("exit");
        Optional<String> code = text("exit").map(String::strip);
        // Anything else was not written by the supervisor, but perhaps by the command.
        if (code.filter(text -> text.matches("[0-9]{1,3}")).isEmpty()) {
            return Optional.empty();
        }
        try {
            Instant at = Files.getLastModifiedTime(exit).toInstant();
            int exitCode = Integer.parseInt(code.get());
            Optional<KillOrder> order = killOrder();
            if (order.isEmpty()) {
                return Optional.of(new JobState.Exited(exitCode, at));
            }
            return Optional.of(
                    order.get().cause() == KillOrder.Cause.TIMEOUT
                            ? new JobState.TimedOut(at)
                            : new JobState.Killed(order.get(), exitCode, at));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", exit, e);
        }
    }

    /// Who wants the job to end, if anybody does.
    Optional<KillOrder> killOrder() {
        return text(KILL).flatMap(KillOrder::parse);
    }

    /// Writes down why the job is about to get a signal; what is there already stays.
    ///
    /// @return whether it was written, and nobody else is ending the job
    boolean markKill(KillOrder order) {
        try {
            write(path.resolve(KILL), order + "\n");
            return true;
        } catch (FileAlreadyExistsException e) {
            return false;
        } catch (IOException e) {
            // It is to end all the more if the disk is full; then its exit code tells it.
            return true;
        }
    }

    /// Takes the mark back, if it is that of `order`: the job got the signal and lives on.
    void unmarkKill(KillOrder order) {
        if (killOrder().filter(order::equals).isPresent()) {
            delete(path.resolve(KILL));
        }
    }

    /// Writes down what is checked out as the command begins.
    void beginsAt(String commit) {
        AtomicFile.replaceLooselyAndPrivately(
                path.resolve(COMMIT), commit.getBytes(StandardCharsets.UTF_8));
    }

    /// What was checked out when the command began; empty if that was not written down.
    Optional<String> commit() {
        return text(COMMIT).map(String::strip).filter(GitHead::isCommit);
    }

    Path log(JobOutput.Stream stream) {
        return stream == JobOutput.Stream.STDOUT ? stdout() : stderr();
    }

    /// Which parts of the logs are not kept.
    GapRecord gaps() {
        return new GapRecord(path.resolve("dropped"));
    }

    private Optional<String> text(String name) {
        // What is not UTF-8 is not ours, and no reason to fail.
        return bytes(name).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
    }

    private Optional<byte[]> bytes(String name) {
        Path file = path.resolve(name);
        try {
            return Optional.of(Files.readAllBytes(file));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw AtomicFile.failed("could not read", file, e);
        }
    }
}
