/// Background commands: started, watched, read, ended.
///
/// A job is a folder ([JobFolder]): what was asked for, two logs, and an exit record. A small shell
/// script ([Supervisor]) owns the command and writes that record, so that a job outlives whoever
/// started it, and how it went can be told by any process that comes later. The command's output
/// goes straight into the logs; nothing of it passes through this process until somebody reads it
/// ([JobOutput]).
///
/// [JobRunner] starts jobs and finds out how they stand. It looks at the folder, for its own jobs
/// and for those of servers long dead alike; the first process that sees an end enters it in the
/// table and in the journal, with the news for whoever started the job.
///
/// Depends on `base` and `store`. Knows no task and no tool.
@NullMarked
package dev.bellhop.job;

import org.jspecify.annotations.NullMarked;
