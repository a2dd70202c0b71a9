package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// All tools, and the one way to call them. Every door ends here.
public final class Toolbox {

    private static final Logger LOG = LoggerFactory.getLogger(Toolbox.class);

    private final SequencedMap<String, Entry<?>> entries = new LinkedHashMap<>();
    private final Projects projects;

    /// @param tools in the order in which agents should read about them
    public Toolbox(List<Tool<?>> tools, Projects projects) {
        tools.forEach(tool -> entries.put(tool.name(), Entry.of(tool)));
        this.projects = projects;
    }

    /// A tool with the schema of its input.
    public record Entry<I extends Record>(Tool<I> tool, Schema<I> schema) {

        private static <I extends Record> Entry<I> of(Tool<I> tool) {
            return new Entry<>(tool, Schema.of(tool.input()));
        }

        private String call(Map<String, ? extends @Nullable Object> arguments, Call call) {
            return tool.call(schema.read(arguments), call);
        }
    }

    /// Every tool, in the order in which agents should read about them.
    public List<Entry<?>> entries() {
        return List.copyOf(entries.values());
    }

    /// Makes a project ready before the first call needs it; what goes wrong is told by that call.
    public void prepare(java.nio.file.Path project) {
        projects.at(project);
    }

    /// Calls a tool. Never throws: whatever goes wrong is told in the reply.
    ///
    /// @param arguments names to JSON values: strings, numbers, booleans, lists, maps, null
    public Reply call(
            String name, Map<String, ? extends @Nullable Object> arguments, Caller caller) {
        try {
            Entry<?> entry = entries.get(name);
            if (entry == null) {
                throw Problem.notFound(
                        "there is no tool " + name,
                        "The tools are " + String.join(", ", entries.keySet()) + ".");
            }
            Call call = new Call(projects.at(caller.project()), caller);
            return new Reply(entry.call(arguments, call), null, () -> {});
        } catch (Problem problem) {
            return new Reply(problem.text(), problem.kind(), () -> {});
        } catch (RuntimeException e) {
            LOG.error("{} failed", name, e);
            Problem problem =
                    Problem.internal(
                            name + " failed inside Bellhop",
                            "Try again; if it fails again, run bellhop doctor.");
            return new Reply(problem.text(), problem.kind(), () -> {});
        }
    }
}
