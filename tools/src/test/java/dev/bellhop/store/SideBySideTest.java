package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

final class SideBySideTest {

    private final Problem problem = Problem.conflict("no", "Do not.");

    private static void pass(CountDownLatch latch) {
        try {
            assertTrue(latch.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void bothAreDoneAtOnce() {
        CountDownLatch here = new CountDownLatch(1);
        CountDownLatch beside = new CountDownLatch(1);

        SideBySide.run(
                () -> {
                    here.countDown();
                    pass(beside);
                },
                () -> {
                    beside.countDown();
                    pass(here);
                });

        assertEquals(0, here.getCount() + beside.getCount());
    }

    /// Whoever cleans up afterwards must not meet the other still at work.
    @Test
    void whatFailsHereIsThrownOnceTheOtherIsOver() {
        AtomicBoolean isOver = new AtomicBoolean();
        CountDownLatch failing = new CountDownLatch(1);

        Problem thrown =
                assertThrows(
                        Problem.class,
                        () ->
                                SideBySide.run(
                                        () -> {
                                            failing.countDown();
                                            throw problem;
                                        },
                                        () -> {
                                            pass(failing);
                                            isOver.set(true);
                                        }));

        assertSame(problem, thrown);
        assertTrue(isOver.get());
    }

    @Test
    void whatFailsBesideIsThrownAsItIs() {
        Problem thrown =
                assertThrows(
                        Problem.class,
                        () ->
                                SideBySide.run(
                                        () -> {},
                                        () -> {
                                            throw problem;
                                        }));

        assertSame(problem, thrown);
    }
}
