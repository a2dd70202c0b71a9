package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.File;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Whatever `sample-configs/` tells people to copy starts the packaged server, and names only tools
/// that it has.
@Tag("jar")
class SampleConfigsTest {

    private static final Path CONFIGS = Repository.root().resolve("sample-configs");
    private static final int PATIENCE_SECONDS = 60;

    @TempDir Path temp;

    /// What a client reads in one of the folders.
    ///
    /// @param file the file in which the server is named
    /// @param server where in that file
    /// @param rules the file with hooks and permissions; often there is none, and it is the first
    ///   again
    record Sample(String folder, String file, String server, String rules) {

        Sample(String folder, String file, String server) {
            this(folder, file, server, file);
        }
    }

    static Stream<Sample> samples() {
        return Stream.of(
                new Sample("claude-code", ".mcp.json", "/mcpServers/bellhop", "settings.json"),
                new Sample("codex", "config.toml", "/mcp_servers/bellhop"),
                new Sample("copilot", "mcp-config.json", "/mcpServers/bellhop"),
                new Sample("cursor", "mcp.json", "/mcpServers/bellhop"),
                new Sample("gemini", "settings.json", "/mcpServers/bellhop"),
                new Sample("generic", "mcp.json", "/mcpServers/bellhop"),
                new Sample("opencode", "opencode.json", "/mcp/bellhop"),
                new Sample("vscode", "mcp.json", "/servers/bellhop"));
    }

    @ParameterizedTest
    @MethodSource("samples")
    void itStartsTheServerAndNamesToolsThatItHas(Sample sample) throws Exception {
        Path folder = CONFIGS.resolve(sample.folder());
        JsonNode server = parsed(folder.resolve(sample.file())).at(sample.server());

        Set<String> tools = toolsOf(command(server));

        Set<String> named = toolsNamed(parsed(folder.resolve(sample.rules())));
        assertTrue(tools.containsAll(named), named + " of " + tools);
    }

    @Test
    void theHooksThatCallAToolAskTheInbox() throws Exception {
        assertEquals(
                Set.of("UserPromptSubmit", "PostToolBatch", "Stop"),
                hookEvents(parsed(CONFIGS.resolve("claude-code/settings.json"))));
        assertEquals(
                Set.of("SessionStart", "UserPromptSubmit", "PostToolUse", "Stop"),
                hookEvents(parsed(CONFIGS.resolve("codex/config.toml"))));
    }

    @Test
    void theHooksOfTheOthersAreTheCommandForTheirClient() throws Exception {
        JsonNode gemini = parsed(CONFIGS.resolve("gemini/settings.json")).path("hooks");
        JsonNode copilot = parsed(CONFIGS.resolve("copilot/hooks.json")).path("hooks");

        assertEquals(Set.of("SessionStart", "BeforeAgent", "AfterTool"), names(gemini));
        for (JsonNode event : gemini) {
            assertEquals("bellhop inbox --hook gemini", event.at("/0/hooks/0/command").asText());
            assertEquals("command", event.at("/0/hooks/0/type").asText());
        }
        assertEquals(Set.of("sessionStart", "userPromptSubmitted", "postToolUse"), names(copilot));
        for (JsonNode event : copilot) {
            assertEquals("bellhop inbox --hook copilot", event.at("/0/bash").asText());
            assertEquals("command", event.at("/0/type").asText());
        }
    }

    private static Set<String> names(JsonNode object) {
        Set<String> names = new TreeSet<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }

    @Test
    void nothingThatCanDoHarmIsAllowedInAdvance() throws Exception {
        for (Sample sample : samples().toList()) {
            Set<String> named =
                    toolsNamed(parsed(CONFIGS.resolve(sample.folder()).resolve(sample.rules())));
            named.retainAll(Set.of("background_run", "background_kill"));
            assertEquals(Set.of(), named, sample.folder());
        }
    }

    @Test
    void theFoldersAreThoseOfTheTable() throws IOException {
        String readme = Files.readString(CONFIGS.resolve("README.md"));
        String table =
                readme.substring(
                        readme.indexOf("<!-- folders -->"), readme.indexOf("<!-- /folders -->"));
        List<String> listed =
                Pattern.compile("^\\| \\[`([^`]+)`]\\(([^)]+)\\) ", Pattern.MULTILINE)
                        .matcher(table)
                        .results()
                        .map(SampleConfigsTest::folder)
                        .toList();
        List<String> onDisk;
        try (Stream<Path> files = Files.list(CONFIGS)) {
            onDisk =
                    files.filter(Files::isDirectory)
                            .map(folder -> CONFIGS.relativize(folder).toString())
                            .sorted()
                            .toList();
        }

        assertEquals(onDisk, listed);
        assertEquals(onDisk, samples().map(Sample::folder).toList());
        for (String folder : onDisk) {
            assertTrue(Files.exists(CONFIGS.resolve(folder).resolve("README.md")), folder);
        }
    }

