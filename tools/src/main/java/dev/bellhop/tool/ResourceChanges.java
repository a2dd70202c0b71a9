package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.store.FolderAlarm;
import dev.bellhop.task.TaskId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at resources whenever something has changed where they come from: the folder of the tasks,
/// that of the database, and those of the logs. What says the same as before is not told.
final class ResourceChanges implements Resources.Changes {

    private static final Logger LOG = LoggerFactory.getLogger(ResourceChanges.class);

    /// A log that grows is looked at no more often.
    private static final Duration LOOK_EVERY = Duration.ofMillis(100);

    /// What the kernel does not tell is seen this late: what another machine writes, and that the
    /// time has come for a task.
    private static final Duration SURE_EVERY = Duration.ofSeconds(5);

    private static final Duration LONGEST = Duration.ofDays(1);

    private final Projects projects;
    private final Path directory;
    private final FolderAlarm.Waiter waiter;
    private final Map<String, ResourceUri> uris;
    private final Map<String, String> marks = new LinkedHashMap<>();
    private final Duration lookAgain;
    private final CountDownLatch closed = new CountDownLatch(1);
    private long lookedNanos;

    private ResourceChanges(
            Projects projects,
            Path directory,
            Map<String, ResourceUri> uris,
            FolderAlarm.Waiter waiter,
            Duration lookAgain) {
        this.projects = projects;
        this.directory = directory;
        this.uris = uris;
        this.waiter = waiter;
        this.lookAgain = lookAgain;
    }

    /// Begins to follow.
    ///
    /// @param waiter of its own, which it closes
    static ResourceChanges follow(
            Projects projects, Path directory, Set<String> uris, FolderAlarm.Waiter waiter) {
        return follow(projects, directory, uris, waiter, LOOK_EVERY);
    }

    /// Begins to follow.
    ///
    /// @param waiter of its own, which it closes
    /// @param lookAgain how soon after a look that there was a reason for comes the next
    static ResourceChanges follow(
            Projects projects,
            Path directory,
            Set<String> uris,
            FolderAlarm.Waiter waiter,
            Duration lookAgain) {
        boolean begun = false;
        try {
            Map<String, ResourceUri> parsed = new LinkedHashMap<>();
            uris.forEach(uri -> parsed.put(uri, ResourceUri.parse(uri)));
            ResourceChanges changes =
                    new ResourceChanges(projects, directory, parsed, waiter, lookAgain);
            changes.look();
            begun = true;
            return changes;
        } finally {
            if (!begun) {
                waiter.close();
            }
        }
    }

    @Override
    public Set<String> await(Duration longest) throws InterruptedException {
        long begun = System.nanoTime();
        long patience = (longest.compareTo(LONGEST) < 0 ? longest : LONGEST).toNanos();
        Duration pause = lookAgain;
        while (true) {
            long left = patience - (System.nanoTime() - begun);
            long early = LOOK_EVERY.toNanos() - (System.nanoTime() - lookedNanos);
            if (closed.await(Math.min(early, left), TimeUnit.NANOSECONDS) || early > left) {
                return Set.of();
            }
            Set<String> changed = lookIfPossible();
            left = patience - (System.nanoTime() - begun);
            if (!changed.isEmpty() || left <= 0) {
                return changed;
            }
            // What was written may be there to be read only after the disk has it, and nobody tells
            // when that is: so there is a look soon, and then less and less often.
            Duration longestPause = Duration.ofNanos(Math.min(left, pause.toNanos()));
            if (waiter.await(longestPause)) {
                pause = lookAgain;
            } else {
                Duration longer = pause.multipliedBy(2);
                pause = longer.compareTo(SURE_EVERY) < 0 ? longer : SURE_EVERY;
            }
        }
    }

    /// What cannot be read now may be later, and then tells what changed meanwhile.
    private Set<String> lookIfPossible() {
        try {
            return look();
        } catch (Problem problem) {
            LOG.warn("changes cannot be looked for: {}", problem.getMessage());
            return Set.of();
        }
    }

    /// The resources that say something else than at the last look.
    private Set<String> look() {
        try {
            // First the watch, then the look: what changes in between is seen by one or both.
            Project project = projects.at(directory);
            waiter.watch(folders(project));
            projects.current(directory);
            Set<String> changed = new LinkedHashSet<>();
            Map<String, String> now = new LinkedHashMap<>();
            uris.forEach((uri, parsed) -> now.put(uri, mark(parsed, project)));
            now.forEach((uri, mark) -> {
                if (!mark.equals(marks.put(uri, mark))) {
                    changed.add(uri);
                }
            });
            return changed;
        } finally {
            lookedNanos = System.nanoTime();
        }
    }

    private Set<Path> folders(Project project) {
        Set<Path> folders = new HashSet<>();
        folders.add(project.tasks().directory());
        folders.add(project.state());
        folders.add(project.jobs().ends());
        for (ResourceUri uri : uris.values()) {
            if (uri instanceof ResourceUri.OfLog log) {
                Job job = found(log, project);
                if (job != null) {
                    folders.add(project.jobs().output(job).folder());
                }
            }
        }
        return folders;
    }

    private static @Nullable Job found(ResourceUri.OfLog log, Project project) {
        try {
            return project.jobs().get(log.job());
        } catch (Problem problem) {
            if (isTemporary(problem)) {
                throw problem;
            }
            return null;
        }
    }

    /// Differs whenever what the resource says does, or whether there is one.
    private static String mark(ResourceUri uri, Project project) {
        try {
            return switch (uri) {
                case ResourceUri.OfBoard _ -> Board.of(project);
                case ResourceUri.OfTask(TaskId id) -> TaskDocument.of(id, project);
                case ResourceUri.OfLog log -> LogText.mark(log, project);
            };
        } catch (Problem problem) {
            if (isTemporary(problem)) {
                throw problem;
            }
            return problem.text();
        }
    }

    private static boolean isTemporary(Problem problem) {
        return switch (problem.kind()) {
            case UNAVAILABLE, INTERNAL -> true;
            case INVALID, NOT_FOUND, CONFLICT -> false;
        };
    }

    @Override
    public void close() {
        closed.countDown();
        waiter.close();
    }
}
