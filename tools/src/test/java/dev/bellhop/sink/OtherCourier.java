package dev.bellhop.sink;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A server's courier in a JVM of its own. Closing it is `kill -9`.
final class OtherCourier implements AutoCloseable {

    private final Process process;

    private OtherCourier(Process process) {
        this.process = process;
    }

    /// Delivers what is in the outbox of the project in `root`.
    static OtherCourier start(Path root) {
        try {
            return new OtherCourier(
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-XX:+UseSerialGC",
                                    "-Xmx128m",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    OtherCourier.class.getName(),
                                    root.toString())
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        process.destroyForcibly();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) {
                throw new AssertionError("it cannot be killed");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    // ---- what runs over there

    public static void main(String[] arguments) throws IOException {
        new SinkDirectory(Path.of(arguments[0])).courier(Map.of());
        System.in.read();
    }
}
