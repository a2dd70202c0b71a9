/// Breaking Bellhop on purpose, and counting what it lost.
///
/// A [Trial] breaks one thing in one way, a number of times, and says what came of it. [Torture]
/// runs them from the command line (`./bellhop torture`) at their full size and prints one page;
/// `TortureTest` runs a short, seeded form of each with the other tests. A trial meets the product
/// as its users do: through the launcher, and in the files it leaves.
///
/// Start reading at [Trial].
@NullMarked
package dev.bellhop.torture;

import org.jspecify.annotations.NullMarked;
