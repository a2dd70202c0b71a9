package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.job.CommandLine;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobSpec;
import dev.bellhop.task.TaskId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `background_run`: starts a command that outlives the call, the client and the conversation.
final class BackgroundRun implements Tool<BackgroundRun.Input> {

    private static final int TIMEOUT_SECONDS = 300;

    record Input(
            @About("String: shell. Array: no shell") CommandLine command,
            @Nullable String cwd,
            @Nullable Map<String, String> env,
            @About("Seconds until it is killed; default 300, 0 none") @Nullable Integer timeout,
            @About(name = "wait", value = "Seconds to wait for its end first; default 0")
                    @Nullable Integer waitSeconds,
            @Nullable String stdin,
            @About(name = "for_task") @Nullable TaskId forTask,
            @Nullable String label,
            @About(name = "idempotency_key") @Nullable String idempotencyKey) {

        Input {
            if (waitSeconds != null && waitSeconds < 0) {
                throw Problem.invalid("`wait` cannot be " + waitSeconds, "Write seconds from 0.");
            }
        }

        JobSpec spec(Path project) {
            return new JobSpec(
                    command,
                    cwd == null ? project : project.resolve(cwd).normalize(),
                    new LinkedHashMap<>(env == null ? Map.of() : env),
                    Duration.ofSeconds(timeout == null ? TIMEOUT_SECONDS : timeout),
                    stdin,
                    forTask == null ? null : forTask.number(),
                    label,
                    idempotencyKey == null
                            ? null
                            : new JobSpec.RequestKey(idempotencyKey, digest()));
        }

        /// Stands for what is to be run. How long to wait for it is no part of that.
        private String digest() {
            List<@Nullable Object> parts = new ArrayList<>(command.argv());
            parts.addAll(Arrays.asList(cwd, env, timeout, stdin, forTask, label));
            return Projects.digest(
                    parts.stream().map(String::valueOf).collect(Collectors.joining("\0")));
        }
    }

    @Override
    public String name() {
        return "background_run";
    }

    @Override
    public String about() {
        return "Run a shell command in the background (build, tests, server) and go on working. It"
                + " outlives this session; its result appears by itself at the start of a later"
                + " tool answer.";
    }

    @Override
    public String searchHint() {
        return "run background command shell build test server async job";
    }

    @Override
    public Hints hints() {
        return new Hints(false, true, false, true);
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public String call(Input input, Call call) {
        Project project = call.project();
        TaskId task = input.forTask();
        if (task != null) {
            project.tasks().read(graph -> graph.get(task));
        }
        Job job = project.jobs().start(input.spec(project.directory()), call.author());
        String started =
                "Background task %s started: %s"
                        .formatted(job.id(), JobLine.command(job, call.project()));
        if (input.waitSeconds() == null || input.waitSeconds() == 0) {
            return started;
        }
        return started
                + "\n"
                + JobView.after(
                        Duration.ofSeconds(input.waitSeconds()), job, JobView.Part.ALL, call);
    }
}
