package dev.bellhop.server.cli;

import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import dev.bellhop.display.Harmless;
import dev.bellhop.tool.Asker;
import dev.bellhop.tool.Asking;
import dev.bellhop.tool.Caller;
import dev.bellhop.tool.Checkup;
import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.HookForm;
import dev.bellhop.tool.Project;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Queue;
import dev.bellhop.tool.Reply;
import dev.bellhop.tool.Schema;
import dev.bellhop.tool.TaskListDocument;
import dev.bellhop.tool.Toolbox;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/// What can be asked for in words: `bellhop task list --ready`.
public final class Commands {

    /// Nobody gives up on a command that they can interrupt.
    private static final Duration PATIENCE = Duration.ofDays(365);

    private static final String PROJECT = "--project";
    private static final String JSON = "--json";
    private static final String HOOK = "--hook";
    private static final int TAIL_LINES = 20;

    private final Toolbox toolbox;
    private final Projects projects;
    private final Function<@Nullable Path, Path> whereabouts;
    private final ToIntFunction<ServeOptions> server;
    private final BiConsumer<HookForm, @Nullable Path> hook;
    private final String version;
    private final PrintWriter out;
    private final PrintWriter err;

    /// @param whereabouts the directory of the project that is meant, given what `--project` says
    /// @param server serves until it is told to end, and gives the exit code
    /// @param hook tells a client's model what is new, given what `--project` says
    /// @param version of the product
    public Commands(
            Toolbox toolbox,
            Projects projects,
            Function<@Nullable Path, Path> whereabouts,
            ToIntFunction<ServeOptions> server,
            BiConsumer<HookForm, @Nullable Path> hook,
            String version,
            PrintWriter out,
            PrintWriter err) {
        this.toolbox = toolbox;
        this.projects = projects;
        this.whereabouts = whereabouts;
        this.server = server;
        this.hook = hook;
        this.version = version;
        this.out = out;
        this.err = err;
    }

    /// What a command exits with when it fails.
    ///
    /// @param refused for words and things that are wrong
    /// @param failed for what may go right another time
    private record ExitCodes(int invalid, int refused, int failed) {

        /// Those of agent-exec, whose scripts the `job` commands serve.
        static final ExitCodes JOB = new ExitCodes(2, 1, 1);

        /// Those of agent-runner.
        static final ExitCodes OTHER = new ExitCodes(3, 3, 4);

        int of(Problem.Kind kind) {
            return switch (kind) {
                case INVALID -> invalid;
                case NOT_FOUND, CONFLICT -> refused;
                case UNAVAILABLE, INTERNAL -> failed;
            };
        }
    }

    /// What a command does, which gives its exit code; hung on picocli's description of it.
    @FunctionalInterface
    interface Action {
        int run(ParseResult parsed);
    }

    /// Does what `words` say.
    ///
    /// @return the exit code
    public int run(List<String> words) {
        String[] given = words.toArray(String[]::new);
        int code =
                words.stream().anyMatch(Commands::mayNeedAll)
                        ? line(_ -> true).execute(given)
                        : line(words::contains)
                                // What is wrong is told by one that knows every command.
                                .setParameterExceptionHandler(
                                        (_, _) -> line(_ -> true).execute(given))
                                .execute(given);
        out.flush();
        err.flush();
        return code;
    }

    /// Whether a word asks for help, or for a file with more words.
    private static boolean mayNeedAll(String word) {
        return word.matches("-\\w*h\\w*|--help|@.*");
    }

    /// @param isMeant tells by their names which commands are to be described: to describe them all
    ///   takes longer than what most of them do
    private CommandLine line(Predicate<String> isMeant) {
        CommandLine line = new CommandLine(root(isMeant));
        line.setOut(out);
        line.setErr(err);
        line.setExecutionStrategy(Commands::execute);
        line.setExecutionExceptionHandler((e, _, _) -> {
            if (!(e instanceof Problem problem)) {
                throw e;
            }
            err.println(Harmless.text(problem.text()));
            return ExitCodes.OTHER.of(problem.kind());
        });
        return line;
    }

