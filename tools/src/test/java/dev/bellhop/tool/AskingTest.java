package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Hangup;
import dev.bellhop.base.Problem;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A task that asks a person, and the ways in which they answer.
final class AskingTest {

    private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

    private final AtomicReference<Instant> now = new AtomicReference<>(NOW);
    private final ProjectFolder folder;
    private final List<String> asked = new ArrayList<>();

    AskingTest(@TempDir Path root) {
        this.folder = new ProjectFolder(root, now::get);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    private String answer(String id, String text) {
        return Asking.answered(folder.opened(), id, text, "eve", "bellhop 1.0");
    }

    private String ask(ProjectFolder.Client agent, String question) {
        return agent.good(
                "task_update",
                "task_id",
                1,
                "status",
                "blocked_on_human",
                "question",
                question,
                "options",
                List.of("Postgres", "SQLite"));
    }

    /// Asks through a client whose person gives `said`.
    private String askAtOnce(Asker.Said said) {
        return askAtOnce((_, message, options, _) -> {
            asked.add(message + " " + options);
            return said;
        });
    }

    private String askAtOnce(Asker asker) {
        return new Toolbox(Toolbox.standard(), folder.projects)
                .call(
                        "task_update",
                        Map.of("task_id", 1, "question", "Which database?"),
                        new Caller(
                                folder.project,
                                "test 1.0",
                                new Conversation("session-1"),
                                null,
                                Duration.ofSeconds(60),
                                new Hangup(),
                                asker,
                                System.nanoTime()))
                .text();
    }

    @Test
    void aPersonAnswersAndTheAskerIsToldAndTheWorkGoesOn() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        agent.good("task_update", "task_id", 1, "claim", true);

        assertEquals(
                """
                [?] #1: Choose @test
                A person answers with: bellhop answer 1 TEXT. You are told; go on with other work.\
                """,
                ask(agent, "Which database?"));
        assertEquals("No tasks match; 1 in all.", agent.good("task_list", "ready", true));
        assertEquals(
                "[?] #1: Choose @test\n    Which database?\n    1. Postgres\n    2. SQLite",
                Asking.open(folder.opened()));

        assertEquals("[>] #1: Choose @test", answer("1", "2"));

        assertEquals("", Asking.open(folder.opened()));
        assertEquals("[>] #1: Choose @test", folder.client("session-2").good("task_list"));
        assertEquals(
                """
                <background-results>
                [question] #1 answered by eve: SQLite (asked: Which database?)
                </background-results>
                [>] #1: Choose @test\
                """,
                agent.good("task_list"));
        String told = agent.good("task_get", "task_id", 1);
        assertTrue(told.contains("answer: SQLite (eve, 2026-01-31T12:00:00Z"), told);
        assertTrue(told.contains("by bellhop 1.0: answered"), told);
    }

    @Test
    void nobodyIsAskedTwice() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        ask(agent, "Which database?");
        answer("1", "use Postgres");

