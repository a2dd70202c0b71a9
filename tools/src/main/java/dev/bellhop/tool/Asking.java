package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Work;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// How what a task asks reaches a person, and what they say the task.
public final class Asking {

    /// A person needs a while; a client that waits for a call less long is not kept so long.
    private static final Duration LONGEST = Duration.ofMinutes(2);

    /// What the client needs to bring the answer back in.
    private static final Duration MARGIN = Duration.ofSeconds(3);

    private Asking() {}

    /// What to tell who has just asked: the answer where there is one already or the person in
    /// front of the client gives it, else where it can be given.
    ///
    /// @param asked what was asked, or null if that was left to the task
    static String now(TaskId id, @Nullable String asked, Call call) {
        Project project = call.project();
        Task task = project.tasks().read(graph -> graph.get(id));
        Work.Question question = task.work().question();
        boolean isNamed = asked != null && !asked.isBlank();
        boolean isOpen = question != null && task.status() == Status.BLOCKED_ON_HUMAN;
        if (question == null || !isOpen || (isNamed && !task.work().asks(String.valueOf(asked)))) {
            // Also where somebody else has asked something since: that is not for this call.
            Optional<Work.Answer> before =
                    asked == null ? Optional.empty() : task.work().answerTo(asked);
            return line(project, id)
                    + before.map(answer ->
                                    "\nanswered before by %s: %s"
                                            .formatted(answer.by(), answer.text()))
                            .orElse("");
        }
        if (isAskedAlready(task, question, call)) {
            return line(project, id) + howToAnswer(id);
        }
        Asker.Said said =
                call.caller()
                        .asker()
                        .ask(
                                key(question),
                                project.secrets()
                                        .shown(
                                                "Task %s (%s) asks: %s"
                                                        .formatted(
                                                                id,
                                                                task.subject(),
                                                                question.text())),
                                question.options().stream().map(project.secrets()::shown).toList(),
                                patience(call));
        return switch (said) {
            case Asker.Said.Text(String text) -> {
                String meant = chosen(text, question, project);
                boolean isTaken = answerIfAsked(project, id, meant, question, call);
                Optional<Work.Answer> answer =
                        project.tasks()
                                .read(graph -> graph.get(id))
                                .work()
                                .answerTo(question.text());
                // The asker is told here and now, by whomever it was answered.
                answer.ifPresent(_ -> call.tells("question:" + id));
                yield line(project, id)
                        + answer.map(each -> "\nanswer: " + each.text()).orElse("")
                        + (isTaken ? "" : "\n(said too late, and not taken: %s)".formatted(meant));
            }
            case Asker.Said.Unheard _ -> line(project, id) + howToAnswer(id);
            case Asker.Said.Nothing(String why) -> {
                project.tasks()
                        .update(id, TaskChange.noting(null, asked(question) + why), call.author());
                yield line(project, id) + howToAnswer(id);
            }
        };
    }

    /// The option that was shown as `text`, which may have been masked, else that itself.
    private static String chosen(String text, Work.Question question, Project project) {
        return question.options().stream()
                .filter(option -> project.secrets().shown(option).equals(text))
                .findFirst()
                .orElse(text);
    }

    /// Somebody may have answered at another terminal meanwhile, and the task ask something else;
    /// then that holds.
    ///
    /// @return whether it was still asked
    private static boolean answerIfAsked(
            Project project, TaskId id, String text, Work.Question question, Call call) {
        try {
            answer(
                    project,
                    id,
                    new TaskChange.Answer(text, question),
                    Journal.Author.person(person(), call.caller().client()));
            return true;
        } catch (Problem problem) {
            if (problem.kind() != Problem.Kind.CONFLICT) {
                throw problem;
            }
            return false;
        }
    }

    /// What tells this question from those asked before and after, also of the same words.
    private static String key(Work.Question question) {
        return "answer-" + Projects.digest(question.at() + "\n" + question.text());
    }

    private static boolean isAskedAlready(Task task, Work.Question question, Call call) {
        return task.notes().stream()
                .anyMatch(note ->
                        !note.at().isBefore(question.at())
                                && note.by().equals(call.caller().client())
                                && note.text().startsWith(asked(question)));
    }

    private static String asked(Work.Question question) {
        return "asked a person at once (%s): ".formatted(question.at());
    }

    private static Duration patience(Call call) {
        Duration patience = call.caller().patience().minus(MARGIN);
        return patience.compareTo(LONGEST) < 0 ? patience : LONGEST;
    }

    private static String person() {
        return System.getProperty("user.name", "somebody");
    }

    private static String line(Project project, TaskId id) {
        return project.tasks().read(graph -> TaskLine.of(graph.get(id), graph));
    }

    private static String howToAnswer(TaskId id) {
        return "\nA person answers with: bellhop answer %d TEXT. You are told; go on with other work."
                .formatted(id.number());
    }

    private static void answer(
            Project project, TaskId id, TaskChange.Answer answer, Journal.Author author) {
        project.tasks().update(id, TaskChange.make().answer(answer).done(), author);
    }

    // ---- for people

    /// Records what a person says to the question of a task.
    ///
    /// @param task its number
    /// @param person who says it
    /// @param client the program they use
    /// @return the line of the task as it is now
    /// @throws Problem `NOT_FOUND` or `CONFLICT` if it asks nothing
    public static String answered(
            Project project, String task, String text, String person, String client) {
        TaskId id = TaskId.parse(task);
        answer(
                project,
                id,
                new TaskChange.Answer(text, null),
                Journal.Author.person(person, client));
        return project.secrets().shown(line(project, id));
    }

    /// What waits for an answer, as a person reads it; empty if nothing does.
    public static String open(Project project) {
        Claims.expire(project);
        List<String> open =
                project.tasks()
                        .read(graph ->
                                graph.asking().stream().map(task -> open(task, graph)).toList());
        return project.secrets().shown(String.join("\n", open));
    }

    private static String open(Task task, TaskGraph graph) {
        Work.Question question = task.work().question();
        StringBuilder text = new StringBuilder(TaskLine.of(task, graph));
        if (question != null) {
            text.append("\n    ").append(question.text().replace("\n", "\n    "));
            for (int i = 0; i < question.options().size(); i++) {
                text.append("\n    %d. %s".formatted(i + 1, question.options().get(i)));
            }
            if (question.expiresAt() != null) {
                text.append("\n    until ").append(question.expiresAt());
                text.append(question.fallback() == null ? "" : ", then: " + question.fallback());
            }
        }
        return text.toString();
    }
}
