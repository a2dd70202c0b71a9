package dev.bellhop.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.ProcessIdentity;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The launcher, `bellhop` at the root of the repository: a copy of it in a folder of its own,
/// among made-up Javas which print how they were started. No jar is run and nothing is built.
@Tag("launcher")
class LauncherTest {

    private static final String HASH = "0123456789abcdef".repeat(4);
    private static final FileTime THE_TIME_OF_THE_JAR =
            FileTime.from(Instant.parse("2026-01-01T00:00:00Z"));

    /// Of what [#putJar] writes.
    private static final String HASH_OF_THE_JAR =
            "fc8bd814a3051a9717431182d5af2a2d654481aac82a028c05c73afa4ca38823";

    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private static final List<String> FLAGS =
            List.of(
                    "-XX:+UseSerialGC",
                    "-Xms8m",
                    "-XX:TieredStopAtLevel=1",
                    "-XX:-UsePerfData",
                    "-Xlog:disable",
                    "-Xlog:all=error:stderr",
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-Djdk.reflect.useNativeAccessorOnly=true",
                    "-Djava.locale.providers=SPI");

    /// Those of a start without a start cache.
    private static final List<String> BARE =
            List.of(
                    "-XX:+IgnoreUnrecognizedVMOptions",
                    "-XX:+UnlockDiagnosticVMOptions",
                    "-XX:-BytecodeVerificationRemote");

    /// Where a Java is looked for when neither the environment nor the path has one, in this order.
    private static final List<String> USUAL =
            List.of(
                    "system/usr/lib/jvm/one",
                    "system/usr/java/one",
                    "system/opt/java/one",
                    "system/opt/jdk-one",
                    "system/Library/Java/JavaVirtualMachines/one/Contents/Home",
                    "home/Library/Java/JavaVirtualMachines/one/Contents/Home",
                    "system/opt/homebrew/opt/openjdk@25/libexec/openjdk.jdk/Contents/Home",
                    "system/usr/local/opt/openjdk/libexec/openjdk.jdk/Contents/Home",
                    "home/.sdkman/candidates/java/one",
                    "home/.jdks/one",
                    "home/.local/share/mise/installs/java/one",
                    "home/.asdf/installs/java/one");

    /// What the launcher and the made-up programs may use. The path has these alone, since the
    /// machine's own folders may hold a Java or a Maven.
    private static final List<String> TOOLS =
            List.of(
                    "cat",
                    "dd",
                    "env",
                    "find",
                    "flock",
                    "mkdir",
                    "mv",
                    "nice",
                    "perl",
                    "readlink",
                    "rm",
                    "setsid",
                    "sh",
                    "sha256sum",
                    "sleep",
                    "tail",
                    "timeout",
                    "touch");

    @TempDir Path temp;
    private Path root = Path.of("");
    private Path launcher = Path.of("");
    private Path jar = Path.of("");
    private Path bin = Path.of("");
    private final Map<String, String> environment = new LinkedHashMap<>();

    /// How a launcher ended, and what it wrote.
    record Outcome(int exit, List<String> out, List<String> err) {}

    @BeforeEach
    void copyTheLauncher() throws IOException {
        temp = Files.createDirectories(temp.toRealPath().resolve("in a folder"));
        root = Files.createDirectories(temp.resolve("bell hop"));
        bin = Files.createDirectories(temp.resolve("bin"));
        Files.createDirectories(temp.resolve("project"));
        Files.createDirectories(temp.resolve("home"));
        String original = Files.readString(Repository.root().resolve("bellhop"));
        launcher = root.resolve("bellhop");
        executable(launcher, original.replace("\nsystem=\n", "\nsystem='" + temp + "/system'\n"));
        assertNotEquals(original, Files.readString(launcher));
        Files.writeString(root.resolve("pom.xml"), "<project/>");
        jar = root.resolve("server/target/bellhop.jar");
        putJar(HASH);
        for (String tool : TOOLS) {
            for (String folder : List.of("/bin/", "/usr/bin/")) {
                if (Files.exists(Path.of(folder + tool))) {
                    executable(bin.resolve(tool), "#!/bin/sh\nexec " + folder + tool + " \"$@\"\n");
                }
            }
        }
        environment.put("PATH", bin.toString());
        environment.put("HOME", temp.resolve("home").toString());
        environment.put("BELLHOP_AOT", "off");
    }

    @Test
    void theJavaIsStartedWithOurFlagsAndTheWordsAsTheyAre() throws Exception {
        Path home = java("system/usr/lib/jvm/jdk 25", "25.0.3");

        List<String> words = List.of("task", "create", "two  words", "", "*", "$HOME", "-x");
        List<String> expected = started(home);
        expected.addAll(words);
        assertEquals(
                new Outcome(0, expected, List.of()), run(launcher, words.toArray(String[]::new)));
    }

    @Test
    void theUsualFoldersAreTriedInOrder() throws Exception {
        for (String home : USUAL) {
            java(home, "25.0.3");
        }
        for (String home : USUAL) {
            assertEquals(home, temp.relativize(taken()).toString());
            Files.delete(temp.resolve(home + "/release"));
        }
        assertEquals(3, run(launcher).exit());
    }

