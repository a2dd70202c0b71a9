package dev.bellhop.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.AtomicFile;
import dev.bellhop.store.Database;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// The word a server leaves of itself, in a file for each port: `serve-7411.json`.
///
/// @param server the process
/// @param bind the address it listens on
record Doorplate(ProcessIdentity server, String bind, int port, Instant started) {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MILLIS = 1_000;
    private static final int ANSWER_BYTES_MAX = 4_096;

    void hang(Path state) {
        ObjectNode json = JSON.createObjectNode();
        json.put("pid", server.pid());
        json.put("process", server.toString());
        json.put("bind", bind);
        json.put("port", port);
        json.put("started", started.toString());
        AtomicFile.makeDirectories(state, Database.ownerOnly());
        AtomicFile.replaceLooselyAndPrivately(
                file(state, port), json.toPrettyString().getBytes(StandardCharsets.UTF_8));
    }

    /// Takes it down, unless another server has put its own there.
    void takeDown(Path state) {
        if (at(state, port).filter(this::equals).isPresent()) {
            try {
                Files.deleteIfExists(file(state, port));
            } catch (IOException e) {
                throw AtomicFile.failed("could not delete", file(state, port), e);
            }
        }
    }

    /// What the file for `port` says; empty if there is none, or nothing can be made of it.
    static Optional<Doorplate> at(Path state, int port) {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file(state, port)));
            return ProcessIdentity.parse(json.path("process").asText())
                    .map(server ->
                            new Doorplate(
                                    server,
                                    json.path("bind").asText(),
                                    json.path("port").asInt(),
                                    Instant.parse(json.path("started").asText())));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | RuntimeException e) {
            // Somebody else wrote it. It is only ever used for a better message.
            return Optional.empty();
        }
    }

    private static Path file(Path state, int port) {
        return state.resolve("serve-%d.json".formatted(port));
    }

    /// That nobody can listen on `address`, because somebody does.
    static Problem taken(Path state, InetSocketAddress address) {
        int port = address.getPort();
        Optional<Doorplate> plate = at(state, port).filter(each -> each.server.isAlive());
        if (plate.isPresent()) {
            return Problem.conflict(
                    "Bellhop serves on port %d already: process %d, since %s"
                            .formatted(port, plate.get().server.pid(), plate.get().started),
                    "Use that one, end it with `kill %d`, or give another --port."
                            .formatted(plate.get().server.pid()));
        }
        return Problem.conflict(
                "port %d is taken by %s"
                        .formatted(
                                port, isBellhop(address) ? "another Bellhop" : "another program"),
                "Give another --port, or end what listens there.");
    }

    /// Whether what listens there asks for a token of ours.
    private static boolean isBellhop(InetSocketAddress address) {
        InetAddress host =
                address.getAddress().isAnyLocalAddress()
                        ? InetAddress.getLoopbackAddress()
                        : address.getAddress();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, address.getPort()), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            String request =
                    "GET /health HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nConnection: close\r\n\r\n"
                            .formatted(address.getPort());
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            byte[] answer = socket.getInputStream().readNBytes(ANSWER_BYTES_MAX);
            return new String(answer, StandardCharsets.ISO_8859_1)
                    .contains("realm=\"" + Token.REALM + "\"");
        } catch (IOException e) {
            return false;
        }
    }
}
