package dev.bellhop.server.mcp;

import dev.bellhop.base.Problem;
import dev.bellhop.server.App;
import dev.bellhop.tool.About;
import dev.bellhop.tool.Call;
import dev.bellhop.tool.Caller;
import dev.bellhop.tool.Hints;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Prompts;
import dev.bellhop.tool.Resources;
import dev.bellhop.tool.Tool;
import dev.bellhop.tool.Toolbox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// Tools that do what a test of the wire needs, and the one place where tests make a [Toolbox].
public final class Fixtures {

    private static final Hints READS = new Hints(true, false, true, false);

    private Fixtures() {}

    /// No arguments.
    public record Nothing() {}

    public record Text(@About("What to say") @Nullable String text) {}

    public record Seconds(@About("How long at most") Integer seconds) {}

    /// A tool that is a function.
    public record Fixture<I extends Record>(
            String name, Hints hints, Class<I> input, BiFunction<I, Call, String> body)
            implements Tool<I> {

        @Override
        public String about() {
            return "Fixture " + name + ".";
        }

        @Override
        public String searchHint() {
            return "fixture";
        }

        @Override
        public String call(I input, Call call) {
            return body.apply(input, call);
        }
    }

    public static <I extends Record> Fixture<I> tool(
            String name, Class<I> input, BiFunction<I, Call, String> body) {
        return new Fixture<>(name, READS, input, body);
    }

    public static Toolbox toolbox(List<Tool<?>> tools) {
        return new Toolbox(tools, new Projects(System.getenv(), InstantSource.system()));
    }

    /// `echo`, `count`, `who`, `silent`, `refuse`, `break`, `overflow`, `print` and `wait`.
    public static List<Tool<?>> tools() {
        return List.of(
                tool("echo", Text.class, (input, call) -> String.valueOf(input.text())),
                tool(
                        "count",
                        Text.class,
                        (input, call) -> "" + String.valueOf(input.text()).length()),
                tool("who", Nothing.class, (input, call) -> who(call.caller())),
                tool("silent", Nothing.class, (input, call) -> ""),
                tool(
                        "refuse",
                        Nothing.class,
                        (input, call) -> {
                            throw Problem.conflict("#2 waits for #1", "Complete #1 first.");
                        }),
                tool(
                        "break",
                        Nothing.class,
                        (input, call) -> {
                            throw new IllegalStateException("a bug");
                        }),
                tool(
                        "overflow",
                        Nothing.class,
                        (input, call) -> {
                            throw new StackOverflowError();
                        }),
                tool(
                        "print",
                        Nothing.class,
                        (input, call) -> {
                            System.out.println("{\"not\":\"for the client\"}");
                            return "printed";
                        }),
                tool("wait", Seconds.class, (input, call) -> waited(input, call.caller())));
    }

    /// All of [#tools].
    public static Toolbox toolbox() {
        return toolbox(tools());
    }

    /// A dispatcher for tools that work on `/project`, or where the caller says it works.
    public static Dispatcher dispatcher(Toolbox toolbox, Runnable greeted) {
        Projects projects = new Projects(System.getenv(), InstantSource.system());
        return dispatcher(
                new Product(toolbox, new Resources(projects), new Prompts(projects)), greeted);
    }

    static Dispatcher dispatcher(Offer offer, Runnable greeted) {
        return dispatcher(offer, Path.of("/project"), greeted);
    }

    /// A dispatcher for what works on `project`, or where the caller says it works.
    static Dispatcher dispatcher(Offer offer, Path project, Runnable greeted) {
        return App.dispatcher(
                offer,
                new Places() {
                    @Override
                    public @Nullable Path known() {
                        return null;
                    }

                    @Override
                    public Path project(@Nullable String workspace) {
                        return workspace == null ? project : Path.of(workspace);
                    }
                },
                greeted);
    }

    private static String who(Caller caller) {
        return "%s | %s | %s | %d s"
                .formatted(
                        caller.project(),
                        caller.client(),
                        caller.consumer(),
                        caller.patience().toSeconds());
    }

    private static String waited(Seconds input, Caller caller) {
        System.err.println("waiting");
        caller.hangup()
                .whenHungUp()
                .completeOnTimeout(null, input.seconds(), TimeUnit.SECONDS)
                .join();
        return caller.hangup().isHungUp() ? "hung up" : "waited";
    }

    /// What the dispatcher answers to a message, as text; empty if nothing is to be answered.
    static CompletableFuture<String> send(Dispatcher dispatcher, Peer peer, String message) {
        Dispatcher.@Nullable Taken taken =
                dispatcher.take(message.getBytes(StandardCharsets.UTF_8), peer, null);
        return taken == null
                ? CompletableFuture.completedFuture("")
                : CompletableFuture.supplyAsync(() ->
                        new String(
                                Objects.requireNonNull(taken.answer()).json(),
                                StandardCharsets.UTF_8));
    }
}
