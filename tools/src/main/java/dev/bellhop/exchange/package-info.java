/// Whole task graphs in other forms: how ours is written for others, and how theirs are read.
///
/// [Form] names the forms. [Incoming] is what a file or folder holds: tasks that could be ours, and
/// [Remark]s about everything that could not be carried over. Each form has a class of its own that
/// knows its details: [JsonForm], [Checklist] and [Flowchart] go both ways, [TaskMasterFile],
/// [BacklogFolder] and [BeadsExport] are read. What they read they put into [Drafts], which finds
/// what depends on what, cuts what goes in a circle, and numbers. Start reading at [Incoming].
///
/// What is read comes from anywhere. So nothing in it is ever run or followed: [TextFile] opens
/// regular files only, of a size and a count that can be worked with, and a command in them is
/// text. What cannot be read at all is a problem that names the file and the line.
///
/// Depends on `base` and `task`. Writes nothing anywhere: what is read is kept by
/// [dev.bellhop.task.TaskStore].
@NullMarked
package dev.bellhop.exchange;

import org.jspecify.annotations.NullMarked;
