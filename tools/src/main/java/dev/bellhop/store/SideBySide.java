package dev.bellhop.store;

import java.util.concurrent.CompletableFuture;

/// Two things done at once: a disk that is told to keep both does so in little more than the time
/// of one.
public final class SideBySide {

    private SideBySide() {}

    /// Does `here` on this thread and `beside` on another. Returns when both are over.
    ///
    /// @throws RuntimeException what either threw
    public static void run(Runnable here, Runnable beside) {
        CompletableFuture<Void> done =
                CompletableFuture.runAsync(
                        beside, work -> Thread.ofVirtual().name("beside").start(work));
        try {
            here.run();
        } finally {
            done.exceptionally(_ -> null).join();
        }
        if (done.isCompletedExceptionally()) {
            throw done.exceptionNow() instanceof RuntimeException e
                    ? e
                    : new IllegalStateException(done.exceptionNow());
        }
    }
}
