package dev.bellhop.job;

import dev.bellhop.base.Problem;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Enters again what the table has lost and the jobs' folders still tell.
final class JobRecovery {

    private static final Duration RECENTLY = Duration.ofDays(1);
    private static final int RESTORED_NAMED_MAX = 10;

    private final Path folders;
    private final JobTable table;
    private final Database database;
    private final Journal journal;
    private final InstantSource clock;

    JobRecovery(Path folders, Database database, Journal journal, InstantSource clock) {
        this.folders = folders;
        this.table = new JobTable(database);
        this.database = database;
        this.journal = journal;
        this.clock = clock;
    }

    /// Enters every job whose folder is there into a table that is new, as part of the transaction
    /// that `connection` is in, and tells whoever comes next what became of them.
    ///
    /// @param why the table is new
    void restore(Connection connection, String why) throws SQLException {
        Map<JobId, JobFolder> latest = new TreeMap<>();
        JobFolder.all(folders)
                .forEach((name, folder) -> latest.merge(name.id(), folder, JobFolder::later));
        List<String> unreadable = new ArrayList<>();
        List<Restored> found = new ArrayList<>();
        latest.forEach((id, folder) ->
                restored(id, folder).ifPresentOrElse(found::add, () -> unreadable.add(id.text())));
        enterAgain(connection, found);
        List<Job> restored = found.stream().map(Restored::job).toList();
        if (restored.isEmpty() && unreadable.isEmpty()) {
            return;
        }
        tellRestored(connection, why, restored, unreadable);
    }

    /// Enters the job of a folder that no row knows, if its definition can be read.
    void enterAgain(JobFolder folder) {
        Optional<JobDefinition> definition = folder.definition();
        if (definition.isPresent()) {
            database.transact(connection -> {
                if (table.get(connection, definition.get().id()).isEmpty()) {
                    enterAgain(
                            connection,
                            new ArrayList<>(List.of(restored(definition.get(), folder))));
                }
                return null;
            });
        }
    }

    /// A job as its folder tells it.
    ///
    /// @param hasBegun whether its supervisor has said who it is; one that may be starting may also
    ///   have failed to
    private record Restored(Job job, boolean hasBegun, JobSpec.@Nullable RequestKey key) {}

    /// The job of a folder; empty if that cannot be read, or is a copy of another job's.
    private Optional<Restored> restored(JobId id, JobFolder folder) {
        try {
            return folder.definition()
                    .filter(definition -> definition.id().equals(id))
                    .map(definition -> restored(definition, folder));
        } catch (Problem problem) {
            return Optional.empty();
        }
    }

    private Restored restored(JobDefinition definition, JobFolder folder) {
        Job job = definition.job(stateOf(folder, definition.createdAt()));
        return new Restored(
                folder.begunAt().map(at -> job.begun(job.run(), at).in(job.state())).orElse(job),
                folder.begunAt().isPresent(),
                definition.spec().requestKey());
    }

    /// Enters jobs in the order in which they were asked for. Under one key several may have been
    /// asked for, of which one has begun: those that cannot be started give theirs back.
    private void enterAgain(Connection connection, List<Restored> found) throws SQLException {
        Map<String, JobId> holders = new HashMap<>();
        for (boolean hasBegun : new boolean[] {true, false}) {
            for (Restored each : found) {
                if (each.key() != null && each.hasBegun() == hasBegun) {
                    holders.putIfAbsent(each.key().key(), each.job().id());
                }
            }
        }
        found.sort(Comparator.comparing(each -> each.job().startedAt()));
        for (Restored each : found) {
            Job job = each.job();
            JobSpec.RequestKey key = each.key();
            boolean holds = key != null && job.id().equals(holders.get(key.key()));
            table.add(
                    connection,
                    job.state().isOver() ? job.in(new JobState.Running()) : job,
                    holds ? key : null);
            if (job.state().isOver()) {
                table.end(connection, job, "running");
                table.linked(connection, job);
            }
        }
    }

    /// What never said who it is was never begun, unless somebody is just beginning it.
    private JobState stateOf(JobFolder folder, Instant createdAt) {
        Optional<JobState> ended = folder.ended();
        if (ended.isPresent()) {
            return ended.get();
        }
        boolean begins =
                folder.supervisor().isPresent() || folder.isStarting(createdAt, clock.instant());
        return begins ? new JobState.Running() : new JobState.Created();
    }

    private void tellRestored(
            Connection connection, String why, List<Job> restored, List<String> unreadable)
            throws SQLException {
        Instant recently = clock.instant().minus(RECENTLY);
        List<String> named =
                restored.stream()
                        .filter(job ->
                                job.state().isOver() && job.state().endedAt().isAfter(recently))
                        .sorted((one, other) ->
                                other.state().endedAt().compareTo(one.state().endedAt()))
                        .limit(RESTORED_NAMED_MAX)
                        .map(job -> "%s %s".formatted(job.id(), job.state().word()))
                        .toList();
        StringBuilder text = new StringBuilder();
        text.append("[bellhop] the database of jobs and notifications was ")
                .append(why)
                .append(
                        "; %d jobs were entered again from their folders"
                                .formatted(restored.size()));
        if (!named.isEmpty()) {
            text.append(", of which ended within a day: ").append(String.join(", ", named));
        }
        if (!unreadable.isEmpty()) {
            text.append("; not readable: ").append(String.join(", ", unreadable));
        }
        text.append(". What had not been told and the journal before now are gone.");
        journal.append(
                connection,
                new Journal.Entry(
                        clock.instant(),
                        new Journal.Author("", "bellhop"),
                        "state",
                        "restored",
                        null,
                        null,
                        new Journal.News("", "state", text.toString())));
    }
}
