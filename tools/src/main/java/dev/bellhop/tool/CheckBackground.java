package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.job.OutputPattern;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// `check_background`: how a job stands and what it wrote, or a line for each job.
final class CheckBackground implements Tool<CheckBackground.Input> {

    private static final int LISTED_MAX = 50;

    record Input(
            @About(name = "task_id", alias = "job_id") @Nullable String taskId,
            @About(name = "wait", value = "Seconds to wait for its end")
                    @Nullable Integer waitSeconds,
            @About("Stop waiting at this text or /regex/") @Nullable String until,
            @About("From the last answer: only newer output") @Nullable String cursor,
            @About("Only the last lines") @Nullable Integer lines,
            @About("stdout or stderr") @Nullable String stream) {

        Input {
            if (waitSeconds != null && waitSeconds < 0) {
                throw Problem.invalid("`wait` cannot be " + waitSeconds, "Write seconds from 0.");
            }
            if (lines != null && lines < 1) {
                throw Problem.invalid("`lines` cannot be " + lines, "Write 1 or more.");
            }
        }

        Duration waiting() {
            return Duration.ofSeconds(waitSeconds == null ? 0 : waitSeconds);
        }

        JobView.Part part() {
            return new JobView.Part(
                    cursor == null ? null : JobOutput.Cursor.parse(cursor),
                    lines,
                    stream == null ? null : JobOutput.Stream.parse(stream),
                    until == null || until.isEmpty() ? null : OutputPattern.parse(until));
        }
    }

    @Override
    public String name() {
        return "check_background";
    }

    @Override
    public String about() {
        return "Check a background command: state, exit code and output. Without task_id: a line for"
                + " each.";
    }

    @Override
    public String searchHint() {
        return "check background job output logs status wait result";
    }

    @Override
    public Hints hints() {
        return Hints.READS;
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        if (input.taskId() == null || input.taskId().isBlank()) {
            return list(call);
        }
        Job job = call.project().jobs().get(input.taskId());
        return JobView.after(input.waiting(), job, input.part(), call);
    }

    private static String list(Call call) {
        List<Job> jobs = call.project().jobs().newest(LISTED_MAX);
        if (jobs.isEmpty()) {
            return "No background tasks.";
        }
        StringBuilder text = new StringBuilder();
        for (Job job : jobs) {
            text.append(text.isEmpty() ? "" : "\n").append(JobLine.of(job, call.project()));
        }
        int more = call.project().jobs().count() - jobs.size();
        return more > 0 ? text + "\n… %d more".formatted(more) : text.toString();
    }
}
