package dev.bellhop.job;

import dev.bellhop.base.Elapsed;
import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.display.Secrets;
import dev.bellhop.sink.Outbox;
import dev.bellhop.sink.Sink;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.store.SideBySide;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The jobs of a project as they are kept: their folders, their rows in the table, and their lines
/// in the journal. Nobody else changes any of the three, but [JobRecovery], which enters again what
/// the table has lost, and [JobRunner], which writes into a folder what a run begins with.
///
/// The folder comes first and goes last: a row always has one, unless somebody deleted it, which
/// makes the job lost.
final class JobStore {

    /// How much of a job's output its notification shows.
    private static final int TAIL_CHARS = 500;

    private static final int LABEL_CHARS_MAX = 80;

    private static final Duration STARTS_COUNTED_FOR = Duration.ofMinutes(1);
    private static final int CANDIDATES_MAX = 20;

    private final Path folders;
    private final JobTable table;
    private final Database database;
    private final Journal journal;
    private final Outbox outbox;
    private final InstantSource clock;
    private final Supplier<JobLimits> limits;
    private final Secrets secrets;
    private final ProcessIdentity self = ProcessIdentity.ofThisProcess();
    private final Consumer<Job> ended;

    /// @param folders where the jobs' folders are; made when the first job is
    /// @param outbox what sinks of jobs' own have yet to be told
    /// @param limits what the jobs may take; throws where that is not known
    /// @param secrets what is not shown of any job's output
    /// @param ended told of every job whose end is entered here
    JobStore(
            Path folders,
            Database database,
            Journal journal,
            Outbox outbox,
            InstantSource clock,
            Supplier<JobLimits> limits,
            Secrets secrets,
            Consumer<Job> ended) {
        this.folders = folders;
        this.table = new JobTable(database);
        this.database = database;
        this.journal = journal;
        this.outbox = outbox;
        this.clock = clock;
        this.limits = limits;
        this.secrets = secrets;
        this.ended = ended;
    }

    Path folders() {
        return folders;
    }

    JobFolder folder(Job job) {
        return JobFolder.of(folders, job);
    }

    // ---- making and changing

    /// What came of adding a job.
    ///
    /// @param job as it was added; where the same was asked for before, the job of then
    /// @param definition as it was added; null where the job was there before
    record Added(Job job, @Nullable JobDefinition definition) {}

    /// The job that the same request was answered with before, if it bears a key. To be asked
    /// before anything is kept: a table that is new is filled from the folders that are there.
    Optional<Job> askedForBefore(JobSpec spec) {
        JobSpec.RequestKey key = spec.requestKey();
        return database.read(
                connection -> key == null ? Optional.<Job>empty() : underKey(connection, key));
    }

    /// Keeps a new job.
    ///
    /// @param begins whether it is to run: at once where there is room, else when there is
    Added add(JobSpec spec, Journal.Author author, boolean begins) {
        JobDefinition definition = new JobDefinition(freshId(), 1, spec, author, clock.instant());
        JobFolder folder = JobFolder.createLoosely(folders, definition, self, begins);
        AtomicReference<Added> entered = new AtomicReference<>();
        try {
            // The folder is there before the row is; both are on disk before this is answered.
            SideBySide.run(
                    () -> entered.set(enter(definition, author, begins)), () -> folder.sync());
        } catch (RuntimeException e) {
            if (isRefused(entered.get(), e)) {
                throw e;
            }
        } finally {
            Added added = entered.get();
            if (added == null || added.definition() == null) {
                folder.delete();
            }
        }
        return Objects.requireNonNull(entered.get());
    }

    private Added enter(JobDefinition definition, Journal.Author author, boolean begins) {
        JobSpec.RequestKey key = definition.spec().requestKey();
        return database.transact(connection -> {
            if (key != null) {
                Optional<Job> same = underKey(connection, key);
                if (same.isPresent()) {
                    return new Added(same.get(), null);
                }
            }
            // Unless the table was lost in this very moment.
            table.forget(connection, definition.id());
            requireRate(connection, definition.createdAt());
            Job job = definition.job(begins ? inTurn(connection) : new JobState.Created());
            table.add(connection, job, key);
            append(connection, job, author, begunWord(job), null);
            return new Added(job, definition);
        });
    }

