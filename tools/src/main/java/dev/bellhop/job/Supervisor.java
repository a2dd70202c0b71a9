package dev.bellhop.job;

import dev.bellhop.base.OwnSession;
import java.io.File;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The shell script that owns a job: it runs the command in a session of its own, and writes down
/// how that ended.
///
/// It is handed over as text, so that no file of it can be tampered with, and needs nothing but
/// what every Unix has. It stands in one session and the command in another: a signal to all
/// processes of the command leaves it alive to record the end. It is nobody's child, so that a
/// server with a thousand jobs has neither a thread nor a pipe for any of them.
final class Supervisor {

    /// The variable that marks every process of a job.
    static final String COOKIE = "BELLHOP_JOB";

    /// The name under which the script runs.
    static final String NAME = "bellhop-job";

    /// So long after a server should have acted on a timeout the script does, for want of one.
    private static final Duration FALLBACK_AFTER = Duration.ofSeconds(3);

    /// Says who `$$` is in a way that no later process can be: number, start, boot. It is written
    /// over blanks that are there already.
    private static final String IDENTITY =
            """
            bellhop_identity() {
              if [ -r /proc/$$/stat ]; then
                read -r bellhop_stat </proc/$$/stat
                read -r bellhop_boot </proc/sys/kernel/random/boot_id
                bellhop_file=$1
                set -- ${bellhop_stat##*) }
                printf '%s\\n' "$$ ${20} $bellhop_boot" 1<>"$bellhop_file"
              else
                printf '%s\\n' "$$ $(date -j -f '%a %b %d %T %Y' \\
                  "$(LC_ALL=C ps -o lstart= -p $$)" +%s) -" 1<>"$1"
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

    /// Ends all processes of the command's session: asks, waits for the grace, and kills; then
    /// those that left the session and carry the job's cookie. Zombies are no processes: in a
    /// container nobody may ever collect them. A group is not the command's if its number is that
    /// of a process that began at another time or is not the script's child: the command can write
    /// into the file that names its leader.
    private static final String END =
            """
            bellhop_lives() {
              kill -s 0 -- "-$1" || return 1
              [ -r /proc/self/stat ] || return 0
              if read -r bellhop_stat <"/proc/$1/stat"; then
                set -- "$1" "$2" ${bellhop_stat##*) }
                [ "$4 ${22}" = "$$ $2" ] || return 1
              fi
              for bellhop_file in /proc/[0-9]*/stat; do
                read -r bellhop_stat <"$bellhop_file" || continue
                set -- "$1" "$2" ${bellhop_stat##*) }
                if [ "$5" = "$1" ] && [ "$6" = "$1" ] && [ "$3" != Z ]; then return 0; fi
              done
              return 1
            }
            bellhop_end() {
              read -r bellhop_group bellhop_started bellhop_rest <"$1/leader" || return
              bellhop_tenths=0
              while bellhop_lives "$bellhop_group" "$bellhop_started"; do
                if [ "$bellhop_tenths" -eq 0 ] && [ "$2" -gt 0 ]; then
                  kill -s TERM -- "-$bellhop_group"
                  kill -s CONT -- "-$bellhop_group"
                fi
                if [ "$bellhop_tenths" -ge "$2" ]; then
                  kill -s KILL -- "-$bellhop_group"
                  break
                fi
                sleep 0.1
                bellhop_tenths=$((bellhop_tenths + 1))
              done
              for bellhop_file in $(grep -las "COOKIE=$3" /proc/[0-9]*/environ); do
                bellhop_file=${bellhop_file%/environ}
                kill -s KILL "${bellhop_file##*/}"
              done
            }
            """
                    .replace("COOKIE", COOKIE);

    /// Stands in the command's session, says who it is, and becomes the command. What cannot say
    /// who it is could not be ended, and does not begin.
    private static final String LEADER =
            IDENTITY
                    + """
                    bellhop_identity "$1/leader" || exit 126
                    COOKIE=$2; export COOKIE; shift 2
                    if [ -n "${BELLHOP_PATH+set}" ]; then PATH=$BELLHOP_PATH; unset BELLHOP_PATH; fi
                    exec "$@"
                    """
                            .replace("COOKIE", COOKIE);

    // Its variables have long names because one of a short name may be in the environment, and
    // would then reach the command changed. Signals are caught, not ignored: what is ignored here
    // would be ignored in the command too. What this shell has to say of a command that was killed
    // is not to stand in the command's log, so a subshell opens the logs. The background process
    // acts on a timeout when no server does, and goes with its group, `$$`. What outlived its
    // killed leader is ended before the end is recorded. `exit.pre` was written before anything
    // ran, so that a full disk cannot keep the record out. The mark that follows is made by
    // printf, since a shell whose `:` cannot write ends there.
    private static final String SCRIPT =
            IDENTITY
                    + SESSION
                    + END
                    + """
                    bellhop_folder=$1 bellhop_job=$2 bellhop_limit=$3 bellhop_grace=$4
                    bellhop_stdin=$5 bellhop_leader=$6; shift 6
                    trap : HUP INT TERM
                    bellhop_identity "$bellhop_folder/supervisor"
                    if [ "$bellhop_limit" -gt 0 ]; then
                      ( sleep "$bellhop_limit"; umask 077; set -C
                        echo "timeout TERM $(date -u +%Y-%m-%dT%H:%M:%SZ) its supervisor" \\
                          >"$bellhop_folder/kill"
                        bellhop_end "$bellhop_folder" "$bellhop_grace" "$bellhop_job" ) &
                    fi
                    ( exec >>"$bellhop_folder/stdout.log" 2>>"$bellhop_folder/stderr.log"
                      bellhop_session sh -c "$bellhop_leader" job "$bellhop_folder" "$bellhop_job" \\
                        "$@" <"$bellhop_stdin" )
                    bellhop_code=$?
                    if [ -e "$bellhop_folder/kill" ]; then
                      bellhop_end "$bellhop_folder" "$bellhop_grace" "$bellhop_job"
                    fi
                    printf '%3d\\n' "$bellhop_code" 1<>"$bellhop_folder/exit.pre" \\
                      && mv -f "$bellhop_folder/exit.pre" "$bellhop_folder/exit"
                    umask 077; printf '' >"${bellhop_folder%/*}/ENDED/${bellhop_folder##*/}"
                    if [ "$bellhop_limit" -gt 0 ]; then kill -s TERM -- "-$$"; fi
                    """
                            .replace("ENDED", JobFolder.ENDED);

    private Supervisor() {}

    /// Starts the command of `definition` in `folder`.
    ///
    /// @param argv what is run: the command, or what runs it in a sandbox
    /// @param inherited the environment that the command has in addition to its own
    /// @return what starts the script, and ends with 0 as soon as it has
    static Process start(
            JobDefinition definition,
            List<String> argv,
            JobFolder folder,
            Map<String, String> inherited)
            throws IOException {
        JobSpec spec = definition.spec();
        long limit =
                spec.timeout().isZero()
                        ? 0
                        : spec.timeout().plus(FALLBACK_AFTER).plusMillis(999).toSeconds();
        List<String> words = new ArrayList<>(OwnSession.detachedPrefix());
        words.addAll(List.of("/bin/sh", "-c", SCRIPT, NAME));
        words.addAll(
                List.of(
                        folder.path().toString(),
                        definition.id().text(),
                        Long.toString(limit),
                        Long.toString(spec.killAfter().toMillis() / 100),
                        folder.stdin().map(Path::toString).orElse("/dev/null"),
                        LEADER));
        words.addAll(argv);
        ProcessBuilder builder = new ProcessBuilder(words);
        builder.directory(spec.directory().toFile());
        builder.redirectInput(new File("/dev/null"));
        builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
        builder.redirectError(ProcessBuilder.Redirect.DISCARD);
        Map<String, String> environment = builder.environment();
        environment.clear();
        environment.putAll(environment(spec, inherited));
        return builder.start();
    }

    /// The command's PATH may be anything; the script needs one that finds mv. The cookie of
    /// another job, which we may be a process of, must not mark this one: it is to outlive that.
    private static Map<String, String> environment(JobSpec spec, Map<String, String> inherited) {
        Map<String, String> environment = new HashMap<>(inherited);
        environment.putAll(spec.environment());
        environment.remove(COOKIE);
        String path = environment.get("PATH");
        if (path != null) {
            environment.put("BELLHOP_PATH", path);
        }
        String own = inherited.get("PATH");
        environment.put("PATH", own == null ? "/usr/bin:/bin" : "/usr/bin:/bin:" + own);
        return environment;
    }
}
