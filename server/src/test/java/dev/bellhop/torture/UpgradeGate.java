package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/// What earlier versions left, opened by this one; and what a later one left, which is refused.
///
/// [UpgradeFixture] makes what is opened.
final class UpgradeGate implements Trial {

    /// The versions whose tasks and state lie beside this class.
    static final List<String> VERSIONS = List.of("dd31db9");

    /// A task that another program wrote, with keys of its own.
    static final String FOREIGN =
            """
            {
              "id": 7,
              "subject": "from elsewhere",
              "description": "",
              "status": "pending",
              "blockedBy": [],
              "owner": "",
              "x-team": {"name": "küche", "size": 1.50, "none": null},
              "estimate": 12345678901234567890.10
            }
            """;

    private static final Pattern JOB = Pattern.compile("\\b([0-9a-f]{8})\\b");

    @Override
    public String id() {
        return "R21";
    }

    @Override
    public String about() {
        return "what earlier and later versions left";
    }

    @Override
    public int shortCycles() {
        return VERSIONS.size();
    }

    @Override
    public int fullCycles() {
        return VERSIONS.size();
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        for (String version : VERSIONS) {
            findings.cycle();
            Findings found = new Findings();
            earlier(unpacked(version, "from-" + version, round), found);
            later(unpacked(version, "later-" + version, round), found);
            findings.add(found, version + ": ");
        }
        return findings.outcome();
    }

    private static Place unpacked(String version, String name, Round round) throws IOException {
        Place place = Place.in(round, name);
        Path state =
                place.stateHome()
                        .resolve("bellhop")
                        .resolve("project-" + digest(place.project().toString()));
        String file = version + ".zip";
        try (InputStream resource = UpgradeGate.class.getResourceAsStream(file)) {
            if (resource == null) {
                throw new IOException("there is no " + file);
            }
            ZipInputStream zip = new ZipInputStream(resource);
            for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
                String path = entry.getName();
                Path target =
                        path.startsWith("tasks/")
                                ? place.tasks().resolve(path.substring("tasks/".length()))
                                : state.resolve(path.substring("state/".length()));
                Files.createDirectories(target.getParent());
                Files.write(target, zip.readAllBytes());
                Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rw-------"));
            }
        }
        return place;
    }

    /// As the product names its state directories.
    private static String digest(String text) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash, 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void earlier(Place place, Findings findings) throws IOException {
        Map<String, byte[]> before = files(place);
        findings.require(before.size() == 4, "these tasks are there: " + before.keySet());
        try (Agent agent = place.agent("s")) {
            Agent.Answer list = agent.call("task_list", Map.of());
            findings.checked(1);
            for (String task :
                    List.of(
                            "#7: from",
                            "[x] #8: lay",
                            "#9: cook",
                            "#10: eat",
                            "(blocked by: [9])")) {
                findings.require(list.text().contains(task), task + " is missing: " + list.text());
            }
            Map<String, byte[]> after = files(place);
            findings.require(
                    before.keySet().equals(after.keySet())
                            && before.keySet().stream()
                                    .allMatch(name ->
                                            Arrays.equals(before.get(name), after.get(name))),
                    "reading has changed a file");
            Agent.Answer jobs = agent.call("check_background", Map.of());
            Matcher id = JOB.matcher(jobs.text());
            findings.require(
                    id.find() && jobs.text().contains("fixture-output"),
                    "the job is missing: " + jobs.text());
            if (id.reset().find()) {
                String job = agent.call("check_background", Map.of("task_id", id.group(1))).text();
                findings.require(
                        job.contains("exit 3") && job.contains("fixture-output"),
                        "the job's end is missing: " + job);
            }
            Agent.Answer changed =
                    agent.call("task_update", Map.of("task_id", 7, "note", "seen by this one"));
            findings.require(!changed.isError(), "it cannot be changed: " + changed.text());
            requireForeignKeys(place.task(7), findings);
            Agent.Answer created = agent.call("task_create", Map.of("subject", "new"));
            findings.require(
                    created.text().contains("#11:"), "the next id is wrong: " + created.text());
        }
    }

    private static void requireForeignKeys(Path file, Findings findings) throws IOException {
        String text = Files.readString(file);
        findings.require(
                text.contains("12345678901234567890.10") && text.contains("1.50"),
                "numbers of others were changed: " + text);
        JsonNode was = new ObjectMapper().readTree(FOREIGN);
        JsonNode is = new ObjectMapper().readTree(text);
        for (String key : List.of("id", "x-team", "estimate", "subject")) {
            findings.require(
                    was.get(key).equals(is.get(key)), "%s was changed: %s".formatted(key, text));
        }
    }

    /// A database of a later version is refused in clear words, and left alone.
    private static void later(Place place, Findings findings) throws IOException, SQLException {
        Path database = place.state().orElseThrow().resolve("bellhop.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
                Statement statement = connection.createStatement()) {
            statement.execute("pragma user_version = 99");
            statement.execute("pragma wal_checkpoint(truncate)");
        }
        byte[] before = Files.readAllBytes(database);
        try (Agent agent = place.agent("s")) {
            Agent.Answer refused = agent.call("task_create", Map.of("subject", "never"));
            findings.checked(1);
            findings.require(
                    refused.isError() && refused.text().contains("later Bellhop"),
                    "it is not refused: " + refused.text());
            Agent.Answer list = agent.call("task_list", Map.of());
            findings.require(
                    list.text().contains("#7: from"), "reading tasks fails: " + list.text());
        }
        findings.require(
                Arrays.equals(before, Files.readAllBytes(database)), "the database was changed");
        findings.require(!Files.exists(place.task(11)), "a task was created all the same");
    }

    private static Map<String, byte[]> files(Place place) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        try (Stream<Path> found = Files.list(place.tasks())) {
            for (Path file : found.filter(each -> each.toString().endsWith(".json")).toList()) {
                files.put(String.valueOf(file.getFileName()), Files.readAllBytes(file));
            }
        }
        return files;
    }
}
