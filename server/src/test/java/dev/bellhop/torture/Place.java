package dev.bellhop.torture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A project with a state directory of its own, and the agents that work in it.
///
/// @param root where everything lies
/// @param bellhop the launcher
/// @param variables what the servers' environment has besides
record Place(Path root, Path bellhop, Map<String, String> variables) {

    /// Every process that is started below `root`, and every job of theirs, has it.
    private static final String MARK = "BELLHOP_TORTURE";

    /// A place in the directory `name` of a round's scratch directory.
    static Place in(Round round, String name) throws IOException {
        Place place = new Place(round.scratch().resolve(name), round.bellhop(), Map.of());
        Files.createDirectories(place.project());
        return place;
    }

    /// The same, where servers are started with `name` set to `value`.
    Place with(String name, String value) {
        Map<String, String> more = new ConcurrentHashMap<>(variables);
        more.put(name, value);
        return new Place(root, bellhop, Map.copyOf(more));
    }

    Path project() {
        return root.resolve("project");
    }

    Path tasks() {
        return project().resolve(".tasks");
    }

    Path task(int id) {
        return tasks().resolve("task_%d.json".formatted(id));
    }

    Path stateHome() {
        return root.resolve("state");
    }

    /// The project's state directory; empty before the first server has made it.
    Optional<Path> state() throws IOException {
        Path states = stateHome().resolve("bellhop");
        if (!Files.isDirectory(states)) {
            return Optional.empty();
        }
        try (Stream<Path> found = Files.list(states)) {
            return found.filter(each -> each.getFileName().toString().startsWith("project-"))
                    .findFirst();
        }
    }

    /// What servers say on their standard error.
    Path log() {
        return root.resolve("server.log");
    }

    /// What a server or a command here is started with.
    Map<String, String> environment() {
        Map<String, String> environment = new ConcurrentHashMap<>(System.getenv());
        for (String name : System.getenv().keySet()) {
            if (name.endsWith("_SESSION_ID") || name.endsWith("_PROJECT_DIR")) {
                environment.remove(name);
            }
        }
        environment.remove("BELLHOP_TASKS_DIR");
        environment.put("HOME", root.toString());
        environment.put("XDG_STATE_HOME", stateHome().toString());
        environment.put("XDG_CONFIG_HOME", root.resolve("config").toString());
        environment.put(MARK, root.toString());
        environment.putAll(variables);
        return environment;
    }

    /// How a process is started here.
    ProcessBuilder process(List<String> words) {
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .directory(project().toFile())
                        .redirectError(ProcessBuilder.Redirect.appendTo(log().toFile()));
        builder.environment().clear();
        builder.environment().putAll(environment());
        return builder;
    }

    /// How a server is started here.
    ///
    /// @param session what the client calls its conversation, or null if it says nothing
    /// @param wrapper what runs the launcher, such as `setpriv …`; may be empty
    ProcessBuilder server(@Nullable String session, List<String> wrapper) {
        List<String> words = new ArrayList<>(wrapper);
        words.addAll(List.of(bellhop.toString(), "mcp", "--project", project().toString()));
        ProcessBuilder builder = process(words);
        if (session != null) {
            builder.environment().put("CLAUDE_CODE_SESSION_ID", session);
        }
        return builder;
    }

    /// An agent with a server of its own.
    Agent agent(String session) throws IOException {
        return new Agent(server(session, List.of())).greeted();
    }

    /// A command line of this program's own: `main` in a JVM of its own, with the product and the
    /// trials on its class path.
    List<String> java(Class<?> main, List<String> arguments) {
        List<String> words =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:+UseSerialGC",
                                "-XX:TieredStopAtLevel=1",
                                "-Xshare:auto",
                                "-XX:-UsePerfData",
                                "-Xmx256m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                main.getName()));
        words.addAll(arguments);
        return words;
    }

    /// Kills everything that was started below `root` and still runs, jobs included.
    static void clear(Path root) throws IOException {
        byte[] mark = (MARK + "=" + root + "/").getBytes(StandardCharsets.ISO_8859_1);
        for (int round = 0; round < 10; round++) {
            List<ProcessHandle> found =
                    ProcessHandle.allProcesses()
                            .filter(process -> process.pid() != ProcessHandle.current().pid())
                            .filter(process -> isMarked(process.pid(), mark))
                            .toList();
            if (found.isEmpty()) {
                return;
            }
            found.forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static boolean isMarked(long pid, byte[] mark) {
        try {
            String environment =
                    Files.readString(
                            Path.of("/proc", Long.toString(pid), "environ"),
                            StandardCharsets.ISO_8859_1);
            return environment.contains(new String(mark, StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            return false; // It ended meanwhile, or is not ours to see.
        }
    }

    /// Deletes a directory with all that is in it, follows no link, and goes on where something
    /// cannot be deleted.
    static void delete(Path directory) throws IOException {
        Files.walkFileTree(
                directory,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes is)
                            throws IOException {
                        Files.setPosixFilePermissions(
                                each, PosixFilePermissions.fromString("rwx------"));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path each, BasicFileAttributes is)
                            throws IOException {
                        Files.deleteIfExists(each);
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFileFailed(Path each, IOException e) {
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult postVisitDirectory(Path each, @Nullable IOException e)
                            throws IOException {
                        try {
                            Files.deleteIfExists(each);
                        } catch (java.nio.file.DirectoryNotEmptyException _) {
                            // What is left in it was said before.
                        }
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
