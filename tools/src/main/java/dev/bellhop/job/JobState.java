package dev.bellhop.job;

import dev.bellhop.base.Elapsed;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How a job stands.
public sealed interface JobState {

    /// It is kept to be started later.
    record Created() implements JobState {}

    /// It begins as soon as there is room for it.
    record Queued() implements JobState {}

    /// Its supervisor is alive.
    record Running() implements JobState {}

    /// The command ended by itself.
    ///
    /// @param exitCode 0 means success; 128 + n may mean that signal n ended it
    record Exited(int exitCode, Instant at) implements JobState {

        /// The signal that probably ended it, such as `SIGKILL`; a command may also exit with such
        /// a code of its own.
        public Optional<String> probableSignal() {
            return switch (exitCode) {
                case 129 -> Optional.of("SIGHUP");
                case 130 -> Optional.of("SIGINT");
                case 131 -> Optional.of("SIGQUIT");
                case 132 -> Optional.of("SIGILL");
                case 134 -> Optional.of("SIGABRT");
                case 135, 138 -> Optional.of("SIGBUS");
                case 136 -> Optional.of("SIGFPE");
                case 137 -> Optional.of("SIGKILL");
                case 139 -> Optional.of("SIGSEGV");
                case 141 -> Optional.of("SIGPIPE");
                case 143 -> Optional.of("SIGTERM");
                default -> Optional.empty();
            };
        }
    }

    /// It was ended because its time was up.
    record TimedOut(Instant at) implements JobState {}

    /// Somebody ended it.
    ///
    /// @param order who, why and when
    /// @param exitCode what the command ended with; null if it never began
    record Killed(KillOrder order, @Nullable Integer exitCode, Instant at) implements JobState {

        /// `SIGTERM by claude-code 2.1`, `SIGTERM by a person (bellhop 1.0)`, `SIGTERM by test 1.0,
        /// to restart it`, `SIGTERM: output_limit`.
        public String how() {
            String signal = order.signal().word();
            String by = order.by().isEmpty() ? signal : signal + " by " + order.by();
            return switch (order.cause()) {
                case AGENT -> by;
                case PERSON ->
                        signal
                                + " by a person"
                                + (order.by().isEmpty() ? "" : " (" + order.by() + ")");
                case RESTART -> by + ", to restart it";
                case TIMEOUT, OUTPUT_LIMIT -> signal + ": " + order.cause().word();
            };
        }
    }

    /// It could not be started.
    ///
    /// @param reason what the operating system said
    record Failed(String reason, Instant at) implements JobState {}

    /// Its supervisor is gone without a record, so nobody knows how it ended.
    record Lost(Instant at) implements JobState {}

    default boolean isOver() {
        return switch (this) {
            case Created _, Queued _, Running _ -> false;
            case Exited _, TimedOut _, Killed _, Failed _, Lost _ -> true;
        };
    }

    /// The word by which it is asked for: `created`, `queued`, `running`, `exited`, `timeout`,
    /// `killed`, `failed`, `lost`.
    default String name() {
        return switch (this) {
            case Created _ -> "created";
            case Queued _ -> "queued";
            case Running _ -> "running";
            case Exited _ -> "exited";
            case TimedOut _ -> "timeout";
            case Killed _ -> "killed";
            case Failed _ -> "failed";
            case Lost _ -> "lost";
        };
    }

    /// The word for lists: that of [#name], with the exit code: `exited 3`.
    default String word() {
        return this instanceof Exited(int code, _) ? "exited " + code : name();
    }

    /// The words for a notification, which are s08's, with the exit code: `completed (exit 0, 41
    /// s)`.
    ///
    /// @param time from the job's start to its end
    default String told(Duration time) {
        String span = Elapsed.text(time);
        return switch (this) {
            case Created _, Queued _ -> name();
            case Running _ -> "running (%s)".formatted(span);
            case Exited exited ->
                    "%s (exit %d%s, %s)"
                            .formatted(
                                    exited.exitCode() == 0 ? "completed" : "error",
                                    exited.exitCode(),
                                    exited.probableSignal()
                                            .map(signal -> ", probably " + signal)
                                            .orElse(""),
                                    span);
            case TimedOut _ -> "timeout (after %s)".formatted(span);
            case Killed killed -> "killed (%s, after %s)".formatted(killed.how(), span);
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
            case Created _, Queued _, Running _ ->
                    throw new IllegalStateException(name() + " is not over");
            case Exited(_, Instant at) -> at;
            case TimedOut(Instant at) -> at;
            case Killed(_, _, Instant at) -> at;
            case Failed(_, Instant at) -> at;
            case Lost(Instant at) -> at;
        };
    }
}
