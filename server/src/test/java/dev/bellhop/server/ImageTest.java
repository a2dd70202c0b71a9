package dev.bellhop.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What `bellhop image` makes, as somebody has it who was given the tarball: unpacked in another
/// folder, read-only, with no Java on the path and with an environment that names none.
@Tag("jar")
@Timeout(180)
class ImageTest {

    /// All that the path has. On macOS Perl stands in for setsid.
    private static final List<String> TOOLS =
            List.of(
                    "cat", "env", "ls", "mkdir", "mv", "nice", "perl", "rm", "setsid", "sh",
                    "sleep", "tail", "touch");

    private static final int MIB = 1 << 20;

    private static Path tarball = Path.of("/");
    private static Path bin = Path.of("/");
    private static Path image = Path.of("/");
    private static Map<String, String> made = Map.of();

    private final Path home;
    private final Path project;

    ImageTest(@TempDir Path temp) throws IOException {
        home = Files.createDirectory(temp.resolve("home"));
        project = Files.createDirectory(temp.resolve("project"));
    }

    @BeforeAll
    static void makeItAndUnpackItElsewhere(@TempDir Path temp) throws Exception {
        ProcessBuilder making =
                new ProcessBuilder(Repository.root().resolve("bellhop").toString(), "image");
        making.environment().put("BELLHOP_JAVA", System.getProperty("java.home"));
        making.environment().put("BELLHOP_BUILDING", "1");
        tarball = Path.of(run(making).strip());
        run(new ProcessBuilder("tar", "-xzf", tarball.toString()).directory(temp.toFile()));
        try (Stream<Path> unpacked = Files.list(temp)) {
            image = Files.move(unpacked.toList().getFirst(), temp.resolve("in a folder"));
        }
        for (Path file : files(image)) {
            if (!Files.isSymbolicLink(file)) {
                String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
                Files.setPosixFilePermissions(
                        file, PosixFilePermissions.fromString(mode.replace('w', '-')));
            }
        }
        made = state(image);
        bin = Files.createDirectory(temp.resolve("bin"));
        for (String tool : TOOLS) {
            for (String folder : List.of("/bin/", "/usr/bin/")) {
                if (Files.exists(Path.of(folder + tool)) && !Files.exists(bin.resolve(tool))) {
                    Files.createSymbolicLink(bin.resolve(tool), Path.of(folder + tool));
                }
            }
        }
    }

    @BeforeEach
    @AfterEach
    void nothingInItChanges() throws IOException {
        // Root may write where nobody may.
        assertEquals(made, state(image));
    }

    @Test
    void itIsNamedByItsVersionAndTheSystemItIsFor() throws Exception {
        String os = System.getProperty("os.name").startsWith("Mac") ? "macos" : "linux";
        String arch = System.getProperty("os.arch").replace("amd64", "x86_64");
        String version = run(bellhop("--version")).strip();

        assertTrue(version.matches("bellhop [0-9.]+"), version);
        assertEquals(
                "%s-%s-%s.tar.gz".formatted(version.replace(' ', '-'), os, arch),
                tarball.getFileName().toString().replace("-musl", ""));
        try (Stream<Path> files = Files.list(image)) {
            assertEquals(
                    List.of("README.md", "bellhop", "lib", "runtime", "sample-configs"),
                    files.map(file -> file.getFileName().toString()).sorted().toList());
        }
    }

    /// To a tenth. The JDKs of other systems are of other sizes.
    @Test
    void theReadmeSaysHowLargeItIs() throws Exception {
        assumeTrue(tarball.toString().endsWith("-linux-x86_64.tar.gz"));
        Matcher said =
                Pattern.compile("(\\d+) MiB to hand on, (\\d+) MiB unpacked")
                        .matcher(Files.readString(image.resolve("README.md")));
        assertTrue(said.find());
        long unpacked = 0;
        for (Path file : files(image)) {
            unpacked += Files.isRegularFile(file, NOFOLLOW_LINKS) ? Files.size(file) : 0;
        }

        assertEquals(1, Double.parseDouble(said.group(1)) * MIB / Files.size(tarball), 0.1);
        assertEquals(1, Double.parseDouble(said.group(2)) * MIB / unpacked, 0.1);
    }

