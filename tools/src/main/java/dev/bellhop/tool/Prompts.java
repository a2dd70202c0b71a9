package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/// What a person can ask a client to begin with: to plan, and to resume.
///
/// For several threads at once. What others wrote is harmless, masked and bounded in all of it.
public final class Prompts {

    /// So much is repeated of what is no name.
    private static final int SHOWN_CHARS_MAX = 100;

    private static final int GOAL_CHARS_MAX = 2_000;

    private static final Prompt PLAN =
            new Prompt(
                    "plan",
                    "Plan a goal",
                    "Break a goal into tasks that outlive the conversation",
                    List.of(new Prompt.Argument("goal", "What is to be reached", true)));

    private static final Prompt RESUME =
            new Prompt(
                    "resume",
                    "Resume the work",
                    "Go on where the work was left, with one task or with all",
                    List.of(
                            new Prompt.Argument(
                                    "task", "Id of a task, such as 12; none: all", false)));

    /// A call of task_create.
    static final String PLAN_EXAMPLE =
            """
            {"tasks": [{"ref": "parser", "subject": "The parser reads all samples", "description": "Begin in src/parse.\\nverify: npm test -- parse"}, \
            {"ref": "cli", "subject": "The command line uses the parser", "description": "verify: npm test -- cli", "blockedBy": ["parser"]}]}\
            """;

    private final Projects projects;

    public Prompts(Projects projects) {
        this.projects = projects;
    }

    /// All of them.
    public List<Prompt> list() {
        return List.of(PLAN, RESUME);
    }

    /// What a client is to say to the model, as the user.
    ///
    /// @throws Problem `NOT_FOUND` if there is no such prompt, or not the task it is about;
    ///   `INVALID` if an argument is missing, unknown or none
    public String text(Path project, String name, Map<String, String> arguments) {
        Prompt prompt = get(name);
        for (String argument : arguments.keySet()) {
            requireArgument(prompt, argument);
        }
        for (Prompt.Argument argument : prompt.arguments()) {
            if (argument.required() && arguments.getOrDefault(argument.name(), "").isBlank()) {
                throw Problem.invalid(
                        "`%s` is missing".formatted(argument.name()),
                        "Give it: %s.".formatted(argument.description()));
            }
        }
        return prompt.equals(PLAN)
                ? plan(projects.at(project), arguments.getOrDefault("goal", ""))
                : Resumption.text(projects.current(project), arguments.getOrDefault("task", ""));
    }

    private static String plan(Project project, String goal) {
        String shown = project.secrets().shown(goal.strip());
        return """
        Make a plan for this goal in Bellhop's task graph. Do not begin with the work yet.

        Goal: %s

        1. Call task_list. If there are tasks for this goal, extend them instead of laying a second plan. Look at the code as far as the plan needs it.
        2. Break the goal into tasks with one result each that can be checked, small enough for one sitting. The subject is a line that is true when the task is done. The description says where to begin, what to mind, and in its last line how it is proved: `verify: <command that exits 0>`.
        3. Lay the plan in one call of task_create with `tasks`; it is kept whole or not at all. Give each task a `ref`, and name in its blockedBy the refs (or ids of tasks there are) that have to be completed first. Leave an edge out where two tasks can go side by side. The last task checks the goal as a whole.
           %s
        4. Call task_list and compare: every part of the goal has a task, the right ones are ready, none waits for what it does not need. Correct it with task_update (addBlockedBy, removeBlockedBy).
        5. Show the plan. When it is agreed, take the first ready task: task_update with status in_progress. Before completed, run its verify command with background_run and for_task, and see it exit 0.
        """
                .formatted(Excerpt.of(shown, GOAL_CHARS_MAX), PLAN_EXAMPLE);
    }

    /// Values for an argument of a prompt that begin with `prefix`, best first, at most 100.
    ///
    /// @throws Problem `NOT_FOUND` if there is no such prompt, `INVALID` if it has no such argument
    public List<String> complete(Path project, String name, String argument, String prefix) {
        Prompt prompt = get(name);
        requireArgument(prompt, argument);
        return prompt.equals(RESUME)
                ? Completion.tasks(
                        projects.current(project), prefix, task -> !task.status().isTerminal())
                : List.of();
    }

    private Prompt get(String name) {
        return list().stream()
                .filter(prompt -> prompt.name().equals(name))
                .findFirst()
                .orElseThrow(() ->
                        Problem.notFound(
                                "there is no prompt " + Excerpt.line(name, SHOWN_CHARS_MAX),
                                "The prompts are "
                                        + String.join(
                                                ", ", list().stream().map(Prompt::name).toList())
                                        + "."));
    }

    private static void requireArgument(Prompt prompt, String name) {
        List<String> names = prompt.arguments().stream().map(Prompt.Argument::name).toList();
        if (!names.contains(name)) {
            throw Problem.invalid(
                    "%s has no argument %s"
                            .formatted(prompt.name(), Excerpt.line(name, SHOWN_CHARS_MAX)),
                    "Give %s.".formatted(String.join(", ", names)));
        }
    }
}
