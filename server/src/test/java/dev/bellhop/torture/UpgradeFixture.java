package dev.bellhop.torture;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// Makes what [UpgradeGate] opens: tasks and state as a version of the product leaves them.
///
/// Run for each version that is given to users: `java -cp
/// server/target/test-classes:server/target/bellhop.jar dev.bellhop.torture.UpgradeFixture
/// LAUNCHER-OF-THAT-VERSION server/src/test/resources/dev/bellhop/torture/VERSION.zip`, and add the
/// version to [UpgradeGate#VERSIONS].
final class UpgradeFixture {

    private UpgradeFixture() {}

    public static void main(String[] words) throws IOException {
        Path root = Files.createTempDirectory("bellhop-fixture").toRealPath();
        Place place = new Place(root, Path.of(words[0]).toAbsolutePath(), Map.of());
        Files.createDirectories(place.tasks());
        Files.writeString(place.task(7), UpgradeGate.FOREIGN);
        try (Agent agent = place.agent("fixture")) {
            agent.call(
                    "task_create",
                    Map.of(
                            "tasks",
                            List.of(
                                    Map.of("ref", "a", "subject", "lay the table"),
                                    Map.of(
                                            "ref",
                                            "b",
                                            "subject",
                                            "cook",
                                            "blockedBy",
                                            List.of("a"),
                                            "labels",
                                            List.of("kitchen"),
                                            "priority",
                                            3),
                                    Map.of("subject", "eat", "blockedBy", List.of("a", "b")))));
            agent.call(
                    "task_update", Map.of("task_id", 8, "status", "in_progress", "owner", "ada"));
            agent.call("task_update", Map.of("task_id", 8, "status", "completed", "note", "done"));
            agent.call(
                    "background_run",
                    Map.of(
                            "command",
                            "echo fixture-output; exit 3",
                            "label",
                            "build",
                            "for_task",
                            9,
                            "wait",
                            20,
                            "idempotency_key",
                            "fixture-key"));
        }
        try (OutputStream file = Files.newOutputStream(Path.of(words[1]));
                ZipOutputStream zip = new ZipOutputStream(file)) {
            add(zip, place.tasks(), "tasks/");
            add(zip, place.state().orElseThrow(), "state/");
        }
        Place.delete(root);
    }

    private static void add(ZipOutputStream zip, Path directory, String prefix) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                zip.putNextEntry(new ZipEntry(prefix + directory.relativize(file)));
                Files.copy(file, zip);
                zip.closeEntry();
            }
        }
    }
}
