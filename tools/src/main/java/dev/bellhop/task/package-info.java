/// Tasks, what blocks them, and where they are kept.
///
/// [Task] is a value and holds the rules about one task. [TaskGraph] holds the rules about many.
/// [TaskStore] makes them last: one JSON file a task, in a directory that git and people share with
/// it. Start reading at [Task].
///
/// How a change becomes durable: the store takes the directory's lock, brings its index up to date
/// ([TaskIndex]: what other processes wrote, what people edited), asks the graph for the changed
/// tasks, enters them in the journal and writes their files. One file is one rename. Several files
/// are written down whole in `.batch.json` first, so that whoever comes next finishes what a dead
/// process began. Whether a blocker still blocks is computed from its status; an edge is stored
/// once, in the task that waits.
///
/// Depends on `base` and `store`. Knows nothing of jobs, agents or protocols.
@NullMarked
package dev.bellhop.task;

import org.jspecify.annotations.NullMarked;
