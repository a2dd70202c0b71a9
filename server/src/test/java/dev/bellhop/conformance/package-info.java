/// The official conformance suite of the protocol, run against what clients reach over HTTP.
///
/// The suite calls tools, prompts and resources of its own making. [ConformanceOffer] has them, and
/// [ConformanceServer] puts them behind our own dispatcher and our own door, so that what is judged
/// is ours. [Suite] is the program as it is installed. Start reading at [ConformanceTest].
@NullMarked
package dev.bellhop.conformance;

import org.jspecify.annotations.NullMarked;
