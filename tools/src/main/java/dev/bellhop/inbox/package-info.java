/// What an agent has not been told yet, and how it is told once.
///
/// News are entries of the journal that have a holder, the consumer who is to be told. [Inbox] puts
/// them into the answers to that consumer's calls, and forgets them when a later call shows that
/// the answer arrived. When a holder is gone, the next consumer of the project takes its place.
///
/// A client's command hook is a process that ends with its answer. It speaks for the conversation
/// that it names, and for the consumers that are there through a server which the same client has
/// started: the server's parent is an ancestor of the hook. Its rules are these.
///
/// - A hook is not there: it has ended before anybody could ask. Whose news only hooks have told
///   counts as gone unless a server is there for it.
/// - What a hook shows is on its way from the hook's own process until the output is written, so a
///   hook that is killed before has its news shown again, as any process that dies.
/// - When the output is written, that is noted, and the news wait for the next call or hook of the
///   same consumer, which acknowledges them. No other hook of it repeats them.
/// - A hook acknowledges what answers of the client's server told before the hook began, too: else
///   a client that goes on without a call of ours would keep its hooks busy.
/// - What hooks told to somebody who is gone is told to the next who comes, once: two conversations
///   of which no server is there would otherwise hand it to and fro.
///
/// When no news are left, a [dev.bellhop.store.QuietMark] says so, and hooks of all clients end in
/// the launcher. What becomes news by the passing of time alone, such as a question that nobody
/// answers, is entered by the next call of anybody and not by a hook that ended there.
///
/// Depends on `base` and `store`. Knows neither jobs nor tools.
@NullMarked
package dev.bellhop.inbox;

import org.jspecify.annotations.NullMarked;
