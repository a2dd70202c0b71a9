package dev.bellhop.base;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

final class ProblemTest {

    @Test
    void aProblemIsToldOnOneLine() {
        assertEquals(
                "Error: line 1 line 2 - Do this. And that.",
                Problem.invalid("line 1\n  line 2", "Do this.\r\nAnd that.").text());
        assertEquals("not_found", Problem.Kind.NOT_FOUND.code());
    }

    @Test
    void hangingUpEndsEveryWaitAndNobodyElseCanUndoIt() {
        Hangup hangup = new Hangup();
        CompletableFuture<Void> wait = hangup.whenHungUp();
        wait.cancel(true); // Ends this wait, and nothing else.

        assertEquals(false, hangup.isHungUp());
        CompletableFuture<Void> another = hangup.whenHungUp();
        hangup.hangUp();
        hangup.hangUp();

        assertTrue(hangup.isHungUp());
        another.join();
        hangup.whenHungUp().join();
    }
}