    /// Sees to it that what was entered does not begin, since its folder could not be brought to
    /// the disk.
    ///
    /// @return false if another process has taken it out of the queue already
    private boolean isRefused(@Nullable Added added, RuntimeException cause) {
        if (added == null || added.definition() == null) {
            return true;
        }
        Job job = added.job();
        Job over = job.in(new JobState.Failed(String.valueOf(cause.getMessage()), clock.instant()));
        try {
            if (job.state() instanceof JobState.Running) {
                enterQuietly(over);
                return true;
            }
            return cancel(job, over);
        } catch (RuntimeException e) {
            cause.addSuppressed(e);
            return true;
        }
    }

    private JobId freshId() {
        JobId id = JobId.random(ThreadLocalRandom.current());
        while (Files.exists(folders.resolve(id.text()))) {
            id = JobId.random(ThreadLocalRandom.current());
        }
        return id;
    }

    /// The state of a job that is to run: there is room for it and none waits, or it has to wait.
    private JobState inTurn(Connection connection) throws SQLException {
        return isRoom(connection) && table.nextQueued(connection).isEmpty()
                ? new JobState.Running()
                : new JobState.Queued();
    }

    private boolean isRoom(Connection connection) throws SQLException {
        return table.running(connection) < limits.get().running();
    }

    private static String begunWord(Job job) {
        return job.state() instanceof JobState.Running ? "started" : job.state().name();
    }

    private Optional<Job> underKey(Connection connection, JobSpec.RequestKey key)
            throws SQLException {
        Optional<JobTable.Keyed> keyed = table.underKey(connection, key.key());
        if (keyed.isPresent() && !keyed.get().payload().equals(key.payload())) {
            throw Problem.conflict(
                    "idempotency_key %s was used for another command (job %s)"
                            .formatted(key.key(), keyed.get().job().id()),
                    "Use another key for another request.");
        }
        return keyed.map(JobTable.Keyed::job);
    }

    private void requireRate(Connection connection, Instant now) throws SQLException {
        Optional<Instant> before = table.askedFor(connection, limits.get().startsPerMinute() - 1);
        if (before.isPresent()
                && before.get().isAfter(now.minus(STARTS_COUNTED_FOR))
                && !before.get().isAfter(now)) {
            throw Problem.unavailable(
                    "%d jobs were started within the last minute"
                            .formatted(limits.get().startsPerMinute()),
                    "Wait for some of them, or do several things in one command; the setting is"
                            + " jobs.startsPerMinute.");
        }
    }

    /// Enters that a job that was only kept is to run now.
    ///
    /// @return the job, running or queued
    /// @throws Problem `CONFLICT` if it is not one that was only kept
    Job begin(Job job, Journal.Author author) {
        return move(job, job.run(), "created", author, "started");
    }

    /// Enters that a job that is over is to run once more.
    Job beginAgain(Job job, int run, Journal.Author author) {
        return move(job, run, job.state().name(), author, "restarted");
    }

    private Job move(Job job, int run, String from, Journal.Author author, String event) {
        return database.transact(connection -> {
            Job begun = job.begun(run, clock.instant()).in(inTurn(connection));
            if (!table.move(connection, begun, from)) {
                throw Problem.conflict(
                        "job %s is not %s any more".formatted(job.id(), from),
                        "Call check_background to see how it stands.");
            }
            append(
                    connection,
                    begun,
                    author,
                    begun.state() instanceof JobState.Queued ? "queued" : event,
                    null);
            return begun;
        });
    }

    /// Takes the job that is to begin next out of the queue, if there is one and room for it.
    Optional<Job> nextFromQueue() {
        if (!table.isAnyQueued()) {
            return Optional.empty();
        }
        return database.transact(connection -> {
            Optional<Job> next =
                    isRoom(connection) ? table.nextQueued(connection) : Optional.empty();
            if (next.isEmpty()) {
                return next;
            }
            Job begun = next.get().begun(next.get().run(), clock.instant());
            table.move(connection, begun, "queued");
            append(connection, begun, bellhop(begun), "started", null);
            return Optional.of(begun);
        });
    }

