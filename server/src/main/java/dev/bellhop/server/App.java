package dev.bellhop.server;

import dev.bellhop.base.Version;
import dev.bellhop.server.cli.Commands;
import dev.bellhop.server.cli.ServeOptions;
import dev.bellhop.server.http.Door;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.Limits;
import dev.bellhop.server.http.Token;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Dispatcher;
import dev.bellhop.server.mcp.Legacy;
import dev.bellhop.server.mcp.Peer;
import dev.bellhop.server.mcp.Stdio;
import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Tool;
import dev.bellhop.tool.Toolbox;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Everything there is, built once, by hand, in order.
public final class App {

    private static final byte[] NOTHING = {};

    private final Config config;
    private final Projects projects;
    private final Toolbox toolbox;

    public App(Config config) {
        this(config, Toolbox.standard());
    }

    App(Config config, List<Tool<?>> tools) {
        this.config = config;
        this.projects = new Projects(config.environment(), InstantSource.system());
        this.toolbox = new Toolbox(tools, projects);
    }

    /// Does what a person or a script asks for in words.
    ///
    /// @return the exit code
    public int command(List<String> words, PrintWriter out, PrintWriter err) {
        Commands commands =
                new Commands(
                        toolbox,
                        projects,
                        project -> new Whereabouts(config.in(project)).project(null),
                        options -> serve(options, out),
                        Version.text(),
                        out,
                        err);
        return commands.run(words);
    }

    /// Serves one client over a pair of pipes; returns when it is gone, or we are told to end.
    ///
    /// @throws dev.bellhop.base.Problem if the project that is meant does not exist
    public void mcp(InputStream in, OutputStream out) {
        Whereabouts whereabouts = new Whereabouts(config);
        projects.stay();
        Codec codec = new Codec();
        Legacy legacy =
                new Legacy(
                        toolbox, codec, whereabouts::project, () -> prepare(whereabouts.known()));
        Dispatcher dispatcher = new Dispatcher(legacy, codec);
        Peer peer = new Peer(new Conversation(config.consumer()));
        Stdio stdio = new Stdio(dispatcher, peer, in, out);

        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("end").unstarted(stdio::end));
        Thread.ofPlatform().daemon().name("stdin").start(stdio::read);
        stdio.awaitEnd();
        projects.close();
    }

    /// Serves clients on a port until the process is told to end. Jobs go on.
    private int serve(ServeOptions options, PrintWriter out) {
        projects.stay();
        Path state = Projects.stateHome(config.environment());
        Token token = Token.of(config.environment(), state);
        Door door =
                new Door(
                        options.bind(),
                        options.port(),
                        token,
                        Set.copyOf(options.origins()),
                        Limits.STANDARD,
                        state);
        HttpServer server =
                new HttpServer(
                        door,
                        Map.of("/mcp", exchange -> exchange.answer(501, null, Map.of(), NOTHING)),
                        Map.of(),
                        InstantSource.system());
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .name("end")
                                .unstarted(() -> {
                                    server.close();
                                    projects.close();
                                }));
        out.println("bellhop serves %s/mcp (token in %s)".formatted(server.url(), token.place()));
        out.flush();
        server.awaitEnd();
        return 0;
    }

    /// Makes the project ready while the client is still busy with our introduction.
    private void prepare(@Nullable Path project) {
        if (project != null) {
            Thread.ofPlatform().daemon().name("prepare").start(() -> toolbox.prepare(project));
        }
    }
}
