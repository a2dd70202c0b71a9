package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskGraph;
import dev.bellhop.task.TaskId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The resources of a project, page by page: the board, the open tasks in numeric order, the logs
/// of the jobs, newest first.
final class ResourceList {

    static final String JSON = "application/json";
    static final String TEXT = "text/plain";

    private static final int PAGE = 50;
    private static final int STREAMS = JobOutput.Stream.values().length;
    private static final int TITLE_CHARS_MAX = 120;
    private static final int DESCRIPTION_CHARS_MAX = 240;

    private final Project project;
    private final List<Resource> page = new ArrayList<>();

    ResourceList(Project project) {
        this.project = project;
    }

    /// How far somebody has read. It names what was read last by a number that it keeps for ever,
    /// so that it holds whatever comes and goes meanwhile.
    ///
    /// @param task the last task on the pages so far; 0 for none
    /// @param job the number of the last job on them; [Long#MAX_VALUE] for none
    private record Place(int task, long job) {

        private static final Pattern TEXT =
                Pattern.compile("([0-9]{1,9}) ([0-9]{1,19}) ([0-9a-f]{12})");

        static final Place START = new Place(0, Long.MAX_VALUE);

        /// What a client gets to see. The digest tells a place in another project, or one that
        /// somebody made up.
        String cursor(Project project) {
            String text = "%s %s".formatted(place(), digest(project));
            return Base64.getUrlEncoder()
                    .withoutPadding()
                    .encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }

        private String place() {
            return task + " " + job;
        }

        private String digest(Project project) {
            return Projects.digest(place() + " " + project.state());
        }

        static Place parse(String cursor, Project project) {
            try {
                byte[] bytes = Base64.getUrlDecoder().decode(cursor);
                Matcher text = TEXT.matcher(new String(bytes, StandardCharsets.UTF_8));
                if (text.matches()) {
                    Place place =
                            new Place(
                                    Integer.parseInt(text.group(1)), Long.parseLong(text.group(2)));
                    if (place.digest(project).equals(text.group(3))) {
                        return place;
                    }
                }
            } catch (IllegalArgumentException e) {
                // It is said below.
            }
            throw Problem.invalid(
                    "`cursor` cannot be " + Excerpt.line(cursor, TITLE_CHARS_MAX),
                    "Give the one that the last page of this project came with, or none for the"
                            + " first page.");
        }
    }

    Resources.Page after(@Nullable String cursor) {
        Place place = cursor == null ? Place.START : Place.parse(cursor, project);
        if (cursor == null) {
            page.add(
                    new Resource(
                            ResourceUri.BOARD,
                            "board",
                            "The board",
                            "Open tasks, running and queued jobs, and how many tasks there are",
                            JSON));
        }
        int task = place.task();
        long number = place.job();
        boolean isMore = false;
        if (number == Long.MAX_VALUE) {
            List<Listed> tasks = tasks(task, PAGE - page.size() + 1);
            isMore = tasks.size() > PAGE - page.size();
            for (Listed each : tasks.subList(0, isMore ? tasks.size() - 1 : tasks.size())) {
                page.add(each.resource());
                task = each.id().number();
            }
        }
        if (!isMore) {
            int room = (PAGE - page.size()) / STREAMS;
            SequencedMap<Long, Job> jobs = project.jobs().before(number, room + 1);
            isMore = jobs.size() > room;
            for (Map.Entry<Long, Job> each : jobs.entrySet()) {
                if (page.size() + STREAMS <= PAGE) {
                    addLogs(each.getValue());
                    number = each.getKey();
                }
            }
        }
        return new Resources.Page(
                List.copyOf(page), isMore ? new Place(task, number).cursor(project) : null);
    }

    /// @param id of the task
    private record Listed(TaskId id, Resource resource) {}

    private List<Listed> tasks(int after, int limit) {
        return project.tasks()
                .read(graph ->
                        graph.open().stream()
                                .filter(task -> task.id().number() > after)
                                .limit(limit)
                                .map(task -> new Listed(task.id(), resource(task, graph)))
                                .toList());
    }

    private Resource resource(Task task, TaskGraph graph) {
        return new Resource(
                ResourceUri.of(task.id()),
                task.id().toString(),
                line(task.subject(), TITLE_CHARS_MAX),
                line(TaskLine.of(task, graph), DESCRIPTION_CHARS_MAX),
                JSON);
    }

    private void addLogs(Job job) {
        for (JobOutput.Stream stream : JobOutput.Stream.values()) {
            page.add(
                    new Resource(
                            ResourceUri.of(job, stream),
                            job.id() + " " + stream.word(),
                            line(
                                    "%s of %s".formatted(stream.word(), job.command()),
                                    TITLE_CHARS_MAX),
                            line(JobLine.of(job, project), DESCRIPTION_CHARS_MAX),
                            TEXT));
        }
    }

    private String line(String text, int charsMax) {
        return Excerpt.line(project.secrets().shown(text), charsMax);
    }
}
