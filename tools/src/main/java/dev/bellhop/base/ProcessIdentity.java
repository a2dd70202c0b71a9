package dev.bellhop.base;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// A process that cannot be mistaken for another one: numbers are used again, but not by a process
/// that started at the same tick since the machine was switched on.
///
/// @param pid its number
/// @param started when it started, in whatever the system counts; comparable with itself alone
/// @param boot since which start of the machine that counts; `-` where the system does not tell
public record ProcessIdentity(long pid, String started, String boot) {

    private static final Path PROC = Path.of("/proc");
    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    /// What stands for the start of the machine where the system does not tell it.
    public static final String UNKNOWN = "-";

    // What Linux tells programs in is hundredths of a second, whatever it counts in itself.
    private static final long MILLIS_PER_TICK = 10;

    // After the command's name in parentheses: state is field 3 of proc(5)'s list, starttime 22.
    private static final int STARTED_FIELD = 22 - 3;

    /// This very process.
    public static ProcessIdentity ofThisProcess() {
        return of(ProcessHandle.current().pid())
                .orElseThrow(() -> new IllegalStateException("this process does not run"));
    }

    /// The process that has this number now; empty if there is none, or only what is left of one
    /// that ended.
    public static Optional<ProcessIdentity> of(long pid) {
        return Files.isDirectory(PROC.resolve("self")) ? fromProc(pid) : fromHandle(pid);
    }

    /// As [#toString] wrote it; empty if `text` is not that.
    public static Optional<ProcessIdentity> parse(String text) {
        String[] words = text.strip().split(" ", -1);
        return words.length == 3 && words[0].matches("[0-9]{1,18}")
                ? Optional.of(new ProcessIdentity(Long.parseLong(words[0]), words[1], words[2]))
                : Optional.empty();
    }

    /// How long it has run, by what the kernel counts: no clock that somebody sets changes it.
    /// Empty if it does not run any more or the system does not tell.
    public Optional<Duration> age() {
        if (!isAlive() || boot.equals(UNKNOWN)) {
            return Optional.empty();
        }
        try {
            Duration up = Duration.ofMillis(Long.parseLong(started) * MILLIS_PER_TICK);
            return uptime().map(now -> now.minus(up));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// How long the machine runs, by what the kernel counts: no clock that somebody sets changes
    /// it. Empty if the system does not tell.
    public static Optional<Duration> uptime() {
        try {
            String[] words = Files.readString(PROC.resolve("uptime")).split(" ", -1);
            return Optional.of(Duration.ofMillis((long) (Double.parseDouble(words[0]) * 1_000)));
        } catch (IOException | NumberFormatException e) {
            return Optional.empty();
        }
    }

    /// Whether it still runs. One that ended and was not collected by its parent does not.
    public boolean isAlive() {
        return of(pid).filter(this::equals).isPresent();
    }

    private static Optional<ProcessIdentity> fromProc(long pid) {
        try {
            String stat = Files.readString(PROC.resolve(Long.toString(pid)).resolve("stat"));
            List<String> fields =
                    List.of(stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1));
            char state = fields.getFirst().charAt(0);
            if (state == 'Z' || state == 'X') {
                return Optional.empty();
            }
            return Optional.of(new ProcessIdentity(pid, fields.get(STARTED_FIELD), Boot.ID));
        } catch (IOException e) {
            // It ended: that is what a missing entry, or one that vanishes while read, means.
            return Optional.empty();
        }
    }

    /// Since which start of the machine this process runs.
    private static final class Boot {
        static final String ID = read();

        private static String read() {
            try {
                return Files.readString(BOOT_ID).strip();
            } catch (IOException e) {
                return UNKNOWN;
            }
        }
    }

    private static Optional<ProcessIdentity> fromHandle(long pid) {
        return ProcessHandle.of(pid)
                .filter(ProcessHandle::isAlive)
                .flatMap(handle -> handle.info().startInstant())
                .map(Instant::getEpochSecond)
                .map(seconds -> new ProcessIdentity(pid, Long.toString(seconds), UNKNOWN));
    }

    @Override
    public String toString() {
        return pid + " " + started + " " + boot;
    }
}
