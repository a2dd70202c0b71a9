/// What every other package uses: how a mistake is told ([dev.bellhop.base.Problem]), and how a
/// wait ends early ([dev.bellhop.base.Hangup]).
///
/// Depends on the JDK alone.
@NullMarked
package dev.bellhop.base;

import org.jspecify.annotations.NullMarked;
