package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

final class LogsTest {

    private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z ";

    private final ILoggerFactory logs = new Logs().getLoggerFactory();

    private static List<String> written(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        System.setErr(new PrintStream(written, true, StandardCharsets.UTF_8));
        try {
            work.run();
        } finally {
            System.setErr(before);
        }
        return written.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void theyAreThoseOfTheProcess() {
        assertInstanceOf(logs.getLogger("one").getClass(), LoggerFactory.getLogger(LogsTest.class));
    }

    @Test
    void aWarningIsALineWithItsTime() {
        List<String> lines =
                written(() -> {
                    logs.getLogger("dev.bellhop.One").info("nobody asked");
                    logs.getLogger("dev.bellhop.One").warn("{} of {} are left", 1, "two");
                });

        assertEquals(1, lines.size());
        assertTrue(
                lines.getFirst().matches(TIME + "WARN dev\\.bellhop\\.One: 1 of two are left"),
                lines.getFirst());
    }

    @Test
    void whatWasThrownFollows() {
        List<String> lines =
                written(() -> logs.getLogger("one").error("failed", new IllegalStateException()));

        assertTrue(lines.getFirst().matches(TIME + "ERROR one: failed"), lines.getFirst());
        assertEquals("java.lang.IllegalStateException", lines.get(1));
    }

    @Test
    void whatHandlesRequestsWarnsOfNothing() {
        List<String> lines =
                written(() -> {
                    logs.getLogger("io.undertow.request").warn("token 12");
                    logs.getLogger("org.xnio.nio").error("failed");
                });

        assertEquals(1, lines.size());
        assertTrue(lines.getFirst().endsWith("ERROR org.xnio.nio: failed"), lines.getFirst());
    }
}
