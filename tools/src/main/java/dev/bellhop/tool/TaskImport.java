package dev.bellhop.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Excerpt;
import dev.bellhop.display.Secrets;
import dev.bellhop.exchange.Form;
import dev.bellhop.exchange.Incoming;
import dev.bellhop.exchange.Remark;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Arrivals;
import dev.bellhop.task.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What came of taking over the tasks of a file, or would come of it.
public final class TaskImport {

    private static final int SCHEMA_VERSION = 1;
    private static final int SHOWN_MAX = 50;
    private static final int LINE_CHARS_MAX = 200;

    private final Incoming incoming;
    private final Arrivals.Taken taken;
    private final boolean isDry;
    private final Secrets secrets;

    private TaskImport(Incoming incoming, Arrivals.Taken taken, boolean isDry, Secrets secrets) {
        this.incoming = incoming;
        this.taken = taken;
        this.isDry = isDry;
        this.secrets = secrets;
    }

    /// Takes over what the file or folder `path` holds. What was interrupted goes on the next time.
    ///
    /// @param form null to find out
    /// @param isDry whether to say only what would come of it
    /// @param person who wants that
    /// @param client the program they used
    /// @throws dev.bellhop.base.Problem if the file cannot be read, or the tasks cannot be kept
    public static TaskImport of(
            Path path,
            @Nullable String form,
            boolean isDry,
            Project project,
            String person,
            String client) {
        Incoming incoming = Incoming.read(path, form == null ? null : Form.parse(form));
        Arrivals arrivals = incoming.arrivals(project.name());
        Arrivals.Taken taken =
                isDry
                        ? project.tasks().wouldTake(arrivals)
                        : project.tasks().take(arrivals, Journal.Author.person(person, client));
        return new TaskImport(incoming, taken, isDry, project.secrets());
    }

    /// In words: how many, then each that is new, then each remark; cut where there are too many.
    public String text() {
        List<String> lines = new ArrayList<>();
        lines.add(
                "%s%s from %s; %s"
                        .formatted(
                                isDry ? "would create " : "created ",
                                tasks(taken.created().size()),
                                incoming.form().word(),
                                taken.existing().isEmpty()
                                        ? "none was here before"
                                        : tasks(taken.existing().size()) + " were here already"));
        add(lines, taken.created(), "");
        add(lines, taken.existing(), "here already: ");
        List<Remark> remarks = incoming.remarks();
        if (!remarks.isEmpty()) {
            lines.add("not carried over as it was:");
            remarks.stream()
                    .limit(SHOWN_MAX)
                    .forEach(remark -> lines.add("- " + line(remark.toString())));
            more(lines, remarks.size());
        }
        return String.join("\n", lines);
    }

    private static String tasks(int count) {
        return count == 1 ? "1 task" : "%,d tasks".formatted(count);
    }

    private void add(List<String> lines, SequencedMap<String, Task> tasks, String what) {
        tasks.entrySet().stream()
                .limit(SHOWN_MAX)
                .forEach(each ->
                        lines.add(
                                "%s[%c] %s: %s (%s)"
                                        .formatted(
                                                what,
                                                each.getValue().status().mark(),
                                                each.getValue().id(),
                                                line(each.getValue().subject()),
                                                line(each.getKey()))));
        more(lines, tasks.size());
    }

    private static void more(List<String> lines, int count) {
        if (count > SHOWN_MAX) {
            lines.add("… %,d more".formatted(count - SHOWN_MAX));
        }
    }

    private String line(String text) {
        return Excerpt.line(secrets.shown(text), LINE_CHARS_MAX);
    }

    /// As one JSON object, with everything: `{"schema_version": 1, "format", "dry_run", "created":
    /// [{"id", "source", "subject"}], "existing": [...], "remarks": [{"file", "line", "text"}]}`.
    public String json() {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("schema_version", SCHEMA_VERSION);
        json.put("format", incoming.form().word());
        json.put("dry_run", isDry);
        put(json.putArray("created"), taken.created());
        put(json.putArray("existing"), taken.existing());
        ArrayNode remarks = json.putArray("remarks");
        incoming.remarks()
                .forEach(remark ->
                        remarks.addObject()
                                .put("file", remark.file())
                                .put("line", remark.line())
                                .put("text", remark.text()));
        return new Document(json, secrets).text();
    }

    private static void put(ArrayNode list, SequencedMap<String, Task> tasks) {
        tasks.forEach((source, task) ->
                list.addObject()
                        .put("id", task.id().number())
                        .put("source", source)
                        .put("subject", task.subject()));
    }
}
