package dev.bellhop.server.mcp;

import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Toolbox;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.channels.Channels;
import java.nio.channels.Pipe;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// A client's ends of the two pipes to a [Stdio] in this process.
final class Wire implements AutoCloseable {

    private final OutputStream out;
    private final InputStream in;
    private final BufferedReader lines;
    private final Thread server;

    Wire(Toolbox toolbox) {
        this(toolbox, () -> {});
    }

    Wire(Toolbox toolbox, Runnable greeted) {
        this(Fixtures.dispatcher(toolbox, greeted));
    }

    Wire(Dispatcher dispatcher) {
        try {
            Pipe toServer = Pipe.open();
            Pipe toClient = Pipe.open();
            Stdio stdio =
                    new Stdio(
                            dispatcher,
                            new Conversation("process:1-2"),
                            Channels.newInputStream(toServer.source()),
                            Channels.newOutputStream(toClient.sink()));
            out = Channels.newOutputStream(toServer.sink());
            in = Channels.newInputStream(toClient.source());
            lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
            Thread.ofPlatform().daemon().name("stdin").start(stdio::read);
            server =
                    Thread.ofPlatform()
                            .daemon()
                            .start(() -> {
                                stdio.awaitEnd();
                                close(toClient.sink());
                            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Wire send(String... messages) {
        try {
            out.write((String.join("\n", messages) + "\n").getBytes(StandardCharsets.UTF_8));
            out.flush();
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    Wire send(byte[] bytes) throws IOException {
        out.write(bytes);
        return this;
    }

    /// The next line the server writes.
    String receive() {
        try {
            String line = lines.readLine();
            if (line == null) {
                throw new AssertionError("the server has closed its output");
            }
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The answer to a message that is the only one in flight.
    String ask(String message) {
        return send(message).receive();
    }

    /// Ends the input.
    ///
    /// @return what the server still writes
    List<String> end() throws IOException {
        out.close();
        List<String> rest = new ArrayList<>();
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            rest.add(line);
        }
        return rest;
    }

    /// Closes the pipe from the server, whatever it still writes.
    void hearNoMore() throws IOException {
        in.close();
    }

    /// Waits until the server has ended.
    void awaitServer() throws InterruptedException {
        server.join();
    }

    @Override
    public void close() {
        close(out);
        close(in);
    }

    private static void close(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    static String call(Object id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"tools/call","params":{"name":"%s","arguments":%s}}\
        """
                .formatted(id, tool, arguments);
    }

    static String text(Object id, String text) {
        return """
        {"jsonrpc":"2.0","id":%s,"result":{"content":[{"type":"text","text":"%s"}]}}\
        """
                .formatted(id, text);
    }

    static String error(Object id, int code, String message) {
        return """
        {"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"%s"}}\
        """
                .formatted(id, code, message);
    }

    static String ping(Object id) {
        return """
        {"jsonrpc":"2.0","id":%s,"method":"ping"}\
        """
                .formatted(id);
    }

    static String pong(Object id) {
        return """
        {"jsonrpc":"2.0","id":%s,"result":{}}\
        """
                .formatted(id);
    }
}