    @Test
    void theEnvironmentComesBeforeThePathAndThePathBeforeTheUsualFolders() throws Exception {
        Path usual = java("system/usr/lib/jvm/one", "25");
        assertEquals(usual, taken());
        Path onPath = java("on path", "25");
        environment.put("PATH", bin + ":" + onPath.resolve("bin"));
        assertEquals(onPath, taken());
        Path javaHome = java("java home", "25");
        environment.put("JAVA_HOME", javaHome.toString());
        assertEquals(javaHome, taken());
        Path named = java("named", "25");
        environment.put("BELLHOP_JAVA", named.toString());
        assertEquals(named, taken());
    }

    @Test
    void anOlderJavaIsPassedOverWhereverItIs() throws Exception {
        environment.put("JAVA_HOME", java("java home", "17.0.15").toString());
        environment.put("PATH", bin + ":" + java("on path", "21.0.2").resolve("bin"));
        java("system/usr/lib/jvm/a", "1.8.0_402");
        java("system/usr/lib/jvm/b", "24.0.2");
        Path early = java("system/usr/lib/jvm/c", "26-ea");
        java("system/usr/lib/jvm/d", "25.0.3");

        assertEquals(early, taken());
    }

    @Test
    void aJavaOnThePathMayBeALinkToTheRealOne() throws Exception {
        Path home = java("store/jdk-25", "25.0.3");
        link(temp.resolve("alternatives/java"), Path.of("../store/jdk-25/bin/java"));
        link(bin.resolve("java"), temp.resolve("alternatives/java"));

        assertEquals(home, taken().toRealPath());
    }

    @Test
    void aLinkOnThePathToAnOldJavaIsPassedOver() throws Exception {
        Path old = java("system/usr/lib/jvm/a", "17.0.15");
        Path home = java("system/usr/lib/jvm/b", "25.0.3");
        link(bin.resolve("java"), old.resolve("bin/java"));

        assertEquals(home, taken());
    }

    @Test
    void aStubThatBelongsToNoJavaIsPassedOver() throws Exception {
        executable(bin.resolve("java"), "#!/bin/sh\necho no Java here; exit 1\n");
        Path home = java("home/.jdks/temurin-25", "25.0.3");

        assertEquals(home, taken());
    }

