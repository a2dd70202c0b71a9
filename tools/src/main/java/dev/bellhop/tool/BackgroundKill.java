package dev.bellhop.tool;

import dev.bellhop.base.Elapsed;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.JobState;
import dev.bellhop.job.Signal;
import org.jspecify.annotations.Nullable;

/// `background_kill`: ends a job with all its processes, and says what was observed.
final class BackgroundKill implements Tool<BackgroundKill.Input> {

    record Input(
            @About(name = "task_id", alias = "job_id") String taskId,
            @About("Default TERM, KILL after 5 s") @Nullable String signal) {}

    @Override
    public String name() {
        return "background_kill";
    }

    @Override
    public String about() {
        return "Stop a background command and its child processes.";
    }

    @Override
    public String searchHint() {
        return "kill stop cancel background job process";
    }

    @Override
    public Hints hints() {
        return new Hints(false, true, true, true);
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        Signal signal = input.signal() == null ? Signal.TERM : Signal.parse(input.signal());
        JobRunner jobs = call.project().jobs();
        boolean isPerson = call.caller().conversation().isObserver();
        Job before = jobs.get(input.taskId());
        JobRunner.Kill kill = jobs.kill(before, signal, call.author(), isPerson);
        Job job = kill.job();
        call.tells(job);
        String line = JobLine.stateAndCommand(job, call.project());
        String left =
                kill.left().isEmpty()
                        ? ""
                        : "\nPerhaps left of it, since nothing ties them to it: " + kill.left();
        if (!job.state().isOver()) {
            return "%s: still running %s after %s"
                    .formatted(line, Elapsed.text(kill.after()), signal.word());
        }
        if (before.state().isOver() && kill.sent()) {
            return line + ": what had outlived it was ended" + left;
        }
        if (!kill.sent()) {
            return line
                    + (job.state() instanceof JobState.Killed(_, Integer code, _) && code == null
                            ? ": it had not begun and never will"
                            : ": it was over already");
        }
        return "[%s] %s: %s after %s%s"
                .formatted(
                        job.state().word(),
                        JobLine.command(job, call.project()),
                        signal.word(),
                        Elapsed.text(kill.after()),
                        left);
    }
}
