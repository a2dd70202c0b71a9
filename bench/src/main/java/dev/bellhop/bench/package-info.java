/// What the product's parts cost by themselves, in JMH.
///
/// Benchmarks of what is package-private are in the packages of the product that they measure:
/// those of the graph and its files in `task`, those of the wire in `server.mcp`. Here is what they
/// share, and what needs no more than is public. `bench/run` runs them all.
@NullMarked
package dev.bellhop.bench;

import org.jspecify.annotations.NullMarked;
