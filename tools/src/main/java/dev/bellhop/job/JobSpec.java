package dev.bellhop.job;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.sink.Sink;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What is to be run, and how: the definition of a job.
///
/// @param directory where it runs
/// @param environment in addition to what the server has
/// @param stdin what it reads; null for nothing
/// @param timeout after which it is ended; zero for never
/// @param killAfter how long it may take to end once asked to; zero to kill it without asking
/// @param priority of those that wait, higher ones begin first
/// @param label a word for lists, or null
/// @param tags words by which it is found, such as `ci.unit`
/// @param link the task that it is run for, or null
/// @param notices what is to be told of it before its end
/// @param requestKey by which a repetition of this request is recognized, or null
public record JobSpec(
        CommandLine command,
        Path directory,
        SequencedMap<String, String> environment,
        @Nullable String stdin,
        Duration timeout,
        Duration killAfter,
        int priority,
        @Nullable String label,
        List<String> tags,
        @Nullable TaskLink link,
        Notices notices,
        @Nullable RequestKey requestKey) {

    static final Duration TIMEOUT_MAX = Duration.ofDays(7);
    static final Duration KILL_AFTER = Duration.ofSeconds(5);

    private static final Duration KILL_AFTER_MAX = Duration.ofHours(1);
    private static final int STDIN_BYTES_MAX = 64 << 20;
    private static final int VARIABLES_MAX = 1_000;
    private static final int LABEL_CHARS_MAX = 200;
    private static final int TAGS_MAX = 20;
    private static final int TAG_CHARS_MAX = 64;

    public JobSpec {
        environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
        tags = List.copyOf(new LinkedHashSet<>(tags));
        requireVariables(environment);
        if (timeout.isNegative() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw Problem.invalid(
                    "`timeout` cannot be %d".formatted(timeout.toSeconds()),
                    "Write seconds from 0, for none, to %d.".formatted(TIMEOUT_MAX.toSeconds()));
        }
        if (killAfter.isNegative() || killAfter.compareTo(KILL_AFTER_MAX) > 0) {
            throw Problem.invalid(
                    "a job cannot be given %d s to end".formatted(killAfter.toSeconds()),
                    "Write seconds from 0, for none, to %d.".formatted(KILL_AFTER_MAX.toSeconds()));
        }
        if (stdin != null && stdin.getBytes(StandardCharsets.UTF_8).length > STDIN_BYTES_MAX) {
            throw Problem.invalid(
                    "`stdin` has more than %,d bytes".formatted(STDIN_BYTES_MAX),
                    "Put it into a file and let the command read that.");
        }
        if (label != null && label.length() > LABEL_CHARS_MAX) {
            throw Problem.invalid(
                    "the label has %d characters".formatted(label.length()),
                    "Give one of at most %d.".formatted(LABEL_CHARS_MAX));
        }
        requireTags(tags);
    }

    private static void requireVariables(Map<String, String> environment) {
        if (environment.size() > VARIABLES_MAX) {
            throw Problem.invalid(
                    "`env` has %,d variables".formatted(environment.size()),
                    "Give at most %,d.".formatted(VARIABLES_MAX));
        }
        environment.forEach((name, value) -> {
            if (name.isEmpty() || name.indexOf('=') >= 0 || name.indexOf('\0') >= 0) {
                throw Problem.invalid(
                        "\"%s\" cannot be the name of an environment variable".formatted(name),
                        "Write names such as CI.");
            }
            if (value.indexOf('\0') >= 0) {
                throw Problem.invalid(
                        "the value of %s has a NUL character in it".formatted(name),
                        "Leave it out.");
            }
            CommandLine.requireShort("the value of " + name, name + "=" + value);
        });
    }

    private static void requireTags(List<String> tags) {
        if (tags.size() > TAGS_MAX) {
            throw Problem.invalid(
                    "there are %d tags".formatted(tags.size()),
                    "Give at most %d.".formatted(TAGS_MAX));
        }
        for (String tag : tags) {
            if (tag.length() > TAG_CHARS_MAX
                    || !tag.matches("[A-Za-z0-9-]++(?:\\.[A-Za-z0-9-]++)*+")) {
                throw Problem.invalid(
                        "\"%s\" cannot be a tag".formatted(tag),
                        "Write letters, digits, - and single dots, such as ci.unit, at most %d."
                                .formatted(TAG_CHARS_MAX));
            }
        }
    }

    /// What makes a repeated request recognizable.
    ///
    /// @param key chosen by whoever asks
    /// @param payload a digest of what was asked for
    public record RequestKey(String key, String payload) {}

    /// The task that a job is run for. Its end becomes a note on the task.
    ///
    /// @param task its number
    /// @param completes whether the task is completed when the job exits with 0
    /// @param fails whether the task fails when the job ends in any other way
    /// @param round which round of the task it is for: it is no evidence for a later one
    /// @param asked what stands for what the task asked then; empty where that was not kept
    public record TaskLink(int task, boolean completes, boolean fails, int round, String asked) {}

    /// What is to be told of a job before its end.
    ///
    /// @param patterns what to look out for in its output, as people write it
    /// @param silence how long it may write nothing before that is told; null for ever
    /// @param sinks who else is told, of that and of its end
    public record Notices(List<String> patterns, @Nullable Duration silence, List<Sink> sinks) {

        /// So long a job is silent before that is told, unless said otherwise.
        public static final Duration SILENCE = Duration.ofSeconds(45);

        public static final Notices NONE = new Notices(List.of(), null, List.of());

        private static final int PATTERNS_MAX = 10;

        public Notices {
            patterns = List.copyOf(patterns);
            sinks = List.copyOf(sinks);
            if (patterns.size() > PATTERNS_MAX) {
                throw Problem.invalid(
                        "there are %d patterns to look out for".formatted(patterns.size()),
                        "Give at most %d.".formatted(PATTERNS_MAX));
            }
            if (silence != null && (silence.isNegative() || silence.isZero())) {
                throw Problem.invalid(
                        "a job cannot be silent for %d s".formatted(silence.toSeconds()),
                        "Write seconds from 1.");
            }
        }

        /// Whether nothing in the output is looked for.
        boolean areOfTheEndAlone() {
            return patterns.isEmpty() && silence == null;
        }
    }

    /// A command in a directory, with no time limit and nothing else.
    public static JobSpec of(CommandLine command, Path directory) {
        return new JobSpec(
                command,
                directory,
                new LinkedHashMap<>(),
                null,
                Duration.ZERO,
                KILL_AFTER,
                0,
                null,
                List.of(),
                null,
                Notices.NONE,
                null);
    }

    /// The next version of this definition, in the making.
    public Editor edit() {
        return new Editor(this);
    }

    /// The next version of a definition, in the making.
    public static final class Editor {
        private final JobSpec from;
        private SequencedMap<String, String> environment;
        private @Nullable String stdin;
        private Duration timeout;
        private Duration killAfter;
        private int priority;
        private @Nullable String label;
        private List<String> tags;
        private @Nullable TaskLink link;
        private Notices notices;
        private @Nullable RequestKey requestKey;

        private Editor(JobSpec from) {
            this.from = from;
            environment = from.environment;
            stdin = from.stdin;
            timeout = from.timeout;
            killAfter = from.killAfter;
            priority = from.priority;
            label = from.label;
            tags = from.tags;
            link = from.link;
            notices = from.notices;
            requestKey = from.requestKey;
        }

        public Editor environment(Map<String, String> variables) {
            environment = new LinkedHashMap<>(variables);
            return this;
        }

        public Editor stdin(@Nullable String text) {
            stdin = text;
            return this;
        }

        public Editor timeout(Duration time) {
            timeout = time;
            return this;
        }

        public Editor killAfter(Duration time) {
            killAfter = time;
            return this;
        }

        public Editor priority(int number) {
            priority = number;
            return this;
        }

        public Editor label(@Nullable String word) {
            label = word;
            return this;
        }

        public Editor tags(Collection<String> words) {
            tags = List.copyOf(words);
            return this;
        }

        public Editor link(@Nullable TaskLink task) {
            link = task;
            return this;
        }

        public Editor notices(Notices told) {
            notices = told;
            return this;
        }

        public Editor requestKey(@Nullable RequestKey key) {
            requestKey = key;
            return this;
        }

        /// The definition as it is by now.
        ///
        /// @throws Problem `INVALID` if it cannot be
        public JobSpec done() {
            return new JobSpec(
                    from.command,
                    from.directory,
                    environment,
                    stdin,
                    timeout,
                    killAfter,
                    priority,
                    label,
                    tags,
                    link,
                    notices,
                    requestKey);
        }
    }
}
