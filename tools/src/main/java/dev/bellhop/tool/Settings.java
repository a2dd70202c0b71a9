package dev.bellhop.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.bellhop.base.Problem;
import dev.bellhop.job.JobLimits;
import dev.bellhop.sink.Sink;
import dev.bellhop.task.StrictJson;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.stream.Stream;

/// What the user has set, for all projects.
///
/// @param mask more names of environment variables whose values are never shown
/// @param lease how long a claim holds after the last call of who made it
/// @param routes which agents are given which tasks
/// @param sinks by their names, where to tell what happens
/// @param warnings what is in the file and means nothing, a sentence each
public record Settings(
        JobLimits jobs,
        List<String> mask,
        Duration lease,
        Routes routes,
        SequencedMap<String, Sink> sinks,
        List<String> warnings) {

    /// Where there is no file.
    public static final Settings DEFAULT =
            new Settings(
                    JobLimits.DEFAULT,
                    List.of(),
                    Duration.ofMinutes(10),
                    Routes.NONE,
                    new LinkedHashMap<>(),
                    List.of());

    private static final String JOBS = "jobs";
    private static final String MASK = "mask";
    private static final String CLAIMS = "claims";
    private static final String ROUTES = "routes";
    private static final String TYPES = "types";
    private static final String DEFAULT_ROUTE = "default";
    private static final String LIMITS = "limits";
    private static final String SINKS = "sinks";
    private static final String SANDBOX = "sandbox";
    private static final String NO_SANDBOX = "none";
    private static final String BWRAP = "bwrap";

    /// A whole number below `jobs`.
    private record Count(String name, long min, long max, long otherwise) {}

    private static final Count RUNNING =
            new Count("running", 1, 10_000, JobLimits.DEFAULT.running());
    private static final Count STARTS_PER_MINUTE =
            new Count("startsPerMinute", 1, 100_000, JobLimits.DEFAULT.startsPerMinute());
    private static final Count OUTPUT_MIB =
            new Count("outputMiB", 1, 1 << 20, JobLimits.DEFAULT.outputBytes() >> 20);
    private static final Count KEEP_DAYS =
            new Count("keepDays", 0, 36_500, JobLimits.DEFAULT.keepFor().toDays());
    private static final Count KEEP_JOBS =
            new Count("keepJobs", 0, 1_000_000, JobLimits.DEFAULT.keepJobs());
    private static final Count KEEP_MIB =
            new Count("keepMiB", 0, 1 << 30, JobLimits.DEFAULT.keepBytes() >> 20);

    private static final Count LEASE =
            new Count("leaseSeconds", 1, 31_536_000, Duration.ofMinutes(10).toSeconds());

    private static final List<Count> COUNTS =
            List.of(RUNNING, STARTS_PER_MINUTE, OUTPUT_MIB, KEEP_DAYS, KEEP_JOBS, KEEP_MIB);

    public Settings {
        mask = List.copyOf(mask);
        sinks = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(sinks));
        warnings = List.copyOf(warnings);
    }

    /// Every key that means something, as the documents name it.
    public static List<String> keys() {
        return Stream.of(
                        COUNTS.stream().map(count -> JOBS + "." + count.name()),
                        Stream.of(
                                JOBS + "." + SANDBOX,
                                MASK,
                                CLAIMS + "." + LEASE.name(),
                                ROUTES,
                                SINKS))
                .flatMap(names -> names)
                .toList();
    }

    /// What is set in `file`; the defaults if there is none.
    ///
    /// @param project the directory that the file must not lie in
    /// @throws Problem `INVALID` if it says what cannot be, or if others may have written it;
    ///   `UNAVAILABLE` if it cannot be read
    static Settings read(SettingsFile file, Path project) {
        Optional<byte[]> content = file.content(project);
        return content.isEmpty() ? DEFAULT : new Reading(file).settings(content.get());
    }

    /// One reading of a file.
    private static final class Reading {
        // Here, since most have no such file, and it takes long to load.
        private static final ObjectMapper JSON =
                JsonMapper.builder(StrictJson.factory(16))
                        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                        .build();

        private final SettingsFile file;
        private final List<String> warnings = new ArrayList<>();

        private Reading(SettingsFile file) {
            this.file = file;
        }

        private Settings settings(byte[] content) {
            JsonNode root = tree(content);
            if (!root.isObject()) {
                throw Problem.invalid(
                        file.path() + " is no JSON object",
                        "Write the settings into one, such as {\"jobs\": {\"running\": 8}}.");
            }
            warnOfOthers(root, "", List.of(JOBS, MASK, CLAIMS, ROUTES, SINKS));
            return new Settings(
                    limits(object(root.path(JOBS), JOBS)),
                    mask(root.path(MASK)),
                    lease(object(root.path(CLAIMS), CLAIMS)),
                    routes(object(root.path(ROUTES), ROUTES)),
                    sinks(object(root.path(SINKS), SINKS)),
                    warnings);
        }

        private JsonNode tree(byte[] content) {
            try {
                return JSON.readTree(content);
            } catch (JsonProcessingException e) {
                throw Problem.invalid(
                        "%s is not JSON: line %d: %s"
                                .formatted(
                                        file.path(),
                                        e.getLocation() == null ? 1 : e.getLocation().getLineNr(),
                                        e.getOriginalMessage()),
                        "Mend it, or move it away to go on without settings.");
            } catch (IOException e) {
                throw new IllegalStateException("read from memory", e);
            }
        }

        private JobLimits limits(JsonNode jobs) {
            List<String> known =
                    Stream.concat(COUNTS.stream().map(Count::name), Stream.of(SANDBOX)).toList();
            warnOfOthers(jobs, JOBS + ".", known);
            return new JobLimits(
                    (int) count(jobs, JOBS, RUNNING),
                    (int) count(jobs, JOBS, STARTS_PER_MINUTE),
                    count(jobs, JOBS, OUTPUT_MIB) << 20,
                    Duration.ofDays(count(jobs, JOBS, KEEP_DAYS)),
                    (int) count(jobs, JOBS, KEEP_JOBS),
                    count(jobs, JOBS, KEEP_MIB) << 20,
                    isSandboxed(jobs.path(SANDBOX)));
        }

        private Duration lease(JsonNode claims) {
            warnOfOthers(claims, CLAIMS + ".", List.of(LEASE.name()));
            return Duration.ofSeconds(count(claims, CLAIMS, LEASE));
        }

        private long count(JsonNode object, String key, Count count) {
            JsonNode value = object.path(count.name());
            if (value.isMissingNode()) {
                return count.otherwise();
            }
            if (!value.isIntegralNumber()
                    || !value.canConvertToLong()
                    || value.longValue() < count.min()
                    || value.longValue() > count.max()) {
                throw wrong(
                        key + "." + count.name(),
                        value,
                        "Write a whole number from %d to %d, such as %d."
                                .formatted(count.min(), count.max(), count.otherwise()));
            }
            return value.longValue();
        }

        private boolean isSandboxed(JsonNode value) {
            if (value.isMissingNode() || NO_SANDBOX.equals(value.textValue())) {
                return false;
            }
            if (!BWRAP.equals(value.textValue())) {
                throw wrong(
                        JOBS + "." + SANDBOX,
                        value,
                        "Write \"%s\" or \"%s\".".formatted(NO_SANDBOX, BWRAP));
            }
            return true;
        }

        private List<String> mask(JsonNode value) {
            List<String> names = new ArrayList<>();
            boolean isGood = value.isMissingNode() || value.isArray();
            for (JsonNode name : value) {
                isGood &= name.isTextual() && name.textValue().matches("[A-Za-z_][A-Za-z0-9_]*");
                names.add(name.asText());
            }
            if (!isGood) {
                throw wrong(
                        MASK, value, "Write a list of names of variables, such as [\"MY_KEY\"].");
            }
            return names;
        }

        private Routes routes(JsonNode routes) {
            warnOfOthers(routes, ROUTES + ".", List.of(TYPES, DEFAULT_ROUTE, LIMITS));
            Map<String, String> types = new LinkedHashMap<>();
            String at = ROUTES + "." + TYPES;
            object(routes.path(TYPES), at)
                    .properties()
                    .forEach(route -> {
                        if (!route.getValue().isTextual()) {
                            throw wrong(
                                    at + "." + route.getKey(),
                                    route.getValue(),
                                    "Write the name of an agent.");
                        }
                        types.put(route.getKey(), route.getValue().textValue());
                    });
            Map<String, Integer> limits = new LinkedHashMap<>();
            String limitsAt = ROUTES + "." + LIMITS;
            object(routes.path(LIMITS), limitsAt)
                    .properties()
                    .forEach(limit -> {
                        JsonNode most = limit.getValue();
                        if (!most.isInt() || most.intValue() < 1) {
                            throw wrong(
                                    limitsAt + "." + limit.getKey(),
                                    most,
                                    "Write a whole number from 1, such as 2.");
                        }
                        limits.put(limit.getKey(), most.intValue());
                    });
            JsonNode otherwise = routes.path(DEFAULT_ROUTE);
            if (!otherwise.isMissingNode() && !otherwise.isTextual()) {
                throw wrong(ROUTES + "." + DEFAULT_ROUTE, otherwise, "Write the name of an agent.");
            }
            return new Routes(types, otherwise.textValue(), limits);
        }

        private SequencedMap<String, Sink> sinks(JsonNode value) {
            SequencedMap<String, Sink> sinks = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> sink : value.properties()) {
                if (!sink.getKey().matches("[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")) {
                    throw Problem.invalid(
                            "a sink in %s is called \"%s\"".formatted(file.path(), sink.getKey()),
                            "Use 1 to 64 letters, digits, dots, dashes and underscores.");
                }
                try {
                    sinks.put(sink.getKey(), Sink.parse(sink.getValue()));
                } catch (Problem problem) {
                    // The sink does not know where it stands.
                    throw Problem.invalid(
                            "%s.%s in %s: %s"
                                    .formatted(
                                            SINKS,
                                            sink.getKey(),
                                            file.path(),
                                            problem.getMessage()),
                            problem.hint());
                }
            }
            return sinks;
        }

        private JsonNode object(JsonNode value, String key) {
            if (value.isMissingNode()) {
                return JsonNodeFactory.instance.objectNode();
            }
            if (!value.isObject()) {
                throw wrong(key, value, "Write an object: {…}.");
            }
            return value;
        }

        private Problem wrong(String key, JsonNode value, String hint) {
            return Problem.invalid("%s in %s is %s".formatted(key, file.path(), value), hint);
        }

        private void warnOfOthers(JsonNode object, String prefix, List<String> known) {
            object.fieldNames()
                    .forEachRemaining(key -> {
                        if (!known.contains(key)) {
                            warnings.add(
                                    "%s in %s is no setting: the settings are %s"
                                            .formatted(
                                                    prefix + key,
                                                    file.path(),
                                                    String.join(", ", keys())));
                        }
                    });
        }
    }
}
