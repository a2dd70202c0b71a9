package dev.bellhop.torture;

import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Process numbers of their own: what runs in here sees only what runs in here. Needs root and
/// Linux.
///
/// Closing it ends all that runs in it.
final class Namespace implements AutoCloseable {

    private static final Duration STARTS_WITHIN = Duration.ofSeconds(20);

    /// Collects nothing, as the first process of many a container.
    static final String NEGLECTFUL = "exec sleep 100000";

    /// Has the system collect every process that is left to it.
    static final String COLLECTING =
            "exec perl -e '$SIG{CHLD} = \"IGNORE\"; exec \"sleep\", \"100000\"'";

    private final Process holder;
    private final ProcessHandle first;

    private Namespace(Process holder) throws IOException {
        this.holder = holder;
        Condition.within(STARTS_WITHIN, () -> holder.children().findAny().isPresent());
        first =
                holder.children()
                        .findAny()
                        .orElseThrow(() -> new IOException("there is no namespace"));
    }

    /// @param first the script that its first process runs
    static Namespace of(Place place, String first) throws IOException {
        List<String> words = new ArrayList<>(opened());
        words.addAll(List.of("sh", "-c", first));
        Namespace made = new Namespace(place.process(words).start());
        Condition.within(STARTS_WITHIN, () -> made.sees(1).contains("(sleep)"));
        return made;
    }

    /// The one whose first process is a server that was started behind [#opened()].
    static Namespace around(Agent server) throws IOException {
        return new Namespace(server.process());
    }

    /// What starts the first process of a namespace of its own.
    static List<String> opened() {
        return List.of("unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
    }

    /// What starts a process in here.
    List<String> entered() {
        return List.of("nsenter", "-t", Long.toString(first.pid()), "-p", "-m");
    }

    String script(String script, String... words) throws IOException {
        List<String> line = new ArrayList<>(entered());
        line.addAll(List.of("/bin/sh", "-c", script, "sh"));
        line.addAll(List.of(words));
        return Shell.run(line).output().strip();
    }

    /// Sends SIGKILL to a process in here, by its number in here, or to a group where that is
    /// negative.
    void kill(long target) throws IOException {
        script("kill -s KILL -- \"$1\"", Long.toString(target));
    }

    /// What the system says of the process that has this number in here; empty if there is none.
    String sees(long pid) throws IOException {
        return script("cat \"/proc/$1/stat\" 2>/dev/null", Long.toString(pid));
    }

    /// Whether a process runs in here; a zombie does not.
    boolean runs(ProcessIdentity process) throws IOException {
        String[] fields = fields(sees(process.pid()));
        return fields.length > 19 && !fields[0].equals("Z") && fields[19].equals(process.started());
    }

    /// How many processes in here have ended and nobody has collected them.
    long zombies() throws IOException {
        return script("cat /proc/[0-9]*/stat 2>/dev/null")
                .lines()
                .filter(line -> fields(line)[0].equals("Z"))
                .count();
    }

    /// Starts an innocent process, the leader of a group, that gets a number which was used before.
    ///
    /// @return empty if others always took the number first
    Optional<ProcessIdentity> reuse(long pid) throws IOException {
        for (int attempt = 0; attempt < 200; attempt++) {
            // The shell's own words only: every process that it started would take a number.
            String got =
                    script(
                            "echo $(($1 - 1)) >/proc/sys/kernel/ns_last_pid;"
                                    + " setsid sleep 100000 </dev/null >/dev/null 2>&1 & echo $!",
                            Long.toString(pid));
            if (got.equals(Long.toString(pid))) {
                Condition.within(
                        STARTS_WITHIN, () -> fields(sees(pid))[2].equals(Long.toString(pid)));
                return Optional.of(
                        new ProcessIdentity(pid, fields(sees(pid))[19], "of this machine"));
            }
            if (got.matches("\\d+")) {
                kill(Long.parseLong(got));
            }
        }
        return Optional.empty();
    }

    /// State, parent, group and so on; the start is the twentieth.
    private static String[] fields(String stat) {
        String[] fields = stat.substring(stat.lastIndexOf(')') + 1).strip().split(" ", -1);
        return fields.length > 2 ? fields : new String[] {"", "", ""};
    }

    @Override
    public void close() {
        holder.destroyForcibly();
        first.destroyForcibly();
        holder.onExit().join();
    }
}
