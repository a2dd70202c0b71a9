package dev.bellhop.tool;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A server in a JVM of its own, with a client at its pipe. Closing it is `kill -9`.
///
/// Each line it reads is a call: the tool, names and values, between tabs; each line it prints is
/// an answer, its line ends written `\n`.
final class OtherServer implements AutoCloseable {

    private final Process process;
    private final BufferedReader output;

    private OtherServer(Process process) {
        this.process = process;
        this.output = process.inputReader(StandardCharsets.UTF_8);
    }

    static OtherServer start(Path root, String consumer) {
        ProcessBuilder builder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-Xmx128m",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                OtherServer.class.getName(),
                                root.toString(),
                                consumer)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
        try {
            return new OtherServer(builder.start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    OtherServer send(String... words) {
        try {
            process.getOutputStream()
                    .write((String.join("\t", words) + "\n").getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return this;
    }

    /// The next answer; null after the last.
    @Nullable String answer() {
        try {
            String line = output.readLine();
            return line == null ? null : line.replace("\\n", "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String call(String... words) {
        String answer = send(words).answer();
        if (answer == null) {
            throw new AssertionError("the server is gone");
        }
        return answer;
    }

    /// Kills it; the answers that it had given and nobody had read.
    List<String> killed() {
        process.toHandle().destroyForcibly();
        List<String> answers = new ArrayList<>();
        for (String answer = answer(); answer != null; answer = answer()) {
            answers.add(answer);
        }
        close();
        return answers;
    }

    @Override
    public void close() {
        process.toHandle().destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("it cannot be killed");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    public static void main(String[] arguments) throws IOException {
        Path root = Path.of(arguments[0]);
        ProjectFolder.Client client =
                new ProjectFolder.Client(
                        ProjectFolder.projects(root),
                        root.resolve("project"),
                        new Conversation(arguments[1]));
        BufferedReader calls =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = calls.readLine(); line != null; line = calls.readLine()) {
            String[] words = line.split("\t", -1);
            @Nullable Object[] rest = Arrays.copyOfRange(words, 1, words.length, Object[].class);
            Reply reply = client.ask(words[0], rest);
            answers.println(reply.text().replace("\n", "\\n"));
            reply.sent().run();
        }
    }
}
