package dev.bellhop.server;

import dev.bellhop.base.Problem;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the process was told when it was started.
///
/// @param project the directory that `--project` names, or null
/// @param currentDirectory where it was started
/// @param environment names to values
/// @param process a name that no other process has or had
public record Config(
        @Nullable Path project,
        Path currentDirectory,
        Map<String, String> environment,
        String process) {

    /// The variables in which clients say which conversation has started us.
    private static final List<String> CONVERSATIONS =
            List.of("CLAUDE_CODE_SESSION_ID", "COPILOT_AGENT_SESSION_ID", "QWEN_CODE_SESSION_ID");

    public Config {
        environment = Map.copyOf(environment);
    }

    /// @param flags those that every door takes
    /// @throws Problem `INVALID` if they cannot be understood
    static Config ofProcess(List<String> flags) {
        return new Config(
                project(flags),
                Path.of("").toAbsolutePath(),
                System.getenv(),
                // The time now: to ask the system for that of our start takes longer than all else.
                "process:" + ProcessHandle.current().pid() + "-" + System.currentTimeMillis());
    }

    /// The same, with another project where one is given.
    Config in(@Nullable Path other) {
        return other == null ? this : new Config(other, currentDirectory, environment, process);
    }

    /// Whose inbox is read by calls that name nobody: the conversation that has started us where
    /// its client says so, else this process.
    String consumer() {
        for (String variable : CONVERSATIONS) {
            String conversation = environment.get(variable);
            if (conversation != null && !conversation.isBlank()) {
                return conversation;
            }
        }
        return process;
    }

    private static @Nullable Path project(List<String> flags) {
        Path project = null;
        Iterator<String> rest = flags.iterator();
        while (rest.hasNext()) {
            String flag = rest.next();
            if (flag.equals("--project") && rest.hasNext()) {
                project = path(rest.next());
            } else if (flag.startsWith("--project=")) {
                project = path(flag.substring("--project=".length()));
            } else {
                throw Problem.invalid(
                        "`" + flag + "` is not understood", "Write --project DIR, or nothing.");
            }
        }
        return project;
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw Problem.invalid("`" + text + "` is not a path", "Write --project DIR.");
        }
    }
}
