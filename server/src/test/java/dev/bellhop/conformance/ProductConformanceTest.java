package dev.bellhop.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.server.Repository;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The product as people start it, and the scenarios that need nothing on a server but what every
/// server has.
@Tag("jar")
@Timeout(300)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ProductConformanceTest {

    private static final String TOKEN = "the-token-of-the-suite";
    private static final Pattern URL = Pattern.compile("http://\\S+/mcp");

    private @Nullable Suite suite;
    private @Nullable Process server;
    private URI url = URI.create("http://localhost/mcp");

    @BeforeAll
    void startTheServer(@TempDir Path temp) throws IOException {
        suite = Suite.installed();
        ProcessBuilder builder =
                new ProcessBuilder(
                                Repository.root().resolve("bellhop").toString(),
                                "serve",
                                "--port",
                                "0",
                                "--project",
                                Files.createDirectory(temp.resolve("project")).toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("XDG_STATE_HOME", temp.resolve("state").toString());
        builder.environment().put("BELLHOP_TOKEN", TOKEN);
        server = builder.start();
        BufferedReader said = server.inputReader(UTF_8);
        String line = String.valueOf(said.readLine());
        Matcher where = URL.matcher(line);
        assertTrue(where.find(), line);
        url = URI.create(where.group());
    }

    @AfterAll
    void endTheServer() throws InterruptedException {
        if (server != null) {
            server.destroy();
            assertTrue(server.waitFor(30, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server-initialize",
                "ping",
                "logging-set-level",
                "tools-list",
                "resources-list",
                "prompts-list",
                "server-sse-multiple-streams",
                "server-session-lifecycle",
                "dns-rebinding-protection"
            })
    void theFirstGenerationIsServed(String scenario, @TempDir Path results) throws Exception {
        run("2025-11-25", scenario, results);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "server-stateless",
                "tools-list",
                "resources-list",
                "prompts-list",
                "sep-2164-resource-not-found",
                "caching",
                "server-sse-multiple-streams",
                "dns-rebinding-protection",
                "http-header-validation",
                "input-required-result-unsupported-methods",
                "input-required-result-validate-input"
            })
    void theSecondGenerationIsServed(String scenario, @TempDir Path results) throws Exception {
        run("2026-07-28", scenario, results);
    }

    private void run(String revision, String scenario, Path results) throws Exception {
        Objects.requireNonNull(suite)
                .run(
                        url,
                        TOKEN,
                        "expected-failures-of-the-product.yml",
                        results,
                        "--spec-version",
                        revision,
                        "--scenario",
                        scenario);
    }
}
