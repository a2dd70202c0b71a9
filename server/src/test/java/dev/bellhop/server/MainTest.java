package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client starts us as a process and talks over real pipes.
@Timeout(60)
class MainTest {

    @TempDir Path directory = Path.of("/");

    private final List<Process> started = new ArrayList<>();

    @AfterEach
    void nothingIsLeftRunning() {
        started.forEach(Process::destroyForcibly);
    }

    private Process start(Class<?> main, String... words) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(List.of(words));
        ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
        // Only what a client would say: the build may itself have been started by one.
        builder.environment().clear();
        builder.environment().put("CLAUDE_CODE_SESSION_ID", "c1");
        builder.environment().put("XDG_STATE_HOME", directory.resolve("state").toString());
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private Process fixture() throws IOException {
        return start(FixtureMain.class);
    }

    private static void send(Process process, String... messages) throws IOException {
        OutputStream out = process.getOutputStream();
        out.write((String.join("\n", messages) + "\n").getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    private static String call(int id, String tool, String arguments) {
        return """
        {"jsonrpc":"2.0","id":%d,"method":"tools/call","params":{"name":"%s","arguments":%s}}\
        """
                .formatted(id, tool, arguments);
    }

    private static String text(int id, String text) {
        return """
        {"jsonrpc":"2.0","id":%d,"result":{"content":[{"type":"text","text":"%s"}]}}\
        """
                .formatted(id, text);
    }

    private static List<String> rest(BufferedReader reader) {
        return reader.lines().toList();
    }

    private static void untilItWaits(Process process) throws IOException {
        assertEquals("waiting", process.errorReader().readLine());
    }

    @Test
    void theInputEndsWhileAnAnswerIsPendingAndItIsGivenAndTheExitCodeIsZero() throws Exception {
        Process process = fixture();
        send(process, call(1, "wait", "{\"seconds\":600}"));
        untilItWaits(process);

        process.getOutputStream().close();

        assertEquals(List.of(text(1, "hung up")), rest(process.inputReader()));
        assertEquals(0, process.waitFor());
    }

    @Test
    void everythingThatWasWrittenBeforeTheInputEndedIsAnswered() throws Exception {
        Process process = fixture();
        send(
                process,
                """
                {"jsonrpc":"2.0","id":1,"method":"initialize",\
                "params":{"protocolVersion":"2025-11-25","capabilities":{},\
                "clientInfo":{"name":"printf","version":"1"}}}\
                """,
                """
                {"jsonrpc":"2.0","method":"notifications/initialized"}\
                """,
                call(2, "echo", "{\"text\":\"last\"}"));
        process.getOutputStream().close();

        assertEquals(
                2,
                rest(process.inputReader()).stream()
                        .filter(line ->
                                line.startsWith("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":")
                                        || line.equals(text(2, "last")))
                        .count());
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void aSignalEndsItOnceTheCallInFlightIsAnswered(String signal) throws Exception {
        assumeTrue(
                !signal.equals("INT") || !inheritsIgnoredInterrupts(),
                "whoever started the build ignores SIGINT, and so does every child");
        Process process = fixture();
        send(process, call(1, "wait", "{\"seconds\":600}"));
        untilItWaits(process);

        new ProcessBuilder("kill", "-" + signal, Long.toString(process.pid())).start().waitFor();

        assertEquals(List.of(text(1, "hung up")), rest(process.inputReader()));
        assertEquals(signal.equals("INT") ? 130 : 143, process.waitFor());
    }

    private static boolean inheritsIgnoredInterrupts() throws IOException {
        Path status = Path.of("/proc/self/status");
        if (!Files.exists(status)) {
            return false;
        }
        try (Stream<String> lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .anyMatch(line ->
                            (Integer.parseInt(line.substring(line.length() - 1), 16) & 2) != 0);
        }
    }

    @Test
    void aClientThatClosesOurOutputEndsUs() throws Exception {
        Process process = fixture();
        process.getInputStream().close();

        send(process, call(1, "echo", "{}"));

        assertEquals(0, process.waitFor());
    }

    @Test
    void nothingButJsonGoesToTheClientWhateverToolsPrintOrBreak() throws Exception {
        Process process = fixture();
        BufferedReader answers = process.inputReader();

        send(process, call(1, "print", "{}"));
        assertEquals(text(1, "printed"), answers.readLine());
        assertEquals("{\"not\":\"for the client\"}", process.errorReader().readLine());

        send(process, call(2, "break", "{}"));
        assertEquals(
                """
                {"jsonrpc":"2.0","method":"notifications/message","params":{"level":"error",\
                "logger":"bellhop","data":"Error: break failed inside Bellhop - Try again; if it\
                 fails again, run bellhop doctor."}}\
                """,
                answers.readLine());
        assertEquals(
                """
                {"jsonrpc":"2.0","id":2,"result":{"content":[{"type":"text","text":\
                "Error: break failed inside Bellhop - Try again; if it fails again, run bellhop\
                 doctor."}],"isError":true,"_meta":{"dev.bellhop/code":"internal"}}}\
                """,
                answers.readLine());

        send(process, call(3, "overflow", "{}"));
        assertEquals(
                """
                {"jsonrpc":"2.0","id":3,"error":{"code":-32603,\
                "message":"Internal error; Bellhop's log on stderr says more"}}\
                """,
                answers.readLine());
        process.getOutputStream().close();
        assertEquals(List.of(), rest(answers));
    }

    @Test
    void aCallIsAboutTheRepositoryAroundTheDirectoryItIsStartedIn() throws Exception {
        Files.createDirectory(directory.resolve(".git"));
        Process process = fixture();

        send(process, call(1, "who", "{}"));

        assertEquals(
                text(1, directory.toRealPath() + " | unknown | c1 | 45 s"),
                process.inputReader().readLine());
    }

    @Test
    void wordsThatMeanNothingAreAnErrorOfUse() throws Exception {
        Process process = start(Main.class, "sing");

        assertEquals("Unmatched argument at index 0: 'sing'", process.errorReader().readLine());
        assertEquals(3, process.waitFor());
    }

    @Test
    void aProjectThatDoesNotExistIsAnErrorOfUse() throws Exception {
        File missing = directory.resolve("missing").toFile();
        Process process = start(Main.class, "mcp", "--project", missing.getPath());

        assertEquals(
                List.of(
                        "Error: there is no directory "
                                + missing
                                + " - Give --project a directory that exists."),
                rest(process.errorReader()));
        assertEquals(2, process.waitFor());
    }
}