    @Test
    void theJavaNamedMayBeAHomeAJavaOrALinkToOne() throws Exception {
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.resolve("bin/java").toString());
        assertEquals(home, taken());
        link(temp.resolve("link"), home.resolve("bin/java"));
        environment.put("BELLHOP_JAVA", temp.resolve("link").toString());
        assertEquals(home, taken());
    }

    @ParameterizedTest
    @ValueSource(strings = {"old", "old/bin/java", "nowhere", "nowhere/bin/java"})
    void aJavaNamedThatWillNotDoIsSaidAndNotReplaced(String named) throws Exception {
        java("old", "17.0.15");
        java("system/usr/lib/jvm/one", "25.0.3");
        environment.put("BELLHOP_JAVA", temp.resolve(named).toString());

        assertEquals(
                new Outcome(
                        3,
                        List.of(),
                        List.of(
                                "bellhop: BELLHOP_JAVA is %s, which is not a Java 25 or later."
                                        .formatted(temp.resolve(named)))),
                run(launcher));
    }

    @Test
    void withoutAJavaOneSentenceSaysWhatToInstall() throws Exception {
        java("system/usr/lib/jvm/one", "17.0.15");
        environment.remove("HOME");

        assertEquals(
                new Outcome(
                        3,
                        List.of(),
                        List.of(
                                "bellhop: needs Java 25 or later and found none: install one (apt install"
                                        + " openjdk-25-jdk, brew install openjdk@25 or sdk install java 25-tem), or set"
                                        + " BELLHOP_JAVA to the home of one.")),
                run(launcher, "mcp"));
    }

    @Test
    void itIsFoundThroughLinksByItsNameAndFromElsewhere() throws Exception {
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        link(temp.resolve("links/absolute"), launcher);
        link(temp.resolve("links/relative"), Path.of("../bell hop/bellhop"));
        link(bin.resolve("bellhop"), Path.of("../links/relative"));
        List<List<String>> ways =
                List.of(
                        List.of(temp.resolve("links/absolute").toString()),
                        List.of(temp.resolve("links/relative").toString()),
                        List.of("/bin/sh", "-c", "bellhop"),
                        List.of("/bin/sh", "-c", "cd '../bell hop' && ./bellhop"),
                        List.of("/bin/sh", "-c", "cd '../bell hop' && sh bellhop"),
                        List.of("/bin/sh", "-c", "../bell\\ hop/bellhop"));
        environment.put("CDPATH", temp.toString());
        environment.put("BELLHOP_JAVA", home.toString());
        for (List<String> way : ways) {
            Outcome outcome = run(way);

            assertEquals(List.of(), outcome.err(), way.toString());
            assertEquals(home + "/bin/java", outcome.out().getFirst(), way.toString());
            Path started = Path.of(outcome.out().getLast());
            assertTrue(started.isAbsolute() && Files.isSameFile(jar, started), started.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox", "/bin/ksh"})
    void anyShellWillDo(String shell) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(shell)));
        java("system/usr/lib/jvm/a", "17.0.15");
        Path home = java("system/usr/lib/jvm/b", "25.0.3");
        link(bin.resolve("java"), temp.resolve("system/usr/lib/jvm/a/bin/java"));
        Path cache = cache(HASH, "25.0.3+9-LTS-Example_Vendor_25_");
        environment.remove("BELLHOP_AOT");
        List<String> command = new ArrayList<>(List.of(shell));
        if (shell.endsWith("busybox")) {
            command.add("sh");
        }
        command.addAll(List.of(launcher.toString(), "mcp"));

        assertEquals(new Outcome(0, started(home, cache, "mcp"), List.of()), run(command));
    }

    @Test
    void theStartCacheIsTheOneOfThisJarAndThisJvm() throws Exception {
        environment.remove("BELLHOP_AOT");
        environment.put("PATH", temp.resolve("nothing to train with").toString());
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        Path cache = cache(HASH, "25.0.3+9-LTS-Example_Vendor_25_");
        assertEquals(started(home, cache, "mcp"), run(launcher, "mcp").out());

        java("system/usr/lib/jvm/one", "25.0.4");
        assertEquals(started(home, "mcp"), run(launcher, "mcp").out());
        Path other = cache(HASH, "25.0.4+9-LTS-Example_Vendor_25_");
        assertEquals(started(home, other, "mcp"), run(launcher, "mcp").out());

        String hash = "fedcba9876543210".repeat(4);
        putJar(hash);
        assertEquals(started(home, "mcp"), run(launcher, "mcp").out());
        Path rebuilt = cache(hash, "25.0.4+9-LTS-Example_Vendor_25_");
        assertEquals(started(home, rebuilt, "mcp"), run(launcher, "mcp").out());

        environment.put("BELLHOP_AOT", "off");
        assertEquals(started(home, "mcp"), run(launcher, "mcp").out());
    }

    /// A jar that was put there after the hash was written is not the jar that was hashed.
    @Test
    void aJarNewerThanItsHashHasNoStartCache() throws Exception {
        environment.remove("BELLHOP_AOT");
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        cache(HASH, "25.0.3+9-LTS-Example_Vendor_25_");
        Files.setLastModifiedTime(
                jar,
                FileTime.from(
                        Files.getLastModifiedTime(Path.of(jar + ".sha256"))
                                .toInstant()
                                .plusSeconds(5)));

        assertEquals(started(home), run(launcher).out());
    }

    @Test
    void whereNothingCanBeWrittenBesideTheJarTheUsersOwnCacheIsTaken() throws Exception {
        environment.remove("BELLHOP_AOT");
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        notBesideTheJar();
        Path cache =
                temp.resolve(
                        "home/.cache/bellhop/aot/0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.mcp.aot");
        Files.createDirectories(cache.getParent());
        Files.writeString(cache, "classes");

        assertEquals(started(home, cache, "mcp"), run(launcher, "mcp").out());
    }

    static Stream<Map<String, String>> uselessCacheFolders() {
        return Stream.of(
                Map.of(),
                Map.of("HOME", ""),
                Map.of("HOME", "relative"),
                Map.of("HOME", "/dev/null"),
                Map.of("HOME", "/dev/null", "XDG_CACHE_HOME", "relative"),
                Map.of("XDG_CACHE_HOME", "/dev/null"),
                Map.of("XDG_CACHE_HOME", "/proc/nowhere"));
    }

    @ParameterizedTest
    @MethodSource("uselessCacheFolders")
    void aFolderThatCannotHoldTheStartCacheIsNoError(Map<String, String> useless) throws Exception {
        environment.remove("BELLHOP_AOT");
        environment.remove("HOME");
        environment.putAll(useless);
        notBesideTheJar();
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.toString());

        assertEquals(new Outcome(0, started(home, "mcp"), List.of()), run(launcher, "mcp"));
        assertEquals(List.of(), files(temp.resolve("project")));
    }

    /// Linux has flock, setsid and timeout; macOS has Perl instead.
    @ParameterizedTest
    @ValueSource(strings = {"", "flock setsid timeout", "flock setsid timeout perl"})
    void theStartCacheIsMadeAsideAndLeavesNothingElseBehind(String missing) throws Exception {
        remove(missing);
        environment.remove("BELLHOP_AOT");
        environment.put("CLAUDE_PROJECT_DIR", temp.resolve("project").toString());
        environment.put("BELLHOP_TASKS_DIR", temp.resolve("project/tasks").toString());
        environment.put("XDG_STATE_HOME", temp.resolve("home/state").toString());
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.toString());
        Path folder = jar.resolveSibling("aot");
        Files.createDirectories(folder.resolve("training.1/of one that was killed"));
        Files.writeString(folder.resolve("fedcba9876543210-of-an-earlier-build.aot"), "classes");

        assertEquals(new Outcome(0, started(home, "mcp"), List.of()), run(launcher, "mcp"));

        Path cache = folder.resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.mcp.aot");
        Path serve = folder.resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.serve.aot");
        Path commands =
                folder.resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.commands.aot");
        until(() -> Files.exists(commands) && files(folder).size() == 4);
        assertEquals(List.of(commands, cache, serve, folder.resolve("lock")), files(folder));
        assertEquals(List.of(), files(temp.resolve("project")));
        assertEquals(
                List.of(
                        "initialize",
                        "notifications/initialized",
                        "tools/list",
                        "server/discover",
                        "tools/list",
                        "tools/call",
                        "tools/call"),
                said(cache));
        assertEquals(
                List.of("mcp", "--project"), part(cache, 2).reversed().subList(1, 3).reversed());
        assertEquals(
                List.of("dev.bellhop.server.Rehearsal", "serve"),
                part(serve, 2).reversed().subList(1, 3).reversed());
        assertEquals(
                List.of("dev.bellhop.server.Rehearsal", "commands"),
                part(commands, 2).reversed().subList(1, 3).reversed());
        List<String> names =
                part(commands, 1).stream()
                        .map(line -> line.replaceAll("=.*", ""))
                        .filter(name -> !List.of("PWD", "SHLVL", "_", "OLDPWD").contains(name))
                        .sorted()
                        .toList();
        assertEquals(List.of("HOME", "LC_ALL", "PATH", "TMPDIR"), names);
        assertEquals(started(home, cache, "mcp"), run(launcher, "mcp").out());
        assertEquals(started(home, commands, "task", "list"), run(launcher, "task", "list").out());
        assertEquals(started(home, serve, "serve"), run(launcher, "serve").out());
    }

    /// Which methods the made-up Java was told to call.
    private static List<String> said(Path cache) throws IOException {
        List<String> said = new ArrayList<>();
        for (String line : part(cache, 0)) {
            said.add(new ObjectMapper().readTree(line).path("method").asText());
        }
        return said;
    }

    /// What the made-up Java writes in place of a cache: what it hears, its environment and its
    /// arguments.
    private static List<String> part(Path cache, int number) throws IOException {
        return Files.readString(cache).split("(?m)^--\\n", -1)[number].lines().toList();
    }

    @Test
    void aTrainingThatFailedIsNotTriedAgainAtEveryStart() throws Exception {
        environment.remove("BELLHOP_AOT");
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.toString());
        executable(
                home.resolve("bin/java"),
                "#!/bin/sh\ncase \"$*\" in *AOTCacheOutput*) echo >&2 no room; exit 1;; esac\n");
        Path folder = jar.resolveSibling("aot");
        Path failed =
                folder.resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.mcp.aot.failed");
        Path serve =
                folder.resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.serve.aot.failed");
        Path commands =
                folder.resolve(
                        "0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.commands.aot.failed");

        assertEquals(new Outcome(0, List.of(), List.of()), run(launcher));

        until(() -> Files.exists(commands) && files(folder).size() == 4);
        assertEquals("no room\n", Files.readString(failed));
        assertEquals(List.of(commands, failed, serve, folder.resolve("lock")), files(folder));
    }

    @Test
    void aMissingJarIsBuiltOnceAndItsOutputGoesNowhereNearTheClient() throws Exception {
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        Files.delete(jar);
        mvn("touch '%s'".formatted(jar));

        assertEquals(
                new Outcome(
                        0,
                        started(home, "mcp"),
                        List.of(
                                "bellhop: building %s, once; this takes a minute or two"
                                        .formatted(root))),
                run(launcher, "mcp"));
        assertEquals(
                List.of(
                        root.toString(),
                        home.toString(),
                        "-B -ntp -Dmaven.test.skip=true -Dmdep.analyze.skip=true"
                                + " -Dspotless.check.skip=true package"),
                Files.readAllLines(root.resolve("mvn-was-run")));
        assertEquals(new Outcome(0, started(home, "mcp"), List.of()), run(launcher, "mcp"));
    }

    @Test
    void aBuildThatFailsSaysHowItEnded() throws Exception {
        java("system/usr/lib/jvm/one", "25.0.3");
        Files.delete(jar);
        mvn("i=0; while [ $i -lt 50 ]; do i=$((i + 1)); echo line $i; done; exit 1");

        Outcome outcome = run(launcher, "mcp");

        assertEquals(1, outcome.exit());
        assertEquals(List.of(), outcome.out());
        assertEquals("line 21", outcome.err().get(1));
        assertEquals("line 50", outcome.err().get(30));
        assertEquals(
                "bellhop: the build failed; all that it said is in %s/target/build.log."
                        .formatted(root),
                outcome.err().getLast());
    }

    @Test
    void withoutMavenOneSentenceSaysSo() throws Exception {
        java("system/usr/lib/jvm/one", "25.0.3");
        Files.delete(jar);

        assertEquals(
                new Outcome(
                        3,
                        List.of(),
                        List.of(
                                "bellhop: building needs Maven 3.8 or later on the PATH: apt install maven, brew install"
                                        + " maven or sdk install maven.")),
                run(launcher, "mcp"));
    }

    @Test
    void buildingTakesAJavaThatCanCompile() throws Exception {
        Path runsOnly = java("system/usr/lib/jvm/a", "25.0.3");
        Files.delete(runsOnly.resolve("bin/javac"));
        Files.delete(jar);
        mvn("touch '%s'".formatted(jar));
        Outcome none = run(launcher, "mcp");
        assertEquals(3, none.exit());
        assertEquals(
                List.of(
                        "bellhop: needs a full JDK 25 or later to build and found none: install one (apt install"
                                + " openjdk-25-jdk, brew install openjdk@25 or sdk install java 25-tem), or set"
                                + " BELLHOP_JAVA to the home of one with bin/javac."),
                none.err());

        Path compiles = java("system/usr/lib/jvm/b", "25.0.3");
        assertEquals(started(runsOnly, "mcp"), run(launcher, "mcp").out());
        assertEquals(compiles.toString(), Files.readAllLines(root.resolve("mvn-was-run")).get(1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "flock"})
    void twoAtOnceBuildOnce(String missing) throws Exception {
        remove(missing);
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.toString());
        Files.delete(jar);
        mvn("while [ ! -e '%s/go' ]; do sleep 0.02; done; touch '%s'".formatted(temp, jar));
        Running first = start(List.of(launcher.toString(), "mcp"));
        until(() -> Files.exists(root.resolve("mvn-was-run")));
        Running second = start(List.of(launcher.toString(), "mcp"));
        until(() -> lines(second.err()).size() == 1);
        Files.createFile(temp.resolve("go"));

        assertEquals(started(home, "mcp"), first.outcome().out());
        assertEquals(
                new Outcome(
                        0,
                        started(home, "mcp"),
                        List.of("bellhop: waiting for another build to end")),
                second.outcome());
        assertEquals(3, Files.readAllLines(root.resolve("mvn-was-run")).size());
    }

    @Test
    void buildBuildsAgainAndMakesTheStartCache() throws Exception {
        environment.remove("BELLHOP_AOT");
        Path home = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", home.toString());
        Path cache = cache(HASH, "25.0.3+9-LTS-Example_Vendor_25_");
        mvn("");

        Outcome outcome = run(launcher, "build");

        assertEquals(0, outcome.exit());
        assertEquals(List.of(), outcome.out());
        assertTrue(Files.readString(cache).startsWith("{\"jsonrpc\":\"2.0\","));
        assertEquals(3, Files.readAllLines(root.resolve("mvn-was-run")).size());
    }

    @Test
    void testMakesTheStartCacheOfWhatItBuilt() throws Exception {
        environment.remove("BELLHOP_AOT");
        java("system/usr/lib/jvm/one", "25.0.3");
        mvn("");

        assertEquals(0, run(launcher, "test").exit());

        Path cache =
                jar.resolveSibling("aot")
                        .resolve("0123456789abcdef-25.0.3+9-LTS-Example_Vendor_25_.mcp.aot");
        assertTrue(Files.readString(cache).startsWith("{\"jsonrpc\":\"2.0\","));
    }

    @Test
    void testRunsTheWholeBuildWithTheJdkItFound() throws Exception {
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        mvn("exit 7");

        Outcome outcome = run(launcher, "test", "-pl", "two words");

        assertEquals(7, outcome.exit());
        assertEquals(
                List.of(root.toString(), home.toString(), "verify -pl two words"),
                Files.readAllLines(root.resolve("mvn-was-run")));
    }

    @Test
    void tortureBuildsTheTestsTooAndAgainOnlyWhenASourceIsNewer() throws Exception {
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        mvn("");
        Path source = root.resolve("tools/src/Some.java");
        executable(source, "");
        List<String> expected =
                List.of(
                        home + "/bin/java",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dbellhop.launcher=" + launcher,
                        "-cp",
                        root.resolve("server/target/test-classes") + ":" + jar,
                        "dev.bellhop.torture.Torture",
                        "--only",
                        "R3");

        assertEquals(expected, run(launcher, "torture", "--only", "R3").out());
        assertEquals(expected, run(launcher, "torture", "--only", "R3").out());

        assertEquals(
                "-B -ntp -DskipTests -Dmdep.analyze.skip=true -Dspotless.check.skip=true package",
                Files.readAllLines(root.resolve("mvn-was-run")).getLast());
        assertEquals(3, Files.readAllLines(root.resolve("mvn-was-run")).size());

        Path built = root.resolve("server/target/torture.built");
        Files.setLastModifiedTime(built, FileTime.fromMillis(0));
        run(launcher, "torture");
        assertEquals(6, Files.readAllLines(root.resolve("mvn-was-run")).size());
    }

    // ---- images, which ImageTest makes and runs

    @Test
    void anImageIsRunByItsOwnJavaFromItsOwnStartCacheBeforeAnyOther() throws Exception {
        Path own = image();
        environment.put("JAVA_HOME", java("java home", "25.0.3").toString());
        environment.put("PATH", temp.resolve("nothing to start").toString());

        assertEquals(
                new Outcome(0, started(own, root.resolve("lib/bellhop.mcp.aot"), "mcp"), List.of()),
                run(launcher, "mcp"));

        environment.put("BELLHOP_AOT", "off");
        assertEquals(started(own, "mcp"), run(launcher, "mcp").out());
    }

    /// The cache is of the Java in the image, even where another is of the same version.
    @Test
    void anotherJavaThatIsNamedRunsAnImageWithAStartCacheOfItsOwn() throws Exception {
        image();
        Path named = java("named", "25.0.3");
        environment.put("BELLHOP_JAVA", named.toString());
        Path cache = cache(HASH_OF_THE_JAR, "25.0.3+9-LTS-Example_Vendor_25_");

        assertEquals(started(named, cache, "mcp"), run(launcher, "mcp").out());
        assertTrue(Files.exists(root.resolve("lib/bellhop.mcp.aot")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"test", "build", "torture", "image"})
    void whatWorksOnTheSourcesIsNotDoneInAnImage(String verb) throws Exception {
        image();

        assertEquals(
                new Outcome(
                        3,
                        List.of(),
                        List.of(
                                "bellhop: \"%s\" works on the sources, and this is an image, in which all is built: %s."
                                        .formatted(verb, root))),
                run(launcher, verb));
    }

    /// A jar and its hash may be copied within one tick of the clock.
    @ParameterizedTest
    @ValueSource(strings = {"bellhop.jar", "bellhop.jar bellhop.jar.sha256"})
    void aJarThatHasLostItsTimeGetsItBackForTheStartCache(String copied) throws Exception {
        Path own = image();
        for (String part : copied.split(" ", -1)) {
            Files.setLastModifiedTime(jar.resolveSibling(part), FileTime.fromMillis(1));
        }
        List<String> expected = started(own, root.resolve("lib/bellhop.mcp.aot"), "mcp");

        assertEquals(new Outcome(0, expected, List.of()), run(launcher, "mcp"));
        assertEquals(THE_TIME_OF_THE_JAR, Files.getLastModifiedTime(jar));
        environment.put("PATH", temp.resolve("nothing to start").toString());
        assertEquals(expected, run(launcher, "mcp").out());
    }

    /// A cache that was made for another jar would run that one's classes.
    @Test
    void aJarThatWasExchangedInAnImageHasNoStartCache() throws Exception {
        Path own = image();
        Files.writeString(jar, "another jar");

        assertEquals(new Outcome(0, started(own), List.of()), run(launcher));
    }

    @Test
    void anImageIsMadeOfAJarThatIsBuiltFirstWhereASourceIsNewer() throws Exception {
        Path home = java("system/usr/lib/jvm/one", "25.0.3");
        executable(home.resolve("bin/jlink"), "#!/bin/sh\necho no modules; exit 1\n");
        mvn("touch '%s.sha256'".formatted(jar));
        Files.setLastModifiedTime(Path.of(jar + ".sha256"), FileTime.fromMillis(0));

        Outcome outcome = run(launcher, "image");

        assertEquals(1, outcome.exit());
        assertEquals(List.of(), outcome.out());
        assertEquals(
                List.of(
                        "bellhop: building %s, once; this takes a minute or two".formatted(root),
                        "bellhop: making an image with the JDK in " + home,
                        "no modules",
                        "bellhop: jlink failed. If the JDK in %s has neither a folder jmods (a package of its own on some systems) nor can do without, set BELLHOP_JAVA to the home of another."
                                .formatted(home)),
                outcome.err());

        assertEquals(3, run(launcher, "image").err().size());
        assertEquals(3, Files.readAllLines(root.resolve("mvn-was-run")).size());
    }

    @Test
    void anImageNeedsAJdkThatCanLink() throws Exception {
        java("system/usr/lib/jvm/one", "25.0.3");
        Files.delete(root.resolve("pom.xml"));

        assertEquals(
                new Outcome(
                        3,
                        List.of(),
                        List.of(
                                "bellhop: needs a full JDK 25 or later to build and found none: install one (apt install openjdk-25-jdk, brew install openjdk@25 or sdk install java 25-tem), or set BELLHOP_JAVA to the home of one with bin/jlink.")),
                run(launcher, "image"));
    }

    // ---- the made-up world

    /// Makes an image of the folder in which the launcher is.
    ///
    /// @return the home of its Java, which says of itself what real ones do there
    private Path image() throws IOException {
        environment.remove("BELLHOP_AOT");
        Path home = java("bell hop/runtime", "25.0.3");
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"25.0.3\"\n");
        jar = root.resolve("lib/bellhop.jar");
        putJar(HASH_OF_THE_JAR);
        for (String kind : List.of("mcp", "serve", "commands")) {
            Files.writeString(root.resolve("lib/bellhop.%s.aot".formatted(kind)), "classes");
        }
        for (Path part : files(root.resolve("lib"))) {
            Files.setLastModifiedTime(part, THE_TIME_OF_THE_JAR);
        }
        return home;
    }

    /// A Java that prints its own name and its arguments, or, when told to make a start cache,
    /// writes what it hears and its environment in place of one.
    private Path java(String folder, String version) throws IOException {
        Path home = temp.resolve(folder);
        executable(
                home.resolve("bin/java"),
                """
                #!/bin/sh
                for word; do
                    case $word in
                        -XX:AOTCacheOutput=*) { cat; echo --; env; echo --; printf '%s\\n' "$@"; } >"${word#*=}"; exit ;;
                    esac
                done
                printf '%s\\n' "$0" "$@"
                """);
        executable(home.resolve("bin/javac"), "#!/bin/sh\n");
        Files.writeString(
                home.resolve("release"),
                """
                IMPLEMENTOR="Example Vendor/25/"
                JAVA_RUNTIME_VERSION="%s+9-LTS"
                JAVA_VERSION="%s"
                MODULES="java.base java.logging"
                OS_NAME="Linux"
                """
                        .formatted(version, version));
        return home;
    }

    /// A Maven that notes where and how it is run, is loud, and then does what `script` says.
    private void mvn(String script) throws IOException {
        environment.putIfAbsent("JAVA_HOME", temp.resolve("system/usr/lib/jvm/one").toString());
        executable(
                bin.resolve("mvn"),
                """
                #!/bin/sh
                printf '%%s\\n' "$PWD" "$JAVA_HOME" "$*" >>'%s/mvn-was-run'
                echo on standard output
                echo on standard error >&2
                %s
                """
                        .formatted(root, script));
    }

    private void remove(String tools) throws IOException {
        for (String tool : tools.split(" ", -1)) {
            if (!tool.isEmpty()) {
                Files.deleteIfExists(bin.resolve(tool));
            }
        }
    }

    private void putJar(String hash) throws IOException {
        Files.createDirectories(jar.getParent());
        Files.deleteIfExists(jar);
        Files.writeString(jar, "a jar");
        Files.setLastModifiedTime(jar, FileTime.fromMillis(0));
        Files.writeString(Path.of(jar + ".sha256"), hash + "\n");
    }

    private Path cache(String hash, String jvm) throws IOException {
        Path cache =
                jar.resolveSibling("aot")
                        .resolve("%s-%s.mcp.aot".formatted(hash.substring(0, 16), jvm));
        Files.createDirectories(cache.getParent());
        return Files.writeString(cache, "classes");
    }

    /// Puts a file where the folder would be: the user who runs this test may write anywhere.
    private void notBesideTheJar() throws IOException {
        Files.writeString(jar.resolveSibling("aot"), "");
    }

    private static void executable(Path file, String text) throws IOException {
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void link(Path link, Path target) throws IOException {
        Files.createDirectories(link.getParent());
        Files.createSymbolicLink(link, target);
    }

    // ---- hooks

    /// What is kept for the project says that nobody has anything to be told.
    private Path quietState() throws IOException {
        Path project = Files.createDirectories(temp.resolve("work/app"));
        Files.createDirectories(project.resolve(".git"));
        Path state =
                Files.createDirectories(temp.resolve("home/.local/state/bellhop/app-0123456789ab"));
        Files.writeString(state.resolve("bellhop.db"), "tables");
        Files.createDirectories(state.resolve("jobs/ended"));
        Files.writeString(
                state.resolve("quiet"),
                "%s\n%s\napp-0123456789ab\n"
                        .formatted(ProcessIdentity.ofThisProcess().boot(), project));
        return state;
    }

    private String saidIn(Path directory) {
        return "{\"session_id\":\"s\",\"cwd\":\"%s\",\"hook_event_name\":\"Stop\"}"
                .formatted(directory);
    }

    /// Runs a hook, and gives what it said followed by what it handed on to Java: nothing if it
    /// ended without one.
    private Outcome hook(String said, String... shell) throws Exception {
        Path home = java("hooks", "25.0.3");
        executable(
                home.resolve("bin/java"),
                """
                #!/bin/sh
                until [ "$1" = -jar ]; do shift; done
                echo "$1 $2"; shift 2; echo "$@"; cat
                """);
        environment.put("BELLHOP_JAVA", home.toString());
        Path in = Files.writeString(temp.resolve("said"), said);
        List<String> command = new ArrayList<>(List.of(shell));
        command.addAll(List.of(launcher.toString(), "inbox", "--hook", "claude"));
        return start(command, in.toFile()).outcome();
    }

    private Outcome handedOn(String said) {
        List<String> lines = new ArrayList<>(List.of("-jar " + jar, "inbox --hook claude"));
        said.lines().forEach(lines::add);
        return new Outcome(0, lines, List.of());
    }

    private static final Outcome QUIET = new Outcome(0, List.of(), List.of());

    @ParameterizedTest
    @ValueSource(strings = {"/bin/sh", "/bin/bash", "/bin/dash", "/bin/busybox", "/bin/ksh"})
    void aHookWithNothingToSayEndsWithoutJava(String shell) throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(shell)));
        String[] command =
                shell.endsWith("busybox") ? new String[] {shell, "sh"} : new String[] {shell};
        String said = saidIn(temp.resolve("work/app"));
        Path state = quietState();

        assertEquals(QUIET, hook(said, command));
        Files.delete(state.resolve("quiet"));
        assertEquals(handedOn(said), hook(said, command));
    }

    @Test
    void aHookWhereNothingIsKeptEndsWithoutJava() throws Exception {
        Path elsewhere = Files.createDirectories(temp.resolve("work/other"));

        assertEquals(QUIET, hook(saidIn(elsewhere)));
        quietState();
        assertEquals(QUIET, hook(saidIn(elsewhere)));
        assertEquals(QUIET, hook("{\"session_id\":\"s\"}"));
    }

    @Test
    void aHookFindsTheProjectAroundItsDirectoryAndThroughLinks() throws Exception {
        Path state = quietState();
        Path below = Files.createDirectories(temp.resolve("work/app/src/main"));
        link(temp.resolve("link"), temp.resolve("work/app"));
        Path marked = Files.createDirectories(temp.resolve("work/app/deeper/app/.tasks"));
        List<Path> inside = List.of(below, temp.resolve("link"), temp.resolve("link/src"));
        for (Path place : inside) {
            assertEquals(QUIET, hook(saidIn(place)), place.toString());
        }
        assertEquals(handedOn(saidIn(marked)), hook(saidIn(marked)));
        Files.delete(state.resolve("quiet"));
        for (Path place : inside) {
            assertEquals(handedOn(saidIn(place)), hook(saidIn(place)), place.toString());
        }
    }

    @Test
    void aHookIsNotQuietWhereWhatSaysSoDoesNotHold() throws Exception {
        String said = saidIn(temp.resolve("work/app"));
        Path state = quietState();
        String holds = Files.readString(state.resolve("quiet"));
        for (String other :
                List.of(
                        "",
                        holds.replaceAll("^[^\n]+", "another-boot"),
                        holds.replace("/work/app", "/work/app2"),
                        holds.replace("app-0123456789ab", "app-0123456789ac"),
                        holds.stripTrailing())) {
            Files.writeString(state.resolve("quiet"), other);
            assertEquals(handedOn(said), hook(said), other);
        }
        Files.writeString(state.resolve("quiet"), holds);
        assertEquals(QUIET, hook(said));

        Files.createFile(state.resolve("jobs/ended/3fa94c01"));
        assertEquals(handedOn(said), hook(said));
        Files.delete(state.resolve("jobs/ended/3fa94c01"));
        Files.delete(state.resolve("bellhop.db"));
        assertEquals(handedOn(said), hook(said));
    }

    @Test
    void whatAHookIsToldIsHandedOnWhereItIsNotPlain() throws Exception {
        quietState();
        Path odd = Files.createDirectories(temp.resolve("work/a \"quoted\" $place"));
        for (String said :
                List.of(
                        "",
                        "garbage",
                        "{\"cwd\":null}",
                        "{\"cwd\" :\"/\"}",
                        "{\"cwd\":\"/nowhere\"}",
                        "{\"cwd\":\"relative\"}",
                        saidIn(Path.of("/")),
                        saidIn(odd).replace("\"quoted\"", "\\\"quoted\\\""))) {
            assertEquals(handedOn(said), hook(said), said);
        }
    }

    /// Where a client names a project, and there is none around its directory.
    @Test
    void aHookBelievesTheEnvironmentOnlyWhereItSaysNothingElse() throws Exception {
        Path folder = Files.createDirectories(temp.resolve("work/plain"));
        environment.put("CLAUDE_PROJECT_DIR", folder.toString());
        assertEquals(QUIET, hook(saidIn(folder)));
        environment.put("CLAUDE_PROJECT_DIR", temp.resolve("work").toString());
        assertEquals(handedOn(saidIn(folder)), hook(saidIn(folder)));
    }

    @Test
    void aClientCanWriteMoreThanAPipeHolds() throws Exception {
        quietState();
        String said =
                saidIn(temp.resolve("work/app")).replace("}", ",\"x\":\"" + "x".repeat(300_000))
                        + "\"}";
        Path file = Files.writeString(temp.resolve("long"), said);
        environment.put("BELLHOP_JAVA", java("hooks", "25.0.3").toString());
        Outcome outcome =
                run(
                        List.of(
                                "/bin/bash",
                                "-c",
                                "cat '%s' | '%s' inbox --hook claude; echo ${PIPESTATUS[*]}"
                                        .formatted(file, launcher)));

        assertEquals(new Outcome(0, List.of("0 0"), List.of()), outcome);
    }

    /// What the Java of `home` prints when it is started without a start cache.
    private List<String> started(Path home, String... words) {
        return started(home, BARE, words);
    }

    private List<String> started(Path home, Path cache, String... words) {
        return started(home, List.of("-XX:AOTCache=" + cache), words);
    }

    private List<String> started(Path home, List<String> flags, String... words) {
        return Stream.of(
                        List.of(home + "/bin/java"),
                        FLAGS,
                        flags,
                        List.of("-jar", jar.toString()),
                        List.of(words))
                .flatMap(List::stream)
                .collect(Collectors.toCollection(ArrayList::new));
    }

    /// The home of the Java that is taken.
    private Path taken() throws Exception {
        Outcome outcome = run(launcher);
        assertEquals(List.of(), outcome.err());
        return Path.of(outcome.out().getFirst().replaceAll("/bin/java$", ""));
    }

    // ---- processes

    record Running(Process process, Path out, Path err) {

        Outcome outcome() throws Exception {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still running: " + lines(err));
            }
            return new Outcome(process.exitValue(), lines(out), lines(err));
        }
    }

    private Outcome run(Path program, String... words) throws Exception {
        List<String> command = new ArrayList<>(List.of(program.toString()));
        command.addAll(List.of(words));
        return run(command);
    }

    private Outcome run(List<String> command) throws Exception {
        return start(command).outcome();
    }

    private Running start(List<String> command) throws IOException {
        return start(command, new File("/dev/null"));
    }

    private Running start(List<String> command, File in) throws IOException {
        Path out = Files.createTempFile(temp, "out", "");
        Path err = Files.createTempFile(temp, "err", "");
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(temp.resolve("project").toFile())
                        .redirectInput(in)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readString(file, UTF_8).lines().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static List<Path> files(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertTrue(System.nanoTime() < deadline, "waited for long enough");
            Thread.sleep(20);
        }
    }
}
