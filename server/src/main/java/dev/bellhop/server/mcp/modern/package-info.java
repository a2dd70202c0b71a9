/// The second generation of the protocol: 2026-07-28.
///
/// Every request says which version it speaks, who sends it and what that client can, so that
/// [Modern] keeps nothing between two of them. It knows what is its own (`server/discover`,
/// `subscriptions/listen`, what stands in every result, what a call needs before it can go on) and
/// leaves the rest to [dev.bellhop.server.mcp.Methods].
@NullMarked
package dev.bellhop.server.mcp.modern;

import org.jspecify.annotations.NullMarked;
