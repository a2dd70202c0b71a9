package dev.bellhop.job;

import dev.bellhop.base.Posix;
import dev.bellhop.base.ProcessIdentity;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// The processes of one run of a job, wherever they have gone.
///
/// A process belongs to the job if it is its leader, carries the job's cookie in its environment,
/// is a child of one that belongs, or is in the session of one. What was found once is remembered
/// by its identity: when the leader is gone its session is still known by the others. No number
/// gets a signal without being looked up right before.
final class JobProcesses {

    private static final int SUSPECTS_MAX = 5;

    // Who takes the children of the dead.
    private static final long INIT = 1;

    private static final Comparator<ProcessTable.Row> OLDEST_FIRST =
            Comparator.comparingLong(ProcessTable.Row::started)
                    .thenComparingLong(ProcessTable.Row::pid);

    private final String cookie;
    private final Optional<ProcessIdentity> leader;
    private final Optional<ProcessIdentity> supervisor;

    // By number, the time they began.
    private final Map<Long, Long> known = new HashMap<>();

    private long orphanage = INIT;

    JobProcesses(JobId id, JobFolder folder) {
        this.cookie = Supervisor.COOKIE + "=" + id;
        this.leader = folder.leader();
        this.supervisor = folder.supervisor();
    }

    /// Those that run now, parents before their children: a shell that is killed after its command
    /// would still say so in the log.
    List<ProcessTable.Row> living() {
        List<ProcessTable.Row> all = ProcessTable.read();
        Map<Long, ProcessTable.Row> found = new HashMap<>();
        for (ProcessTable.Row row : all) {
            if (isKnown(row) || isLeader(row) || carriesCookie(row)) {
                found.put(row.pid(), row);
            }
            if (supervisor.filter(row::is).isPresent()) {
                orphanage = row.parent();
            }
        }
        while (true) {
            Set<Long> sessions = new HashSet<>();
            found.values().forEach(row -> sessions.add(row.session()));
            List<ProcessTable.Row> more =
                    all.stream()
                            .filter(row -> !found.containsKey(row.pid()))
                            .filter(row ->
                                    found.containsKey(row.parent())
                                            || sessions.contains(row.session()))
                            .toList();
            if (more.isEmpty()) {
                break;
            }
            more.forEach(row -> found.put(row.pid(), row));
        }
        found.values().forEach(row -> known.put(row.pid(), row.started()));
        return found.values().stream().sorted(OLDEST_FIRST).toList();
    }

    private boolean isKnown(ProcessTable.Row row) {
        Long started = known.get(row.pid());
        return started != null && started == row.started();
    }

    /// The command can write into the file that names its leader: that must also be the
    /// supervisor's child, or carry the cookie.
    private boolean isLeader(ProcessTable.Row row) {
        return leader.filter(row::is).isPresent()
                && (carriesCookie(row)
                        || supervisor.filter(parent -> parent.pid() == row.parent()).isPresent());
    }

    private boolean carriesCookie(ProcessTable.Row row) {
        return isYoungEnough(row) && variables(row).anyMatch(cookie::equals);
    }

    /// Nothing of the job is older than its supervisor.
    private boolean isYoungEnough(ProcessTable.Row row) {
        return supervisor
                .or(() -> leader)
                .filter(first -> row.started() < Long.parseLong(first.started()))
                .isEmpty();
    }

    private static Stream<String> variables(ProcessTable.Row row) {
        return Stream.of(row.environment().split("\0", -1));
    }

    /// Sends `signal` to all that run now, and wakes those that are stopped, which would not
    /// notice.
    ///
    /// @return whether there was one
    boolean signal(Signal signal) {
        int number = Posix.signal(signal.name());
        if (!ProcessTable.IS_THERE) {
            return leader.filter(ProcessIdentity::isAlive)
                    .filter(group -> Posix.kill(-group.pid(), number) == Posix.Delivery.SENT)
                    .isPresent();
        }
        boolean sent = false;
        for (ProcessTable.Row row : living()) {
            sent |= row.isAlive() && Posix.kill(row.pid(), number) == Posix.Delivery.SENT;
            if (row.state() == 'T' && row.isAlive()) {
                Posix.kill(row.pid(), Posix.signal("CONT"));
            }
        }
        return sent;
    }

    /// Whether any of them runs.
    boolean isAnyAlive() {
        return ProcessTable.IS_THERE
                ? !living().isEmpty()
                : leader.filter(ProcessIdentity::isAlive).isPresent();
    }

    /// Processes that may be left of the job although nothing ties them to it any more: nobody's
    /// children, begun after it, without the environment that everybody has.
    List<ProcessTable.Row> suspects() {
        List<ProcessTable.Row> suspects = new ArrayList<>();
        if (leader.isEmpty()) {
            return suspects;
        }
        for (ProcessTable.Row row : ProcessTable.read()) {
            if (suspects.size() < SUSPECTS_MAX
                    && isYoungEnough(row)
                    && !isKnown(row)
                    && (row.parent() == INIT || row.parent() == orphanage)
                    && hasLostItsEnvironment(row)) {
                suspects.add(row);
            }
        }
        return suspects;
    }

    private static boolean hasLostItsEnvironment(ProcessTable.Row row) {
        List<String> variables = variables(row).toList();
        return row.isReadable()
                && !row.commandLine().contains(Supervisor.NAME)
                && Stream.of("HOME=", "USER=", Supervisor.COOKIE + "=")
                        .noneMatch(name ->
                                variables.stream().anyMatch(variable -> variable.startsWith(name)));
    }

    /// `4711 sleep, 4712 node`.
    static String named(Collection<ProcessTable.Row> rows) {
        return String.join(
                ", ", rows.stream().map(row -> row.pid() + " " + row.name()).sorted().toList());
    }
}