    /// Changes the definition of a job.
    ///
    /// @throws Problem `CONFLICT` if its definition is gone
    Job redefine(Job job, UnaryOperator<JobSpec> change, Journal.Author author) {
        JobDefinition definition = definition(job);
        JobDefinition changed = definition.as(change.apply(definition.spec()));
        boolean looksForOthers =
                !changed.spec().notices().patterns().equals(definition.spec().notices().patterns());
        String end = output(job).end().toString();
        folder(job).define(changed);
        return database.transact(connection -> {
            table.redefine(connection, job.id(), changed.spec());
            if (looksForOthers) {
                table.readTo(connection, job.id(), end);
            }
            append(connection, job, author, "changed", null);
            return table.get(connection, job.id()).orElse(job);
        });
    }

    /// @throws Problem `CONFLICT` if it is gone
    JobDefinition definition(Job job) {
        return folder(job).definition().orElseThrow(() -> undefined(job));
    }

    /// How `job` is run once more.
    ///
    /// @throws Problem `CONFLICT` if its definition is gone
    JobDefinition again(Job job) {
        int run = job.run() + 1;
        // A server that died may have left the folder of a run that never was.
        while (JobFolder.of(folders, job.id(), run).isThere()) {
            run++;
        }
        return folder(job).again(run).orElseThrow(() -> undefined(job));
    }

    private static Problem undefined(Job job) {
        return Problem.conflict(
                "the definition of job %s was not kept".formatted(job.id()),
                "Start the command anew.");
    }

    /// Forgets a job with all it wrote. Its lines in the journal stay.
    ///
    /// @return false if it is not as it was any more, and so was left
    boolean delete(Job job, Journal.Author author) {
        boolean deleted =
                database.transact(connection -> {
                    boolean isGone = table.delete(connection, job);
                    if (isGone) {
                        append(connection, job, author, "deleted", null);
                    }
                    return isGone;
                });
        if (deleted) {
            deleteFolders(job);
        }
        return deleted;
    }

    private void deleteFolders(Job job) {
        JobFolder.all(folders)
                .forEach((name, folder) -> {
                    if (name.id().equals(job.id())) {
                        folder.delete();
                    }
                });
    }

    /// Forgets a job that nobody needs any more, unless it has begun again.
    void collect(Job job) {
        boolean _ = delete(job, bellhop(job));
    }

    /// Deletes what earlier runs of `job` left.
    void deleteFolderOf(Job job, int run) {
        JobFolder.of(folders, job.id(), run).delete();
    }

    // ---- how they stand

    /// Whether a job that is lost goes on all the same: its command outlived its supervisor.
    boolean livesOn(Job job) {
        return job.state() instanceof JobState.Lost
                && new JobProcesses(job.id(), folder(job)).isAnyAlive();
    }

    /// Enters the end of every job whose supervisor has said that it ended.
    void look() {
        List<Job> said = new ArrayList<>();
        for (JobFolder.Name name : JobFolder.ended(folders)) {
            Optional<Job> job = database.read(connection -> table.get(connection, name.id()));
            boolean isNews =
                    job.filter(known -> known.run() == name.run())
                            .filter(known -> known.state() instanceof JobState.Running)
                            .isPresent();
            if (!isNews) {
                JobFolder.of(folders, name.id(), name.run()).unmarkEnded();
            } else {
                said.add(job.orElseThrow());
            }
        }
        settle(said);
    }

    /// Enters the ends of those of `jobs` that are over. Trouble with one keeps no other from being
    /// entered.
    ///
    /// @throws Problem the first that there was
    void settle(List<Job> jobs) {
        Problem first = null;
        for (Job job : jobs) {
            try {
                settled(job);
            } catch (Problem problem) {
                first = first == null ? problem : first;
            }
        }
        if (first != null) {
            throw first;
        }
    }

    /// `job` as it stands now; if it is over that is entered, once, by whoever sees it first.
    Job settled(Job job) {
        if (!(job.state() instanceof JobState.Running)) {
            return job;
        }
        JobState state = folder(job).observe(job, clock.instant());
        return state.isOver() ? seen(job.in(state)) : job;
    }

