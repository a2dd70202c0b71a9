package dev.bellhop.tool;

import dev.bellhop.display.Secrets;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.JobRunner;
import dev.bellhop.store.Journal;
import dev.bellhop.task.TaskStore;
import java.nio.file.Path;
import java.time.InstantSource;

/// The directory whose tasks and jobs are meant, and everything that is kept for it.
///
/// @param state where its database and its jobs' folders are
/// @param secrets what no answer may show
public record Project(
        Path directory,
        Path state,
        TaskStore tasks,
        JobRunner jobs,
        Inbox inbox,
        Journal journal,
        InstantSource clock,
        Secrets secrets) {}
