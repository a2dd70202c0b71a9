package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.base.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PromptsTest {

    private static final String ALWAYS =
            """
            - Write down with task_update and note what the next agent has to know, before you stop.
            - Set a task to completed only when it is really done, with a result; to failed with a result that says why.\
            """;

    private final ProjectFolder folder;
    private final ProjectFolder.Client client;
    private final Prompts prompts;

    PromptsTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
        client = folder.client("session-1");
        prompts = new Prompts(folder.projects);
    }

    @AfterEach
    void endAll() {
        folder.close();
    }

    private String resume(String task) {
        return prompts.text(folder.project, "resume", Map.of("task", task));
    }

    private Problem refused(String name, Map<String, String> arguments) {
        return assertThrows(Problem.class, () -> prompts.text(folder.project, name, arguments));
    }

    // ---- plan

    @Test
    void aPlanNamesItsGoalAndCallsThatWork() throws Exception {
        String text =
                prompts.text(folder.project, "plan", Map.of("goal", " 100 % faster\u001b[1m "));

        assertTrue(text.contains("\nGoal: 100 % faster\n"), text);
        assertTrue(text.contains(Prompts.PLAN_EXAMPLE), text);
        assertTrue(text.length() < 2_500, "it has " + text.length());
        for (String tool : List.of("task_list", "task_create", "task_update", "background_run")) {
            assertTrue(text.contains(tool), tool);
        }
        Map<String, Object> example =
                new ObjectMapper().readValue(Prompts.PLAN_EXAMPLE, new TypeReference<>() {});
        assertEquals(
                "[ ] #1: The parser reads all samples\n"
                        + "[ ] #2: The command line uses the parser (blocked by: [1])",
                client.good("task_create", "tasks", Objects.requireNonNull(example.get("tasks"))));
    }

    @Test
    void aLongGoalIsCutAndASecretMasked() {
        String text =
                prompts.text(
                        folder.project,
                        "plan",
                        Map.of("goal", "use ghp_" + "aB3".repeat(12) + " " + "x".repeat(50_000)));

        assertTrue(text.contains("Goal: use [masked] xxx"), text);
        assertTrue(text.length() < 4_500, "it has " + text.length());
    }

    // ---- resume

    @Test
    void aProjectIsResumedWithWhatIsInProgress() throws Exception {
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two", "blockedBy", List.of(1));
        client.good("task_create", "subject", "three");
        client.good("task_create", "subject", "four");
        client.good("task_update", "task_id", 1, "status", "in_progress", "owner", "ada");
        client.good(
                "task_update", "task_id", 4, "status", "blocked_on_human", "note", "Which colour?");
        Files.writeString(folder.project.resolve(".tasks/task_9.json"), "{");
        client.run("sleep 60");

        assertEquals(
                """
                Resume the work on this project. This is how it stands in Bellhop:

                in progress:
                [>] #1: one @ada

                ready:
                [ ] #3: three

                waiting for a person:
                [?] #4: four
                  Which colour?

                open tasks that wait: 1

                unreadable task files: 1 (task_list names them)

                running commands:
                ID: [running T s] sleep 60

                What to do:
                - Go on with #1, unless another agent is at it: task_get 1 shows what is known of it.
                - Do not start a command again that runs: check_background shows it and waits for it.
                """
                        + ALWAYS,
                ProjectFolder.steady(prompts.text(folder.project, "resume", Map.of())));
    }

    @Test
    void whatToDoFollowsFromHowItStands() {
        assertTrue(resume("").contains("- No task is open: ask what is wanted next"), resume(""));
        client.good("task_create", "subject", "one");
        client.good("task_create", "subject", "two", "priority", 3);
        assertTrue(resume("").contains("- Take #2: task_get 2, then task_update"), resume(""));
        client.good("task_update", "task_id", 1, "status", "cancelled");
        client.good("task_update", "task_id", 2, "addBlockedBy", List.of(1));
        assertTrue(resume("").contains("- Nothing is ready: see with task_list"), resume(""));
        client.good("task_create", "subject", "three");
        client.good("task_update", "task_id", 3, "status", "blocked_on_human");
        assertTrue(resume("").contains("ask what #3 waits for"), resume(""));
    }

    @Test
    void aTaskIsResumedWithWhatIsKnownOfIt() {
        client.good("task_create", "subject", "one");
        client.good(
                "task_create", "subject", "two", "description", "Do it.", "blockedBy", List.of(1));
        client.good("task_update", "task_id", 2, "note", "half of it\nis there");
        folder.awaitEnd(
                ProjectFolder.id(
                        client.good("background_run", "command", "exit 3", "for_task", 2)));

        assertEquals(
                """
                Resume the work on #2. This is how it stands in Bellhop:

                [ ] #2: two (blocked by: [1])
                Do it.

                last notes:
                test 1.0: half of it is there
                bellhop: [bg:ID] error (exit 3, T s): exit 3

                waits for:
                [ ] #1: one

                its commands:
                ID: [exited 3, T s] exit 3 for #2

                What to do:
                - It cannot be started yet: do #1 first.
                """
                        + ALWAYS,
                ProjectFolder.steady(resume("#2")));
    }

    @Test
    void everyStatusHasSomethingToDo() {
        client.good("task_create", "subject", "one");
        Map<String, String> expected =
                Map.of(
                        "pending", "Start it: task_update with task_id 1 and status in_progress.",
                        "backlog", "Start it: task_update with task_id 1 and status in_progress.",
                        "in_progress", "Go on with it",
                        "blocked_on_human", "A person has to answer first",
                        "completed", "It is completed.",
                        "failed", "It is failed. Set it to pending only if",
                        "cancelled", "It is cancelled. Set it to pending only if");
        expected.forEach((status, text) -> {
            client.good("task_update", "task_id", 1, "status", "pending");
            if (!status.equals("pending")) {
                client.good(
                        "task_update",
                        "task_id",
                        1,
                        "status",
                        status,
                        "result",
                        "so",
                        "force",
                        true);
            }
            assertTrue(resume("1").contains("\n- " + text), resume("1"));
        });
    }

    @Test
    void itIsShortWhateverThereIs() {
        client.good(
                "task_create",
                "tasks",
                IntStream.rangeClosed(1, 200)
                        .mapToObj(i ->
                                Map.of(
                                        "subject", "s".repeat(200),
                                        "description", "d".repeat(10_000),
                                        "priority", 7))
                        .toList());
        for (int i = 1; i <= 100; i++) {
            client.good("task_update", "task_id", 1, "note", i + "n".repeat(1_000));
            client.good(
                    "task_update",
                    "task_id",
                    i,
                    "status",
                    i % 2 == 0 ? "in_progress" : "blocked_on_human");
        }
        client.good(
                "task_update",
                "task_id",
                1,
                "addBlockedBy",
                IntStream.range(100, 190).boxed().toList());

        for (String text : List.of(resume(""), resume("1"))) {
            assertTrue(text.length() <= 4_000, "it has " + text.length());
            assertTrue(text.endsWith(ALWAYS), text);
            assertFalse(text.contains("characters left out …\n- "), text);
        }
        assertTrue(resume("").contains("\nin progress:\n[>] #2: sss"), resume(""));
        assertTrue(resume("").contains("\n… 46 more\n"), resume(""));
    }

    // ---- what is refused

    @Test
    void whatIsMissingOrUnknownIsNamed() {
        assertEquals(
                "Error: there is no prompt x - The prompts are plan, resume.",
                refused("x", Map.of()).text());
        assertEquals(
                "Error: `goal` is missing - Give it: What is to be reached.",
                refused("plan", Map.of()).text());
        assertEquals(Problem.Kind.INVALID, refused("plan", Map.of("goal", " ")).kind());
        assertEquals(
                "Error: resume has no argument goal - Give task.",
                refused("resume", Map.of("goal", "x")).text());
        assertEquals(Problem.Kind.INVALID, refused("resume", Map.of("task", "abc")).kind());
        assertEquals(Problem.Kind.NOT_FOUND, refused("resume", Map.of("task", "12")).kind());
    }

    @Test
    void aTaskToResumeIsCompletedWithOpenOnes() {
        client.good(
                "task_create",
                "tasks",
                IntStream.rangeClosed(1, 12).mapToObj(i -> Map.of("subject", "t" + i)).toList());
        client.good("task_update", "task_id", 1, "status", "cancelled");
        client.good("task_update", "task_id", 11, "status", "in_progress");

        assertEquals(
                List.of("11", "10", "12"), prompts.complete(folder.project, "resume", "task", "1"));
        assertEquals(List.of(), prompts.complete(folder.project, "plan", "goal", ""));
        assertThrows(Problem.class, () -> prompts.complete(folder.project, "plan", "task", ""));
        assertThrows(Problem.class, () -> prompts.complete(folder.project, "x", "task", ""));
    }
}