    /// Enters an end that was read from its folder. The folder is the record of it and stays marked
    /// as ended, so where nothing can be entered, as on a full disk, it is known all the same and a
    /// later look enters it.
    private Job seen(Job over) {
        try {
            return enter(over);
        } catch (Problem problem) {
            if (problem.kind() != Problem.Kind.UNAVAILABLE) {
                throw problem;
            }
            return over;
        }
    }

    /// Enters that a job that waits to begin never will.
    ///
    /// @return false if it has begun
    boolean cancel(Job job, Job over) {
        boolean cancelled =
                database.transact(connection -> {
                    boolean entered = table.end(connection, over, job.state().name());
                    if (entered) {
                        append(connection, over, bellhop(over), "ended", null);
                    }
                    return entered;
                });
        if (cancelled) {
            ended.accept(over);
        }
        return cancelled;
    }

    /// Enters an end, with the news for whoever started the job.
    Job enter(Job over) {
        return enter(over, news(over));
    }

    /// Enters an end that nobody has to be told of: the answer to their call says it.
    Job enterQuietly(Job over) {
        return enter(over, null);
    }

    private Job enter(Job over, Journal.@Nullable News news) {
        Job entered =
                database.transact(connection -> {
                    if (table.end(connection, over, "running")) {
                        append(connection, over, bellhop(over), "ended", news);
                        return over;
                    }
                    // Another process was faster, and what it saw holds.
                    return table.get(connection, over.id())
                            .filter(known -> known.run() == over.run() && known.state().isOver())
                            .orElse(over);
                });
        folder(over).unmarkEnded();
        ended.accept(entered);
        return entered;
    }

    private Journal.News news(Job over) {
        int exitCode = over.state() instanceof JobState.Exited exited ? exited.exitCode() : -1;
        String tail = output(over).notice(TAIL_CHARS, over.command(), exitCode);
        return notice(
                over,
                newsKey(over),
                "%s: %s"
                        .formatted(
                                over.state().told(over.time(over.state().endedAt())),
                                tail.isEmpty() ? "(no output)" : tail));
    }

    /// What is told of a job to whoever started it.
    private Journal.News notice(Job job, String key, String text) {
        String name =
                job.label() == null
                        ? ""
                        : " " + Excerpt.line(secrets.shown(job.label()), LABEL_CHARS_MAX);
        return new Journal.News(
                job.startedBy(), key, "[%s]%s %s".formatted(newsKey(job), name, text));
    }

    /// The key under which the end of a job is news.
    static String newsKey(Job job) {
        return "bg:" + job.id();
    }

    /// How much of a job's output is kept; what is sensible where nobody can say.
    long outputBytesMax() {
        try {
            return limits.get().outputBytes();
        } catch (Problem problem) {
            return JobLimits.DEFAULT.outputBytes();
        }
    }

    JobOutput output(Job job) {
        JobFolder folder = folder(job);
        return new JobOutput(
                folder,
                () ->
                        folder.definition()
                                .map(definition -> secrets.and(definition.spec().environment()))
                                .orElse(secrets));
    }

    private static Journal.Author bellhop(Job job) {
        return new Journal.Author(job.startedBy(), "bellhop");
    }

    private void append(
            Connection connection,
            Job job,
            Journal.Author author,
            String event,
            Journal.@Nullable News news)
            throws SQLException {
        long seq =
                journal.append(
                        connection,
                        new Journal.Entry(
                                clock.instant(),
                                author,
                                job.id().text(),
                                event,
                                null,
                                job.state().isOver() ? JobTable.endAsJson(job) : null,
                                news));
        if (news != null) {
            Optional<JobDefinition> definition = folder(job).definition();
            if (definition.isPresent()) {
                for (Sink sink : definition.get().spec().notices().sinks()) {
                    outbox.add(connection, seq, sink, "job:" + job.id());
                }
            }
        }
    }

