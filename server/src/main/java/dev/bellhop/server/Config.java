package dev.bellhop.server;

import dev.bellhop.base.Problem;
import dev.bellhop.tool.Abilities;
import dev.bellhop.tool.Conversation;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the process was told when it was started.
///
/// @param project the directory that `--project` names, or null
/// @param currentDirectory where it was started
/// @param environment names to values
/// @param process a name that no other process has or had
/// @param abilities what the agent that is served says it can do
public record Config(
        @Nullable Path project,
        Path currentDirectory,
        Map<String, String> environment,
        String process,
        Abilities abilities) {

    /// The variables in which clients say which conversation has started us.
    private static final List<String> CONVERSATIONS =
            List.of("CLAUDE_CODE_SESSION_ID", "COPILOT_AGENT_SESSION_ID", "QWEN_CODE_SESSION_ID");

    public Config {
        environment = Map.copyOf(environment);
    }

    /// @param flags those that every door takes
    /// @throws Problem `INVALID` if they cannot be understood
    static Config ofProcess(List<String> flags) {
        Given given = new Given(flags);
        return new Config(
                given.project,
                Path.of("").toAbsolutePath(),
                System.getenv(),
                // The time now: to ask the system for that of our start takes longer than all else.
                Conversation.ofProcess(
                        ProcessHandle.current().pid() + "-" + System.currentTimeMillis()),
                new Abilities(given.agent, given.role, given.skills));
    }

    /// The same, with another project where one is given.
    Config in(@Nullable Path other) {
        return other == null
                ? this
                : new Config(other, currentDirectory, environment, process, abilities);
    }

    /// The same, started in another directory where one is given.
    Config from(@Nullable Path directory) {
        return directory == null
                ? this
                : new Config(project, directory, environment, process, abilities);
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

    /// What the flags say.
    private static final class Given {
        private @Nullable Path project;
        private @Nullable String agent;
        private @Nullable String role;
        private List<String> skills = List.of();

        Given(List<String> flags) {
            Iterator<String> rest = flags.iterator();
            while (rest.hasNext()) {
                String flag = rest.next();
                int equals = flag.indexOf('=');
                if (equals > 0) {
                    take(flag, flag.substring(0, equals), flag.substring(equals + 1));
                } else if (rest.hasNext()) {
                    take(flag, flag, rest.next());
                } else {
                    throw refused(flag);
                }
            }
        }

        private void take(String flag, String name, String value) {
            switch (name) {
                case "--project" -> project = path(value);
                case "--agent" -> agent = word(flag, value);
                case "--role" -> role = word(flag, value);
                case "--can" ->
                        skills =
                                Stream.of(value.split(",", -1))
                                        .map(each -> word(flag, each))
                                        .toList();
                default -> throw refused(flag);
            }
        }

        private static String word(String flag, String value) {
            if (value.isBlank()) {
                throw refused(flag);
            }
            return value.strip();
        }

        private static Problem refused(String flag) {
            return Problem.invalid(
                    "`" + flag + "` is not understood",
                    "Write --project DIR, --agent NAME, --role ROLE, --can TYPE,LABEL, or nothing.");
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw Problem.invalid("`" + text + "` is not a path", "Write --project DIR.");
        }
    }
}
