/// The Model Context Protocol: what arrives on a pipe or over HTTP becomes calls of the
/// [dev.bellhop.tool.Toolbox].
///
/// A message goes through these hands. [Stdio] owns a pipe: it reads lines, gives every request a
/// thread, writes every answer whole, and sees to it that what was read is answered before the
/// process ends. [McpOverHttp] is the same for a port. [Dispatcher] reads one message and decides
/// which [Generation] of the protocol it belongs to: [dev.bellhop.server.mcp.legacy] or
/// [dev.bellhop.server.mcp.modern]. A generation takes a request in, which is quick and done in the
/// order of arrival, and leaves a [Pending] that does the work on the request's own thread. What
/// both answer alike is in [Methods]; there the shapes of requests are checked, and what is listed,
/// read or called is asked of the [Offer]. Calls of tools go by way of the SDK's stateless handler
/// ([Tools]), which calls back. [Codec] writes what comes of it.
///
/// ```
/// line → Stdio ───────→ Dispatcher → Legacy → Methods → Product → Resources, Prompts
/// POST → McpOverHttp ↗              ↘ Modern ↗       ↘ Tools → SDK → Product → Toolbox.call
///                          line, JSON or event ← Codec ← Response
/// ```
///
/// While a request is worked on its [Scope] is the way back: it tells the client how far the work
/// is, and asks it what only it or its person knows. The first generation is asked through its
/// [Channel] and waited for ([Questions]); the second gets the question as the result
/// ([InputRequired]) and comes again with the answer.
///
/// Nothing is keyed to the connection but what only a pipe can know: [Peer] holds who is at its
/// other end, as far as it has said, and the calls that end still waits for. Over HTTP there is a
/// peer for each message, and what a client of the first generation has said of itself it brings
/// along ([SessionIds]). No thread is ever interrupted, since that would close the files it works
/// on; a call that is given up is hung up.
///
/// We own framing, the choice of generation, errors, ids, cancellation and the end, because the
/// SDK's own transport drops the last answer at the end of the input, dies of one malformed line
/// and loses answers under load. Resources and prompts do not go by way of the SDK, which can
/// neither page nor list what changes. This is the only package that sees the SDK or Reactor.
///
/// Depends on `base`, `tool` and `server.http`. Knows no tool by name, except that the instructions
/// of the [Introduction] mention some. Start reading at [Dispatcher].
@NullMarked
package dev.bellhop.server.mcp;

import org.jspecify.annotations.NullMarked;
