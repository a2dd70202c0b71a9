/// What an agent can ask for: one class a tool, and the [Toolbox] that holds them.
///
/// A [Tool] is stateless; what it works on comes with the [Call]. Its input record is its whole
/// contract: [Schema] reads from it what clients are told and how arguments are checked. Doors know
/// the [Toolbox] alone: they make a [Caller], hand over the arguments, and send the [Reply].
///
/// What runs out, runs out when somebody calls: [Claims] ends leases and questions. [Proofs] looks
/// for the run that shows that a task is done. [Asking] brings a question to a person through an
/// [Asker] of the door, and a person's words to the task; where a client comes again with the
/// answer, [ComesAgain] passes through.
///
/// Besides, a project shows [Resources] to whoever reads or follows them, and offers [Prompts] to
/// begin with.
///
/// Depends on every package of nouns. Knows no protocol.
@NullMarked
package dev.bellhop.tool;

import org.jspecify.annotations.NullMarked;