    private static String folder(MatchResult row) {
        assertEquals(row.group(1), row.group(2));
        return row.group(1);
    }

    // ---- as a client reads it

    private static JsonNode parsed(Path file) throws IOException {
        ObjectMapper mapper =
                file.toString().endsWith(".toml") ? new TomlMapper() : new ObjectMapper();
        return mapper.readTree(file.toFile());
    }

    /// The words to start: `command` and `args`, or all of them in `command`.
    private static List<String> command(JsonNode server) {
        List<String> words = new ArrayList<>();
        if (server.path("command").isTextual()) {
            words.add(server.path("command").asText());
        }
        server.path("command").forEach(word -> words.add(word.asText()));
        server.path("args").forEach(word -> words.add(word.asText()));
        assertEquals(List.of("bellhop", "mcp"), words);
        return words;
    }

    /// The tools that hooks call, that permissions allow, and that have settings of their own.
    private static Set<String> toolsNamed(JsonNode rules) {
        Set<String> tools = new TreeSet<>();
        for (JsonNode event : rules.path("hooks")) {
            event.findValues("tool").forEach(tool -> tools.add(tool.asText()));
        }
        for (JsonNode allowed : rules.at("/permissions/allow")) {
            assertTrue(allowed.asText().startsWith("mcp__bellhop__"), allowed.asText());
            tools.add(allowed.asText().substring("mcp__bellhop__".length()));
        }
        rules.at("/mcp_servers/bellhop/tools").fieldNames().forEachRemaining(tools::add);
        return tools;
    }

    /// The events that have a hook, each of which is whole: it asks our inbox, and says for which
    /// event and session.
    private static Set<String> hookEvents(JsonNode rules) {
        Set<String> events = new TreeSet<>();
        for (Map.Entry<String, JsonNode> event : rules.path("hooks").properties()) {
            JsonNode hook = event.getValue().at("/0/hooks/0");
            assertEquals("mcp_tool", hook.path("type").asText());
            assertEquals("bellhop", hook.path("server").asText());
            assertEquals("inbox", hook.path("tool").asText());
            assertEquals(event.getKey(), hook.at("/input/event").asText());
            assertEquals("${session_id}", hook.at("/input/session").asText());
            events.add(event.getKey());
        }
        return events;
    }

    // ---- as a client starts it

    private Set<String> toolsOf(List<String> command) throws Exception {
        String path = Repository.root() + File.pathSeparator + System.getenv("PATH");
        List<String> words = new ArrayList<>(command);
        words.set(0, found(words.getFirst(), path).toString());
        Path out = temp.resolve("out");
        Path err = temp.resolve("err");
        ProcessBuilder builder =
                new ProcessBuilder(words)
                        .directory(Files.createDirectory(temp.resolve("project")).toFile())
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment()
                .putAll(
                        Map.of(
                                "PATH",
                                path,
                                "HOME",
                                Files.createDirectory(temp.resolve("home")).toString(),
                                "JAVA_HOME",
                                System.getProperty("java.home"),
                                "BELLHOP_AOT",
                                "off"));
        Process server = builder.start();
        try (Writer in = server.outputWriter()) {
            in.write(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25",\
                    "capabilities":{},"clientInfo":{"name":"sample","version":"1"}}}
                    {"jsonrpc":"2.0","method":"notifications/initialized"}
                    {"jsonrpc":"2.0","id":2,"method":"tools/list"}
                    """);
        }
        if (!server.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
            server.destroyForcibly();
        }
        assertEquals(0, server.waitFor(), Files.readString(err));
        Set<String> tools = new TreeSet<>();
        for (String line : Files.readAllLines(out)) {
            JsonNode answer = new ObjectMapper().readTree(line);
            answer.at("/result/tools").forEach(tool -> tools.add(tool.path("name").asText()));
        }
        assertFalse(tools.isEmpty(), "no tools at all");
        return tools;
    }

    private static Path found(String program, String path) {
        for (String folder : path.split(File.pathSeparator, -1)) {
            Path file = Path.of(folder).resolve(program);
            if (Files.isExecutable(file)) {
                return file;
            }
        }
        throw new AssertionError("no " + program + " on " + path);
    }
}
