package dev.bellhop.job;

import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The processes of this machine, as its kernel lists them. Where it does not (macOS), the table is
/// empty.
final class ProcessTable {

    private static final Path PROC = Path.of("/proc");

    /// Whether the kernel lists its processes.
    static final boolean IS_THERE = Files.isReadable(PROC.resolve("self/stat"));

    private ProcessTable() {}

    /// One process.
    ///
    /// @param started when, in ticks since the machine was switched on
    /// @param state the letter of proc(5): `T` stopped
    record Row(
            long pid,
            String name,
            char state,
            long parent,
            long group,
            long session,
            long started) {

        /// Whether this is the very process that `identity` names.
        boolean is(ProcessIdentity identity) {
            return pid == identity.pid() && Long.toString(started).equals(identity.started());
        }

        /// The process of this row cannot be mistaken for another one.
        boolean isAlive() {
            return of(pid).filter(now -> now.started == started).isPresent();
        }

        /// Whether its environment may be read.
        boolean isReadable() {
            return Files.isReadable(PROC.resolve(Long.toString(pid)).resolve("environ"));
        }

        /// What its environment says, each variable between zeros; empty if we may not know.
        String environment() {
            return text(PROC.resolve(Long.toString(pid)).resolve("environ"));
        }

        String commandLine() {
            return text(PROC.resolve(Long.toString(pid)).resolve("cmdline"));
        }

        private static String text(Path file) {
            try {
                return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
            } catch (IOException e) {
                // It ended, or belongs to somebody else.
                return "";
            }
        }
    }

    /// All processes but those that have ended and were not collected.
    static List<Row> read() {
        List<Row> rows = new ArrayList<>();
        if (!IS_THERE) {
            return rows;
        }
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (Path folder : folders) {
                of(Long.parseLong(String.valueOf(folder.getFileName()))).ifPresent(rows::add);
            }
        } catch (DirectoryIteratorException | IOException e) {
            throw new IllegalStateException("the kernel does not list its processes", e);
        }
        return rows;
    }

    private static Optional<Row> of(long pid) {
        try {
            String stat = Row.text(PROC.resolve(Long.toString(pid)).resolve("stat"));
            int open = stat.indexOf('(');
            int close = stat.lastIndexOf(')');
            if (open < 0 || close < open) {
                return Optional.empty();
            }
            String[] fields = stat.substring(close + 1).strip().split(" ", -1);
            char state = fields[0].charAt(0);
            return state == 'Z' || state == 'X'
                    ? Optional.empty()
                    : Optional.of(
                            new Row(
                                    pid,
                                    stat.substring(open + 1, close),
                                    state,
                                    Long.parseLong(fields[1]),
                                    Long.parseLong(fields[2]),
                                    Long.parseLong(fields[3]),
                                    Long.parseLong(fields[19])));
        } catch (NumberFormatException | ArrayIndexOutOfBoundsException e) {
            throw new IllegalStateException("/proc/" + pid + "/stat is not as proc(5) has it", e);
        }
    }
}
