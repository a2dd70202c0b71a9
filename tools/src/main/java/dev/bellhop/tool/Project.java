package dev.bellhop.tool;

import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.JobRunner;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.task.TaskStore;
import java.nio.file.Path;
import java.time.InstantSource;

/// The directory whose tasks and jobs are meant, and everything that is kept for it.
///
/// @param state where its database and its jobs' folders are
public record Project(
        Path directory,
        Path state,
        Database database,
        TaskStore tasks,
        JobRunner jobs,
        Inbox inbox,
        Journal journal,
        InstantSource clock) {}
