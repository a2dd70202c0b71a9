package dev.bellhop.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What the launcher's start caches are made from: the JVM keeps what it has loaded when this ends.
/// Nobody else needs it.
public final class Rehearsal {

    private static final String TOKEN = "only-for-a-rehearsal";

    /// What people and scripts ask most. In one process, since a cache is made of one.
    private static final List<List<String>> COMMANDS =
            List.of(
                    List.of("task", "create", "lay the table", "--priority", "5"),
                    List.of("task", "create", "eat", "--blocked-by", "1"),
                    List.of("task", "update", "1", "--status", "in_progress"),
                    List.of("task", "update", "1", "--status", "completed"),
                    List.of("task", "show", "2"),
                    List.of("task", "list"),
                    List.of("task", "list", "--json"),
                    List.of("submit", "ask the guests"),
                    List.of("status", "3"),
                    List.of("job", "list"),
                    List.of("inbox"));

    private static final List<String> REQUESTS =
            List.of(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{
                    "protocolVersion":"2025-11-25","capabilities":{},
                    "clientInfo":{"name":"training","version":"1"}}}\
                    """,
                    """
                    {"jsonrpc":"2.0","id":2,"method":"tools/list"}\
                    """);

    private Rehearsal() {}

    /// Rehearses.
    ///
    /// @param words what: `commands` or `serve`; and an empty project
    public static void main(String[] words) throws IOException {
        String project = words[1];
        switch (words[0]) {
            case "commands" -> commands(project);
            case "serve" -> serve(project);
            default -> throw new IllegalArgumentException(words[0]);
        }
        System.exit(0);
    }

    private static void commands(String project) {
        for (List<String> command : COMMANDS) {
            List<String> words = new ArrayList<>(List.of("--project", project));
            words.addAll(command);
            int code = Main.command(words);
            if (code != 0) {
                throw new IllegalStateException(command + " ended with " + code);
            }
        }
    }

    private static void serve(String project) throws IOException {
        PipedReader said = new PipedReader();
        PrintWriter out = new PrintWriter(new PipedWriter(said));
        Config process = Config.ofProcess(List.of());
        Config config =
                new Config(
                        null,
                        process.currentDirectory(),
                        Map.of("HOME", project, "BELLHOP_TOKEN", TOKEN),
                        process.process(),
                        process.abilities());
        Logs.begin(config.environment());
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        List<String> words = List.of("--project", project, "serve", "--port", "0");
        Thread.ofPlatform()
                .daemon()
                .start(() ->
                        new App(config).command(words, InputStream.nullInputStream(), out, err));
        // "bellhop serves http://127.0.0.1:7411/mcp (token in …)"
        String line = new BufferedReader(said).readLine();
        URI url = URI.create(line.split(" ", -1)[2]);
        for (String request : REQUESTS) {
            post(url, request);
        }
    }

    /// As a client would, but with nothing of the JDK that the server does not need itself.
    private static void post(URI url, String request) throws IOException {
        String head =
                """
                POST %s HTTP/1.1
                Host: %s
                Authorization: Bearer %s
                Content-Type: application/json
                Accept: application/json, text/event-stream
                Content-Length: %d
                Connection: close

                """
                        .formatted(url.getPath(), url.getAuthority(), TOKEN, request.length())
                        .replace("\n", "\r\n");
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write((head + request).getBytes(StandardCharsets.US_ASCII));
            String answer =
                    new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!answer.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("the server answers " + answer);
            }
        }
    }
}
