/// Tasks, what blocks them, and where they are kept.
///
/// [Task] is a value and holds the rules about one task. [TaskGraph] holds the rules about many.
/// [TaskStore] makes them last: one JSON file a task, in a directory that git and people share with
/// it. Start reading at [Task].
///
/// How a change becomes durable: the store takes the directory's lock, brings its index up to date
/// ([TaskIndex]: what other processes wrote, what people edited), asks the graph for the changed
/// tasks, writes their files under temporary names and the highest id into its place ([MarkFile]),
/// brings the files to the disk while it enters the change in the journal, and renames. One file is
/// one rename. For several, `.batch` names the temporary files first, so that whoever comes next
/// finishes the renaming that a dead process began. A process that dies before the rename, or a
/// disk that fails to take the files, leaves an entry for what was not done; never a change without
/// an entry. Whether a blocker still blocks is computed from its status; an edge is stored once, in
/// the task that waits.
///
/// How it stays fast when there are many: the files' contents are in memory, and a call looks only
/// at what the watch and the mark `.seq` name; all attributes are compared beside the calls
/// ([TaskIndex]). For the next start, what was read is kept in one file of the state directory
/// ([TaskSnapshot]): it is read while another thread looks at the attributes of every file, and
/// then those that changed are. What is open, over and ready is kept by the graph, and not looked
/// for. Completed tasks that are in the way move to `archive/2026-01/`, where only who asks for one
/// looks ([TaskArchive]).
///
/// Who works on what: [Work] has the claim, the question, the attempts and the evidence of a task,
/// [Terms] what it asks of whoever works on it, [Worker] what somebody can do. [Rank] orders what
/// is ready. A claim is taken and fenced under the same lock as every other change; whether its
/// lease is over is for others to find out, who then have it released.
///
/// Depends on `base` and `store`. Knows nothing of jobs, agents or protocols.
@NullMarked
package dev.bellhop.task;

import org.jspecify.annotations.NullMarked;
