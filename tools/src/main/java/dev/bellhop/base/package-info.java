/// What every other package uses: how a mistake is told ([dev.bellhop.base.Problem]), how a wait
/// ends early ([dev.bellhop.base.Hangup]), how long texts and times are said shortly
/// ([dev.bellhop.base.Excerpt], [dev.bellhop.base.Elapsed]), which version this is
/// ([dev.bellhop.base.Version]), a process that cannot be mistaken for another
/// ([dev.bellhop.base.ProcessIdentity]), a session of its own for a command
/// ([dev.bellhop.base.OwnSession]), and calls of the operating system that Java has no word for
/// ([dev.bellhop.base.Posix]).
///
/// Depends on the JDK alone.
@NullMarked
package dev.bellhop.base;

import org.jspecify.annotations.NullMarked;
