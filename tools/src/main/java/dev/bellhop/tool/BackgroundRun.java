package dev.bellhop.tool;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobSpec;
import dev.bellhop.job.JobState;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// `background_run`: starts a command that outlives the call, the client and the conversation.
final class BackgroundRun implements Tool<BackgroundRun.Input> {

    private static final int TIMEOUT_SECONDS = 300;

    private static final Pattern SILENT = Pattern.compile("silent(?::([0-9]{1,9}))?");

    record Input(
            @About("String: shell. Array: no shell") CommandLine command,
            @Nullable String cwd,
            @Nullable Map<String, String> env,
            @About("Seconds; default 300, 0 none") @Nullable Integer timeout,
            @About(name = "wait", value = "Seconds to wait for its end")
                    @Nullable Integer waitSeconds,
            @Nullable String stdin,
            @About(
                            name = "notify_on",
                            value =
                                    "Tell of output with this text or /regex/"
                                            + " (stderr:x: there only), of silence: silent:45")
                    @Nullable String notifyOn,
            @About(name = "for_task") @Nullable TaskId forTask,
            @About(name = "complete_on_success") @Nullable Boolean completeOnSuccess,
            @About(name = "fail_on_error", told = false) @Nullable Boolean failOnError,
            @About(told = false) @Nullable String label,
            @About(name = "idempotency_key") @Nullable String idempotencyKey) {

        Input {
            if (waitSeconds != null && waitSeconds < 0) {
                throw Problem.invalid("`wait` cannot be " + waitSeconds, "Write seconds from 0.");
            }
        }

        /// @param task that it is for, or null
        JobSpec spec(Path project, @Nullable Task task) {
            return JobSpec.of(command, cwd == null ? project : project.resolve(cwd).normalize())
                    .edit()
                    .environment(env == null ? Map.of() : env)
                    .timeout(Duration.ofSeconds(timeout == null ? TIMEOUT_SECONDS : timeout))
                    .stdin(stdin)
                    .priority(task == null ? 0 : task.priority())
                    .label(label)
                    .link(link(task))
                    .notices(notices())
                    .requestKey(
                            idempotencyKey == null
                                    ? null
                                    : new JobSpec.RequestKey(idempotencyKey, digest()))
                    .done();
        }

        private JobSpec.@Nullable TaskLink link(@Nullable Task task) {
            boolean completes = Boolean.TRUE.equals(completeOnSuccess);
            boolean fails = Boolean.TRUE.equals(failOnError);
            if (task == null && (completes || fails)) {
                throw Problem.invalid(
                        "there is no task to complete or to fail", "Name it with `for_task`.");
            }
            return task == null
                    ? null
                    : Proofs.present(
                            new JobSpec.TaskLink(task.id().number(), completes, fails, 0, ""),
                            task);
        }

        private JobSpec.Notices notices() {
            if (notifyOn == null || notifyOn.isBlank()) {
                return JobSpec.Notices.NONE;
            }
            Matcher silent = SILENT.matcher(notifyOn.strip());
            if (!silent.matches()) {
                return new JobSpec.Notices(List.of(notifyOn), null, List.of());
            }
            String seconds = silent.group(1);
            return new JobSpec.Notices(
                    List.of(),
                    seconds == null
                            ? JobSpec.Notices.SILENCE
                            : Duration.ofSeconds(Long.parseLong(seconds)),
                    List.of());
        }

        /// Stands for what is to be run. How long to wait for it is no part of that.
        private String digest() {
            List<@Nullable Object> parts = new ArrayList<>(command.argv());
            parts.addAll(
                    Arrays.asList(
                            cwd,
                            env == null ? null : new TreeMap<>(env),
                            timeout,
                            stdin,
                            notifyOn,
                            forTask,
                            completeOnSuccess,
                            failOnError,
                            label));
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
        return "run command shell build test server async job";
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
        TaskId id = input.forTask();
        Task task = id == null ? null : project.tasks().read(graph -> graph.get(id));
        Job job = project.jobs().start(input.spec(project.directory(), task), call.author());
        String started =
                "Background task %s %s: %s"
                        .formatted(
                                job.id(),
                                job.state() instanceof JobState.Queued
                                        ? "queued, since enough others run"
                                        : "started",
                                JobLine.command(job, project));
        if (input.waitSeconds() == null || input.waitSeconds() == 0) {
            return started;
        }
        return started
                + "\n"
                + JobView.after(
                        Duration.ofSeconds(input.waitSeconds()), job, JobView.Part.ALL, call);
    }
}