    private static int execute(ParseResult parsed) {
        Integer helped = CommandLine.executeHelpRequest(parsed);
        if (helped != null) {
            return helped;
        }
        ParseResult last = last(parsed);
        try {
            return ((Action) last.commandSpec().userObject()).run(parsed);
        } catch (Problem problem) {
            // Nothing else is given to the handler above.
            throw new CommandLine.ExecutionException(
                    last.commandSpec().commandLine(), problem.text(), problem);
        }
    }

    private CommandSpec root(Predicate<String> isMeant) {
        CommandSpec root =
                group(
                        "bellhop",
                        "Keeps a coding agent's work outside its conversation: a task graph and"
                                + " background commands.");
        root.version("bellhop " + version);
        root.addOption(
                OptionSpec.builder("-V", "--version")
                        .versionHelp(true)
                        .description("Print the version.")
                        .build());
        root.addOption(
                OptionSpec.builder(PROJECT)
                        .type(Path.class)
                        .paramLabel("DIR")
                        .scopeType(ScopeType.INHERIT)
                        .description("The project, if not the one around the current directory.")
                        .build());
        add(
                root,
                isMeant,
                "mcp",
                name -> command(name, "Serve a client over standard input and output.", _ -> 0));
        add(root, isMeant, "serve", _ -> serve());
        add(
                root,
                isMeant,
                "demo",
                name -> command(name, "Play an agent's conversation.", _ -> new Demo(out).play()));
        add(root, isMeant, "task", _ -> tasks(isMeant));
        add(root, isMeant, "job", _ -> jobs(isMeant));
        add(root, isMeant, "inbox", _ -> inbox());
        add(root, isMeant, "submit", _ -> submit());
        add(root, isMeant, "status", _ -> status());
        add(root, isMeant, "answer", _ -> answer());
        add(root, isMeant, "audit", _ -> exchange().audit());
        add(
                root,
                isMeant,
                "doctor",
                name -> command(name, "Check what Bellhop stands on here.", this::doctor));
        return root;
    }

    private CommandSpec tasks(Predicate<String> isMeant) {
        CommandSpec task = group("task", "The project's tasks.");
        add(task, isMeant, "list", _ -> taskList());
        add(
                task,
                isMeant,
                "show",
                name ->
                        tool(
                                name,
                                "Everything about a task.",
                                "task_get",
                                ExitCodes.OTHER,
                                "task_id",
                                Set.of(),
                                Map.of()));
        add(
                task,
                isMeant,
                "create",
                name ->
                        tool(
                                name,
                                "Add a task.",
                                "task_create",
                                ExitCodes.OTHER,
                                "subject",
                                Set.of("tasks"),
                                Map.of()));
        add(
                task,
                isMeant,
                "update",
                name ->
                        tool(
                                name,
                                "Change a task.",
                                "task_update",
                                ExitCodes.OTHER,
                                "task_id",
                                Set.of(),
                                Map.of()));
        add(task, isMeant, "archive", _ -> taskArchive());
        add(task, isMeant, "import", _ -> exchange().taskImport());
        add(task, isMeant, "export", _ -> exchange().taskExport());
        return task;
    }

    private CommandSpec jobs(Predicate<String> isMeant) {
        CommandSpec job = group("job", "The project's background commands.");
        Set<String> ofOneJob = Set.of("task_id", "wait", "until", "cursor", "lines", "stream");
        add(
                job,
                isMeant,
                "list",
                name ->
                        tool(
                                name,
                                "The jobs, newest first.",
                                "check_background",
                                ExitCodes.JOB,
                                null,
                                ofOneJob,
                                Map.of()));
        add(
                job,
                isMeant,
                "show",
                name ->
                        tool(
                                name,
                                "How a job stands, and its output.",
                                "check_background",
                                ExitCodes.JOB,
                                "task_id",
                                Set.of(),
                                Map.of()));
        add(
                job,
                isMeant,
                "tail",
                name ->
                        tool(
                                name,
                                "The end of a job's output.",
                                "check_background",
                                ExitCodes.JOB,
                                "task_id",
                                Set.of("cursor"),
                                Map.of("lines", TAIL_LINES)));
        return job;
    }

