package dev.bellhop.base;

import java.util.concurrent.CompletableFuture;

/// Whether whoever asked still waits for the answer.
///
/// A call that waits ends its wait when this is hung up, and answers with what it has. Nothing else
/// stops: interrupting the thread instead would close the files it works on.
public final class Hangup {

    private final CompletableFuture<Void> hungUp = new CompletableFuture<>();

    /// Ends every wait of this call. Calling it again changes nothing.
    public void hangUp() {
        hungUp.complete(null);
    }

    public boolean isHungUp() {
        return hungUp.isDone();
    }

    /// Done once hung up; never fails.
    public CompletableFuture<Void> whenHungUp() {
        return hungUp.copy();
    }
}
