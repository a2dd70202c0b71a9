/// The command line, for people and scripts: words become a call of the [dev.bellhop.tool.Toolbox],
/// its reply becomes text and an exit code.
///
/// [Commands] is the list of words; the options of each are read from its tool's input record.
/// [HookCommand] is run by clients. [Demo] plays a client, and [Doctor] looks at what Bellhop
/// stands on.
///
/// Depends on `base` and `tool`.
@NullMarked
package dev.bellhop.server.cli;

import org.jspecify.annotations.NullMarked;
