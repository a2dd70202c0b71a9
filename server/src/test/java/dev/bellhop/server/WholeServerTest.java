package dev.bellhop.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The whole product over real pipes, with everything killed that can be.
@Timeout(180)
class WholeServerTest {

    private static final Pattern LINE = Pattern.compile("\\[.] #(\\d+): ");

    @TempDir Path project = Path.of("/");

    private static String jobOf(String answer) {
        return answer.replaceAll("(?s).*task ([0-9a-f]{8}) started.*", "$1");
    }

    private void untilExists(Path file) {
        while (!Files.exists(file)) {
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
    }

    /// Prints `built`, but not before [#letGo].
    private static final Map<String, String> HELD_BACK =
            Map.of("command", "while [ ! -e go ]; do sleep 0.02; done; echo built");

    private void letGo() throws IOException {
        Files.createFile(project.resolve("go"));
    }

    @Test
    void aResultArrivesOnTopOfTheNextAnswerWhateverItIs() throws Exception {
        try (Client client = new Client(project, "s1")) {
            String job =
                    jobOf(
                            client.call(
                                    "background_run",
                                    Map.of(
                                            "command",
                                            "sleep 0.2; echo out; echo err >&2; exit 3")));
            String answer = client.call("check_background", Map.of("task_id", job, "wait", 20));
            assertTrue(
                    answer.matches("(?s)\\[exited 3, .*] sleep 0.2; .*\nout\n--- stderr\nerr"),
                    answer);

            String other = jobOf(client.call("background_run", HELD_BACK));
            letGo();
            String news;
            do {
                news = client.call("task_get", Map.of("task_id", 77));
            } while (!news.contains("[bg:"));

            assertEquals(
                    "<background-results>\n[bg:%s] completed (exit 0, T): built\n".formatted(other)
                            + "</background-results>\n"
                            + "Error: there is no task #77 - There are no tasks yet; make them with"
                            + " task_create.",
                    news.replaceAll("0, [0-9.]+ s", "0, T"));
            assertEquals("No tasks.", client.call("task_list", Map.of()));
        }
    }

    @Test
    void aKilledServersResultsReachTheNextConversation() throws Exception {
        String job;
        try (Client first = new Client(project, "s1")) {
            job =
                    jobOf(
                            first.call(
                                    "background_run",
                                    Map.of("command", "sleep 0.3; echo built; touch done")));
            first.kill();
        }
        untilExists(project.resolve("done"));
        try (Client second = new Client(project, "s2")) {
            second.call("check_background", Map.of("task_id", job, "wait", 20));
            // Told by the answer above, so it is not news any more.
            assertEquals("No tasks.", second.call("task_list", Map.of()));
        }
    }

    @Test
    void anAnswerThatMayNotHaveArrivedIsRepeatedInTheSameConversationAndSaysSo() throws Exception {
        String told;
        try (Client first = new Client(project, "s1")) {
            first.call("background_run", HELD_BACK);
            letGo();
            do {
                told = first.call("task_list", Map.of());
            } while (told.equals("No tasks."));
            first.kill();
        }
        try (Client again = new Client(project, "s1")) {
            assertEquals(
                    told.replace("\n[bg:", "\n(repeated) [bg:"), again.call("task_list", Map.of()));
            assertEquals("No tasks.", again.call("task_list", Map.of()));
        }
    }

    @Test
    void theInputEndsAndTheServerIsGoneWithinASecondWhileItsJobRunsOn() throws Exception {
        try (Client client = new Client(project, "s1")) {
            client.call("background_run", Map.of("command", "sleep 2; echo lived > proof"));
            client.send("check_background", List.of(Map.of("wait", 100)));
            long start = System.nanoTime();

            List<JsonNode> rest = client.end();

            assertEquals(1, rest.size());
            assertTrue(client.process().waitFor(1, TimeUnit.SECONDS));
            assertEquals(0, client.process().exitValue());
            assertTrue(Duration.ofNanos(System.nanoTime() - start).toSeconds() < 2);
        }
        untilExists(project.resolve("proof"));
    }

    @Test
    void twoThousandPipelinedCreatesAreAllAnsweredAndAllKept() throws Exception {
        List<Map<String, ?>> calls = new ArrayList<>();
        IntStream.range(0, 2_000).forEach(i -> calls.add(Map.of("subject", "task " + i)));
        try (Client client = new Client(project, "s1")) {
            client.send("task_create", calls);

            Set<Integer> ids = new TreeSet<>();
            for (JsonNode answer : client.end()) {
                ids.addAll(idsIn(answer.at("/result/content/0/text").asText()));
            }

            assertEquals(2_000, ids.size());
            assertEquals(ids, idsOnDisk());
        }
    }

    @Test
    void aServerKilledInTheMiddleOfCreatesLosesNothingItAcknowledged() throws Exception {
        Random random = new Random(20261121);
        Set<Integer> acknowledged = new TreeSet<>();
        for (int round = 0; round < 5; round++) {
            try (Client client = new Client(project, "s" + round)) {
                acknowledged.addAll(idsIn(client.call("task_create", Map.of("subject", "first"))));
                List<Map<String, ?>> calls = new ArrayList<>();
                IntStream.range(0, 300).forEach(i -> calls.add(Map.of("subject", "task " + i)));
                client.send("task_create", calls);
                Thread killer =
                        Thread.ofPlatform()
                                .start(() -> {
                                    LockSupport.parkNanos(
                                            TimeUnit.MILLISECONDS.toNanos(
                                                    100 + random.nextInt(300)));
                                    client.kill();
                                });
                for (JsonNode answer : client.end()) {
                    for (int id : idsIn(answer.at("/result/content/0/text").asText())) {
                        assertTrue(acknowledged.add(id), "#" + id + " was given twice");
                    }
                }
                killer.join();
            }
        }
        assertTrue(!acknowledged.isEmpty());
        assertTrue(idsOnDisk().containsAll(acknowledged));
        try (Client last = new Client(project, "last")) {
            assertTrue(!last.call("task_list", Map.of("limit", 1)).contains("unreadable"));
        }
    }

    @Test
    void aHookIsAnsweredWithNothingOrWithWhatTheClientShowsTheModel() throws Exception {
        try (Client client = new Client(project, "s1")) {
            Map<String, String> hook = Map.of("event", "PostToolBatch", "session", "s1");
            assertEquals("", client.call("inbox", hook));
            String job = jobOf(client.call("background_run", HELD_BACK));
            letGo();
            String answer;
            do {
                answer = client.call("inbox", hook);
            } while (answer.isEmpty());

            assertEquals(
                    "{\"hookSpecificOutput\":{\"hookEventName\":\"PostToolBatch\","
                            + "\"additionalContext\":\"<background-results>\\n[bg:%s] completed"
                                    .formatted(job)
                            + " (exit 0, T): built\\n</background-results>\"}}",
                    answer.replaceAll("0, [0-9.]+ s", "0, T"));
            assertEquals("", client.call("inbox", hook));
        }
    }

    private static Set<Integer> idsIn(String text) {
        return LINE.matcher(text)
                .results()
                .map((MatchResult match) -> Integer.valueOf(match.group(1)))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private Set<Integer> idsOnDisk() throws IOException {
        try (Stream<Path> files = Files.list(project.resolve(".tasks"))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith("task_"))
                    .map(name -> Integer.valueOf(name.replaceAll("\\D", "")))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }
}
