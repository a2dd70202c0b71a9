package dev.bellhop.conformance;

import dev.bellhop.server.App;
import dev.bellhop.server.http.Door;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.Limits;
import dev.bellhop.server.http.Token;
import dev.bellhop.server.mcp.Dispatcher;
import dev.bellhop.server.mcp.McpOverHttp;
import dev.bellhop.server.mcp.Places;
import dev.bellhop.server.mcp.legacy.Legacy;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What the suite wants to find, behind our dispatcher and our door.
final class ConformanceServer implements AutoCloseable {

    private final HttpServer server;

    /// @param port 0 for any that is free
    /// @param state where the server may keep what it keeps
    ConformanceServer(Token token, int port, Path state) {
        Dispatcher dispatcher =
                App.dispatcher(new ConformanceOffer(), new NoProjects(state), () -> {});
        McpOverHttp mcp =
                new McpOverHttp(dispatcher, token.text(), Set.copyOf(Legacy.VERSIONS), _ -> state);
        server =
                new HttpServer(
                        new Door("127.0.0.1", port, token, Set.of(), Limits.STANDARD, state),
                        Map.of("/mcp", mcp),
                        Map.of(),
                        InstantSource.system());
    }

    /// Nothing that is offered is about a project.
    private record NoProjects(Path folder) implements Places {

        @Override
        public @Nullable Path known() {
            return folder;
        }

        @Override
        public Path project(@Nullable String workspace) {
            return folder;
        }
    }

    /// Serves until it is ended. The token is that in the variable `BELLHOP_TOKEN`.
    ///
    /// @param words the port, and a folder for the state
    public static void main(String[] words) throws InterruptedException {
        Path state = Path.of(words[1]);
        try (ConformanceServer server =
                new ConformanceServer(
                        Token.of(System.getenv(), state), Integer.parseInt(words[0]), state)) {
            System.out.println(server.url());
            Thread.currentThread().join();
        }
    }

    String url() {
        return "http://localhost:%d/mcp".formatted(server.port());
    }

    @Override
    public void close() {
        server.close();
    }
}
