/// How the tools are reached: what the process is started with, and which door it opens.
@NullMarked
package dev.bellhop.server;

import org.jspecify.annotations.NullMarked;
