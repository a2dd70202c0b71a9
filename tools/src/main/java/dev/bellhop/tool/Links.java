package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.JobSpec;
import dev.bellhop.job.JobState;
import dev.bellhop.job.KillOrder;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Status;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskId;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How the end of a job reaches the task that it was run for: as a note, and where that was asked
/// for as the task's own end.
final class Links {

    private static final Logger LOG = LoggerFactory.getLogger(Links.class);

    private Links() {}

    /// Tells every task of the jobs for it that are over. Several processes may do so at once: who
    /// notes the same twice has noted it once.
    static void tell(Project project) {
        for (Job job : project.jobs().unlinked()) {
            TaskId task = new TaskId(Objects.requireNonNull(job.forTask()));
            String note =
                    "[%s] %s: %s"
                            .formatted(
                                    JobRunner.newsKey(job),
                                    job.state().told(job.time(job.state().endedAt())),
                                    JobLine.command(job, project));
            Journal.Author author = new Journal.Author(job.startedBy(), "bellhop");
            try {
                tell(project, task, TaskChange.noting(statusFor(project, job), note), author);
            } catch (Problem problem) {
                // The task is gone, or its file cannot be read: asking again would not help.
                if (problem.kind() == Problem.Kind.UNAVAILABLE) {
                    throw problem;
                }
                LOG.warn("job {} is over, and its task was not told: {}", job.id(), problem.text());
            }
            project.jobs().linked(job);
        }
    }

    private static void tell(
            Project project, TaskId task, TaskChange change, Journal.Author author) {
        try {
            project.tasks().update(task, Proofs.with(task, change, project), author);
        } catch (Problem problem) {
            if (problem.kind() != Problem.Kind.CONFLICT || change.status() == null) {
                throw problem;
            }
            String note =
                    "%s (not %s: %s)"
                            .formatted(change.note(), change.status().word(), problem.getMessage());
            project.tasks().update(task, TaskChange.noting(null, note), author);
        }
    }

    /// What the end of `job` makes of its task, or null.
    private static @Nullable Status statusFor(Project project, Job job) {
        JobSpec.TaskLink link = link(project, job);
        boolean beginsAgain =
                job.state() instanceof JobState.Killed killed
                        && killed.order().cause() == KillOrder.Cause.RESTART;
        if (link == null || beginsAgain) {
            return null;
        }
        boolean succeeded = job.state() instanceof JobState.Exited(int code, _) && code == 0;
        if (succeeded) {
            return link.completes() ? Status.COMPLETED : null;
        }
        return link.fails() ? Status.FAILED : null;
    }

    private static JobSpec.@Nullable TaskLink link(Project project, Job job) {
        try {
            return project.jobs().definition(job).link();
        } catch (Problem problem) {
            if (problem.kind() == Problem.Kind.UNAVAILABLE) {
                throw problem;
            }
            LOG.warn("what job {} was to do with its task is not known any more", job.id());
            return null;
        }
    }
}
