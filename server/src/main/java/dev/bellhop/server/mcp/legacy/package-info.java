/// The first generation of the protocol: 2024-11-05 to 2025-11-25.
///
/// [Legacy] knows what is its own (`initialize`, `ping`, log levels, following of resources) and
/// leaves the rest to [dev.bellhop.server.mcp.Methods]. What it keeps of a client it keeps only of
/// one at the other end of a pipe, and no longer than that is there.
@NullMarked
package dev.bellhop.server.mcp.legacy;

import org.jspecify.annotations.NullMarked;
