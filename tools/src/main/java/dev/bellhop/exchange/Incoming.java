package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Arrival;
import dev.bellhop.task.Arrivals;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a file or folder of somebody else's holds.
///
/// @param tasks numbered among themselves, without circles, tied to none but each other
/// @param keepsNumbers whether people know them by these numbers
/// @param remarks on everything that could not be carried over, in the order of the file
public record Incoming(Form form, List<Arrival> tasks, boolean keepsNumbers, List<Remark> remarks) {

    private static final Pattern OURS = Pattern.compile("\\s*+\\{\\s*+\"schema_version\"");

    public Incoming {
        tasks = List.copyOf(tasks);
        remarks = List.copyOf(remarks);
    }

    /// Reads `path`, or what in the folder `path` has a known form. Nothing in it is run or
    /// followed.
    ///
    /// @param form null to find out
    /// @throws Problem `INVALID`, naming file and line, if it cannot be read; `NOT_FOUND`
    public static Incoming read(Path path, @Nullable Form form) {
        if (Files.isSymbolicLink(path)) {
            throw Problem.invalid(path + " is a link", "Name what it leads to.");
        }
        Map<Form, Path> places = new TreeMap<>();
        if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
            places.putAll(places(path));
            if (form != null) {
                places.keySet().retainAll(List.of(form));
            }
            if (places.isEmpty()) {
                throw Problem.notFound(
                        "%s holds no tasks%s"
                                .formatted(path, form == null ? "" : " of the form " + form.word()),
                        "Name the file itself.");
            }
            if (places.size() > 1) {
                throw Problem.invalid(
                        "%s holds tasks of several forms: %s"
                                .formatted(
                                        path,
                                        places.keySet().stream()
                                                .map(Form::word)
                                                .collect(Collectors.joining(", "))),
                        "Say which with --format.");
            }
            Map.Entry<Form, Path> place = places.entrySet().iterator().next();
            return read(place.getKey(), place.getValue());
        }
        if (form == Form.BACKLOG) {
            throw Problem.invalid(path + " is not a folder", "Name the folder of Backlog.md.");
        }
        TextFile file = TextFile.read(path, name(path));
        return read(form == null ? guessed(file) : form, file);
    }

    /// The tasks, to be kept in the project that is called `here`.
    public Arrivals arrivals(String here) {
        return new Arrivals(JsonForm.own(here), tasks, keepsNumbers && isOurs());
    }

    private boolean isOurs() {
        return switch (form) {
            case JSON, MARKDOWN, MERMAID -> true;
            case TASK_MASTER, BACKLOG, BEADS -> false;
        };
    }

    private static String name(Path path) {
        return String.valueOf(path.getFileName());
    }

    /// Where in a folder, or in a project that it is, tasks are that can be read.
    private static Map<Form, Path> places(Path folder) {
        Map<Form, Path> places = new TreeMap<>();
        for (String task : List.of(".taskmaster/tasks/tasks.json", "tasks/tasks.json")) {
            putFile(places, Form.TASK_MASTER, folder.resolve(task));
        }
        for (String issues : List.of(".beads/issues.jsonl", ".beads/beads.jsonl", "issues.jsonl")) {
            putFile(places, Form.BEADS, folder.resolve(issues));
        }
        for (Path backlog : List.of(folder.resolve("backlog"), folder)) {
            if (BacklogFolder.is(backlog)) {
                places.putIfAbsent(Form.BACKLOG, backlog);
            }
        }
        return places;
    }

    private static void putFile(Map<Form, Path> places, Form form, Path file) {
        if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
            places.putIfAbsent(form, file);
        }
    }

    private static Incoming read(Form form, Path place) {
        return form == Form.BACKLOG
                ? BacklogFolder.read(place)
                : read(form, TextFile.read(place, name(place)));
    }

    private static Incoming read(Form form, TextFile file) {
        return switch (form) {
            case JSON -> JsonForm.read(file);
            case MARKDOWN -> Checklist.read(file);
            case MERMAID -> Flowchart.read(file);
            case TASK_MASTER -> TaskMasterFile.read(file);
            case BEADS -> BeadsExport.read(file);
            case BACKLOG -> throw new IllegalArgumentException("it is no file");
        };
    }

    private static Form guessed(TextFile file) {
        List<String> first = new ArrayList<>();
        file.lines().stream().filter(line -> !line.isBlank()).limit(50).forEach(first::add);
        if (file.name().endsWith(".jsonl")) {
            return Form.BEADS;
        }
        if (!first.isEmpty() && first.getFirst().stripLeading().startsWith("{")) {
            boolean isOurs = OURS.matcher(file.text()).lookingAt();
            boolean isLines =
                    first.size() > 1 && first.stream().allMatch(line -> line.startsWith("{\""));
            return isOurs ? Form.JSON : isLines ? Form.BEADS : Form.TASK_MASTER;
        }
        boolean isDrawn = file.text().contains("```mermaid\n") && !Checklist.is(file);
        if (isDrawn || Form.ofName(file.name()) == Form.MERMAID || Flowchart.is(file)) {
            return Form.MERMAID;
        }
        if (Form.ofName(file.name()) == Form.MARKDOWN || Checklist.is(file)) {
            return Form.MARKDOWN;
        }
        throw Problem.invalid(
                file.name() + " has no form that is known",
                "Say which with --format: " + String.join(", ", Form.words()) + ".");
    }
}
