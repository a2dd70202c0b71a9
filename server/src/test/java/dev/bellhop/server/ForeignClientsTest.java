package dev.bellhop.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Clients that others wrote and that are no agents: the TypeScript SDK's, and the inspector's
/// command line. `conformance/install.sh` installs them; without them this is skipped.
@Tag("jar")
@Timeout(180)
class ForeignClientsTest {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String TOKEN = "the-token-of-the-clients";
    private static final List<String> TOOLS =
            List.of(
                    "task_create",
                    "task_update",
                    "task_list",
                    "task_get",
                    "background_run",
                    "check_background",
                    "background_kill",
                    "inbox");

    private final String bellhop = Repository.root().resolve("bellhop").toString();
    private final Path modules =
            Path.of(System.getenv().getOrDefault("BELLHOP_CONFORMANCE", ""))
                    .resolve("node_modules");
    private final Path temp;
    private final Path project;
    private @Nullable Process server;

    ForeignClientsTest(@TempDir Path temp) throws IOException {
        this.temp = temp;
        project = Files.createDirectory(temp.resolve("project"));
    }

    private Path modules() {
        return System.getenv("BELLHOP_CONFORMANCE") != null
                ? modules
                : Path.of(System.getProperty("user.home"))
                        .resolve(".cache/bellhop-conformance/node_modules");
    }

    @BeforeEach
    void requireThem() {
        boolean areThere = Files.isDirectory(modules().resolve("@modelcontextprotocol/client"));
        assertTrue(
                areThere || System.getenv("BELLHOP_CONFORMANCE") == null,
                "they are not in BELLHOP_CONFORMANCE");
        assumeTrue(areThere, "run server/src/test/resources/conformance/install.sh first");
    }

    @AfterEach
    void endTheServer() throws InterruptedException {
        if (server != null) {
            server.destroy();
            assertTrue(server.waitFor(30, TimeUnit.SECONDS));
        }
    }

    private ProcessBuilder process(List<String> words) {
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .directory(project.toFile())
                        .redirectError(ProcessBuilder.Redirect.INHERIT);
        builder.environment().put("XDG_STATE_HOME", temp.resolve("state").toString());
        builder.environment().put("BELLHOP_TOKEN", TOKEN);
        return builder;
    }

    private JsonNode run(List<String> words) throws Exception {
        Process process = process(words).start();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), said);
        return JSON.readTree(said);
    }

    /// Starts a server on a port.
    private String url() throws IOException {
        Process started = process(List.of(bellhop, "serve", "--port", "0", "--allow-exec")).start();
        server = started;
        return started.inputReader(UTF_8).readLine().replaceAll(".*(http://\\S+/mcp).*", "$1");
    }

    private String node() {
        return modules().resolve("node/bin/node").toString();
    }

    @ParameterizedTest
    @CsvSource({
        "legacy, stdio, 2025-11-25",
        "auto, stdio, 2026-07-28",
        "2026-07-28, stdio, 2026-07-28",
        "legacy, http, 2025-11-25",
        "auto, http, 2026-07-28",
        "2026-07-28, http, 2026-07-28"
    })
    void theTypeScriptClientListsCallsReadsAndFollows(String mode, String transport, String version)
            throws Exception {
        Path script = temp.resolve("typescript.mjs");
        Files.copy(
                Repository.root().resolve("server/src/test/resources/clients/typescript.mjs"),
                script);
        Files.createSymbolicLink(temp.resolve("node_modules"), modules());
        List<String> words = new ArrayList<>(List.of(node(), script.toString(), mode, transport));
        words.addAll(
                transport.equals("http")
                        ? List.of(url())
                        : List.of(project.toString(), bellhop, "mcp"));

        JsonNode said = run(words);

        assertEquals(version, said.path("version").asText());
        assertEquals(TOOLS, JSON.convertValue(said.path("tools"), List.class));
        assertEquals("[ ] #1: followed", said.path("created").asText());
        assertEquals("followed", said.path("read").asText());
        assertEquals(
                "[\"bellhop://board\",\"bellhop://task/1\"]", said.path("resources").toString());
        assertEquals("[\"plan\",\"resume\"]", said.path("prompts").toString());
        assertEquals("[\"1\"]", said.path("completed").toString());
        // Nobody is there to be told between two messages of the first generation over HTTP.
        boolean isTold = transport.equals("stdio") || version.equals("2026-07-28");
        assertEquals(isTold ? "bellhop://task/1" : "", said.path("updated").asText());
    }

    @ParameterizedTest
    @CsvSource({"legacy, stdio", "modern, stdio", "legacy, http", "modern, http"})
    void theInspectorListsCallsAndReads(String era, String transport) throws Exception {
        List<String> inspector = new ArrayList<>();
        inspector.add(node());
        inspector.add(
                modules()
                        .resolve("@modelcontextprotocol/inspector/clients/launcher/build/index.js")
                        .toString());
        inspector.add("--cli");
        inspector.addAll(
                transport.equals("http")
                        ? List.of(
                                url(),
                                "--transport",
                                "http",
                                "--header",
                                "Authorization: Bearer " + TOKEN)
                        : List.of(bellhop, "mcp"));
        inspector.addAll(List.of("--protocol-era", era));

        assertEquals(
                TOOLS,
                JSON.convertValue(
                        ask(inspector, "--method", "tools/list").findValues("name"), List.class));
        assertEquals(
                "[ ] #1: inspected",
                ask(
                                inspector,
                                "--method",
                                "tools/call",
                                "--tool-name",
                                "task_create",
                                "--tool-arg",
                                "subject=inspected")
                        .at("/content/0/text")
                        .asText());
        assertTrue(
                ask(inspector, "--method", "resources/read", "--uri", "bellhop://task/1")
                        .at("/contents/0/text")
                        .asText()
                        .contains("\"subject\":\"inspected\""));
    }

    private JsonNode ask(List<String> inspector, String... words) throws Exception {
        List<String> all = new ArrayList<>(inspector);
        all.addAll(List.of(words));
        return run(all);
    }
}
