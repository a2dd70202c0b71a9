/// What an agent can ask for: one class a tool, and the [Toolbox] that holds them.
///
/// A [Tool] is stateless; what it works on comes with the [Call]. Its input record is its whole
/// contract: [Schema] reads from it what clients are told and how arguments are checked. Doors know
/// the [Toolbox] alone: they make a [Caller], hand over the arguments, and send the [Reply].
///
/// Depends on every package of nouns. Knows no protocol.
@NullMarked
package dev.bellhop.tool;

import org.jspecify.annotations.NullMarked;
