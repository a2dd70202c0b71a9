/// How the tools are reached: what the process is started with, and which door it opens.
///
/// [Main] sorts the words it is given. [Config] is what the process was told by them and by its
/// environment; [Whereabouts] makes out of it which project is meant. [App] builds every object
/// once, by hand, in order, and names every thread that runs besides those of requests.
@NullMarked
package dev.bellhop.server;

import org.jspecify.annotations.NullMarked;
