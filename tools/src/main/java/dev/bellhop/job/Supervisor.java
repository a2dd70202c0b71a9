package dev.bellhop.job;

import dev.bellhop.base.Problem;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// The shell script that owns a job: it runs the command in a session of its own, and writes down
/// how that ended.
///
/// It is handed over as text, so that no file of it can be tampered with, and needs nothing but
/// what every Unix has. It stands in one session and the command in another: a signal to all
/// processes of the command leaves it alive to record the end.
final class Supervisor {

    /// So long after a server should have acted on a timeout the script does, for want of one.
    private static final Duration FALLBACK_AFTER = Duration.ofSeconds(3);

    static final Duration KILL_AFTER = Duration.ofSeconds(5);

    /// Says who `$$` is in a way that no later process can be: number, start, boot.
    private static final String IDENTITY =
            """
            bellhop_identity() {
              if [ -r /proc/$$/stat ]; then
                read -r bellhop_stat </proc/$$/stat
                read -r bellhop_boot </proc/sys/kernel/random/boot_id
                set -- ${bellhop_stat##*) }
                echo "$$ ${20} $bellhop_boot"
              else
                echo "$$ $(date -j -f '%a %b %d %T %Y' "$(LC_ALL=C ps -o lstart= -p $$)" +%s) -"
              fi
            }
            """;

    /// Becomes a command in a session of its own. Debian has setsid(1), macOS has perl.
    private static final String SESSION =
            """
            bellhop_session() {
              if command -v setsid >/dev/null 2>&1; then exec setsid "$@"
              else exec perl -MPOSIX -e 'POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127' -- "$@"
              fi
            }
            """;

    /// Ends all processes of the command's group: asks, waits for the grace, and kills. Zombies are
    /// no processes: in a container nobody may ever collect them.
    private static final String END =
            """
            bellhop_lives() {
              kill -s 0 -- "-$1" || return 1
              [ -r /proc/$$/stat ] || return 0
              for bellhop_file in /proc/[0-9]*/stat; do
                read -r bellhop_stat <"$bellhop_file" || continue
                set -- "$1" ${bellhop_stat##*) }
                if [ "$4" = "$1" ] && [ "$2" != Z ]; then return 0; fi
              done
              return 1
            }
            bellhop_end() {
              read -r bellhop_group bellhop_rest <"$1/leader" || return
              bellhop_lives "$bellhop_group" || return
              kill -s TERM -- "-$bellhop_group"
              bellhop_tenths=0
              while [ "$bellhop_tenths" -lt KILL_AFTER ]; do
                sleep 0.1
                bellhop_lives "$bellhop_group" || return
                bellhop_tenths=$((bellhop_tenths + 1))
              done
              kill -s KILL -- "-$bellhop_group"
            }
            """
                    .replace("KILL_AFTER", Long.toString(KILL_AFTER.toMillis() / 100));

    /// Stands in the command's session, says who it is, and becomes the command.
    private static final String LEADER =
            IDENTITY
                    + """
                    bellhop_identity >"$1/leader"; shift
                    if [ -n "${BELLHOP_PATH+set}" ]; then PATH=$BELLHOP_PATH; unset BELLHOP_PATH; fi
                    exec "$@"
                    """;

