package dev.bellhop.server.http;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;

/// A server as the product's, with a route that streams; prints its port, and runs until it is
/// killed.
public final class StreamingServer {

    public static final String TOKEN = Fixture.TOKEN;

    private StreamingServer() {}

    /// Listens on a port that is free.
    ///
    /// @param words the directory for its state
    public static void main(String[] words) {
        Path state = Path.of(words[0]);
        Door door =
                new Door(
                        "127.0.0.1",
                        0,
                        Token.of(Map.of(Token.VARIABLE, TOKEN), state),
                        Set.of(),
                        Limits.STANDARD,
                        state);
        HttpServer server =
                new HttpServer(
                        door,
                        Map.of("/stream", Exchange::stream),
                        Map.of(),
                        InstantSource.system());
        System.out.println(server.port());
        server.awaitEnd();
    }
}
