package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `bellhop serve`, as a process.
@Timeout(60)
class ServeTest {

    @TempDir Path directory = Path.of("/");

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void nothingIsLeftRunning() {
        started.forEach(Process::destroyForcibly);
    }

    private Process serve(String... flags) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(Main.class.getName(), "serve"));
        command.addAll(List.of(flags));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        builder.environment().clear();
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Path state() {
        return directory.resolve("state").resolve("bellhop");
    }

    @Test
    void itSaysWhereItIsAnswersAndEndsWhenItIsToldTo() throws Exception {
        Process process = serve("--port", "0");
        String line = process.inputReader().readLine();
        assertTrue(
                line.matches(
                        "bellhop serves http://127\\.0\\.0\\.1:[0-9]+/mcp \\(token in "
                                + state().resolve("token")
                                + "\\)"),
                line);
        String url = line.replaceAll(".*(http://.*)/mcp.*", "$1");
        String token = Files.readString(state().resolve("token")).strip();

        HttpResponse<String> answer;
        try (HttpClient client = HttpClient.newHttpClient()) {
            answer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(url + "/health"))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
        }
        assertEquals("{\"status\":\"ok\"}", answer.body());

        process.destroy();

        assertEquals(143, process.waitFor());
        assertEquals(List.of(), process.inputReader().lines().toList());
        assertEquals(List.of(), process.errorReader().lines().toList());
        try (Stream<Path> left = Files.list(state())) {
            assertEquals(
                    List.of(),
                    left.filter(file -> file.getFileName().toString().startsWith("serve"))
                            .toList());
        }
    }

    @Test
    void aSecondOneOnThePortIsToldWhoHoldsIt() throws Exception {
        Process first = serve("--port", "0");
        String port = first.inputReader().readLine().replaceAll(".*:([0-9]+)/mcp.*", "$1");

        Process second = serve("--port", port);

        assertEquals(3, second.waitFor());
        String said = String.join("\n", second.errorReader().lines().toList());
        assertTrue(
                said.startsWith(
                        "Error: Bellhop serves on port %s already: process %d, since "
                                .formatted(port, first.pid())),
                said);
        assertTrue(first.isAlive());
    }

    @Test
    void aNetworkIsNotServedWithoutATokenOfTheUsersOwn() throws Exception {
        Process process = serve("--bind", "0.0.0.0", "--port", "0");

        assertEquals(3, process.waitFor());
        assertEquals(
                List.of(
                        "Error: others on the network could reach 0.0.0.0 - Set BELLHOP_TOKEN to a"
                                + " token of your own first, or leave out --bind."),
                process.errorReader().lines().toList());
        assertFalse(Files.exists(state().resolve("serve-0.json")));
    }
}