        assertEquals(
                """
                <background-results>
                [question] #1 answered by eve: use Postgres (asked: Which database?)
                </background-results>
                [ ] #1: Choose
                answered before by eve: use Postgres\
                """,
                ask(agent, "which  DATABASE?"));
        Problem refused = assertThrows(Problem.class, () -> answer("1", "again"));
        assertEquals("#1 asks nothing", refused.getMessage());
    }

    @Test
    void aTaskThatNobodyHasIsReadyOnceItIsAnswered() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        agent.good("task_update", "task_id", 1, "status", "blocked_on_human");

        assertEquals("[ ] #1: Choose", answer("#1", "yes"));

        assertTrue(agent.good("task_list", "ready", true).endsWith("[ ] #1: Choose"));
        assertThrows(Problem.class, () -> answer("7", "yes"));
    }

    @Test
    void aQuestionThatLapsesIsAnsweredWithItsDefault() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        agent.good(
                "task_update",
                "task_id",
                1,
                "question",
                "Which database?",
                "expires_at",
                NOW.plusSeconds(60).toString(),
                "default",
                "SQLite");
        assertTrue(agent.good("task_list").startsWith("[?] #1"));

        now.set(NOW.plusSeconds(61));

        assertEquals(
                """
                <background-results>
                [question] #1 answered by bellhop: SQLite (asked: Which database?)
                </background-results>
                [ ] #1: Choose\
                """,
                agent.good("task_list"));
    }

    @Test
    void aQuestionThatLapsesWithoutADefaultIsOverAndCanBeAskedAgain() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        Object[] asks = {
            "task_id",
            1,
            "question",
            "Which?",
            "default",
            " ",
            "expires_at",
            NOW.plusSeconds(60).toString()
        };
        agent.good("task_update", asks);
        agent.good("task_update", "task_id", 1, "status", "blocked_on_human");
        assertTrue(Asking.open(folder.opened()).contains("    Which?"));

        now.set(NOW.plusSeconds(61));

        assertTrue(agent.good("task_list").contains("bellhop: (nobody answered in time)"));
        assertTrue(agent.good("task_update", asks).contains("[?] #1"));
    }

    // ---- at once

    @Test
    void thePersonInFrontOfTheClientAnswersAtOnce() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");

        assertEquals("[ ] #1: Choose\nanswer: SQLite", askAtOnce(new Asker.Said.Text("SQLite")));

        assertEquals(List.of("Task #1 (Choose) asks: Which database? []"), asked);
        assertEquals("[ ] #1: Choose", agent.good("task_list"));
    }

    @Test
    void whatIsSaidToAQuestionThatIsNotAskedAnyMoreAnswersNoOther() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");

        String told =
                askAtOnce((_, _, _, _) -> {
                    answer("1", "Postgres");
                    folder.client("session-2")
                            .good("task_update", "task_id", 1, "question", "Delete it?");
                    return new Asker.Said.Text("yes");
                });

        assertEquals("[?] #1: Choose\nanswer: Postgres\n(said too late, and not taken: yes)", told);
        assertEquals("[?] #1: Choose\n    Delete it?", Asking.open(folder.opened()));
    }

    @Test
    void whatIsSaidToAQuestionThatWasWithdrawnDoesNotAnswerTheSameAskedAgain() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        List<String> keys = new ArrayList<>();
        Asker asker =
                (key, _, _, _) -> {
                    keys.add(key);
                    if (keys.size() == 1) {
                        agent.good("task_update", "task_id", 1, "status", "pending");
                        now.set(NOW.plusSeconds(1));
                        agent.good("task_update", "task_id", 1, "question", "Which database?");
                    }
                    return new Asker.Said.Text("SQLite");
                };

        assertEquals("[?] #1: Choose\n(said too late, and not taken: SQLite)", askAtOnce(asker));
        assertEquals("[ ] #1: Choose\nanswer: SQLite", askAtOnce(asker));
        assertEquals(2, keys.stream().distinct().count());
    }

    @Test
    void aCallAsksItsOwnQuestionAndNoOther() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        agent.good("task_update", "task_id", 1, "question", "Which database?");
        answer("1", "Postgres");
        agent.good("task_update", "task_id", 1, "question", "Delete it?");

        String told = askAtOnce(new Asker.Said.Text("yes"));

        assertTrue(told.endsWith("[?] #1: Choose\nanswered before by eve: Postgres"), told);
        assertEquals(List.of(), asked);
    }

    @Test
    void whoDeclinesIsNotAskedAgainAndCanAnswerElsewhere() {
        ProjectFolder.Client agent = folder.client("session-1");
        agent.good("task_create", "subject", "Choose");
        Asker.Said declined = new Asker.Said.Nothing("they declined");

        assertTrue(askAtOnce(declined).startsWith("[?] #1: Choose\nA person answers with"));
        assertTrue(askAtOnce(declined).startsWith("[?] #1: Choose\nA person answers with"));

        assertEquals(1, asked.size());
        String told = agent.good("task_get", "task_id", 1);
        assertTrue(
                told.contains("asked a person at once (2026-01-31T12:00:00Z): they declined"),
                told);
        assertEquals("[ ] #1: Choose", answer("1", "SQLite"));
    }
}
