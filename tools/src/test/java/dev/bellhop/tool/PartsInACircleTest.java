package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing is a part of itself, not by way of others either.
class PartsInACircleTest {

    @TempDir Path root = Path.of("/");

    @Test
    void aPlanWithACircleOfPartsIsRefusedAndKeepsNobodyWaiting() {
        try (ProjectFolder folder = new ProjectFolder(root)) {
            // The first is a part of a circle, and not in it.
            List<Map<String, String>> tasks =
                    List.of(
                            Map.of("ref", "a", "subject", "a", "parent", "b"),
                            Map.of("ref", "b", "subject", "b", "parent", "c"),
                            Map.of("ref", "c", "subject", "c", "parent", "b"));

            assertTimeoutPreemptively(
                    Duration.ofSeconds(20),
                    () ->
                            assertEquals(
                                    "Error: b is a part of its own part - Leave one of the parents"
                                            + " out.",
                                    folder.client("s1").call("task_create", "tasks", tasks)));
        }
    }
}
