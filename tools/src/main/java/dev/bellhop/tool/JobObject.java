package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobState;

/// A job as a few keys of JSON. It says when and not how long, so that it changes with the job
/// alone.
final class JobObject {

    private JobObject() {}

    static void put(ObjectNode json, Job job) {
        json.put("id", job.id().text()).put("state", job.state().name());
        switch (job.state()) {
            case JobState.Exited(int code, _) -> json.put("exitCode", code);
            case JobState.Killed killed -> json.put("how", killed.how());
            case JobState.Failed(String reason, _) -> json.put("reason", reason);
            case JobState.Created _,
                    JobState.Queued _,
                    JobState.Running _,
                    JobState.TimedOut _,
                    JobState.Lost _ -> {}
        }
        json.put("command", job.command());
        if (job.label() != null) {
            json.put("label", job.label());
        }
        if (job.forTask() != null) {
            json.put("forTask", job.forTask());
        }
        json.put("startedAt", job.startedAt().toString());
        if (job.state().isOver()) {
            json.put("endedAt", job.state().endedAt().toString());
        }
    }
}