    @Test
    void aClientPlansAndRunsACommandWithTheJavaInIt() throws Exception {
        try (Client client = new Client(bellhop("mcp", "--project", project.toString()))) {
            assertEquals(
                    image.resolve("runtime/bin/java").toRealPath().toString(),
                    client.process().info().command().orElseThrow());
            List<String> tools = new ArrayList<>();
            for (JsonNode tool : client.ask("tools/list", Map.of()).at("/result/tools")) {
                tools.add(tool.path("name").asText());
            }
            assertTrue(
                    tools.containsAll(List.of("task_create", "background_run")), tools::toString);
            assertEquals(
                    "[ ] #1: lay the table",
                    client.call("task_create", Map.of("subject", "lay the table")));
            String job =
                    client.call("background_run", Map.of("command", "echo laid; exit 3"))
                            .replaceAll("(?s).*task ([0-9a-f]{8}) started.*", "$1");
            String answer = client.call("check_background", Map.of("task_id", job, "wait", 60));
            assertTrue(answer.matches("(?s)\\[exited 3, .*\nlaid"), answer);
        }
        assertTrue(Files.exists(project.resolve(".tasks/task_1.json")));
        assertTrue(run(bellhop("task", "list")).contains("#1: lay the table"));
        assertTrue(run(bellhop("job", "list")).contains("echo laid; exit 3"));
    }

    @Test
    void theCommandsOfPeopleRun() throws Exception {
        assertEquals("No tasks.\n", run(bellhop("task", "list")));
        assertEquals("No background tasks.\n", run(bellhop("job", "list")));
        assertEquals("No notifications.\n", run(bellhop("inbox")));
        assertTrue(run(bellhop("doctor")).contains("ok database: sound"));
        String demo = run(bellhop("demo"));
        assertTrue(demo.contains("unblocked: #2, #3"), demo);
        // The environment names no locale, and what is shortened ends with an ellipsis.
        assertTrue(demo.contains("\u2026") && !demo.contains("\ufffd"), demo);
    }

    @Test
    void itServesOverHttp() throws Exception {
        Process server = bellhop("serve", "--port", "0").start();
        try (HttpClient client = HttpClient.newHttpClient()) {
            String url =
                    server.inputReader().readLine().replaceAll(".*(http://.*)/mcp.*", "$1/health");
            String token = Files.readString(home.resolve(".local/state/bellhop/token")).strip();

            HttpResponse<String> answer =
                    client.send(
                            HttpRequest.newBuilder(URI.create(url))
                                    .header("Authorization", "Bearer " + token)
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertEquals("{\"status\":\"ok\"}", answer.body());
        } finally {
            server.toHandle().destroy();
        }
        assertEquals(143, server.waitFor());
        assertEquals(List.of(), server.errorReader().lines().toList());
    }

    @Test
    void itPostsToAWebhookBehindTls() throws Exception {
        Path keys = home.resolve("keys");
        run(
                new ProcessBuilder(
                        (Path.of(System.getProperty("java.home"), "bin", "keytool")
                                        + " -genkeypair -keystore "
                                        + keys
                                        + " -storepass hush-hush -dname CN=receiver -alias receiver"
                                        + " -keyalg EC -groupname secp256r1"
                                        + " -ext san=ip:127.0.0.1")
                                .split(" ", -1)));
        BlockingQueue<String> posted = new LinkedBlockingQueue<>();
        HttpsServer receiver =
                HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        receiver.setHttpsConfigurator(new HttpsConfigurator(tls(keys)));
        receiver.createContext(
                "/",
                exchange -> {
                    posted.add(exchange.getRequestHeaders().getFirst("Bellhop-Event"));
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                });
        receiver.start();
        String config =
                """
                {"sinks": {"hook": {"webhook": "https://127.0.0.1:%d/", "secretEnv": "MY_SECRET"}}}
                """
                        .formatted(receiver.getAddress().getPort());
        ProcessBuilder builder = bellhop("mcp", "--project", project.toString());
        builder.environment()
                .put(
                        "BELLHOP_CONFIG",
                        Files.writeString(home.resolve("config.json"), config).toString());
        builder.environment().put("MY_SECRET", "hush");
        builder.environment()
                .put(
                        "JAVA_TOOL_OPTIONS",
                        "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=hush-hush"
                                .formatted(keys));
        try (Client client = new Client(builder)) {
            String event;
            do { // The sink is told what happens from when the server has noticed it.
                client.call("task_create", Map.of("subject", "lay the table"));
                event = posted.poll(1, TimeUnit.SECONDS);
            } while (event == null);

            assertEquals("task.created", event);
        } finally {
            receiver.stop(0);
        }
    }

    @Test
    void itStartsFromItsOwnCacheAlsoWhenAJavaIsNamedElsewhere() throws Exception {
        ProcessBuilder builder = bellhop("--version");
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));

