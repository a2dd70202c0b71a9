package dev.bellhop.tool;

import static dev.bellhop.tool.ProjectFolder.id;
import static dev.bellhop.tool.ProjectFolder.steady;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.job.Job;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several servers on one project, side by side and one after the other.
final class SeveralServersTest {

    private static final Pattern NEWS =
            Pattern.compile("(?m)^(\\(repeated\\) )?\\[bg:([0-9a-f]{8})\\]");

    private final ProjectFolder folder;

    SeveralServersTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    private long ends(String id) {
        return folder.opened().journal().about(id, 100).stream()
                .filter(entry -> entry.event().equals("ended"))
                .count();
    }

    /// Notes what an answer tells: `new` or `repeated`, for each time.
    private static void note(String answer, Map<String, List<String>> told) {
        Matcher matcher = NEWS.matcher(answer);
        while (matcher.find()) {
            told.computeIfAbsent(matcher.group(2), _ -> new ArrayList<>())
                    .add(matcher.group(1) == null ? "new" : "repeated");
        }
    }

    /// `told` if it was told as new once at most, and to somebody. (Of an answer that a server had
    /// made and not sent nobody saw that it was new.)
    private static String once(List<String> told) {
        return !told.isEmpty() && told.lastIndexOf("new") <= 0 ? "told" : told.toString();
    }

    /// Servers with twenty jobs each are killed, one after the other, each at a random moment.
    @Test
    void afterTwentyKilledServersEveryAcknowledgedJobHasItsEndAndItsOutputAndIsToldOnce()
            throws Exception {
        Random random = new Random(11);
        Map<String, Integer> numbers = new TreeMap<>();
        Map<String, List<String>> told = new TreeMap<>();
        OtherServer next = OtherServer.start(folder.root, "server 0");
        for (int round = 0; round < 20; round++) {
            OtherServer server = next;
            next = OtherServer.start(folder.root, "server " + (round + 1));
            List<String> answers = new ArrayList<>();
            answers.add(server.call("task_list"));
            for (int i = 0; i < 20; i++) {
                int number = round * 20 + i;
                server.send(
                        "background_run",
                        "command",
                        "sleep 0.%d; echo job %d; exit %d"
                                .formatted(random.nextInt(5), number, number % 100),
                        "label",
                        "n" + number,
                        "timeout",
                        "0");
            }
            for (int read = random.nextInt(21); read > 0; read--) {
                answers.add(String.valueOf(server.answer()));
            }
            LockSupport.parkNanos(random.nextInt(20_000_000)); // The moment.
            answers.addAll(server.killed());
            for (String answer : answers) {
                note(answer, told);
                Matcher started =
                        Pattern.compile("Background task (\\w{8}) started: .*echo job (\\d+);")
                                .matcher(answer);
                if (started.find()) {
                    numbers.put(started.group(1), Integer.parseInt(started.group(2)));
                }
            }
        }
        next.close();
        ProjectFolder.Client client = folder.client("the last one");
        ProjectFolder.await(() ->
                folder.opened().jobs().newest(1_000).stream()
                        .allMatch(job -> job.state().isOver()));
        for (String answer = client.good("inbox");
                !answer.equals("No notifications.");
                answer = client.good("inbox")) {
            note(answer, told);
        }

        Map<String, String> expected = new TreeMap<>();
        Map<String, String> found = new TreeMap<>();
        numbers.forEach((id, number) -> {
            Job job = folder.opened().jobs().get(id);
            expected.put(id, "exited %d, job %d, entered 1, told".formatted(number % 100, number));
            found.put(
                    id,
                    "%s, %s, entered %d, %s"
                            .formatted(
                                    job.state().word(),
                                    folder.opened().jobs().output(job).tail(500),
                                    ends(id),
                                    once(told.getOrDefault(id, List.of()))));
        });
        assertEquals(expected, found);
        assertTrue(numbers.size() > 100, "too few were started: " + numbers.size());
    }

    @Test
    void anEndIsEnteredOnceAndToldOnceToWhoStartedTheJobWhileItLives() throws Exception {
        ProjectFolder.Client here = folder.client("here");
        try (OtherServer there = OtherServer.start(folder.root, "there")) {
            String wait = "until [ -e ../now ]; do sleep 0.02; done; ";
            String id = id(there.call("background_run", "command", wait + "echo theirs"));
            String own = here.run(wait + "echo mine");
            Files.createFile(folder.root.resolve("now"));
            folder.awaitEnd(id);
            folder.awaitEnd(own);

            assertEquals(
                    "<background-results>\n[bg:ID] completed (exit 0, T s): mine\n"
                            + "</background-results>\nNo tasks.",
                    steady(here.good("task_list")));
            assertEquals("No tasks.", here.good("task_list"));
            assertEquals(
                    "<background-results>\n[bg:ID] completed (exit 0, T s): theirs\n"
                            + "</background-results>\nNo tasks.",
                    steady(there.call("task_list")));
            assertEquals("No tasks.", there.call("task_list"));
            assertEquals(List.of(1L, 1L), List.of(ends(id), ends(own)));
        }
        assertEquals("No tasks.", here.good("task_list"));
    }

    @Test
    void aConversationThatIsRenamedTakesItsNewsAlong() {
        ProjectFolder.Client client = folder.client("process 1");
        folder.runThenEnd(client, "echo done");

        assertEquals(
                "<background-results>\n[bg:ID] completed (exit 0, T s): done\n</background-results>",
                steady(client.good("inbox", "session", "session-1")));
        assertEquals("session-1", client.conversation().consumer());
        assertEquals("No notifications.", client.good("inbox"));
    }

    @Test
    void anObserverChangesNothing() throws Exception {
        ProjectFolder.Client client = folder.client("session-1");
        String id = folder.runThenEnd(client, "echo done");
        ProjectFolder.Client person = folder.observer();

        for (int i = 0; i < 2; i++) {
            assertEquals("[bg:ID] completed (exit 0, T s): done", steady(person.good("inbox")));
            assertEquals("No tasks.", person.good("task_list"));
            assertTrue(person.good("check_background", "task_id", id).endsWith("\ndone"));
        }
        assertTrue(client.good("task_list").startsWith("<background-results>\n[bg:" + id));
        assertTrue(Files.isDirectory(folder.jobFolder(id)));
    }

    @Test
    void aServerThatStartsLaterEndsAJobWhoseTimeIsUpAndWaitsForOneThatRuns() {
        String late;
        String running;
        try (OtherServer server = OtherServer.start(folder.root, "server 0")) {
            late = id(server.call("background_run", "command", "sleep 1000", "timeout", "1"));
            running = id(server.call("background_run", "command", "sleep 0.5; echo adopted"));
        }
        ProjectFolder.Client client = folder.client("session-1");

        assertTrue(
                client.good("check_background", "task_id", running, "wait", 30)
                        .endsWith("\nadopted"));
        folder.awaitEnd(late);
        assertEquals("timeout", folder.opened().jobs().get(late).state().word());
        assertEquals(1, ends(late));
    }
}
