package dev.bellhop.job;

import dev.bellhop.base.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a command runs in: nothing, or a sandbox made by bwrap(1).
///
/// In the sandbox only the project can be written, `/tmp` is empty and private, and the network is
/// there. All its processes live in a space of their own, which ends with the first of them: none
/// can escape a kill.
final class Sandbox {

    /// Commands run as they are.
    static final Sandbox NONE = new Sandbox(null, Optional.empty());

    private final @Nullable Path project;
    private final Optional<Path> program;

    private Sandbox(@Nullable Path project, Optional<Path> program) {
        this.project = project;
        this.program = program;
    }

    /// Commands run in a sandbox in which `project` can be written.
    static Sandbox around(Path project) {
        return around(project, installed());
    }

    /// @param program that makes sandboxes; empty where there is none
    static Sandbox around(Path project, Optional<Path> program) {
        return new Sandbox(project, program);
    }

    /// @throws Problem `INVALID` if the sandbox is wanted and cannot be made: nothing runs outside
    ///   it by accident
    void require() {
        if (project != null && program.isEmpty()) {
            throw Problem.invalid(
                    "commands are to run in a sandbox, and bwrap is not installed",
                    "Install bubblewrap, or set jobs.sandbox to \"none\" in Bellhop's settings.");
        }
    }

    /// What is to be run for the command of `spec`.
    List<String> argv(JobSpec spec) {
        if (project == null) {
            return spec.command().argv();
        }
        require();
        List<String> argv = new ArrayList<>();
        argv.add(program.orElseThrow().toString());
        argv.addAll(List.of("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"));
        argv.addAll(List.of("--tmpfs", "/tmp"));
        argv.addAll(List.of("--bind", project.toString(), project.toString()));
        argv.addAll(List.of("--unshare-pid", "--die-with-parent"));
        argv.addAll(List.of("--chdir", spec.directory().toString(), "--"));
        argv.addAll(spec.command().argv());
        return argv;
    }

    private static Optional<Path> installed() {
        return Stream.of("/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap")
                .map(Path::of)
                .filter(Files::isExecutable)
                .findFirst();
    }
}