        assertEquals("shared objects file", sourceOfMain(builder));

        builder.environment().put("BELLHOP_AOT", "off");
        assertTrue(sourceOfMain(builder).endsWith("/lib/bellhop.jar"));
    }

    /// The JVM looks for the jar in the folder of the training, and, if there is none, again for
    /// each class, each time by way of an exception: thousands, which take a sixth of the start.
    @Test
    void itStartsAsFastAsWhereItWasMade() throws Exception {
        assumeTrue(Files.exists(Path.of("/proc/self/fd")));
        Path log = home.resolve("exceptions");
        ProcessBuilder builder = bellhop("--version");
        builder.environment().put("_JAVA_OPTIONS", "-Xlog:exceptions=info:file=" + log);

        run(builder);

        assertEquals(
                List.of(),
                Files.readAllLines(log).stream()
                        .filter(line -> line.contains("UnixException"))
                        .toList());
    }

    /// The JVM may refuse a cache when the time of the jar is another.
    @Test
    void aCopyThatHasLostTheTimesStartsFromTheCacheToo() throws Exception {
        Path copy = home.resolve("copy");
        for (Path file : files(image)) {
            Path target = copy.resolve(image.relativize(file));
            if (Files.isDirectory(file)) {
                Files.createDirectory(target);
            } else {
                Files.copy(file, target);
            }
        }
        ProcessBuilder builder =
                bellhop("--version").command("/bin/sh", copy + "/bellhop", "--version");
        builder.environment().put("PATH", System.getenv("PATH"));

        assertEquals("shared objects file", sourceOfMain(builder));
    }

    /// A module that is not there shows only when a class of it is looked for, so the jar's classes
    /// are asked for all of them.
    @Test
    void itHasTheModulesThatTheJarUses() throws Exception {
        StringWriter said = new StringWriter();
        ToolProvider jdeps = ToolProvider.findFirst("jdeps").orElseThrow();
        jdeps.run(
                new PrintWriter(said),
                new PrintWriter(said),
                "-s",
                "--ignore-missing-deps",
                "--multi-release",
                "25",
                image.resolve("lib/bellhop.jar").toString());
        Set<String> expected = new TreeSet<>();
        for (String line : said.toString().lines().toList()) {
            expected.add(line.replaceAll(".* -> ", ""));
        }
        expected.removeAll(Set.of("not found", "JDK removed internal API"));
        // Jackson, for annotations of java.beans where there are such.
        assertTrue(expected.remove("java.desktop"));
        // Which java.sql brings.
        expected.add("java.transaction.xa");

        Properties release = new Properties();
        try (InputStream in = Files.newInputStream(image.resolve("runtime/release"))) {
            release.load(in);
        }
        String modules = release.getProperty("MODULES").replace("\"", "");
        assertEquals(expected, new TreeSet<>(List.of(modules.split(" ", -1))));
    }

    // ---- what is done with it

    private ProcessBuilder bellhop(String... words) {
        List<String> command = new ArrayList<>(List.of(image.resolve("bellhop").toString()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(project.toFile());
        builder.environment().clear();
        builder.environment().putAll(Map.of("PATH", bin.toString(), "HOME", home.toString()));
        return builder;
    }

    private static String run(ProcessBuilder builder) throws Exception {
        Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, process.waitFor(), said);
        return said;
    }

    /// Where the JVM has the product's first class from.
    private String sourceOfMain(ProcessBuilder builder) throws Exception {
        Path log = home.resolve("classes");
        // The last word on the JVM's log, which the launcher turns off.
        builder.environment().put("_JAVA_OPTIONS", "-Xlog:class+load:file=" + log);
        run(builder);
        return Files.readAllLines(log).stream()
                .filter(line -> line.contains(Main.class.getName() + " source: "))
                .map(line -> line.replaceAll(".* source: ", ""))
                .findFirst()
                .orElseThrow();
    }

    private static SSLContext tls(Path keys) throws Exception {
        char[] password = "hush-hush".toCharArray();
        KeyManagerFactory factory =
                KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(KeyStore.getInstance(keys.toFile(), password), password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(factory.getKeyManagers(), null, null);
        return context;
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.toList();
        }
    }

    /// Each file of the folder, with its time and mode.
    private static Map<String, String> state(Path folder) throws IOException {
        Map<String, String> state = new TreeMap<>();
        for (Path file : files(folder)) {
            state.put(
                    folder.relativize(file).toString(),
                    Files.getLastModifiedTime(file)
                            + " "
                            + PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
        }
        return state;
    }
}
