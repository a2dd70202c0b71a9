package dev.bellhop.server.cli;

import dev.bellhop.display.Harmless;
import dev.bellhop.tool.Audit;
import dev.bellhop.tool.Project;
import dev.bellhop.tool.TaskExport;
import dev.bellhop.tool.TaskImport;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/// Whole graphs in and out, and what happened to them: `bellhop task import`, `task export`,
/// `audit`.
///
/// @param project the one that is meant
/// @param person who types
/// @param client what they use
record ExchangeCommands(
        Function<ParseResult, Project> project,
        String person,
        String client,
        PrintWriter out,
        PrintWriter err) {

    private static final String FORMAT = "--format";
    private static final String DRY_RUN = "--dry-run";
    private static final String FORCE = "--force";
    private static final String JSON = "--json";

    /// `task import PATH`.
    CommandSpec taskImport() {
        CommandSpec command =
                Commands.command(
                        "import",
                        "Take over tasks from a file or folder; what came before stays as it is, and"
                                + " what was interrupted goes on.",
                        this::take);
        command.addOption(
                text(
                        FORMAT,
                        "NAME",
                        "json, markdown, mermaid, task-master, backlog or beads; found"
                                + " out if left out."));
        command.addOption(flag(DRY_RUN, "Say what would come of it, and do nothing."));
        command.addOption(flag(JSON, "Print one JSON object."));
        command.addPositional(
                path(true, "The file, or the folder that holds it, such as the project."));
        return command;
    }

    private int take(ParseResult parsed) {
        ParseResult last = Commands.last(parsed);
        Path path = last.matchedPositionalValue(0, Path.of(""));
        TaskImport came =
                TaskImport.of(
                        path,
                        value(last, FORMAT),
                        last.hasMatchedOption(DRY_RUN),
                        project.apply(parsed),
                        person,
                        client);
        out.println(last.hasMatchedOption(JSON) ? came.json() : came.text());
        return 0;
    }

    /// `task export [FILE]`.
    CommandSpec taskExport() {
        CommandSpec command =
                Commands.command(
                        "export",
                        "Write all tasks down for others; json has everything, the others what they"
                                + " can show.",
                        this::give);
        command.addOption(
                text(
                        FORMAT,
                        "NAME",
                        "json, markdown or mermaid; what the file's name says, or json,"
                                + " if left out."));
        command.addOption(flag(FORCE, "Replace the file if it is there."));
        command.addPositional(
                path(false, "Where to; a file that is there is replaced only by --force."));
        return command;
    }

    private int give(ParseResult parsed) {
        ParseResult last = Commands.last(parsed);
        Path file =
                last.hasMatchedPositional(0) ? last.matchedPositionalValue(0, Path.of("")) : null;
        TaskExport export = TaskExport.of(value(last, FORMAT), file, project.apply(parsed));
        export.warnings().forEach(err::println);
        if (file == null) {
            out.print(export.text());
        } else {
            export.write(file, last.hasMatchedOption(FORCE));
            out.println(
                    "%d task%s written to %s"
                            .formatted(
                                    export.count(),
                                    export.count() == 1 ? "" : "s",
                                    Harmless.text(file.toString())));
        }
        return 0;
    }

    /// `audit`.
    CommandSpec audit() {
        CommandSpec command =
                Commands.command("audit", "Who did what, when, and why.", this::lookBack);
        command.addOption(text("--task", "ID", "Of one task, such as 12."));
        command.addOption(
                text(
                        "--since",
                        "WHEN",
                        "From a date (2026-01-31), a time, or a while ago (2h, 7d)."));
        command.addOption(text("--client", "NAME", "By clients whose name begins so."));
        command.addOption(
                OptionSpec.builder("--limit")
                        .type(Integer.class)
                        .paramLabel("N")
                        .description("The newest so many (50).")
                        .build());
        command.addOption(flag(JSON, "Print one JSON object."));
        return command;
    }

    private int lookBack(ParseResult parsed) {
        ParseResult last = Commands.last(parsed);
        Audit audit =
                Audit.of(
                        value(last, "--task"),
                        value(last, "--since"),
                        value(last, "--client"),
                        last.matchedOptionValue("--limit", Audit.LIMIT),
                        project.apply(parsed));
        out.println(last.hasMatchedOption(JSON) ? audit.json() : audit.text());
        return 0;
    }

    private static @Nullable String value(ParseResult parsed, String option) {
        return parsed.hasMatchedOption(option) ? parsed.matchedOptionValue(option, "") : null;
    }

    private static OptionSpec text(String name, String label, String about) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(about)
                .build();
    }

    private static OptionSpec flag(String name, String about) {
        return OptionSpec.builder(name).arity("0").type(Boolean.class).description(about).build();
    }

    private static PositionalParamSpec path(boolean isRequired, String about) {
        return PositionalParamSpec.builder()
                .index("0")
                .required(isRequired)
                .type(Path.class)
                .paramLabel(isRequired ? "PATH" : "FILE")
                .description(about)
                .build();
    }
}
