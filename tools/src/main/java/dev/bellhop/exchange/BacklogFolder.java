package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The folder of Backlog.md: `tasks/task-12 - Title.md`, `completed/` and `drafts/`, each task a
/// Markdown file that begins with keys.
///
/// What stands under `## Implementation Notes` becomes a note, and under `## Final Summary` the
/// result of a task that is done; everything else is its description, acceptance criteria included.
/// Commands that such a file names (`onStatusChange`) are text here.
final class BacklogFolder {

    private static final int FILES_MAX = 10_000;
    private static final long BYTES_MAX = 64L << 20;
    private static final String NOTES = "implementation notes";
    private static final String SUMMARY = "final summary";

    private static final Set<String> KNOWN =
            Set.of(
                    "id",
                    "title",
                    "status",
                    "assignee",
                    "labels",
                    "dependencies",
                    "parent_task_id",
                    "parent",
                    "priority",
                    "type",
                    "created_date",
                    "updated_date",
                    // Both follow from the others.
                    "subtasks",
                    "ordinal");

    private final Drafts drafts = new Drafts();

    private BacklogFolder() {}

    /// Whether `folder` is one.
    static boolean is(Path folder) {
        Path tasks = folder.resolve("tasks");
        if (!Files.isDirectory(tasks, LinkOption.NOFOLLOW_LINKS)) {
            return false;
        }
        return Files.exists(folder.resolve("config.yml"), LinkOption.NOFOLLOW_LINKS)
                || !files(tasks).isEmpty();
    }

    static Incoming read(Path folder) {
        return new BacklogFolder().all(folder);
    }

    private Incoming all(Path folder) {
        long bytes = 0;
        int count = 0;
        for (String part : List.of("tasks", "completed", "drafts")) {
            for (Path file : files(folder.resolve(part))) {
                TextFile text = TextFile.read(file, part + "/" + file.getFileName());
                bytes += text.text().length();
                if (++count > FILES_MAX || bytes > BYTES_MAX) {
                    throw Problem.invalid(
                            "%s: there is more than can be taken over at once"
                                    .formatted(text.name()),
                            "At most %,d files with %d MiB; move some elsewhere."
                                    .formatted(FILES_MAX, BYTES_MAX >> 20));
                }
                task(text, part);
            }
        }
        return drafts.finished(Form.BACKLOG, draft -> "backlog:" + draft.name);
    }

    private static List<Path> files(Path folder) {
        List<Path> files = new ArrayList<>();
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return files;
        }
        try (DirectoryStream<Path> all = Files.newDirectoryStream(folder, "*.md")) {
            for (Path file : all) {
                if (!file.getFileName().toString().equalsIgnoreCase("readme.md")) {
                    files.add(file);
                }
            }
        } catch (IOException e) {
            throw Problem.unavailable(
                    folder + " cannot be read: " + e.getMessage(), "See to it that you may.");
        }
        files.sort(
                Comparator.comparing((Path file) -> numbers(file.getFileName().toString()))
                        .thenComparing(file -> file.getFileName().toString()));
        return files;
    }

    /// The digits of a name, each number as long as the longest, so that they sort by size.
    private static String numbers(String name) {
        String id = name.replaceFirst(" - .*", "");
        StringBuilder key = new StringBuilder();
        for (String number : id.split("[^0-9]+", -1)) {
            if (!number.isEmpty()) {
                key.append("0".repeat(Math.max(0, 12 - number.length()))).append(number);
            }
        }
        return key.toString();
    }

    private void task(TextFile file, String part) {
        if (!FrontMatter.is(file)) {
            drafts.remark(file.name(), 1, "it does not begin with ---, so it is no task; left out");
            return;
        }
        FrontMatter keys = new FrontMatter(file);
        String id = name(keys.text("id"));
        if (id.isEmpty() || id.length() > 100) {
            throw file.refused(1, "`id` is missing", "Give each task one, such as task-12.");
        }
        Draft draft = drafts.add(id, file.name(), 1);
        if (draft == null) {
            return;
        }
        draft.subject(keys.text("title"));
        body(draft, keys, isOver(part, keys));
        status(draft, part, keys.text("status"));
        owner(draft, keys.texts("assignee"));
        keys.texts("labels").forEach(draft::label);
        for (String blocker : keys.texts("dependencies")) {
            draft.blocker(name(blocker), keys.line("dependencies"));
        }
        for (String parent : List.of("parent_task_id", "parent")) {
            if (!keys.text(parent).isBlank() && draft.parent == null) {
                draft.parent = name(keys.text(parent));
            }
        }
        draft.priority(keys.text("priority"));
        draft.type(keys.text("type"));
        if (!keys.text("created_date").isBlank()) {
            draft.time("createdAt", keys.text("created_date"));
        }
        if (!keys.text("updated_date").isBlank()) {
            draft.time("updatedAt", keys.text("updated_date"));
        }
        keys.values()
                .forEach((key, value) -> {
                    if (!KNOWN.contains(key) && !value.text().isBlank()) {
                        draft.homeless(key, value.text());
                    }
                });
        keys.leftOut()
                .forEach((key, line) -> draft.remark(line, key + " is a map; it is left out"));
    }

    /// Ids are written in any case: `TASK-12`, `task-12`.
    private static String name(String id) {
        return id.strip().toLowerCase(Locale.ROOT);
    }

    private static boolean isOver(String part, FrontMatter keys) {
        return part.equals("completed") || Statuses.known(keys.text("status")) == Status.COMPLETED;
    }

    private static void status(Draft draft, String part, String word) {
        Status status = Statuses.known(word);
        if (part.equals("completed")) {
            draft.status(Status.COMPLETED);
            if (status != Status.COMPLETED && !word.isBlank()) {
                draft.remark("status \"%s\", but it is among the completed".formatted(word));
            }
        } else if (part.equals("drafts")) {
            draft.status(Status.BACKLOG);
        } else if (!word.isBlank()) {
            draft.status(word);
        }
    }

    private static void owner(Draft draft, List<String> names) {
        if (!names.isEmpty()) {
            draft.owner(names.getFirst().replaceFirst("^@", ""));
        }
        if (names.size() > 1) {
            draft.homeless("assignee", String.join(", ", names));
        }
    }

    private static void body(Draft draft, FrontMatter keys, boolean isOver) {
        Instant written = Draft.time(keys.text("updated_date"));
        String heading = "";
        StringBuilder text = new StringBuilder();
        boolean isFenced = false;
        for (String line : keys.body()) {
            boolean isFence = line.stripLeading().startsWith("```");
            isFenced = isFence != isFenced;
            if (!isFenced && line.startsWith("## ")) {
                section(draft, heading, text.toString(), isOver, written);
                heading = line.substring("## ".length()).strip();
                text.setLength(0);
            } else if (!line.strip().matches("<!-- [A-Z_]+(:[A-Z_]+)? ?:?(BEGIN|END) -->")) {
                text.append(line).append('\n');
            }
        }
        section(draft, heading, text.toString(), isOver, written);
    }

    private static void section(
            Draft draft, String heading, String text, boolean isOver, @Nullable Instant written) {
        String name = heading.toLowerCase(Locale.ROOT);
        if (text.isBlank()) {
            return;
        }
        if (name.isEmpty() || name.equals("description")) {
            draft.paragraph(text);
        } else if (name.equals(NOTES)) {
            draft.note(written, "backlog", text);
        } else if (name.equals(SUMMARY) && isOver) {
            draft.json.put("result", text.strip());
        } else {
            draft.paragraph("## " + heading + "\n\n" + text.strip());
        }
    }
}
