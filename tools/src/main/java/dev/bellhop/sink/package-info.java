/// What people and scripts are told of what happens: by a command, a file or a webhook.
///
/// A [Sink] says where to. The [Outbox] is a table: what is to be told is entered in the same
/// transaction as what happened, and stays until it was delivered, so that a process that dies
/// loses nothing. The [Courier] of each process that stays takes from it what is due, one
/// [Delivery] at a time for each sink and all sinks side by side, and writes down what came of it.
/// Everything is delivered at least once, and to each sink in the order in which it happened.
///
/// Depends on `base` and `store`. Knows jobs and tasks only as subjects of the journal.
@NullMarked
package dev.bellhop.sink;

import org.jspecify.annotations.NullMarked;
