/// Background commands: kept, queued, started, watched, read, ended.
///
/// A job is a folder ([JobFolder]): its definition ([JobDefinition]), two logs, and an exit record.
/// A small shell script ([Supervisor]) owns the command and writes that record, so that a job
/// outlives whoever started it, and how it went can be told by any process that comes later. The
/// command's output goes straight into the logs; nothing of it passes through this process until
/// somebody reads it ([JobOutput]).
///
/// [JobStore] is the only one that changes folders, table and journal. [JobCollector] says which
/// jobs are not kept any longer, and [JobRecovery] enters again what the table has lost and the
/// folders still tell. [JobRunner] stands above them: it starts jobs, waits for them, and ends them
/// with all their processes ([JobProcesses]). [JobWatch] looks after those that run, whoever
/// started them, and [WatchedJob] after each: its time, its limit ([OutputLimit]) and what is
/// looked for in its output ([OutputPattern]).
///
/// The way of a job through its states:
///
/// ```
/// created -> queued -> running -> exited | timeout | killed | failed | lost
///                         ^                                              |
///                         +-------- restart: the same id, the next run --+
/// ```
///
/// The supervisor says in the folder `ended` that its job is over. The first process that sees it
/// enters the end in the table and in the journal, with the news for whoever started the job, in
/// one transaction. What a supervisor that was killed cannot say is found within a second: it is
/// not alive, and there is no record.
///
/// Depends on `base`, `display`, `store` and `sink`. Knows no task and no tool.
@NullMarked
package dev.bellhop.job;

import org.jspecify.annotations.NullMarked;
