package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the user has set holds for agents' calls.
final class SinksOfProjectsTest {

    private final Path root;
    private final Path told;
    private final ProjectFolder folder;

    SinksOfProjectsTest(@TempDir Path root) {
        this.root = root;
        told = root.resolve("told.ndjson");
        folder = new ProjectFolder(root);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    private void settings(String json) throws IOException {
        Path directory = Files.createDirectories(root.resolve(".config/bellhop"));
        Path file = Files.writeString(directory.resolve("config.json"), json);
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    private List<String> lines() {
        try {
            return Files.exists(told) ? Files.readAllLines(told) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private boolean has(String text) {
        return lines().stream().anyMatch(line -> line.contains(text));
    }

    /// What the doctor says about `what` where that is not good.
    private List<String> troubles(String what) {
        return Checkup.of(folder.projects.at(folder.project)).findings().stream()
                .filter(finding -> !finding.isGood() && finding.what().equals(what))
                .map(Checkup.Finding::said)
                .toList();
    }

    @Test
    void aServerTellsSinksWhatAgentsDoAndACommandLeavesThatToIt() throws IOException {
        settings("{\"sinks\": {\"log\": {\"file\": \"%s\"}}}".formatted(told));
        ProjectFolder.Client person = folder.client("person");
        person.good("task_create", "subject", "before any server");
        try (Projects staying = ProjectFolder.projects(root)) {
            staying.stay();
            ProjectFolder.Client agent =
                    new ProjectFolder.Client(staying, folder.project, new Conversation("agent"));
            // Until it has looked for the first time, what happens is from before the sink.
            ProjectFolder.await(() -> {
                agent.good("task_create", "subject", "write the parser");
                return !lines().isEmpty();
            });
            String job = agent.run("echo done");
            person.good("task_create", "subject", "asked for by a person");

            ProjectFolder.await(() -> has("asked for by a person") && has("\"job.finished\""));
            List<String> ends =
                    lines().stream().filter(line -> line.contains("\"job.finished\"")).toList();
            assertEquals(1, ends.size());
            assertTrue(ends.getFirst().contains("\"subject\":\"" + job + "\""), ends.toString());
            assertTrue(ends.getFirst().contains("[bg:" + job + "] completed"), ends.toString());
        }
        assertFalse(has("before any server"));
        int after = lines().size();
        person.good("task_create", "subject", "after all servers");
        assertEquals(after, lines().size());
    }

    @Test
    void aSinkIsToldWhatIsAskedAndAnswered() throws IOException {
        settings(
                "{\"sinks\": {\"log\": {\"file\": \"%s\", \"events\": [\"task.asked\", \"task.answered\"]}}}"
                        .formatted(told));
        try (Projects staying = ProjectFolder.projects(root)) {
            staying.stay();
            ProjectFolder.Client agent =
                    new ProjectFolder.Client(staying, folder.project, new Conversation("agent"));
            agent.good("task_create", "subject", "Choose");
            // Until it has looked for the first time, what happens is from before the sink.
            AtomicInteger asked = new AtomicInteger();
            ProjectFolder.await(() -> {
                agent.good(
                        "task_update",
                        "task_id",
                        1,
                        "question",
                        "Which database? " + asked.incrementAndGet());
                return has("\"task.asked\"") && has("Which database? ");
            });
            String answered =
                    Asking.answered(staying.at(folder.project), "1", "Postgres", "eve", "test 1.0");
            assertEquals("[ ] #1: Choose", answered);

            ProjectFolder.await(() -> has("\"task.answered\""));
        }
        String answer = lines().getLast();
        assertTrue(answer.contains("\"event\":\"task.answered\""), answer);
        assertTrue(answer.contains("\"subject\":\"#1\""), answer);
        assertTrue(answer.contains("Postgres"), answer);
        assertFalse(has("task.created"));
    }

    @Test
    void settingsThatDoNotHoldKeepJobsFromStartingAndNothingElse() throws IOException {
        settings("{\"jobs\": {\"sandbox\": \"bwarp\"}}");
        ProjectFolder.Client agent = folder.client("agent");

        assertEquals(
                "[ ] #1: Write the parser",
                agent.good("task_create", "subject", "Write the parser"));
        assertEquals(
                "Error: jobs.sandbox in %s is \"bwarp\" - Write \"none\" or \"bwrap\"."
                        .formatted(root.resolve(".config/bellhop/config.json")),
                agent.call("background_run", "command", "true"));
        agent.good("check_background");

        String trouble = troubles("settings").getFirst();
        assertTrue(trouble.startsWith("jobs.sandbox in "), trouble);
    }

    @Test
    void theDoctorNamesWhatMeansNothing() throws IOException {
        settings("{\"colour\": 1}");

        String trouble = troubles("settings").getFirst();
        assertTrue(trouble.startsWith("colour in "), trouble);
    }

    @Test
    void theDoctorNamesWhatCouldNotBeDelivered() throws IOException {
        HttpServer gone =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        gone.createContext(
                "/",
                exchange -> {
                    exchange.sendResponseHeaders(410, -1);
                    exchange.close();
                });
        gone.start();
        settings(
                "{\"sinks\": {\"hook\": {\"webhook\": \"http://127.0.0.1:%d/\"}}}"
                        .formatted(gone.getAddress().getPort()));
        try (Projects staying = ProjectFolder.projects(root)) {
            staying.stay();
            ProjectFolder.Client agent =
                    new ProjectFolder.Client(staying, folder.project, new Conversation("agent"));
            ProjectFolder.await(() -> {
                agent.good("task_create", "subject", "write the parser");
                return !troubles("sink hook").isEmpty();
            });
            String trouble = troubles("sink hook").getFirst();
            assertTrue(trouble.endsWith(" was not delivered in 1 attempts: HTTP 410"), trouble);
        } finally {
            gone.stop(0);
        }
    }
}
