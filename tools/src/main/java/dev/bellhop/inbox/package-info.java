/// What an agent has not been told yet, and how it is told once.
///
/// News are entries of the journal that have a holder, the consumer who is to be told. [Inbox] puts
/// them into the answers to that consumer's calls, and forgets them when a later call shows that
/// the answer arrived. When a holder is gone, the next consumer of the project takes its place.
///
/// Depends on `base` and `store`. Knows neither jobs nor tools.
@NullMarked
package dev.bellhop.inbox;

import org.jspecify.annotations.NullMarked;
