package dev.bellhop.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The suite as `install.sh` has installed it, with the Node it needs.
///
/// @param home the folder it is in
record Suite(Path home) {

    /// Says where it is. Where this is set the suite must be there.
    private static final String VARIABLE = "BELLHOP_CONFORMANCE";

    private static final long SECONDS_MAX = 240;

    /// The one on this machine. Where there is none and nobody has said that there is one, the test
    /// that asks is skipped.
    static Suite installed() {
        String said = System.getenv(VARIABLE);
        Suite suite =
                new Suite(
                        said == null
                                ? Path.of(
                                        System.getProperty("user.home"),
                                        ".cache",
                                        "bellhop-conformance")
                                : Path.of(said));
        boolean isThere = Files.isExecutable(suite.node()) && Files.exists(suite.program());
        String absent =
                "the conformance suite is not in %s: server/src/test/resources/conformance/install.sh"
                        .formatted(suite.home());
        if (said == null) {
            assumeTrue(isThere, absent);
        } else {
            assertTrue(isThere, absent);
        }
        return suite;
    }

    private Path node() {
        return home.resolve("node_modules/node/bin/node");
    }

    private Path program() {
        return home.resolve("node_modules/@modelcontextprotocol/conformance/dist/index.js");
    }

    /// Runs it against a server. Fails with what it says unless each scenario comes out as it
    /// should: a failure or a warning where it is expected, and nowhere else.
    ///
    /// @param expected the resource that lists the expected failures
    /// @param results a folder for what it finds
    /// @param words which scenarios
    void run(URI server, String token, String expected, Path results, String... words)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(node().toString());
        command.addAll(List.of("--import", resource("token.mjs").toString()));
        command.addAll(List.of(program().toString(), "server", "--url", server.toString()));
        command.addAll(List.of(words));
        command.addAll(List.of("--expected-failures", Path.of(resource(expected)).toString()));
        command.addAll(List.of("--output-dir", results.toString()));
        Path said = Files.createTempFile(results, "said", ".txt");
        ProcessBuilder builder =
                new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile());
        builder.environment().put("BELLHOP_URL", server.toString());
        builder.environment().put("BELLHOP_TOKEN", token);
        Process process = builder.start();
        try {
            boolean isOver = process.waitFor(SECONDS_MAX, TimeUnit.SECONDS);
            List<Path> found = found(results);
            // Of a scenario that does not belong to a revision it says so, and is content.
            if (!isOver || process.exitValue() != 0 || found.isEmpty()) {
                fail(Files.readString(said) + "\n" + String.join("\n", complaints(found)));
            }
        } finally {
            process.destroyForcibly();
        }
    }

    private static URI resource(String name) {
        return URI.create(
                Objects.requireNonNull(Suite.class.getResource("/conformance/" + name)).toString());
    }

    /// A file for each scenario that was run.
    private static List<Path> found(Path results) throws IOException {
        try (Stream<Path> files = Files.walk(results)) {
            return files.filter(each -> each.endsWith("checks.json")).sorted().toList();
        }
    }

    /// Why checks were not passed, which the suite writes into files only.
    private static List<String> complaints(List<Path> found) throws IOException {
        List<String> complaints = new ArrayList<>();
        for (Path file : found) {
            for (JsonNode check : new ObjectMapper().readTree(file.toFile())) {
                String status = check.path("status").asText();
                if (status.equals("FAILURE") || status.equals("WARNING")) {
                    complaints.add(
                            "%s %s: %s"
                                    .formatted(
                                            status,
                                            check.path("id").asText(),
                                            check.path("errorMessage").asText()));
                }
            }
        }
        return complaints;
    }
}
