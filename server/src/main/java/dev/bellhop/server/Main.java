package dev.bellhop.server;

import dev.bellhop.base.Problem;
import dev.bellhop.server.http.HttpServer;
import dev.bellhop.server.mcp.Codec;
import dev.bellhop.tool.Projects;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/// Where the process begins.
public final class Main {

    /// The words cannot be understood.
    private static final int EXIT_USAGE = 2;

    private Main() {}

    public static void main(String[] words) {
        List<String> given = List.of(words);
        boolean client =
                !given.isEmpty()
                        && given.getFirst().equals("mcp")
                        && Collections.disjoint(given, List.of("-h", "--help"));
        System.exit(client ? mcp(given.subList(1, given.size()), App::new) : command(given));
    }

    /// The door for clients. Not by way of the command line, since it must be open at once.
    static int mcp(List<String> flags, Function<Config, App> making) {
        Logs.begin(System.getenv());
        load(Codec::load);
        // The pipes are the door's alone: what anything else prints must not reach the client. The
        // descriptor itself, since System.out would swallow that the client is gone.
        InputStream in = System.in;
        System.setIn(InputStream.nullInputStream());
        System.setOut(System.err);
        try {
            making.apply(Config.ofProcess(flags)).mcp(in, new FileOutputStream(FileDescriptor.out));
            return 0;
        } catch (Problem problem) {
            System.err.println(problem.text());
            return EXIT_USAGE;
        }
    }

    /// Everything a person or a script asks for.
    static int command(List<String> words) {
        Logs.begin(System.getenv());
        if (words.contains("serve")) {
            load(HttpServer::load);
            load(Codec::load);
        } else {
            load(Projects::load);
        }
        return new App(Config.ofProcess(List.of()))
                .command(
                        words,
                        System.in,
                        new PrintWriter(System.out, false, StandardCharsets.UTF_8),
                        new PrintWriter(System.err, true, StandardCharsets.UTF_8));
    }

    /// What takes long to load and will be needed is loaded beside, if there is a processor for it.
    private static void load(Runnable loading) {
        Thread.ofPlatform().daemon().name("load").start(loading);
    }
}
