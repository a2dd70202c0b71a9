package dev.bellhop.server.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.tool.HookForm;
import dev.bellhop.tool.Projects;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A hook breaks no turn of its client, whatever is in its way.
@Timeout(60)
class HookCommandTest {

    private static final String STOP = "{\"session_id\":\"s1\",\"hook_event_name\":\"Stop\"}";

    @TempDir Path directory = Path.of("/");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private Projects projects() {
        return new Projects(
                Map.of("XDG_STATE_HOME", directory.resolve("state").toString()),
                InstantSource.system());
    }

    private void run(InputStream in, Duration patience) {
        new HookCommand(
                        this::projects,
                        (_, given) -> given == null ? directory : given,
                        in,
                        new PrintWriter(out),
                        new PrintWriter(err),
                        patience)
                .run(HookForm.CLAUDE, null);
    }

    private void run(String said) {
        run(
                new ByteArrayInputStream(said.getBytes(StandardCharsets.UTF_8)),
                Duration.ofSeconds(30));
    }

    /// What was given up has ended.
    @AfterEach
    void awaitTheEnd() {
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().equals("hook"))) {
            LockSupport.parkNanos(5_000_000);
        }
    }

    @Test
    void withNothingToSayItSaysNothing() {
        try (Projects projects = projects()) {
            projects.at(directory).inbox().settle();
        }

        run(STOP);

        assertEquals("", out.toString());
        assertEquals("", err.toString());
    }

    @Test
    void garbageIsSaidOnStandardErrorAlone() {
        run("garbage");

        assertEquals("", out.toString());
        assertEquals(
                "Error: there is no JSON object on standard input - This command is for clients'"
                        + " hooks.\n",
                err.toString());
    }

    @Test
    void aClientThatSaysNothingIsNotWaitedFor() throws IOException {
        try (PipedOutputStream client = new PipedOutputStream();
                InputStream in = new PipedInputStream(client)) {
            run(in, Duration.ofMillis(200));

            assertEquals("", out.toString());
            assertEquals("what is new could not be read in time\n", err.toString());
        }
    }

    @Test
    void aDatabaseThatIsLockedIsNotWaitedFor() throws Exception {
        Path file;
        try (Projects projects = projects()) {
            projects.at(directory).inbox().leave("nobody");
            file = projects.at(directory).state().resolve("bellhop.db");
        }
        Files.deleteIfExists(file.resolveSibling("quiet"));
        long begun = System.nanoTime();
        try (Connection other = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = other.createStatement()) {
            statement.execute("begin immediate");
            run(
                    new ByteArrayInputStream(STOP.getBytes(StandardCharsets.UTF_8)),
                    Duration.ofSeconds(1));
        }

        assertEquals("", out.toString());
        assertEquals("what is new could not be read in time\n", err.toString());
        assertTrue(System.nanoTime() - begun < Duration.ofSeconds(4).toNanos());
    }
}
