package dev.bellhop.server.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/// A short conversation, played to a real server over real pipes: what an agent would send, and
/// what its model would read. In a temporary project; nothing is left of it.
final class Demo {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final PrintWriter out;

    Demo(PrintWriter out) {
        this.out = out;
    }

    /// Plays it.
    ///
    /// @return the exit code
    int play() {
        try {
            Path project = Files.createTempDirectory("bellhop-demo-");
            try {
                play(project);
            } finally {
                delete(project);
            }
            return 0;
        } catch (IOException e) {
            throw Problem.unavailable(
                    "the demonstration failed: " + e.getMessage(), "Run bellhop doctor.");
        }
    }

    private void play(Path project) throws IOException {
        title("An agent plans: five tasks in one call, or none of them");
        Server first = new Server(project);
        first.call(
                "task_create",
                """
                {"tasks": [{"ref": "parser", "subject": "Write the parser", "priority": 5},
                           {"ref": "tests", "subject": "Test the parser", "blockedBy": ["parser"]},
                           {"ref": "docs", "subject": "Describe the format", "blockedBy": ["parser"]},
                           {"ref": "cli", "subject": "Put it on the command line", "blockedBy": ["parser", "tests"]},
                           {"subject": "Release", "blockedBy": ["tests", "docs", "cli"]}]}\
                """);
        first.call("task_update", "{\"task_id\": 1, \"status\": \"in_progress\"}");

        title("It starts two commands and does not wait for them");
        first.call(
                "background_run",
                """
                {"command": "echo compiling; sleep 1; echo 'parser.c:7: error: expected ; before }' >&2; exit 2",
                 "label": "build", "for_task": 1}\
                """);
        first.call(
                "background_run",
                "{\"command\": \"sleep 1.5; echo 212 passed\", \"label\": \"old tests\"}");

        title("It goes on working");
        first.call(
                "task_update",
                "{\"task_id\": 1, \"note\": \"Grammar in docs/grammar.md; recursion limit 64.\"}");
        say("(the agent edits files for two seconds)");
        LockSupport.parkNanos(Duration.ofSeconds(2).toNanos());

        title("With its next answer, whatever it asked, it is told how they ended");
        first.call("task_list", "{\"ready\": true}");

        title("It cannot skip ahead, and what it completes frees what waited");
        first.call("task_update", "{\"task_id\": 4, \"status\": \"completed\"}");
        first.call(
                "task_update",
                "{\"task_id\": 1, \"status\": \"completed\", \"result\": \"parser.c, 180 lines\"}");

        title("Then everything dies: kill -9 of the server, with a command running");
        first.call("background_run", "{\"command\": \"sleep 2; echo the release is built\"}");
        first.kill();
        say("(the server is dead; its command runs on)");
        LockSupport.parkNanos(Duration.ofSeconds(3).toNanos());

        title("Another server, another conversation: the result arrives all the same");
        Server second = new Server(project);
        second.call("task_list", "{}");
        second.close();
        out.println();
        out.println(
                "That was all. To have it in your agent: sample-configs/, or the README's first"
                        + " page.");
    }

    private void title(String text) {
        out.println();
        out.println("== " + text);
        out.flush();
    }

    private void say(String text) {
        out.println();
        out.println(text);
        out.flush();
    }

    /// A server as a client starts it.
    private final class Server {

        private final Process process;
        private final BufferedReader answers;
        private final Writer requests;
        private int sent;

        Server(Path project) throws IOException {
            ProcessBuilder builder =
                    new ProcessBuilder(
                            ProcessHandle.current().info().command().orElse("java"),
                            "-XX:+UseSerialGC",
                            "-XX:TieredStopAtLevel=1",
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            "dev.bellhop.server.Main",
                            "mcp",
                            "--project",
                            project.toString());
            builder.environment().put("XDG_STATE_HOME", project.resolve(".state").toString());
            builder.environment().remove("BELLHOP_TASKS_DIR");
            builder.redirectError(ProcessBuilder.Redirect.INHERIT);
            process = builder.start();
            answers = process.inputReader(StandardCharsets.UTF_8);
            requests = process.outputWriter(StandardCharsets.UTF_8);
            ObjectNode hello = JsonNodeFactory.instance.objectNode();
            hello.put("protocolVersion", "2025-11-25");
            hello.putObject("capabilities");
            hello.putObject("clientInfo").put("name", "bellhop-demo").put("version", "1");
            request("initialize", hello);
            send(message("notifications/initialized", JsonNodeFactory.instance.objectNode()));
        }

        /// Calls a tool, and prints both sides.
        void call(String tool, String arguments) throws IOException {
            out.println();
            out.println("agent calls  " + tool + " " + indented(arguments));
            out.flush();
            ObjectNode params = JsonNodeFactory.instance.objectNode();
            params.put("name", tool);
            params.set("arguments", JSON.readTree(arguments));
            JsonNode answer = request("tools/call", params);
            out.println("model reads  " + indented(answer.at("/result/content/0/text").asText()));
            out.flush();
        }

        private JsonNode request(String method, ObjectNode params) throws IOException {
            send(message(method, params).put("id", ++sent));
            String line = answers.readLine();
            if (line == null) {
                throw new IOException("the server ended");
            }
            return JSON.readTree(line);
        }

        private ObjectNode message(String method, ObjectNode params) {
            ObjectNode message = JsonNodeFactory.instance.objectNode();
            message.put("jsonrpc", "2.0").put("method", method).set("params", params);
            return message;
        }

        private void send(ObjectNode message) throws IOException {
            requests.write(message + "\n");
            requests.flush();
        }

        void kill() {
            process.destroyForcibly().onExit().join();
        }

        void close() throws IOException {
            requests.close();
            process.onExit().join();
        }
    }

    private static String indented(String text) {
        return text.replace("\n", "\n             ");
    }

    private static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            files.sorted(Comparator.reverseOrder())
                    .forEach(file -> {
                        try {
                            Files.delete(file);
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    });
        } catch (UncheckedIOException e) {
            throw new IOException(e);
        }
    }
}
