package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.job.JobSpec;
import dev.bellhop.job.JobState;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Looks among the jobs of a task for the run that shows that it is done. Nothing is run for that:
/// what a task file names comes from anybody who can write into the project.
final class Proofs {

    private static final int OUTPUT_BYTES_MAX = 2_000;

    private Proofs() {}

    /// A job of a task whose command is the one that has to succeed.
    private record Run(Job job, JobSpec spec, JobSpec.TaskLink link) {

        /// Whether it was for what the task asks now.
        boolean isFor(Task task) {
            return link.equals(present(link, task));
        }

        boolean succeeded() {
            return job.state() instanceof JobState.Exited(int code, _) && code == 0;
        }
    }

    /// `link` as the task is now: for this round of it, and for what it asks.
    static JobSpec.TaskLink present(JobSpec.TaskLink link, Task task) {
        return new JobSpec.TaskLink(
                link.task(), link.completes(), link.fails(), task.work().round(), asked(task));
    }

    /// Stands for what `task` asks and when it was made. That a task of another making, which got
    /// the same number and round in another place, does not share; and a clock that jumps does not
    /// touch it.
    private static String asked(Task task) {
        return Projects.digest(
                "%s\0%s\0%s\0%s"
                        .formatted(
                                task.createdAt(),
                                task.subject(),
                                task.description(),
                                task.terms().verify()));
    }

    /// `change`, and where it completes a task that has to be shown to be done the run that shows
    /// it, if there is one.
    static TaskChange with(TaskId id, TaskChange change, Project project) {
        if (change.status() != Status.COMPLETED) {
            return change;
        }
        Task task = project.tasks().read(graph -> graph.get(id));
        return task.terms().verify() == null
                ? change
                : change.edit().proof(of(task, project)).done();
    }

    /// The run that shows that `task` is done, as it is asked for now; null if there is none.
    private static TaskChange.@Nullable Proof of(Task task, Project project) {
        return runs(task, project).stream()
                .filter(run -> run.isFor(task) && run.succeeded())
                .reduce((_, last) -> last)
                .map(run ->
                        new TaskChange.Proof(
                                run.job().id().text(),
                                run.spec().command(),
                                run.link().round(),
                                project.jobs().commit(run.job()).orElse(null)))
                .orElse(null);
    }

    /// Why `task` cannot be completed yet: the last run failed, is still going on, was of another
    /// round, or there was none.
    static Problem missing(Task task, CommandLine verify, Project project) {
        String what =
                "%s is complete when `%s` has succeeded for it"
                        .formatted(task.id(), verify.shown());
        String run =
                "Run it: background_run with command %s and for_task %d, then complete the task."
                        .formatted(quoted(verify), task.id().number());
        Optional<Run> last = runs(task, project).stream().reduce((_, next) -> next);
        if (last.isEmpty()) {
            return Problem.conflict(what + ", and it was not run yet", run);
        }
        Job job = last.get().job();
        if (!job.state().isOver()) {
            return Problem.conflict(
                    "%s, and job %s still runs it".formatted(what, job.id()),
                    "Wait for it: check_background %s with wait.".formatted(job.id()));
        }
        if (!last.get().succeeded()) {
            JobOutput output = project.jobs().output(job);
            String shown =
                    output.result(
                            job.command(),
                            job.state() instanceof JobState.Exited(int code, _) ? code : -1,
                            OUTPUT_BYTES_MAX);
            return Problem.conflict(
                    "%s; its last run, job %s, ended with %s:\n%s\n"
                            .formatted(
                                    what,
                                    job.id(),
                                    job.state().told(job.time(job.state().endedAt())),
                                    JobView.withoutNews(shown)),
                    "Mend that, and run it again with for_task %d.".formatted(task.id().number()));
        }
        return Problem.conflict(
                "%s since it was started or changed, and job %s ran before that"
                        .formatted(what, job.id()),
                run);
    }

    private static String quoted(CommandLine command) {
        return switch (command) {
            case CommandLine.Shell(String line) -> "`" + line + "`";
            case CommandLine.Argv(List<String> argv) -> {
                ArrayNode words = JsonNodeFactory.instance.arrayNode();
                argv.forEach(words::add);
                yield words.toString();
            }
        };
    }

    private static List<Run> runs(Task task, Project project) {
        return project.jobs().forTask(task.id().number()).stream()
                .flatMap(job -> run(job, project).stream())
                .filter(run -> run.spec().command().equals(task.terms().verify()))
                // The same words mean something else in another place.
                .filter(run -> run.spec().directory().equals(project.directory()))
                .filter(run -> run.spec().environment().isEmpty())
                .toList();
    }

    private static Optional<Run> run(Job job, Project project) {
        try {
            JobSpec spec = project.jobs().definition(job);
            JobSpec.TaskLink link = spec.link();
            return link == null ? Optional.empty() : Optional.of(new Run(job, spec, link));
        } catch (Problem problem) {
            if (problem.kind() == Problem.Kind.UNAVAILABLE) {
                throw problem;
            }
            // What is not known any more shows nothing.
            return Optional.empty();
        }
    }
}
