package dev.bellhop.torture;

import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The jobs of a place: what their folders say and what tools answer about them.
record Jobs(Place place) {

    private static final Duration STARTS_WITHIN = Duration.ofSeconds(20);

    private static final Pattern STARTED = Pattern.compile("Background task ([0-9a-f]{8}) started");

    private static final Pattern STATE =
            Pattern.compile(
                    "(?m)^\\[((?:queued|running|exited|timeout|killed|failed|lost)[^\\]]*)]");

    /// What was promised of a job when it was started.
    ///
    /// @param code what it exits with
    /// @param output what it prints on stdout
    record Promise(int code, String output) {

        /// What [#command] promises.
        static Promise of(String name, int lines, int code) {
            StringBuilder output = new StringBuilder();
            for (int i = 0; i < lines; i++) {
                output.append(name).append(' ').append(i).append('\n');
            }
            return new Promise(code, output + name + " ends\n");
        }

        /// A command that prints `lines` lines, takes a while, and exits with `code`.
        ///
        /// @param name what tells its output from others'
        /// @param tenths how long it takes, in tenths of a second
        static String command(String name, int lines, int code, int tenths) {
            return ("i=0; while [ $i -lt %d ]; do echo \"%s $i\"; i=$((i+1)); done; sleep %d.%d;"
                            + " echo \"%s ends\"; exit %d")
                    .formatted(lines, name, tenths / 10, tenths % 10, name, code);
        }

        /// What a folder has of it that is not as promised, or nothing.
        Optional<String> brokenIn(Path folder) throws IOException {
            Optional<Integer> code = exitCode(folder);
            if (code.isEmpty()) {
                return Optional.of("its exit code %d is lost".formatted(this.code));
            }
            if (code.get() != this.code) {
                return Optional.of("it exited with %d, not %d".formatted(code.get(), this.code));
            }
            String written = text(folder.resolve("stdout.log")).orElse("");
            return written.equals(output)
                    ? Optional.empty()
                    : Optional.of(
                            "%d of %d characters of its output are there"
                                    .formatted(written.length(), output.length()));
        }
    }

    /// Writes the person's settings, which servers that are started later follow.
    Jobs settings(String json) throws IOException {
        Path file = place.root().resolve("config").resolve("bellhop").resolve("config.json");
        Files.createDirectories(file.getParent());
        Files.writeString(file, json);
        // They are not followed where others could write them.
        Shell.script("chmod -R go-w \"$1\"", place.root().resolve("config").toString());
        return this;
    }

    /// Many jobs at once, none of them collected.
    Jobs unlimited() throws IOException {
        return settings(
                "{\"jobs\":{\"running\":2000,\"startsPerMinute\":100000,\"keepJobs\":1000000}}");
    }

    /// Starts a job that may run for ever.
    ///
    /// @return its id
    String start(Agent agent, String command) throws IOException {
        return start(agent, Map.of("command", command, "timeout", 0));
    }

    String start(Agent agent, Map<String, ?> arguments) throws IOException {
        return id(agent.call("background_run", arguments));
    }

    /// The job that an answer says has been started.
    static String id(Agent.Answer answer) throws IOException {
        Matcher matcher = STARTED.matcher(answer.text());
        if (!matcher.find()) {
            throw new IOException("not started: " + answer.text());
        }
        return matcher.group(1);
    }

    /// How an agent is told that a job stands: `running 12 s`, `exited 0, 41 s`.
    static String state(Agent agent, String id) throws IOException {
        return state(agent.call("check_background", Map.of("task_id", id)));
    }

    static String state(Agent.Answer answer) {
        String text = answer.text();
        int news = text.indexOf("</background-results>");
        Matcher matcher = STATE.matcher(text);
        return matcher.find(Math.max(news, 0)) ? matcher.group(1) : "no state: " + text;
    }

    /// Waits until an agent is told that the job is over.
    ///
    /// @return how it stands then
    static String end(Agent agent, String id) throws IOException {
        return state(agent.call("check_background", Map.of("task_id", id, "wait", 30)));
    }

    Path folder(String id) throws IOException {
        return place.state().orElseThrow().resolve("jobs").resolve(id);
    }

    /// What runs the command, as soon as it has said so.
    ProcessIdentity leader(String id) throws IOException {
        return identity(id, "leader");
    }

    ProcessIdentity supervisor(String id) throws IOException {
        return identity(id, "supervisor");
    }

    private ProcessIdentity identity(String id, String name) throws IOException {
        Path file = folder(id).resolve(name);
        Condition.within(STARTS_WITHIN, () -> read(file).isPresent());
        return read(file).orElseThrow(() -> new IOException("nobody wrote " + file));
    }

    private static Optional<ProcessIdentity> read(Path file) throws IOException {
        return text(file).flatMap(ProcessIdentity::parse);
    }

    Optional<Integer> exitCode(String id) throws IOException {
        return exitCode(folder(id));
    }

    private static Optional<Integer> exitCode(Path folder) throws IOException {
        return text(folder.resolve("exit"))
                .map(String::strip)
                .filter(code -> code.matches("\\d+"))
                .map(Integer::valueOf);
    }

    private static Optional<String> text(Path file) throws IOException {
        try {
            return Optional.of(new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /// Whether a job that is run as most would, by a process that waits for it, has its exit code
    /// when that process is killed. It has not: whoever asks this must say so.
    boolean isPlainJobBroken() throws IOException {
        Path folder = Files.createDirectories(place.root().resolve("plain"));
        Promise promise = Promise.of("plain", 3, 7);
        Process runner =
                place.process(
                                List.of(
                                        "/bin/sh",
                                        "-c",
                                        "sh -c \"$1\" >\"$2/stdout.log\"; echo $? >\"$2/exit\"",
                                        "sh",
                                        Promise.command("plain", 3, 7, 3),
                                        folder.toString()))
                        .start();
        Condition.within(STARTS_WITHIN, () -> text(folder.resolve("stdout.log")).isPresent());
        runner.destroyForcibly();
        runner.onExit().join();
        Condition.within(
                STARTS_WITHIN,
                () -> text(folder.resolve("stdout.log")).orElse("").equals(promise.output()));
        return promise.brokenIn(folder).isPresent();
    }
}
