package dev.bellhop.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A client that starts the whole product as a process, as clients do, and reads what a model
/// would.
final class Client implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final BufferedReader answers;
    private final Writer requests;
    private int sent;

    /// @param session what the client calls its conversation
    Client(Path project, String session) throws IOException {
        this(product(project, session));
    }

    private static ProcessBuilder product(Path project, String session) {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "mcp",
                        "--project",
                        project.toString());
        builder.environment().put("XDG_STATE_HOME", project.resolve(".state").toString());
        builder.environment().put("CLAUDE_CODE_SESSION_ID", session);
        return builder;
    }

    /// @param builder starts a server on its standard input and output
    Client(ProcessBuilder builder) throws IOException {
        process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        answers = process.inputReader();
        requests = process.outputWriter();
        JsonNode hello =
                ask(
                        "initialize",
                        Map.of(
                                "protocolVersion",
                                "2025-06-18",
                                "capabilities",
                                Map.of(),
                                "clientInfo",
                                Map.of("name", "test", "version", "1")));
        if (!hello.at("/result/protocolVersion").asText().equals("2025-06-18")) {
            throw new IllegalStateException("not greeted: " + hello);
        }
    }

    Process process() {
        return process;
    }

    /// Calls a tool.
    ///
    /// @return what the model reads; empty if the answer has no content
    String call(String tool, Map<String, ?> arguments) {
        JsonNode answer = ask("tools/call", Map.of("name", tool, "arguments", arguments));
        if (!answer.has("result")) {
            throw new IllegalStateException(answer.toString());
        }
        return answer.at("/result/content/0/text").asText();
    }

    /// Sends calls of one tool without waiting for any answer.
    ///
    /// @return the id of the last one
    int send(String tool, List<Map<String, ?>> calls) throws IOException {
        StringBuilder lines = new StringBuilder();
        for (Map<String, ?> arguments : calls) {
            lines.append(message("tools/call", Map.of("name", tool, "arguments", arguments)))
                    .append('\n');
        }
        requests.write(lines.toString());
        requests.flush();
        return sent;
    }

    /// Ends the input, and reads all answers that are still to come.
    List<JsonNode> end() throws IOException {
        try {
            requests.close();
        } catch (IOException e) {
            // It was killed before it had read everything; what it answered is there all the same.
        }
        List<JsonNode> rest = new ArrayList<>();
        for (String line = answers.readLine(); line != null; line = answers.readLine()) {
            if (line.endsWith("}")) { // else its writer died in the middle of it
                rest.add(JSON.readTree(line));
            }
        }
        return rest;
    }

    /// Sends a request, and reads its answer.
    JsonNode ask(String method, Map<String, ?> params) {
        try {
            requests.write(message(method, params) + "\n");
            requests.flush();
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException("the server has ended");
            }
            return JSON.readTree(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String message(String method, Map<String, ?> params) throws IOException {
        return JSON.writeValueAsString(
                Map.of("jsonrpc", "2.0", "id", ++sent, "method", method, "params", params));
    }

    /// Kills the server; what it had answered by then can still be read.
    void kill() {
        // Not by way of the process itself, which would close our end of its output too.
        process.toHandle().destroyForcibly();
        process.onExit().join();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
