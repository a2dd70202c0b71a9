package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bellhop.server.App;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Prompts;
import dev.bellhop.tool.Resources;
import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What published clients have sent, and what they were answered: that must work for ever.
///
/// Each line of a conversation begins with `>` where the client speaks and `<` where the server
/// does. What tools are listed stands there by name alone. A new one is made by running a client of
/// another version with its two pipes copied.
class RecordedConversationsTest {

    private static final Pattern STARTED = Pattern.compile("Background task ([0-9a-f]{8}) started");
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Projects projects;
    private final Path project;
    private final Path state;

    RecordedConversationsTest(@TempDir Path root) throws IOException {
        project = Files.createDirectory(root.resolve("project"));
        state = root.resolve("state");
        projects = new Projects(Map.of("XDG_STATE_HOME", state.toString()), InstantSource.system());
    }

    static Stream<Path> conversations() throws IOException, URISyntaxException {
        Path folder =
                Path.of(
                        Objects.requireNonNull(
                                        RecordedConversationsTest.class.getResource(
                                                "/conversations"))
                                .toURI());
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList().stream();
        }
    }

    @ParameterizedTest
    @MethodSource("conversations")
    void whatAClientSendsIsAnsweredAsItWas(Path conversation) throws Exception {
        List<String> lines = Files.readAllLines(conversation);
        Dispatcher dispatcher =
                App.dispatcher(
                        new Product(
                                new Toolbox(Toolbox.standard(), projects),
                                new Resources(projects),
                                new Prompts(projects)),
                        new Places() {
                            @Override
                            public Path known() {
                                return project;
                            }

                            @Override
                            public Path project(@Nullable String workspace) {
                                return project;
                            }
                        },
                        () -> {});
        String recordedJob = "no job yet";
        String job = recordedJob;
        try (Wire wire = new Wire(dispatcher)) {
            for (int i = 0; i < lines.size(); i++) {
                String line = lines.get(i);
                if (line.startsWith(">")) {
                    wire.send(line.substring(2).replace(recordedJob, job));
                    continue;
                }
                String answer = wire.receive();
                assertEquals(comparable(line.substring(2)), comparable(answer));
                Matcher was = STARTED.matcher(line);
                Matcher is = STARTED.matcher(answer);
                if (was.find() && is.find()) {
                    recordedJob = was.group(1);
                    job = is.group(1);
                    if (line.contains("exit 3")) {
                        awaitEnd(job); // The next answer tells of it.
                    }
                }
            }
        } finally {
            projects.close();
        }
    }

    private void awaitEnd(String job) throws IOException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - end < 0) {
            try (Stream<Path> files = Files.walk(state)) {
                if (files.anyMatch(file -> file.endsWith(Path.of("jobs", job, "exit")))) {
                    return;
                }
            }
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        throw new AssertionError("job " + job + " does not end");
    }

    /// An answer without what is another each time.
    private static String comparable(String answer) {
        return answer.replaceAll(
                        "\\{\"name\":\"([a-z_]+)\",\"description\":.*?\"_meta\":\\{.*?}}", "\"$1\"")
                .replaceAll("\\b[0-9a-f]{8}\\b", "JOB")
                .replaceAll("\\d+(\\.\\d+)? s\\b", "N s")
                .replaceAll("(\"name\":\"bellhop\",\"version\"):\"[^\"]*\"", "$1:\"V\"");
    }
}
