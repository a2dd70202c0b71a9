package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.display.Secrets;
import dev.bellhop.store.Database;
import dev.bellhop.store.SideBySide;
import java.nio.file.Path;
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

    /// An answer is bounded at 8 kB, news and all.
    private static final int ANSWER_CHARS_MAX = 8_000;

    private static final int NEWS_CHARS_MAX = 4_000;

    // The longest piece of news fits.
    private static final int NEWS_CHARS_MIN = 1_300;

    // The lines around the news, and what is said where something is left out.
    private static final int FRAME_CHARS = 150;

    private static final int BARE_CHARS_MAX = ANSWER_CHARS_MAX - NEWS_CHARS_MIN - FRAME_CHARS;

    private final SequencedMap<String, Entry<?>> entries = new LinkedHashMap<>();
    private final Projects projects;

    /// @param tools in the order in which agents should read about them
    public Toolbox(List<Tool<?>> tools, Projects projects) {
        tools.forEach(tool -> entries.put(tool.name(), new Entry<>(tool)));
        this.projects = projects;
    }

    /// The tools of the product, in the order in which agents should read about them.
    public static List<Tool<?>> standard() {
        return List.of(
                new TaskCreate(),
                new TaskUpdate(),
                new TaskList(),
                new TaskGet(),
                new BackgroundRun(),
                new CheckBackground(),
                new BackgroundKill(),
                new ReadInbox());
    }

    /// A tool with the schema of its input, which is read when it is asked for.
    public record Entry<I extends Record>(Tool<I> tool) {

        /// What its input is.
        public Schema<I> schema() {
            return Schema.of(tool.input());
        }

        private String call(Map<String, ? extends @Nullable Object> arguments, Call call) {
            return tool.call(schema().read(arguments), call);
        }
    }

    /// Every tool, in the order in which agents should read about them.
    public List<Entry<?>> entries() {
        return List.copyOf(entries.values());
    }

    /// The same without the tool `name`.
    public Toolbox without(String name) {
        return new Toolbox(
                entries.values().stream()
                        .<Tool<?>>map(Entry::tool)
                        .filter(tool -> !tool.name().equals(name))
                        .toList(),
                projects);
    }

    /// Makes a project ready for its first call, once; what goes wrong is told by that call.
    public void prepare(Path project) {
        if (!projects.isFirstFor(project)) {
            return;
        }
        try {
            SideBySide.run(
                    () -> projects.at(project).tasks().prepare(),
                    () -> {
                        Database.load();
                        projects.at(project).jobs().look();
                    });
        } catch (RuntimeException e) {
            LOG.debug("{}", e.getMessage());
        }
    }

    /// Calls a tool. Whatever goes wrong is told in the reply.
    ///
    /// @throws ComesAgain if the call goes on when it is made again
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
            prepare(caller.project());
            Call call = new Call(projects.at(caller.project()), caller);
            String trouble = trouble(call::begin);
            Reply bare = bare(entry, arguments, call);
            StringBuilder text = new StringBuilder();
            if (entry.tool().carriesNews()) {
                int left = ANSWER_CHARS_MAX - FRAME_CHARS - bare.text().length();
                int charsMax = Math.clamp(left, NEWS_CHARS_MIN, NEWS_CHARS_MAX);
                String second = trouble(() -> text.append(call.news(charsMax)));
                trouble = second.isEmpty() ? trouble : second;
            }
            for (String part : List.of(trouble, bare.text())) {
                text.append(text.isEmpty() || part.isEmpty() ? "" : "\n").append(part);
            }
            return new Reply(text.toString(), bare.problem(), () -> trouble(call::sent));
        } catch (ComesAgain e) {
            throw e;
        } catch (RuntimeException e) {
            return refused(name, e, projects.secrets());
        }
    }

    /// What the tool itself says: what others wrote stands in it, so that it is made harmless and
    /// masked.
    private static Reply bare(
            Entry<?> entry, Map<String, ? extends @Nullable Object> arguments, Call call) {
        try {
            String text = call.project().secrets().shown(entry.call(arguments, call));
            // What carries no news is for a program, and bounds itself.
            return new Reply(
                    entry.tool().carriesNews() ? Excerpt.of(text, BARE_CHARS_MAX) : text,
                    null,
                    () -> {});
        } catch (ComesAgain e) {
            throw e;
        } catch (RuntimeException e) {
            return refused(entry.tool().name(), e, call.project().secrets());
        }
    }

    private static Reply refused(String name, RuntimeException e, Secrets secrets) {
        Problem problem;
        if (e instanceof Problem told) {
            problem = told;
        } else {
            LOG.error("{} failed", name, e);
            problem =
                    Problem.internal(
                            name + " failed inside Bellhop",
                            "Try again; if it fails again, run bellhop doctor.");
        }
        return new Reply(
                Excerpt.of(secrets.shown(problem.text()), BARE_CHARS_MAX),
                problem.kind(),
                () -> {});
    }

    /// Does what concerns the inbox. Tasks can be read without it, so that its trouble is told and
    /// nothing else fails.
    ///
    /// @return what went wrong; empty if nothing did
    private String trouble(Runnable work) {
        try {
            work.run();
            return "";
        } catch (Problem problem) {
            LOG.warn("{}", problem.getMessage());
            return "(notifications cannot be read: %s)"
                    .formatted(projects.secrets().shown(String.valueOf(problem.getMessage())));
        } catch (RuntimeException e) {
            // What the tool did is done, and must not look as if it had failed.
            LOG.error("the inbox failed", e);
            return "(notifications cannot be read)";
        }
    }
}
