package dev.bellhop.tool;

import dev.bellhop.base.Elapsed;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.job.Signal;
import org.jspecify.annotations.Nullable;

/// `background_kill`: ends a job with all its processes, and says what was observed.
final class BackgroundKill implements Tool<BackgroundKill.Input> {

    record Input(
            @About(name = "task_id", alias = "job_id") String taskId,
            @About("Default TERM, then KILL after 5 s") @Nullable String signal) {}

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
        JobRunner.Kill kill = jobs.kill(jobs.get(input.taskId()), signal);
        Job job = kill.job();
        call.tells(job);
        if (!kill.sent() && job.state().isOver()) {
            return JobLine.stateAndCommand(job, call.project()) + ": it was over already";
        }
        if (!job.state().isOver()) {
            return "%s: still running %s after %s"
                    .formatted(
                            JobLine.stateAndCommand(job, call.project()),
                            Elapsed.text(kill.after()),
                            signal.word());
        }
        return "[%s] %s: %s after %s"
                .formatted(
                        job.state().word(),
                        JobLine.command(job, call.project()),
                        signal.word(),
                        Elapsed.text(kill.after()));
    }
}