    private ExchangeCommands exchange() {
        return new ExchangeCommands(this::opened, person(), client(), out, err);
    }

    private static void add(
            CommandSpec group,
            Predicate<String> isMeant,
            String name,
            Function<String, CommandSpec> described) {
        if (isMeant.test(name)) {
            group.addSubcommand(name, described.apply(name));
        }
    }

    /// A word that needs another one after it.
    private static CommandSpec group(String name, String about) {
        Action incomplete =
                parsed -> {
                    throw new CommandLine.ParameterException(
                            last(parsed).commandSpec().commandLine(),
                            "Say which command of " + name + ".");
                };
        return command(name, about, incomplete);
    }

    static CommandSpec command(String name, String about, Action action) {
        CommandSpec command = CommandSpec.wrapWithoutInspection(action);
        command.name(name);
        command.usageMessage().description(about);
        command.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Print this help.")
                        .build());
        command.exitCodeOnInvalidInput(ExitCodes.OTHER.invalid());
        return command;
    }

    private CommandSpec serve() {
        CommandSpec serve =
                command(
                        "serve",
                        "Serve clients over HTTP.",
                        parsed -> server.applyAsInt(ServeOptions.of(parsed, project(parsed))));
        ServeOptions.described().forEach(serve::addOption);
        return serve;
    }

    private CommandSpec inbox() {
        Set<String> ofHooks = Set.of("event", "session");
        CommandSpec inbox =
                tool(
                        "inbox",
                        "What no agent has been told yet; looking changes nothing.",
                        "inbox",
                        ExitCodes.OTHER,
                        null,
                        ofHooks,
                        this::readInbox);
        inbox.addOption(
                OptionSpec.builder(HOOK)
                        .type(String.class)
                        .paramLabel("CLIENT")
                        .description(
                                "Tell the model of this client, as a command hook of it: "
                                        + hookClients()
                                        + ".")
                        .build());
        return inbox;
    }

    private int readInbox(ParseResult parsed) {
        String client = last(parsed).matchedOptionValue(HOOK, null);
        if (client == null) {
            return call("inbox", Map.of(), ExitCodes.OTHER, project(parsed));
        }
        hook.accept(
                HookForm.of(client)
                        .orElseThrow(() ->
                                Problem.invalid(
                                        "no client " + client + " is known",
                                        "Give " + HOOK + " one of: " + hookClients() + ".")),
                project(parsed));
        return 0;
    }

    private static String hookClients() {
        return Arrays.stream(HookForm.values())
                .map(HookForm::word)
                .collect(Collectors.joining(", "));
    }

    private CommandSpec taskList() {
        CommandSpec list =
                tool(
                        "list",
                        "The tasks, open ones first.",
                        "task_list",
                        ExitCodes.OTHER,
                        null,
                        Set.of(),
                        this::listTasks);
        list.addOption(
                OptionSpec.builder(JSON)
                        .arity("0")
                        .type(Boolean.class)
                        .description("Print one JSON object, with every task whole.")
                        .build());
        return list;
    }

    private int listTasks(ParseResult parsed) {
        Map<String, Object> arguments = arguments(parsed, Map.of());
        if (!last(parsed).hasMatchedOption(JSON)) {
            return call("task_list", arguments, ExitCodes.OTHER, project(parsed));
        }
        Project project = opened(parsed);
        out.println(TaskListDocument.of(arguments, project));
        return 0;
    }

    private CommandSpec taskArchive() {
        CommandSpec archive =
                command(
                        "archive",
                        "Put completed tasks out of the way; each is still found by its number.",
                        this::archive);
        archive.addOption(
                OptionSpec.builder("--before")
                        .required(true)
                        .type(LocalDate.class)
                        .paramLabel("DATE")
                        .description("Those not changed since: 2026-01-31 (in UTC).")
                        .build());
        return archive;
    }

    private int archive(ParseResult parsed) {
        LocalDate before = last(parsed).matchedOptionValue("--before", LocalDate.EPOCH);
        int count =
                opened(parsed)
                        .archiveTasks(
                                before.atStartOfDay(ZoneOffset.UTC).toInstant(),
                                person(),
                                client());
        out.println(count == 1 ? "1 task archived." : count + " tasks archived.");
        return 0;
    }

    private CommandSpec answer() {
        CommandSpec answer =
                command(
                        "answer",
                        "Answer what a task asks; without words, show what is asked.",
                        this::answered);
        answer.addPositional(words("[ID ANSWER]", "0..*", "The task, and what you say to it."));
        return answer;
    }

    private int answered(ParseResult parsed) {
        Project project = opened(parsed);
        List<String> words = last(parsed).matchedPositionalValue(0, List.<String>of());
        if (words.isEmpty()) {
            String open = Asking.open(project);
            out.println(open.isEmpty() ? "Nothing is asked." : Harmless.text(open));
            return 0;
        }
        String said = String.join(" ", words.subList(1, words.size()));
        out.println(
                Harmless.text(
                        Asking.answered(project, words.getFirst(), said, person(), client())));
        return 0;
    }

    private CommandSpec submit() {
        CommandSpec submit =
                command(
                        "submit",
                        "Put a task into the queue.",
                        parsed -> {
                            ParseResult given = last(parsed);
                            out.println(
                                    Queue.submit(
                                            opened(parsed),
                                            given.matchedOptionValue("--type", null),
                                            given.matchedOptionValue("--priority", 0),
                                            String.join(
                                                    " ",
                                                    given.matchedPositionalValue(
                                                            0, List.<String>of())),
                                            person(),
                                            client()));
                            return 0;
                        });
        submit.addOption(
                OptionSpec.builder("--type")
                        .type(String.class)
                        .paramLabel("TYPE")
                        .description("What kind of work it is.")
                        .build());
        submit.addOption(
                OptionSpec.builder("--priority")
                        .type(Integer.class)
                        .paramLabel("N")
                        .description("Higher is sooner.")
                        .build());
        submit.addPositional(words("PROMPT", "1..*", "What is to be done."));
        return submit;
    }

    private CommandSpec status() {
        CommandSpec status =
                command(
                        "status",
                        "How a task stands, and what came of it.",
                        parsed -> {
                            Project project = opened(parsed);
                            String id =
                                    last(parsed)
                                            .matchedPositionalValue(0, List.<String>of())
                                            .getFirst();
                            out.println(Harmless.text(Queue.status(project, id)));
                            return 0;
                        });
        status.addPositional(words("ID", "1", "The task."));
        return status;
    }

    private static PositionalParamSpec words(String label, String arity, String about) {
        return PositionalParamSpec.builder()
                .index("0..*")
                .arity(arity)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .paramLabel(label)
                .hideParamSyntax(true)
                .description(about)
                .build();
    }

    private static String person() {
        return System.getProperty("user.name", "somebody");
    }

    private String client() {
        return "bellhop " + version;
    }

    static ParseResult last(ParseResult parsed) {
        ParseResult last = parsed;
        while (last.hasSubcommand()) {
            last = last.subcommand();
        }
        return last;
    }

    /// A command that calls a tool. What the tool takes it takes as options.
    ///
    /// @param positional the argument that needs no name, or null
    /// @param without arguments that it does not take
    /// @param defaults arguments that it gives where the caller does not
    private CommandSpec tool(
            String name,
            String about,
            String tool,
            ExitCodes codes,
            @Nullable String positional,
            Set<String> without,
            Map<String, Object> defaults) {
        return tool(
                name,
                about,
                tool,
                codes,
                positional,
                without,
                parsed -> call(tool, arguments(parsed, defaults), codes, project(parsed)));
    }

    /// A command that takes what a tool does.
    private CommandSpec tool(
            String name,
            String about,
            String tool,
            ExitCodes codes,
            @Nullable String positional,
            Set<String> without,
            Action action) {
        Toolbox.Entry<?> entry =
                toolbox.entries().stream()
                        .filter(each -> each.tool().name().equals(tool))
                        .findFirst()
                        .orElseThrow();
        CommandSpec command = command(name, about, action);
        for (Schema.Argument argument : entry.schema().arguments()) {
            if (argument.name().equals(positional)) {
                command.addPositional(
                        PositionalParamSpec.builder()
                                .index("0")
                                .required(true)
                                .type(String.class)
                                .paramLabel(argument.name())
                                .build());
            } else if (!without.contains(argument.name())) {
                command.addOption(option(argument));
            }
        }
        command.exitCodeOnInvalidInput(codes.invalid());
        return command;
    }

    private static Map<String, Object> arguments(ParseResult parsed, Map<String, Object> defaults) {
        Map<String, Object> arguments = new LinkedHashMap<>(defaults);
        ParseResult last = last(parsed);
        last.matchedOptions().stream()
                .filter(option -> !List.of(PROJECT, JSON).contains(option.names()[0]))
                .forEach(option -> put(arguments, option.paramLabel(), option.getValue()));
        last.matchedPositionals()
                .forEach(each -> put(arguments, each.paramLabel(), each.getValue()));
        return arguments;
    }

    /// The project that is meant.
    private Project opened(ParseResult parsed) {
        return projects.at(whereabouts.apply(project(parsed)));
    }

    private static @Nullable Path project(ParseResult parsed) {
        Path project = null;
        for (ParseResult each = parsed; each != null; each = each.subcommand()) {
            project = each.matchedOptionValue(PROJECT, project);
        }
        return project;
    }

    private static void put(Map<String, Object> arguments, String name, @Nullable Object value) {
        if (value != null) {
            arguments.put(name, value);
        }
    }

    private static OptionSpec option(Schema.Argument argument) {
        String flag =
                "--"
                        + argument.name()
                                .replaceAll("(?=[A-Z])", "-")
                                .replace('_', '-')
                                .toLowerCase(Locale.ROOT);
        boolean isSwitch = "boolean".equals(argument.type().json().get("type"));
        if ("array".equals(argument.type().json().get("type"))) {
            return OptionSpec.builder(flag)
                    .type(List.class)
                    .auxiliaryTypes(String.class)
                    .splitRegex(",")
                    .arity("1")
                    .paramLabel(argument.name())
                    .description(argument.about())
                    .build();
        }
        return OptionSpec.builder(flag)
                .type(isSwitch ? Boolean.class : String.class)
                .arity(isSwitch ? "0" : "1")
                .paramLabel(argument.name())
                .description(argument.about())
                .build();
    }

    private int call(
            String tool, Map<String, Object> arguments, ExitCodes codes, @Nullable Path project) {
        Reply reply =
                toolbox.call(
                        tool,
                        arguments,
                        new Caller(
                                whereabouts.apply(project),
                                "bellhop " + version,
                                Conversation.ofPerson(person()),
                                null,
                                PATIENCE,
                                new Hangup(),
                                Asker.NOBODY,
                                System.nanoTime()));
        Problem.Kind problem = reply.problem();
        (problem == null ? out : err).println(Harmless.text(reply.text()));
        reply.sent().run();
        return problem == null ? 0 : codes.of(problem);
    }

    private int doctor(ParseResult parsed) {
        Checkup checkup = Checkup.of(opened(parsed));
        out.println("   bellhop %s, Java %s".formatted(version, Runtime.version()));
        for (Checkup.Finding finding : checkup.findings()) {
            out.println(
                    "%s %s: %s"
                            .formatted(
                                    finding.isGood() ? "ok" : "!!",
                                    finding.what(),
                                    Harmless.text(finding.said())));
        }
        return checkup.isGood() ? 0 : ExitCodes.OTHER.failed();
    }
}
