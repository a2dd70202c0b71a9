package dev.bellhop.server.cli;

import dev.bellhop.base.Problem;
import dev.bellhop.display.Harmless;
import dev.bellhop.tool.ClientHook;
import dev.bellhop.tool.HookForm;
import dev.bellhop.tool.HookInput;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Reply;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// `bellhop inbox --hook CLIENT`: what is new, in the form in which a client's model sees it.
///
/// A client waits for its hooks. So it ends within a short time, whatever the disk, the database or
/// the client's own pipe does, and never fails: what could not be told is told another time.
public final class HookCommand {

    private static final Duration PATIENCE = Duration.ofSeconds(4);

    private final Supplier<Projects> opening;
    private final BiFunction<@Nullable Path, @Nullable Path, Path> whereabouts;
    private final InputStream in;
    private final PrintWriter out;
    private final PrintWriter err;
    private final Duration patience;

    /// @param opening makes projects that the command closes by itself
    /// @param whereabouts the directory of the project that is meant, given what `--project` says
    ///   and where the client says that it works
    /// @param in what the client says
    public HookCommand(
            Supplier<Projects> opening,
            BiFunction<@Nullable Path, @Nullable Path, Path> whereabouts,
            InputStream in,
            PrintWriter out,
            PrintWriter err) {
        this(opening, whereabouts, in, out, err, PATIENCE);
    }

    /// @param patience after which it ends without a word
    HookCommand(
            Supplier<Projects> opening,
            BiFunction<@Nullable Path, @Nullable Path, Path> whereabouts,
            InputStream in,
            PrintWriter out,
            PrintWriter err,
            Duration patience) {
        this.opening = opening;
        this.whereabouts = whereabouts;
        this.in = in;
        this.out = out;
        this.err = err;
        this.patience = patience;
    }

    /// Where it is: what was given up says nothing any more.
    private enum Stage {
        LOOKING,
        TELLING,
        GIVEN_UP
    }

    /// Tells the model of a client what is new.
    ///
    /// @param project what `--project` says, or null
    public void run(HookForm form, @Nullable Path project) {
        long begunNanos = System.nanoTime();
        AtomicReference<Stage> stage = new AtomicReference<>(Stage.LOOKING);
        Thread work =
                Thread.ofPlatform()
                        .daemon()
                        .name("hook")
                        .start(() -> {
                            try {
                                tell(form, project, begunNanos, stage);
                            } catch (Problem problem) {
                                say(problem.text());
                            } catch (RuntimeException e) {
                                say("bellhop failed: " + e);
                            }
                        });
        try {
            if (!work.join(patience)
                    && (stage.compareAndSet(Stage.LOOKING, Stage.GIVEN_UP)
                            || !work.join(patience))) {
                say("what is new could not be read in time");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void tell(
            HookForm form, @Nullable Path named, long begunNanos, AtomicReference<Stage> stage) {
        HookInput input = HookInput.read(in);
        Path project = whereabouts.apply(named, input.directory());
        try (Projects projects = opening.get()) {
            Reply reply = new ClientHook(form, projects, begunNanos).reply(input, project);
            if (reply.text().isEmpty()) {
                reply.sent().run();
            } else if (stage.compareAndSet(Stage.LOOKING, Stage.TELLING)) {
                out.println(reply.text());
                if (!out.checkError()) {
                    reply.sent().run();
                }
            }
        }
    }

    private void say(String text) {
        err.println(Harmless.text(text));
    }
}
