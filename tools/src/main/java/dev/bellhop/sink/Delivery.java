package dev.bellhop.sink;

/// An event that one sink is to be told, claimed by whoever has this.
///
/// @param row its row in the outbox
/// @param id the same at every attempt and for no other event or sink: what is told twice is known
///   by it
/// @param attempts how many there were, with this one
/// @param claimedAtMillis when it was claimed, which names the claim
record Delivery(
        long row,
        String id,
        String name,
        Sink sink,
        Event event,
        int attempts,
        long claimedAtMillis) {}
