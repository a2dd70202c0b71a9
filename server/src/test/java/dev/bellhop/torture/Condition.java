package dev.bellhop.torture;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// Something that is to become true.
@FunctionalInterface
interface Condition {

    boolean holds() throws IOException;

    /// Looks again and again.
    ///
    /// @return whether it came to hold within `time`
    static boolean within(Duration time, Condition condition) throws IOException {
        long end = System.nanoTime() + time.toNanos();
        while (!condition.holds()) {
            if (System.nanoTime() - end >= 0) {
                return false;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
        return true;
    }
}
