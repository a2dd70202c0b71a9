package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/// A coding agent: starts `bellhop mcp` as clients do, calls tools, and reads what a model would.
///
/// Any number of threads may call at once. What the server had answered when it died still arrives.
final class Agent implements AutoCloseable {

    static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Process process;
    private final Writer requests;
    private final Map<Integer, CompletableFuture<JsonNode>> awaited = new ConcurrentHashMap<>();
    private final Thread reader;
    private int sent;
    private volatile boolean ended;

    /// What a tool answered.
    ///
    /// @param text what the model reads
    /// @param problem the stable word for what was wrong, such as `not_found`; null if nothing was
    record Answer(String text, @Nullable String problem) {

        boolean isError() {
            return problem != null;
        }
    }

    /// The server has ended, or its answer never came.
    static final class Gone extends IOException {
        private static final long serialVersionUID = 1;

        Gone(String message, @Nullable Throwable cause) {
            super(message, cause);
        }
    }

    /// @param server starts the server, whose standard input and output are pipes
    Agent(ProcessBuilder server) throws IOException {
        process = server.start();
        requests = process.outputWriter(StandardCharsets.UTF_8);
        reader = Thread.ofPlatform().daemon().name("answers").start(this::read);
    }

    /// Says hello. Calls may be sent only after this.
    ///
    /// @throws Gone if the server ends, or says nothing for a minute
    Agent greeted() throws IOException {
        JsonNode hello =
                get(
                        ask(
                                "initialize",
                                Map.of(
                                        "protocolVersion",
                                        "2025-11-25",
                                        "capabilities",
                                        Map.of(),
                                        "clientInfo",
                                        Map.of("name", "torture", "version", "1"))),
                        PATIENCE);
        if (!hello.has("result")) {
            throw new IOException("not greeted: " + hello);
        }
        write("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}\n");
        return this;
    }

    Process process() {
        return process;
    }

    /// Calls a tool and waits for its answer.
    ///
    /// @throws Gone if the server ends first, or does not answer in a minute
    Answer call(String tool, Map<String, ?> arguments) throws IOException {
        try {
            return answer(send(tool, arguments));
        } catch (Gone gone) {
            if (gone.getCause() instanceof TimeoutException) {
                throw new Gone("%s: %s%n%s".formatted(tool, gone.getMessage(), threads()), gone);
            }
            throw gone;
        }
    }

    /// What the server is doing that does not answer.
    private String threads() throws IOException {
        Path jstack = Path.of(System.getProperty("java.home"), "bin", "jstack");
        return Shell.script("timeout 10 \"$1\" \"$2\" 2>&1", jstack.toString(), "" + process.pid());
    }

    /// Sends a call.
    ///
    /// @return its answer; [Gone] if the server ends before it gives one
    CompletableFuture<JsonNode> send(String tool, Map<String, ?> arguments) {
        return ask("tools/call", Map.of("name", tool, "arguments", arguments));
    }

    /// What a tool answered to a call that was sent.
    ///
    /// @throws Gone if the server ends first, or does not answer in a minute
    static Answer answer(CompletableFuture<JsonNode> call) throws IOException {
        return answer(call, PATIENCE);
    }

    /// As [#answer], in another time.
    static Answer answer(CompletableFuture<JsonNode> call, Duration patience) throws IOException {
        JsonNode answer = get(call, patience);
        if (!answer.has("result")) {
            return new Answer(answer.at("/error/message").asText(), "protocol");
        }
        JsonNode result = answer.path("result");
        String text = result.at("/content/0/text").asText();
        String code = result.path("_meta").path("dev.bellhop/code").asText("unnamed");
        return new Answer(text, result.path("isError").asBoolean() ? code : null);
    }

    private static JsonNode get(CompletableFuture<JsonNode> call, Duration patience)
            throws IOException {
        try {
            return call.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Gone("no answer in %d s".formatted(patience.toSeconds()), e);
        } catch (ExecutionException e) {
            throw new Gone("the server has ended", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Gone("interrupted", e);
        }
    }

    private CompletableFuture<JsonNode> ask(String method, Map<String, ?> params) {
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        try {
            int id = nextId();
            awaited.put(id, answer);
            write(
                    JSON.writeValueAsString(
                                    Map.of(
                                            "jsonrpc", "2.0", "id", id, "method", method, "params",
                                            params))
                            + "\n");
        } catch (IOException e) {
            answer.completeExceptionally(e);
        }
        if (ended) {
            forgetTheRest();
        }
        return answer;
    }

    private synchronized int nextId() {
        return ++sent;
    }

    /// Sends a line as it is.
    synchronized void write(String line) throws IOException {
        requests.write(line);
        requests.flush();
    }

    private void read() {
        try (BufferedReader answers = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = answers.readLine(); line != null; line = answers.readLine()) {
                if (line.endsWith("}")) { // else its writer died in the middle of it
                    JsonNode message = JSON.readTree(line);
                    CompletableFuture<JsonNode> answer = awaited.remove(message.path("id").asInt());
                    if (answer != null) {
                        answer.complete(message);
                    }
                }
            }
        } catch (IOException e) {
            // It was closed under us: there is no more to read.
        } finally {
            ended = true;
            forgetTheRest();
        }
    }

    private void forgetTheRest() {
        for (Integer id : List.copyOf(awaited.keySet())) {
            CompletableFuture<JsonNode> answer = awaited.remove(id);
            if (answer != null) {
                answer.completeExceptionally(new Gone("the server has ended", null));
            }
        }
    }

    /// `kill -9`. When this returns, every answer it had given has been read.
    void kill() {
        // Not by way of the process itself, which would close our end of its output too.
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /// Ends the input, as a client does that is closed, and waits until the server has ended.
    @Override
    public void close() {
        try {
            requests.close();
        } catch (IOException e) {
            // It was dead already.
        }
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.toHandle().destroyForcibly();
        }
        awaitEnd();
    }

    private void awaitEnd() {
        process.onExit().join();
        try {
            if (!reader.join(PATIENCE)) {
                throw new UncheckedIOException(
                        new Gone("somebody keeps the dead server's output open", null));
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
