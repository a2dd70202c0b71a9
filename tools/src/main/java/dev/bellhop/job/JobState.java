package dev.bellhop.job;

import dev.bellhop.base.Elapsed;
import java.time.Duration;
import java.time.Instant;

/// How a job stands.
public sealed interface JobState {

    /// Its supervisor is alive.
    record Running() implements JobState {}

    /// The command ended by itself.
    ///
    /// @param exitCode 0 means success; 128 + n may mean that signal n ended it
    record Exited(int exitCode, Instant at) implements JobState {}

    /// It was ended because its time was up.
    record TimedOut(Instant at) implements JobState {}

    /// Somebody ended it.
    ///
    /// @param signal such as `SIGTERM`
    record Killed(String signal, Instant at) implements JobState {}

    /// It could not be started.
    ///
    /// @param reason what the operating system said
    record Failed(String reason, Instant at) implements JobState {}

    /// Its supervisor is gone without a record, so nobody knows how it ended.
    record Lost(Instant at) implements JobState {}

    default boolean isOver() {
        return !(this instanceof Running);
    }

    /// The word for lists: `running`, `exited 3`, `timeout`, `killed`, `failed`, `lost`.
    default String word() {
        return switch (this) {
            case Running _ -> "running";
            case Exited(int code, _) -> "exited " + code;
            case TimedOut _ -> "timeout";
            case Killed _ -> "killed";
            case Failed _ -> "failed";
            case Lost _ -> "lost";
        };
    }

    /// The words for a notification, which are s08's, with the exit code: `completed (exit 0, 41
    /// s)`.
    ///
    /// @param time from the job's start to its end
    default String told(Duration time) {
        String span = Elapsed.text(time);
        return switch (this) {
            case Running _ -> "running (%s)".formatted(span);
            case Exited(int code, _) ->
                    "%s (exit %d, %s)".formatted(code == 0 ? "completed" : "error", code, span);
            case TimedOut _ -> "timeout (after %s)".formatted(span);
            case Killed(String signal, _) -> "killed (%s, after %s)".formatted(signal, span);
            case Failed(String reason, _) -> "error (could not start: %s)".formatted(reason);
            case Lost _ ->
                    "lost (its supervisor is gone, so nobody saw how it ended; it is not run"
                            + " again)";
        };
    }

    /// When it was over.
    ///
    /// @throws IllegalStateException if it is not
    default Instant endedAt() {
        return switch (this) {
            case Running _ -> throw new IllegalStateException("still running");
            case Exited(_, Instant at) -> at;
            case TimedOut(Instant at) -> at;
            case Killed(_, Instant at) -> at;
            case Failed(_, Instant at) -> at;
            case Lost(Instant at) -> at;
        };
    }
}
