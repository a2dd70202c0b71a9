/// The door on a port: HTTP requests of whoever has the token become calls of a [Route].
///
/// A request goes through these hands. [Heads] reads the bytes of its head along with Undertow and
/// spoils what Undertow would take and others read otherwise. [Guard] decides by the head alone
/// whether it may come in; what it turns away gets a [Refusal]. [BodyReader] collects the body,
/// within limits of size and time. Only then is there an [Exchange], and a virtual thread for its
/// [Route]; whoever is slow holds up nobody, because until then no thread waits for it. [Outlet]
/// writes what is answered, and gives up on clients that do not read. An answer that goes on is an
/// [EventStream]; [Streams] keeps count of those.
///
/// ```
/// bytes → Heads → Guard → BodyReader → Exchange → Route
///                   └→ Refusal ─┐          ├→ answer ─→ Outlet → bytes
///                               └──────────┴→ stream ─→ Outlet → bytes …
/// ```
///
/// Every channel is touched by its own I/O thread only; other threads hand it what is to be done.
///
/// Any web page that the user opens, and any program of any user of the machine, can reach a port
/// of the loopback interface. So every path needs the [Token], the `Host` must be one of ours, and
/// nothing is ever answered that would let a page of another origin read it.
///
/// Depends on `base` and `store`. Knows no tool and no protocol but HTTP. Start reading at
/// [HttpServer].
@NullMarked
package dev.bellhop.server.http;

import org.jspecify.annotations.NullMarked;
