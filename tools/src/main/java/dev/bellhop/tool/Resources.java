package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.store.FolderAlarm;
import dev.bellhop.task.TaskId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What a project shows besides its tools' answers: its board, its tasks, and what its jobs wrote.
///
/// For several threads at once. What others wrote is harmless, masked and bounded in all of it.
public final class Resources {

    private final Projects projects;
    private final FolderAlarm alarm = new FolderAlarm();

    public Resources(Projects projects) {
        this.projects = projects;
    }

    /// Some of the resources of a project.
    ///
    /// @param next the cursor of the next page, or null after the last
    public record Page(List<Resource> resources, @Nullable String next) {}

    /// What a resource says.
    ///
    /// @param uri as it was asked for
    public record Content(String uri, String mimeType, String text) {}

    /// Tells when what resources say has changed; to be closed.
    public interface Changes extends AutoCloseable {

        /// Waits until some have changed since this was last asked, or for `longest`. A thread asks
        /// at once, and is told every 100 ms at most.
        ///
        /// @return those that changed, as they were given; empty if none did, and as soon as this
        ///   is closed
        Set<String> await(Duration longest) throws InterruptedException;

        /// Ends the wait, and what it takes.
        @Override
        void close();
    }

    /// The resources of a project: the board, the open tasks in numeric order, the logs of its
    /// jobs, newest first.
    ///
    /// @param cursor of the page, or null for the first
    /// @throws Problem `INVALID` if the cursor is none of this project
    public Page list(Path project, @Nullable String cursor) {
        return new ResourceList(projects.current(project)).after(cursor);
    }

    /// What resources there can be, besides the board.
    public List<ResourceTemplate> templates() {
        return List.of(
                new ResourceTemplate(
                        ResourceUri.TASK,
                        "task",
                        "A task",
                        "Everything about one task: its file, blockers, jobs and last changes",
                        ResourceList.JSON),
                new ResourceTemplate(
                        ResourceUri.STDOUT,
                        "stdout",
                        "Output of a job",
                        "The newest 64 KiB of what a job wrote; with from, those from that byte on",
                        ResourceList.TEXT),
                new ResourceTemplate(
                        ResourceUri.STDERR,
                        "stderr",
                        "Error output of a job",
                        "The newest 64 KiB of what a job wrote to stderr; with from, those from that"
                                + " byte on",
                        ResourceList.TEXT));
    }

    /// What a resource says now.
    ///
    /// @throws Problem `NOT_FOUND` if there is none; `INVALID` if several jobs begin as it says
    public Content read(Path project, String uri) {
        ResourceUri parsed = ResourceUri.parse(uri);
        Project current = projects.current(project);
        return switch (parsed) {
            case ResourceUri.OfBoard _ -> new Content(uri, ResourceList.JSON, Board.of(current));
            case ResourceUri.OfTask(TaskId id) ->
                    new Content(uri, ResourceList.JSON, TaskDocument.of(id, current));
            case ResourceUri.OfLog log ->
                    new Content(uri, ResourceList.TEXT, LogText.of(log, current));
        };
    }

    /// Values for an argument of a template that begin with `prefix`, best first, at most 100.
    ///
    /// @throws Problem `NOT_FOUND` if there is no such template, `INVALID` if it has no such
    ///   argument
    public List<String> complete(Path project, String uriTemplate, String argument, String prefix) {
        boolean isTask = uriTemplate.equals(ResourceUri.TASK);
        if (!isTask && !List.of(ResourceUri.STDOUT, ResourceUri.STDERR).contains(uriTemplate)) {
            throw Problem.notFound(
                    "there is no template "
                            + Excerpt.line(uriTemplate, ResourceUri.SHOWN_CHARS_MAX),
                    "The resources are " + ResourceUri.FORMS + ".");
        }
        return switch (argument) {
            case "id" -> {
                Project current = projects.current(project);
                yield isTask
                        ? Completion.tasks(current, prefix, _ -> true)
                        : Completion.jobs(current, prefix);
            }
            case "from" -> List.of();
            default ->
                    throw Problem.invalid(
                            "%s has no argument %s"
                                    .formatted(
                                            uriTemplate,
                                            Excerpt.line(argument, ResourceUri.SHOWN_CHARS_MAX)),
                            "Complete `id`.");
        };
    }

    /// Tells from now on when what these resources say has changed. They need not be there yet, and
    /// one that goes has changed too.
    ///
    /// @throws Problem `NOT_FOUND` if no resource can have one of these addresses
    public Changes follow(Path project, Set<String> uris) {
        return ResourceChanges.follow(projects, project, uris, alarm.waiter());
    }
}
