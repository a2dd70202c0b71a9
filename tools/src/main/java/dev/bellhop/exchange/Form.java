package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Task;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/// A way to write down a task graph.
public enum Form {
    /// Ours: one object with every task as its file has it.
    JSON,
    /// A list of `- [ ] subject`, nested.
    MARKDOWN,
    /// A Mermaid flowchart.
    MERMAID,
    /// `.taskmaster/tasks/tasks.json`.
    TASK_MASTER,
    /// The folder of Backlog.md.
    BACKLOG,
    /// `.beads/issues.jsonl`.
    BEADS;

    /// Its name in words: `task-master`.
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// Those that a graph can be printed in.
    public static List<String> printable() {
        return Stream.of(JSON, MARKDOWN, MERMAID).map(Form::word).toList();
    }

    public static List<String> words() {
        return Stream.of(values()).map(Form::word).toList();
    }

    public static Form parse(String word) {
        return Stream.of(values())
                .filter(form -> form.word().equals(word.strip().toLowerCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() ->
                        Problem.invalid(
                                "there is no form " + word,
                                "Write one of " + String.join(", ", words()) + "."));
    }

    /// The form that a file of this name would have.
    public static Form ofName(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.endsWith(".md") || lower.endsWith(".markdown")) {
            return MARKDOWN;
        }
        return lower.endsWith(".mmd") || lower.endsWith(".mermaid") ? MERMAID : JSON;
    }

    /// `tasks` in this form.
    ///
    /// @param here names the project
    /// @throws Problem `INVALID` if it is one that is only read
    public String print(Collection<Task> tasks, String here) {
        return switch (this) {
            case JSON -> JsonForm.print(tasks, here);
            case MARKDOWN -> Checklist.print(tasks, here);
            case MERMAID -> Flowchart.print(tasks, here);
            case TASK_MASTER, BACKLOG, BEADS ->
                    throw Problem.invalid(
                            word() + " can only be read",
                            "Write one of " + String.join(", ", printable()) + ".");
        };
    }
}