    /// The jobs whose id begins with `prefix`.
    ///
    /// @throws Problem `NOT_FOUND` if there is none, `INVALID` if there are several, which it names
    Job get(String text) {
        List<Job> found = table.startingWith(JobId.prefix(text), CANDIDATES_MAX + 1);
        if (found.isEmpty()) {
            throw Problem.notFound(
                    "there is no job " + text.strip(),
                    "Call check_background without an id for a list.");
        }
        if (found.size() > 1) {
            List<String> candidates =
                    found.stream().limit(CANDIDATES_MAX).map(job -> job.id().text()).toList();
            throw Problem.invalid(
                    "several jobs begin with %s: %s%s"
                            .formatted(
                                    text.strip(),
                                    String.join(", ", candidates),
                                    found.size() > CANDIDATES_MAX ? " and more" : ""),
                    "Give more characters.");
        }
        return settled(found.getFirst());
    }

    List<Job> list(JobRunner.Filter filter, int limit) {
        look();
        return table.list(filter, limit).stream()
                .map(this::settled)
                .filter(job -> filter.state() == null || filter.state().equals(job.state().name()))
                .toList();
    }

    SequencedMap<Long, Job> before(long number, int limit) {
        SequencedMap<Long, Job> jobs = table.before(number, limit);
        jobs.replaceAll((_, job) -> settled(job));
        return jobs;
    }

    List<Job> running() {
        return table.running();
    }

    /// How often the definition of each running job has been changed.
    Map<JobId, Integer> revisions() {
        return table.revisions();
    }

    Optional<Job> find(JobId id) {
        return database.read(connection -> table.get(connection, id));
    }

    List<Job> forTask(int task) {
        return table.forTask(task).stream().map(this::settled).toList();
    }

    List<Job> unlinked() {
        return table.unlinked();
    }

    void linked(Job job) {
        database.transact(connection -> {
            table.linked(connection, job);
            return null;
        });
    }

    /// The jobs that are over, the one that ended first at first.
    ///
    /// @param keyedBefore those with a request key only if they ended before
    List<Job> over(Instant keyedBefore) {
        return table.over(keyedBefore);
    }

    int count() {
        return table.count();
    }

    /// Who else than this process starts jobs of its own is not to be helped with them.
    boolean isOurs(Job job) {
        Optional<ProcessIdentity> starter = folder(job).starter();
        return starter.filter(self::equals).isPresent()
                || starter.filter(ProcessIdentity::isAlive).isEmpty();
    }

    void startedHere(Job job) {
        folder(job).startedBy(self);
    }

    // ---- what is told of a running job

    Optional<JobTable.Progress> progress(Job job) {
        return table.progress(job);
    }

    /// Tells that the output of a job matched. What was found before and nobody has been shown is
    /// told with it.
    ///
    /// @param revision of the definition that says what matches
    /// @param from how far the output had been looked through
    /// @param matches how many lines matched this time
    /// @param all how many have matched in all
    /// @param line the last of them
    /// @return false if another process has looked through it meanwhile, or something else is to
    ///   match
    boolean matched(
            Job job, int revision, String from, String to, long matches, long all, String line) {
        return database.transact(connection -> {
            boolean entered = table.read(connection, job, revision, from, to, matches);
            if (entered && matches > 0) {
                String text =
                        all == 1
                                ? "output matched: " + line
                                : "output matched %,d times, the last: %s".formatted(all, line);
                append(
                        connection,
                        job,
                        bellhop(job),
                        "matched",
                        folding(notice(job, newsKey(job) + ":matched", text)));
            }
            return entered;
        });
    }

    private static Journal.News folding(Journal.News news) {
        return Journal.News.folding(news.holder(), news.key(), news.text());
    }

    /// Tells that a job has written nothing for a while, once for each time it falls silent.
    void silent(Job job, String at, Duration since) {
        database.transact(connection -> {
            if (table.silent(connection, job, at)) {
                append(
                        connection,
                        job,
                        bellhop(job),
                        "silent",
                        folding(
                                notice(
                                        job,
                                        newsKey(job) + ":silent",
                                        "silent for %s, still running"
                                                .formatted(Elapsed.text(since)))));
            }
            return null;
        });
    }
}
