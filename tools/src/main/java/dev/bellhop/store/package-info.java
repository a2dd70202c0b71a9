/// How things last: one file replaced whole ([AtomicFile]), one process at a time in a directory
/// ([DirectoryLock]), what somebody changed there meanwhile ([FolderWatch]), tables ([Database]),
/// the list of everything that happened ([Journal]), whether any of it is still to be told
/// ([QuietMark]), and two of these at once ([SideBySide]).
///
/// What is thrown here is a [dev.bellhop.base.Problem] of kind UNAVAILABLE that names the file and
/// says what the operating system said: an agent can act on a full disk.
///
/// Depends on `base`. Knows no task and no job.
@NullMarked
package dev.bellhop.store;

import org.jspecify.annotations.NullMarked;
