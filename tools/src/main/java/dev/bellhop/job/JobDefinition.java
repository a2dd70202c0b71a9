package dev.bellhop.job;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.sink.Sink;
import dev.bellhop.store.Journal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// A job as its folder keeps it, in `job.json`: enough to start it again, and to enter it in a new
/// table when the old one is gone.
///
/// What the job reads from stdin is not in it; that is a file of its own.
///
/// @param run how often it has been started, counted from 1
/// @param author who asked for it
record JobDefinition(JobId id, int run, JobSpec spec, Journal.Author author, Instant createdAt) {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// The job as it is listed.
    Job job(JobState state) {
        JobSpec.TaskLink link = spec.link();
        return new Job(
                id,
                run,
                spec.command().shown(),
                spec.label(),
                spec.tags(),
                link == null ? null : link.task(),
                spec.directory(),
                author.consumer(),
                spec.priority(),
                createdAt,
                spec.timeout(),
                state);
    }

    JobDefinition as(JobSpec changed) {
        return new JobDefinition(id, run, changed, author, createdAt);
    }

    /// The same, to be started once more.
    ///
    /// @param nextRun the number of that run
    JobDefinition again(int nextRun, @Nullable String stdin) {
        return new JobDefinition(id, nextRun, spec.edit().stdin(stdin).done(), author, createdAt);
    }

    byte[] toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.put("id", id.text());
        json.put("run", run);
        switch (spec.command()) {
            case CommandLine.Shell(String line) -> json.put("command", line);
            case CommandLine.Argv(List<String> argv) -> argv.forEach(json.putArray("command")::add);
        }
        json.put("directory", spec.directory().toString());
        spec.environment().forEach(json.putObject("environment")::put);
        json.put("timeoutSeconds", spec.timeout().toSeconds());
        json.put("killAfterMillis", spec.killAfter().toMillis());
        json.put("priority", spec.priority());
        json.put("label", spec.label());
        spec.tags().forEach(json.putArray("tags")::add);
        JobSpec.TaskLink link = spec.link();
        if (link != null) {
            json.putObject("link")
                    .put("task", link.task())
                    .put("completes", link.completes())
                    .put("fails", link.fails())
                    .put("round", link.round())
                    .put("asked", link.asked());
        }
        JobSpec.Notices notices = spec.notices();
        if (!notices.equals(JobSpec.Notices.NONE)) {
            ObjectNode told = json.putObject("notices");
            notices.patterns().forEach(told.putArray("patterns")::add);
            if (notices.silence() != null) {
                told.put("silenceSeconds", notices.silence().toSeconds());
            }
            ArrayNode sinks = told.putArray("sinks");
            notices.sinks().forEach(sink -> sinks.add(sink.toJson()));
        }
        JobSpec.RequestKey key = spec.requestKey();
        if (key != null) {
            json.putObject("requestKey").put("key", key.key()).put("payload", key.payload());
        }
        json.put("startedBy", author.consumer());
        json.put("client", author.client());
        json.put("createdAt", createdAt.toString());
        try {
            return JSON.writeValueAsBytes(json);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    /// As [#toJson] wrote it; empty if `bytes` is not that.
    static Optional<JobDefinition> parse(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(bytes);
            return json.isObject() ? Optional.of(parse(json)) : Optional.empty();
        } catch (IOException | DateTimeException | IllegalArgumentException | Problem e) {
            return Optional.empty();
        }
    }

    private static JobDefinition parse(JsonNode json) {
        SequencedMap<String, String> environment = new LinkedHashMap<>();
        json.path("environment")
                .properties()
                .forEach(entry -> environment.put(entry.getKey(), entry.getValue().asText()));
        JobSpec spec =
                JobSpec.of(
                                command(json.path("command")),
                                Path.of(json.required("directory").asText()))
                        .edit()
                        .environment(environment)
                        .timeout(Duration.ofSeconds(json.path("timeoutSeconds").asLong()))
                        .killAfter(Duration.ofMillis(json.path("killAfterMillis").asLong()))
                        .priority(json.path("priority").asInt())
                        .label(json.path("label").isTextual() ? json.get("label").asText() : null)
                        .tags(texts(json.path("tags")))
                        .link(link(json.path("link")))
                        .notices(notices(json.path("notices")))
                        .requestKey(key(json.path("requestKey")))
                        .done();
        return new JobDefinition(
                new JobId(json.path("id").asText()),
                json.path("run").asInt(1),
                spec,
                new Journal.Author(json.path("startedBy").asText(), json.path("client").asText()),
                Instant.parse(json.path("createdAt").asText()));
    }

    private static CommandLine command(JsonNode json) {
        return json.isArray()
                ? new CommandLine.Argv(texts(json))
                : new CommandLine.Shell(json.asText());
    }

    private static JobSpec.@Nullable TaskLink link(JsonNode json) {
        return json.isObject()
                ? new JobSpec.TaskLink(
                        json.path("task").asInt(),
                        json.path("completes").asBoolean(),
                        json.path("fails").asBoolean(),
                        json.path("round").asInt(),
                        json.path("asked").asText())
                : null;
    }

    private static JobSpec.Notices notices(JsonNode json) {
        JsonNode silence = json.path("silenceSeconds");
        List<Sink> sinks = new ArrayList<>();
        json.path("sinks").forEach(sink -> sinks.add(Sink.parse(sink)));
        return new JobSpec.Notices(
                texts(json.path("patterns")),
                silence.isNumber() ? Duration.ofSeconds(silence.asLong()) : null,
                sinks);
    }

    private static JobSpec.@Nullable RequestKey key(JsonNode json) {
        return json.isObject()
                ? new JobSpec.RequestKey(json.path("key").asText(), json.path("payload").asText())
                : null;
    }

    private static List<String> texts(JsonNode array) {
        List<String> texts = new ArrayList<>();
        if (array instanceof ArrayNode elements) {
            elements.forEach(element -> texts.add(element.asText()));
        }
        return texts;
    }
}