    // Its variables have long names because one of a short name may be in the environment, and
    // would then reach the command changed. Signals are caught, not ignored: what is ignored here
    // would be ignored in the command too. What this shell has to say of a command that was killed
    // is not to stand in the command's log, so a subshell opens the logs. The background process
    // acts on a timeout when no server does, and goes with its group, `$$`. What outlived its
    // killed leader is ended before the end is recorded. `exit.pre` was written before anything
    // ran, so that a full disk cannot keep the record out.
    private static final String SCRIPT =
            IDENTITY
                    + SESSION
                    + END
                    + """
                    bellhop_folder=$1 bellhop_limit=$2 bellhop_leader=$3; shift 3
                    trap : HUP INT TERM
                    bellhop_identity >"$bellhop_folder/supervisor"
                    if [ "$bellhop_limit" -gt 0 ]; then
                      ( sleep "$bellhop_limit"; umask 077; set -C
                        echo timeout >"$bellhop_folder/kill"; bellhop_end "$bellhop_folder" ) &
                    fi
                    ( exec >>"$bellhop_folder/stdout.log" 2>>"$bellhop_folder/stderr.log"
                      bellhop_session sh -c "$bellhop_leader" job "$bellhop_folder" "$@" \\
                        <"$bellhop_folder/stdin" )
                    bellhop_code=$?
                    if [ -e "$bellhop_folder/kill" ]; then bellhop_end "$bellhop_folder"; fi
                    printf '%3d\\n' "$bellhop_code" 1<>"$bellhop_folder/exit.pre" \\
                      && mv -f "$bellhop_folder/exit.pre" "$bellhop_folder/exit"
                    if [ "$bellhop_limit" -gt 0 ]; then kill -s TERM -- "-$$"; fi
                    """;

    private Supervisor() {}

    /// Starts the command of `spec` in `folder`.
    ///
    /// @param inherited the environment that the command has in addition to its own
    /// @return the process of the script
    static Process start(JobId id, JobSpec spec, JobFolder folder, Map<String, String> inherited)
            throws IOException {
        long limit =
                spec.timeout().isZero()
                        ? 0
                        : spec.timeout().plus(FALLBACK_AFTER).plusMillis(999).toSeconds();
        List<String> words = new ArrayList<>();
        words.addAll(ownSession());
        words.addAll(List.of("/bin/sh", "-c", SCRIPT, "bellhop-job"));
        words.addAll(List.of(folder.path().toString(), Long.toString(limit), LEADER));
        words.addAll(spec.command().argv());
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.directory(spec.directory().toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(environment(id, spec, inherited));
        return builder.start();
    }

    /// The command's PATH may be anything; the script needs one that finds mv.
    private static Map<String, String> environment(
            JobId id, JobSpec spec, Map<String, String> inherited) {
        Map<String, String> environment = new HashMap<>(inherited);
        environment.putAll(spec.environment());
        environment.put("BELLHOP_JOB", id.text());
        String path = environment.get("PATH");
        if (path != null) {
            environment.put("BELLHOP_PATH", path);
        }
        String own = inherited.get("PATH");
        environment.put("PATH", own == null ? "/usr/bin:/bin" : "/usr/bin:/bin:" + own);
        return environment;
    }

    private static List<String> ownSession() {
        return Files.isExecutable(Path.of("/usr/bin/setsid"))
                ? List.of("/usr/bin/setsid")
                : Stream.of("/bin", "/usr/local/bin")
                        .map(folder -> Path.of(folder, "setsid"))
                        .filter(Files::isExecutable)
                        .findFirst()
                        .map(setsid -> List.of(setsid.toString()))
                        .orElse(
                                List.of(
                                        "perl",
                                        "-MPOSIX",
                                        "-e",
                                        "POSIX::setsid(); exec { $ARGV[0] } @ARGV; exit 127",
                                        "--"));
    }

    /// Sends `signal` to all processes of the group that `leader` leads.
    ///
    /// @return whether there was one
    static boolean signal(Signal signal, long group) {
        try {
            Process kill =
                    new ProcessBuilder(
                                    "/bin/sh",
                                    "-c",
                                    "kill -s \"$1\" -- \"-$2\"",
                                    "kill",
                                    signal.name(),
                                    Long.toString(group))
                            .redirectInput(new File("/dev/null"))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            return kill.onExit().join().exitValue() == 0;
        } catch (IOException e) {
            throw Problem.unavailable(
                    "could not send %s: %s".formatted(signal.word(), e.getMessage()),
                    "Make the same call again.");
        }
    }
}
