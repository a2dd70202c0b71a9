/// The Model Context Protocol: what arrives on a pipe becomes calls of the
/// [dev.bellhop.tool.Toolbox].
///
/// A message goes through five pairs of hands. [Stdio] owns the pipe: it reads lines, gives every
/// request a thread, writes every answer whole, and sees to it that what was read is answered
/// before the process ends. [Dispatcher] reads one message and decides which generation of the
/// protocol it belongs to; today there is one, [Legacy], and another goes beside it. A generation
/// takes a request in, which is quick and done in the order of arrival, and leaves a [Pending] that
/// does the work on the request's own thread. [Legacy] checks what the SDK does not check and hands
/// the rest to the SDK's stateless handler, which calls back for tools. [Codec] writes what comes
/// of it.
///
/// ```
/// line → Stdio → Dispatcher → Legacy.take → Pending → SDK → Toolbox.call → Reply
///                                                   line ← Stdio ← Codec ← Response
/// ```
///
/// Nothing is keyed to the connection but what only a pipe can know: [Peer] holds who is at its
/// other end, as far as it has said, and the calls that end still waits for. No thread is ever
/// interrupted, since that would close the files it works on; a call that is given up is hung up.
///
/// We own framing, the choice of generation, errors, ids, cancellation and the end, because the
/// SDK's own transport drops the last answer at the end of the input, dies of one malformed line
/// and loses answers under load. This is the only package that sees the SDK or Reactor.
///
/// Depends on `base` and `tool`. Knows no tool by name, except that the instructions of the
/// [Introduction] mention some. Start reading at [Dispatcher].
@NullMarked
package dev.bellhop.server.mcp;

import org.jspecify.annotations.NullMarked;
