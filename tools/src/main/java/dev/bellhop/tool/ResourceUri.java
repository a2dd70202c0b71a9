package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.base.Problem;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobOutput;
import dev.bellhop.task.TaskId;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the address of a resource says.
sealed interface ResourceUri {

    String BOARD = "bellhop://board";
    String TASK = "bellhop://task/{id}";
    String STDOUT = "bellhop://job/{id}/stdout{?from}";
    String STDERR = "bellhop://job/{id}/stderr{?from}";

    /// So much is repeated of what is no address.
    int SHOWN_CHARS_MAX = 100;

    /// What an agent has to write.
    String FORMS = String.join(", ", List.of(BOARD, TASK, STDOUT, STDERR));

    Pattern TASK_URI = Pattern.compile("bellhop://task/([1-9][0-9]{0,8})");
    Pattern LOG_URI =
            Pattern.compile(
                    "bellhop://job/([0-9a-fA-F]{1,8})/(stdout|stderr)(?:\\?from=([0-9]{1,18}))?");

    /// The whole project.
    record OfBoard() implements ResourceUri {}

    record OfTask(TaskId id) implements ResourceUri {}

    /// What a job wrote.
    ///
    /// @param job its id, or the beginning of it
    /// @param from the first byte that is wanted, or null for the end of the log
    record OfLog(String job, JobOutput.Stream stream, @Nullable Long from) implements ResourceUri {}

    /// What `uri` says.
    ///
    /// @throws Problem `NOT_FOUND` if no resource can have this address
    static ResourceUri parse(String uri) {
        if (uri.equals(BOARD)) {
            return new OfBoard();
        }
        Matcher task = TASK_URI.matcher(uri);
        if (task.matches()) {
            return new OfTask(new TaskId(Integer.parseInt(task.group(1))));
        }
        Matcher log = LOG_URI.matcher(uri);
        if (log.matches()) {
            return new OfLog(
                    log.group(1).toLowerCase(Locale.ROOT),
                    JobOutput.Stream.parse(log.group(2)),
                    log.group(3) == null ? null : Long.valueOf(log.group(3)));
        }
        throw Problem.notFound(
                "there is no resource " + Excerpt.line(uri, SHOWN_CHARS_MAX),
                "The resources are " + FORMS + ".");
    }

    static String of(TaskId id) {
        return "bellhop://task/" + id.number();
    }

    static String of(Job job, JobOutput.Stream stream) {
        return "bellhop://job/%s/%s".formatted(job.id(), stream.word());
    }
}
