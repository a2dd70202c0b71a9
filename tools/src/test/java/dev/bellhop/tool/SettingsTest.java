package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.base.Problem;
import dev.bellhop.job.JobLimits;
import dev.bellhop.sink.EventKind;
import dev.bellhop.sink.Sink;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SettingsTest {

    private final Path project;
    private final Path directory;
    private final Path file;

    SettingsTest(@TempDir Path root) throws IOException {
        Path real = root.toRealPath();
        project = Files.createDirectories(real.resolve("project"));
        directory = Files.createDirectories(real.resolve("config/bellhop"));
        mode(directory, "rwxr-xr-x");
        file = directory.resolve("config.json");
    }

    private static void mode(Path path, String mode) throws IOException {
        Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(mode));
    }

    private void write(String json) throws IOException {
        Files.writeString(file, json.replace('\'', '"'));
        mode(file, "rw-r--r--");
    }

    private Settings read() {
        return Settings.read(new SettingsFile(file), project);
    }

    private String refused() {
        Problem problem = assertThrows(Problem.class, this::read);
        assertEquals(Problem.Kind.INVALID, problem.kind());
        return (problem.getMessage() + " - " + problem.hint())
                .replace(file.toString(), "FILE")
                .replace(directory.toString(), "DIRECTORY")
                .replace(project.toString(), "PROJECT");
    }

    @Test
    void theyAreWhereTheEnvironmentSays() {
        assertEquals(
                new SettingsFile(Path.of("/a/b.json")),
                SettingsFile.of(Map.of("BELLHOP_CONFIG", "/a/b.json", "XDG_CONFIG_HOME", "/c")));
        assertEquals(
                new SettingsFile(Path.of("/c/bellhop/config.json")),
                SettingsFile.of(Map.of("XDG_CONFIG_HOME", "/c", "HOME", "/home/me")));
        assertEquals(
                new SettingsFile(Path.of("/home/me/.config/bellhop/config.json")),
                SettingsFile.of(Map.of("XDG_CONFIG_HOME", "c", "HOME", "/home/me")));
        assertThrows(Problem.class, () -> SettingsFile.of(Map.of("BELLHOP_CONFIG", "config.json")));
    }

    @Test
    void whereThereIsNothingAllIsAsUsual() throws IOException {
        assertEquals(Settings.DEFAULT, read());
        write("{}");
        assertEquals(Settings.DEFAULT, read());
    }

    @Test
    void everythingCanBeSet() throws IOException {
        write(
                """
                {'jobs': {'running': 8, 'startsPerMinute': 20, 'outputMiB': 1, 'keepDays': 0,
                    'keepJobs': 10, 'keepMiB': 4096, 'sandbox': 'bwrap'},
                 'mask': ['MY_VARIABLE'],
                 'sinks': {
                   'desk': {'command': 'notify-send done', 'events': ['job.finished']},
                   'log': {'file': '/log'},
                   'hook': {'webhook': 'https://example.org/', 'secretEnv': 'MY_SECRET'}}}
                """);

        Set<EventKind> all = Set.of(EventKind.values());
        SequencedMap<String, Sink> sinks = new LinkedHashMap<>();
        sinks.put(
                "desk",
                new Sink.Command(
                        List.of("notify-send done"), true, Set.of(EventKind.JOB_FINISHED)));
        sinks.put("log", new Sink.NdjsonFile(Path.of("/log"), all));
        sinks.put("hook", new Sink.Webhook(URI.create("https://example.org/"), "MY_SECRET", all));
        assertEquals(
                new Settings(
                        new JobLimits(8, 20, 1 << 20, Duration.ZERO, 10, 4L << 30, true),
                        List.of("MY_VARIABLE"),
                        Duration.ofMinutes(10),
                        Routes.NONE,
                        sinks,
                        List.of()),
                read());
    }

    @Test
    void whatMeansNothingIsNamedAndChangesNothing() throws IOException {
        write("{'jobs': {'runing': 8, 'keepJobs': 7}, 'hooks': {}}");

        Settings settings = read();

        assertEquals(7, settings.jobs().keepJobs());
        assertEquals(JobLimits.DEFAULT.running(), settings.jobs().running());
        assertEquals(
                List.of("hooks", "jobs.runing"),
                settings.warnings().stream()
                        .map(warning -> warning.substring(0, warning.indexOf(' ')))
                        .toList());
        assertTrue(
                settings.warnings().getFirst().endsWith(String.join(", ", Settings.keys())),
                settings.warnings().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    []                                | FILE is no JSON object - Write the settings into one, such as {"jobs": {"running": 8}}.
                    ``                                | FILE is no JSON object - Write the settings into one, such as {"jobs": {"running": 8}}.
                    {'jobs': 7}                       | jobs in FILE is 7 - Write an object: {…}.
                    {'jobs': {'running': 'many'}}     | jobs.running in FILE is "many" - Write a whole number from 1 to 10000, such as 64.
                    {'jobs': {'running': 0}}          | jobs.running in FILE is 0 - Write a whole number from 1 to 10000, such as 64.
                    {'jobs': {'running': 1.5}}        | jobs.running in FILE is 1.5 - Write a whole number from 1 to 10000, such as 64.
                    {'jobs': {'keepDays': null}}      | jobs.keepDays in FILE is null - Write a whole number from 0 to 36500, such as 30.
                    {'jobs': {'keepMiB': 99999999999999999999}} | jobs.keepMiB in FILE is 99999999999999999999 - Write a whole number from 0 to 1073741824, such as 2048.
                    {'jobs': {'sandbox': true}}       | jobs.sandbox in FILE is true - Write "none" or "bwrap".
                    {'mask': 'A'}                     | mask in FILE is "A" - Write a list of names of variables, such as ["MY_KEY"].
                    {'mask': ['a-b']}                 | mask in FILE is ["a-b"] - Write a list of names of variables, such as ["MY_KEY"].
                    {'sinks': []}                     | sinks in FILE is [] - Write an object: {…}.
                    {'sinks': {'a b': {'file': '/a'}}} | a sink in FILE is called "a b" - Use 1 to 64 letters, digits, dots, dashes and underscores.
                    {'sinks': {'a': {'file': 'b'}}}   | sinks.a in FILE: the file of a sink is b - Give an absolute path, such as /home/me/events.ndjson.
                    """)
    void whatCannotBeIsNamedWithItsKey(String json, String message) throws IOException {
        write(json);

        assertEquals(message, refused());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{                      | FILE is not JSON: line 1: ",
                "{} // no comments      | FILE is not JSON: line 1: ",
                "{} {}                  | FILE is not JSON: line 1: ",
                "{\"mask\": [], \"mask\": []} | FILE is not JSON: line 1: Duplicate field 'mask'"
            })
    void whatIsNotJsonIsRefused(String text, String message) throws IOException {
        Files.writeString(file, text);
        mode(file, "rw-------");

        assertTrue(refused().startsWith(message), refused());
    }

    @Test
    void whatOthersMayWriteIsRefused() throws IOException {
        write("{}");
        for (String mode : List.of("rw-rw-r--", "rw-r--rw-")) {
            mode(file, mode);
            assertEquals(
                    "FILE may be written by others (%s) - Say: chmod go-w 'FILE'".formatted(mode),
                    refused());
        }
        mode(file, "rw-------");
        mode(directory, "rwxrwxr-x");
        assertEquals(
                "DIRECTORY may be written by others (rwxrwxr-x) - Say: chmod go-w 'DIRECTORY'",
                refused());
    }

    @Test
    void whatBelongsToSomebodyElseIsRefused() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root gives files away");
        write("{}");
        Files.setAttribute(file, "unix:uid", 54_321);

        assertTrue(refused().startsWith("FILE belongs to somebody else "), refused());
    }

    @Test
    void aLinkIsAsGoodAsWhatItLeadsTo() throws IOException {
        Path dotfiles = Files.createDirectories(directory.resolveSibling("dotfiles"));
        mode(dotfiles, "rwxr-xr-x");
        Path real = Files.writeString(dotfiles.resolve("bellhop.json"), "{\"mask\": [\"A\"]}");
        mode(real, "rw-r--r--");
        Files.createSymbolicLink(file, real);
        assertEquals(List.of("A"), read().mask());

        mode(dotfiles, "rwxrwxrwx");
        assertTrue(refused().startsWith(dotfiles + " may be written by others"), refused());

        Files.delete(real);
        assertEquals(
                "FILE is a symbolic link that leads nowhere - Make what it leads to, or remove it"
                        + " to go on without settings.",
                refused());
    }

    @Test
    void aPipeAndADirectoryAreRefusedAtOnce() throws Exception {
        assertEquals(
                0, new ProcessBuilder("mkfifo", "-m", "600", file.toString()).start().waitFor());
        String message = "FILE is not a regular file - Make it one, or move it out of the way.";
        assertEquals(message, refused());
        Files.delete(file);
        Files.createDirectory(file);
        mode(file, "rwx------");
        assertEquals(message, refused());
    }

    @Test
    void nothingInTheProjectIsASetting() throws IOException {
        String message =
                "%s lies in the project PROJECT, and a project cannot change settings - Move it"
                        + " out, and set BELLHOP_CONFIG to where it is then.";
        Path inside = Files.writeString(project.resolve("config.json"), "{}");
        mode(inside, "rw-------");
        Problem problem =
                assertThrows(Problem.class, () -> Settings.read(new SettingsFile(inside), project));
        assertEquals(
                message.formatted(inside).replace("PROJECT", project.toString()),
                problem.getMessage() + " - " + problem.hint());

        // Nor by way of a link, whichever way it leads.
        Files.createSymbolicLink(file, inside);
        assertEquals(message.formatted("FILE"), refused());
        Files.delete(file);
        write("{}");
        Path link = Files.createSymbolicLink(project.resolve("link.json"), file);
        assertThrows(Problem.class, () -> Settings.read(new SettingsFile(link), project));
    }
}
