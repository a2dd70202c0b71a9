package dev.bellhop.server;

import dev.bellhop.base.Version;
import dev.bellhop.server.cli.Commands;
import dev.bellhop.server.cli.HookCommand;
import dev.bellhop.server.cli.ServeOptions;
import dev.bellhop.server.http.Door;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.http.Limits;
import dev.bellhop.server.http.Token;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Dispatcher;
import dev.bellhop.server.mcp.McpOverHttp;
import dev.bellhop.server.mcp.Methods;
import dev.bellhop.server.mcp.Offer;
import dev.bellhop.server.mcp.Places;
import dev.bellhop.server.mcp.Product;
import dev.bellhop.server.mcp.Questions;
import dev.bellhop.server.mcp.Stdio;
import dev.bellhop.server.mcp.Tools;
import dev.bellhop.server.mcp.legacy.Legacy;
import dev.bellhop.server.mcp.modern.Modern;
import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Prompts;
import dev.bellhop.tool.Resources;
import dev.bellhop.tool.Tool;
import dev.bellhop.tool.Toolbox;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Everything there is, built once, by hand, in order.
public final class App {

    private static final String MCP = "/mcp";

    /// The header in which a client over HTTP names a project.
    private static final String PROJECT = "Bellhop-Project";

    /// The tool that runs commands, which only those may reach over HTTP who were allowed to.
    private static final String EXEC = "background_run";

    /// So soon after its greeting a client asks which tools there are, and waits for that alone.
    private static final Duration LISTS_WITHIN = Duration.ofMillis(100);

    private final Config config;
    private final InstantSource clock;
    private final Projects projects;
    private final Toolbox toolbox;

    public App(Config config) {
        this(config, Toolbox.standard());
    }

    App(Config config, List<Tool<?>> tools) {
        this(config, tools, InstantSource.system());
    }

    App(Config config, List<Tool<?>> tools, InstantSource clock) {
        this.config = config;
        this.clock = clock;
        this.projects = new Projects(config.environment(), clock);
        this.toolbox = new Toolbox(tools, projects);
    }

    /// Does what a person or a script asks for in words.
    ///
    /// @return the exit code
    public int command(List<String> words, InputStream in, PrintWriter out, PrintWriter err) {
        HookCommand hook =
                new HookCommand(
                        () -> new Projects(config.environment(), clock),
                        (project, directory) ->
                                new Whereabouts(config.in(project).from(directory)).project(null),
                        in,
                        out,
                        err);
        Commands commands =
                new Commands(
                        toolbox,
                        projects,
                        project -> new Whereabouts(config.in(project)).project(null),
                        options -> serve(options, out),
                        hook::run,
                        Version.text(),
                        out,
                        err);
        try {
            return commands.run(words);
        } finally {
            // A thread that waits for the kernel would keep the process for a third of a second.
            projects.close();
        }
    }

    /// Serves one client over a pair of pipes; returns when it is gone, or we are told to end.
    ///
    /// @throws dev.bellhop.base.Problem if the project that is meant does not exist
    public void mcp(InputStream in, OutputStream out) {
        Whereabouts whereabouts = new Whereabouts(config);
        projects.stay();
        Dispatcher dispatcher =
                dispatcher(product(toolbox), whereabouts, () -> prepare(whereabouts.known()));
        Stdio stdio =
                new Stdio(
                        dispatcher,
                        new Conversation(config.consumer(), config.abilities()),
                        in,
                        out);

        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("end").unstarted(stdio::end));
        Thread.ofPlatform().daemon().name("stdin").start(stdio::read);
        stdio.awaitEnd();
        projects.close();
    }

    /// What answers messages, whichever door they come through.
    ///
    /// @param greeted to be run once a client has been told who we are
    public static Dispatcher dispatcher(Offer offer, Places places, Runnable greeted) {
        Codec codec = new Codec();
        Questions questions = new Questions(codec);
        Tools tools = new Tools(offer, codec, Legacy.VERSIONS);
        Methods methods = new Methods(offer, tools);
        return new Dispatcher(
                new Legacy(offer, methods, tools, codec, questions, places, greeted),
                Legacy.VERSIONS,
                new Modern(offer, methods, codec, places, greeted),
                Modern::speaks,
                questions,
                codec);
    }

    /// Serves clients on a port until the process is told to end. Jobs go on.
    private int serve(ServeOptions options, PrintWriter out) {
        Path standard =
                new Whereabouts(options.project() == null ? config : config.in(options.project()))
                        .project(null);
        AllowedRoots roots = new AllowedRoots(standard, options.roots());
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
                        Map.of(
                                MCP,
                                new McpOverHttp(
                                        dispatcher(
                                                product(
                                                        options.allowExec()
                                                                ? toolbox
                                                                : toolbox.without(EXEC)),
                                                roots,
                                                () -> {}),
                                        token.text(),
                                        Set.copyOf(Legacy.VERSIONS),
                                        exchange ->
                                                roots.project(
                                                        exchange.path().substring(MCP.length()),
                                                        exchange.header(PROJECT)))),
                        Map.of(
                                "bellhop_projects",
                                projects::count,
                                "bellhop_jobs_running",
                                projects::runningJobs),
                        clock);
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

    private Product product(Toolbox tools) {
        return new Product(tools, new Resources(projects), new Prompts(projects));
    }

    /// Makes the project ready while the client is busy with our introduction.
    private void prepare(@Nullable Path project) {
        if (project != null) {
            Thread.ofPlatform()
                    .daemon()
                    .name("prepare")
                    .start(() -> {
                        LockSupport.parkNanos(LISTS_WITHIN.toNanos());
                        toolbox.prepare(project);
                    });
        }
    }
}
