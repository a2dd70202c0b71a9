package dev.bellhop.server;

import dev.bellhop.base.Version;
import dev.bellhop.server.cli.Commands;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.server.mcp.Dispatcher;
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
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything there is, built once, by hand, in order.
public final class App {

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
        Dispatcher dispatcher =
                dispatcher(
                        new Product(toolbox, new Resources(projects), new Prompts(projects)),
                        whereabouts,
                        () -> prepare(whereabouts.known()));
        Stdio stdio = new Stdio(dispatcher, new Conversation(config.consumer()), in, out);

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

    /// Makes the project ready while the client is still busy with our introduction.
    private void prepare(@Nullable Path project) {
        if (project != null) {
            Thread.ofPlatform().daemon().name("prepare").start(() -> toolbox.prepare(project));
        }
    }
}
