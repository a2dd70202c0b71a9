package dev.bellhop.job;

import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What is to be run, and how.
///
/// @param directory where it runs
/// @param environment in addition to what the server has
/// @param timeout after which it is ended; zero for never
/// @param stdin what it reads; null for nothing
/// @param forTask the number of the task that it is run for, or null
/// @param label a word for lists, or null
/// @param requestKey by which a repetition of this request is recognized, or null
public record JobSpec(
        CommandLine command,
        Path directory,
        SequencedMap<String, String> environment,
        Duration timeout,
        @Nullable String stdin,
        @Nullable Integer forTask,
        @Nullable String label,
        @Nullable RequestKey requestKey) {

    static final Duration TIMEOUT_MAX = Duration.ofDays(7);

    public JobSpec {
        environment = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(environment));
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
        });
        if (timeout.isNegative() || timeout.compareTo(TIMEOUT_MAX) > 0) {
            throw Problem.invalid(
                    "`timeout` cannot be %d".formatted(timeout.toSeconds()),
                    "Write seconds from 0, for none, to %d.".formatted(TIMEOUT_MAX.toSeconds()));
        }
    }

    /// What makes a repeated request recognizable.
    ///
    /// @param key chosen by whoever asks
    /// @param payload a digest of what was asked for
    public record RequestKey(String key, String payload) {}

    /// A command in a directory, with no time limit and nothing else.
    public static JobSpec of(CommandLine command, Path directory) {
        return new JobSpec(
                command, directory, new LinkedHashMap<>(), Duration.ZERO, null, null, null, null);
    }
}
