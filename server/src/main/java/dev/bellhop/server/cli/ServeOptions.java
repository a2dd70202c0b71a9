package dev.bellhop.server.cli;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/// What `bellhop serve` was told.
///
/// @param port 0 for any that is free
/// @param bind the address to listen on
/// @param project the one that is meant where a request names none, or null for the one around the
///   current directory
/// @param roots below which requests may name projects
/// @param origins of web pages that may ask besides the server's own
/// @param allowExec whether requests may run commands
public record ServeOptions(
        int port,
        String bind,
        @Nullable Path project,
        List<Path> roots,
        List<String> origins,
        boolean allowExec) {

    private static final int PORT = 7411;
    private static final String LOOPBACK = "127.0.0.1";

    public ServeOptions {
        roots = List.copyOf(roots);
        origins = List.copyOf(origins);
    }

    /// The options as the command line knows them.
    static List<OptionSpec> described() {
        return List.of(
                OptionSpec.builder("--port")
                        .type(Integer.class)
                        .paramLabel("N")
                        .description("The port; " + PORT + ", or 0 for any that is free.")
                        .build(),
                OptionSpec.builder("--bind")
                        .type(String.class)
                        .paramLabel("ADDRESS")
                        .description(
                                "The address to listen on: %s, which only this machine can reach."
                                        .formatted(LOOPBACK))
                        .build(),
                OptionSpec.builder("--root")
                        .type(List.class)
                        .auxiliaryTypes(Path.class)
                        .arity("1")
                        .paramLabel("DIR")
                        .description("A directory below which requests may name projects.")
                        .build(),
                OptionSpec.builder("--origin")
                        .type(List.class)
                        .auxiliaryTypes(String.class)
                        .arity("1")
                        .paramLabel("URL")
                        .description("Where web pages may come from, such as a proxy's address.")
                        .build(),
                OptionSpec.builder("--allow-exec")
                        .type(Boolean.class)
                        .arity("0")
                        .description("Let whoever has the token run commands as you.")
                        .build());
    }

    static ServeOptions of(ParseResult parsed, @Nullable Path project) {
        ParseResult own = parsed.subcommand();
        return new ServeOptions(
                own.matchedOptionValue("--port", PORT),
                own.matchedOptionValue("--bind", LOOPBACK),
                project,
                own.matchedOptionValue("--root", List.<Path>of()),
                own.matchedOptionValue("--origin", List.<String>of()),
                own.hasMatchedOption("--allow-exec"));
    }
}
