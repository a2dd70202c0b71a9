package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Plan;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Terms;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The graph as a queue: a prompt goes in, an agent takes it out, and its result is asked for.
public final class Queue {

    private static final int SUBJECT_CHARS_MAX = 100;
    private static final int RESULT_CHARS_MAX = 200;

    private Queue() {}

    /// Puts a task in.
    ///
    /// @param type what kind of work it is, by which it finds its agent, or null
    /// @param person who wants it done
    /// @param client the program they use
    /// @return what to tell them, with the number of the task
    /// @throws dev.bellhop.base.Problem `INVALID` if there is nothing to do
    public static String submit(
            Project project,
            @Nullable String type,
            int priority,
            String prompt,
            String person,
            String client) {
        String subject = Excerpt.line(prompt.strip(), SUBJECT_CHARS_MAX);
        Plan.Item bare = Plan.Item.of(subject);
        Plan.Item item =
                new Plan.Item(
                        bare.ref(),
                        subject,
                        subject.equals(prompt.strip()) ? "" : prompt.strip(),
                        bare.blockedBy(),
                        bare.blockedByRefs(),
                        priority,
                        bare.owner(),
                        bare.labels(),
                        bare.parent(),
                        bare.parentRef(),
                        new Terms(type, null, null, 0, Terms.OnDeadEnd.BLOCK));
        Task task =
                project.tasks()
                        .create(
                                new Plan(List.of(item), null),
                                Journal.Author.person(person, client))
                        .getFirst();
        return "Task %d queued".formatted(task.id().number());
    }

    /// How a task stands and what came of it, in two lines.
    ///
    /// @throws dev.bellhop.base.Problem `NOT_FOUND` if there is none
    public static String status(Project project, String id) {
        Task task = project.tasks().read(graph -> graph.get(TaskId.parse(id)));
        String result =
                task.result() == null
                        ? ""
                        : Excerpt.line(project.secrets().shown(task.result()), RESULT_CHARS_MAX);
        return "Status: %s\nResult: %s".formatted(task.status().word(), result).strip();
    }
}
