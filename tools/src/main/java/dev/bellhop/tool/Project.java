package dev.bellhop.tool;

import dev.bellhop.display.Secrets;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.JobRunner;
import dev.bellhop.sink.Outbox;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.task.TaskStore;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;

/// The directory whose tasks and jobs are meant, and everything that is kept for it.
///
/// @param state where its database and its jobs' folders are
/// @param secrets what no answer may show
/// @param outbox what sinks have yet to be told of it
/// @param settingsRead what came of reading the user's settings: them, or the problem
public record Project(
        Path directory,
        Path state,
        Database database,
        TaskStore tasks,
        JobRunner jobs,
        Inbox inbox,
        Journal journal,
        Outbox outbox,
        Supplier<Settings> settingsRead,
        InstantSource clock,
        Secrets secrets) {

    /// What the user has set, as it was when the project was opened.
    ///
    /// @throws dev.bellhop.base.Problem if that could not be read, or is not to be trusted
    public Settings settings() {
        return settingsRead.get();
    }

    /// Puts the completed tasks that nobody changed since `before` out of the way.
    ///
    /// @param person who wants that
    /// @param client the program they used
    /// @return how many there were
    public int archiveTasks(Instant before, String person, String client) {
        return tasks.archive(before, Journal.Author.person(person, client));
    }
}
