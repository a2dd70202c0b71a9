package dev.bellhop.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// `strace`, attached to the threads that a process has now. Closing it lets them go.
///
/// It counts calls of the system per thread, from when it was attached. So the third `rename` of a
/// server is the third of the call that it is about to get, and what the server starts is left
/// alone.
final class Strace implements AutoCloseable {

    /// The calls that change something, and those without which nothing can be changed.
    private static final String CALLS =
            "openat,write,pwrite64,fsync,fdatasync,rename,link,unlink,mkdir,ftruncate";

    /// `12 rename("/a", "/b") = 0`
    private static final Pattern LINE = Pattern.compile("(\\d+) +([a-z0-9]+)\\((.*)");

    private final Process process;
    private final Path log;

    /// One call of the system in a thread.
    ///
    /// @param nth counts from 1
    record Point(String call, int nth) {

        @Override
        public String toString() {
            return call + " " + nth;
        }
    }

    private Strace(Process process, Path log) {
        this.process = process;
        this.log = log;
    }

    /// Why there can be none here; empty if there can.
    static String missing() {
        try {
            Process process =
                    new ProcessBuilder("strace", "-qq", "-o", "/dev/null", "true")
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return process.waitFor() == 0 ? "" : "strace may not trace here";
        } catch (IOException e) {
            return "strace is not installed";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    /// Attaches to `pid` and only notes what it does.
    static Strace watching(long pid, Path log) throws IOException {
        return attach(pid, log, List.of());
    }

    /// Attaches to `pid`, which dies at `point`.
    static Strace killing(long pid, Path log, Point point) throws IOException {
        return attach(
                pid,
                log,
                List.of(
                        "-e",
                        "inject=%s:signal=SIGKILL:when=%d".formatted(point.call(), point.nth())));
    }

    /// Attaches to `pid`, for which `point` fails.
    ///
    /// @param error such as `EIO`
    /// @param onwards whether all calls of that kind fail from there on
    static Strace failing(long pid, Path log, Point point, String error, boolean onwards)
            throws IOException {
        return attach(
                pid,
                log,
                List.of(
                        "-e",
                        "inject=%s:error=%s:when=%d%s"
                                .formatted(point.call(), error, point.nth(), onwards ? "+" : "")));
    }

    private static Strace attach(long pid, Path log, List<String> injection) throws IOException {
        List<String> words = new ArrayList<>(List.of("strace", "-y", "-o", log.toString()));
        words.addAll(List.of("-e", "trace=" + CALLS));
        words.addAll(injection);
        List<String> threads = threads(pid);
        words.addAll(List.of("-p", String.join(",", threads)));
        Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
        BufferedReader said = process.inputReader();
        StringBuilder all = new StringBuilder();
        // A thread that ends meanwhile is complained of, which is as good.
        for (int i = 0; i < threads.size(); i++) {
            String line = said.readLine();
            if (line == null) {
                throw new IOException("strace could not attach to %d: %s".formatted(pid, all));
            }
            all.append(line).append('\n');
        }
        return new Strace(process, log);
    }

    private static List<String> threads(long pid) throws IOException {
        try (Stream<Path> tasks = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
            return tasks.map(task -> String.valueOf(task.getFileName())).toList();
        }
    }

    /// What was done to files below `root`, in order, and how often.
    List<Point> points(Path root) throws IOException {
        Map<String, Integer> counts = new HashMap<>();
        List<Point> points = new ArrayList<>();
        for (String line : Files.readAllLines(log)) {
            Matcher matcher = LINE.matcher(line);
            if (matcher.lookingAt()) {
                int nth = counts.merge(matcher.group(1) + matcher.group(2), 1, Integer::sum);
                if (matcher.group(3).contains(root.toString())) {
                    points.add(new Point(matcher.group(2), nth));
                }
            }
        }
        return points.stream().distinct().toList();
    }

    /// Whether the error that was asked for happened.
    boolean hasInjected() throws IOException {
        return Files.readString(log).contains("INJECTED");
    }

    /// Whether it was an answer, or a line of the log, that could not be written: that is not the
    /// disk's doing.
    boolean hasInjectedIntoPipe() throws IOException {
        try (Stream<String> lines = Files.lines(log)) {
            return lines.anyMatch(line -> line.contains("INJECTED") && line.contains("<pipe:"));
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
