package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.store.Journal;
import dev.bellhop.task.Status;
import dev.bellhop.task.TaskId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Several agents, and persons, who take tasks of one graph.
final class ClaimsTest {

    private static final Pattern TOKEN = Pattern.compile("claim_token: ([0-9a-f]+)");

    private final ProjectFolder folder;
    private final Path root;

    ClaimsTest(@TempDir Path root) {
        this.root = root;
        this.folder = new ProjectFolder(root);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    private ProjectFolder.Client agent(String consumer, Abilities abilities) {
        return new ProjectFolder.Client(
                folder.projects, folder.project, new Conversation(consumer, abilities));
    }

    private ProjectFolder.Client agent(String name) {
        return agent("session-" + name, new Abilities(name, null, List.of()));
    }

    private ProjectFolder.Client person() {
        return new ProjectFolder.Client(
                folder.projects, folder.project, Conversation.ofPerson("eve"));
    }

    private void settings(String json) throws IOException {
        Path file = root.resolve(".config/bellhop/config.json");
        Files.createDirectories(file.getParent());
        Files.writeString(file, json.replace('\'', '"'));
    }

    private static String token(String answer) {
        Matcher matcher = TOKEN.matcher(answer);
        assertTrue(matcher.find(), answer);
        return matcher.group(1);
    }

    private String line(int id) {
        return agent("looker").good("task_list").lines().skip(id - 1L).findFirst().orElseThrow();
    }

    // ---- one has it

    @Test
    void whatOneHasClaimedNoOtherCanTakeOrEnd() {
        agent("ada").good("task_create", "subject", "one");
        String token = token(agent("ada").good("task_update", "task_id", 1, "claim", true));

        assertEquals("[>] #1: one @ada", line(1));
        String refused = agent("bob").call("task_update", "task_id", 1, "claim", true);
        assertTrue(refused.startsWith("Error: #1 is claimed: @ada has it since "), refused);
        for (String status : List.of("completed", "pending", "cancelled")) {
            refused = agent("bob").call("task_update", "task_id", 1, "status", status);
            assertTrue(refused.startsWith("Error: #1 is claimed: @ada has it"), refused);
        }
        agent("bob").good("task_update", "task_id", 1, "note", "what bob knows of it");
        assertEquals(
                "[x] #1: one @ada",
                agent("bob")
                        .good(
                                "task_update",
                                "task_id",
                                1,
                                "status",
                                "completed",
                                "claim_token",
                                token));
    }

    @Test
    void aClaimAskedForAgainIsTheSame() {
        agent("ada").good("task_create", "subject", "one");
        String token = token(agent("ada").good("task_update", "task_id", 1, "claim", true));

        assertEquals(token, token(agent("ada").good("task_update", "task_id", 1, "claim", true)));
    }

    @Test
    void aRepeatedCompletionChangesNothingAndOneThatIsLateIsRefused() {
        agent("ada").good("task_create", "subject", "one");
        String late = token(agent("ada").good("task_update", "task_id", 1, "claim", true));
        agent("ada").good("task_update", "task_id", 1, "status", "pending");
        String token = token(agent("bob").good("task_update", "task_id", 1, "claim", true));
        Object[] done = {"task_id", 1, "status", "completed", "claim_token", token};

        String refused =
                agent("ada")
                        .call(
                                "task_update",
                                "task_id",
                                1,
                                "status",
                                "completed",
                                "claim_token",
                                late);

        assertTrue(
                refused.startsWith(
                        "Error: claim_token %s of #1 is not valid any more: @bob has it"
                                .formatted(late)),
                refused);
        assertEquals("[x] #1: one @bob", agent("bob").good("task_update", done));
        String before = read(1);
        assertEquals("[x] #1: one @bob", agent("bob").good("task_update", done));
        assertEquals(before, read(1));
        refused =
                agent("ada")
                        .call(
                                "task_update",
                                "task_id",
                                1,
                                "status",
                                "completed",
                                "claim_token",
                                late);
        assertTrue(refused.contains("it is completed, by @bob"), refused);
    }

    private String read(int id) {
        try {
            return Files.readString(folder.project.resolve(".tasks/task_%d.json".formatted(id)));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void onlyWhatCanBeStartedCanBeClaimed() {
        agent("ada").good("task_create", "subject", "one");
        agent("ada").good("task_create", "subject", "two", "blockedBy", List.of(1));
        agent("ada").good("task_create", "subject", "three", "owner", "eve");
        agent("ada").good("task_create", "subject", "four");
        agent("ada").good("task_update", "task_id", 4, "status", "completed");

        assertTrue(claim(2).startsWith("Error: #2 waits for #1"), claim(2));
        assertTrue(claim(3).startsWith("Error: #3 belongs to @eve"), claim(3));
        assertTrue(claim(4).startsWith("Error: #4 is completed"), claim(4));
        assertTrue(claim(9).startsWith("Error: there is no task #9"), claim(9));
    }

    private String claim(int id) {
        return agent("ada").call("task_update", "task_id", id, "claim", true);
    }

    @Test
    void aClaimThatAnEditLeftBehindHoldsNobodyUp() throws Exception {
        agent("ada").good("task_create", "subject", "one");
        agent("ada").good("task_update", "task_id", 1, "claim", true);
        Files.writeString(
                folder.project.resolve(".tasks/task_1.json"),
                read(1).replace("in_progress", "pending")
                        .replace("\"owner\": \"ada\"", "\"owner\": \"\""));

        assertTrue(next(agent("bob")).startsWith("[>] #1: one @bob"));
    }

    @Test
    void whatAPersonTakesOverIsTheirs() {
        agent("ada").good("task_create", "subject", "one");
        String token = token(agent("ada").good("task_update", "task_id", 1, "claim", true));

        person().good("task_update", "task_id", 1, "owner", "eve");

        assertEquals("[>] #1: one @eve", line(1));
        assertTrue(
                agent("ada")
                        .call(
                                "task_update",
                                "task_id",
                                1,
                                "status",
                                "completed",
                                "claim_token",
                                token)
                        .contains("Error: claim_token"));
    }

    @Test
    void whoseWorkIsEndedBySomebodyElseIsTold() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one");
        ada.good("task_create", "subject", "two");
        ada.good(
                "task_create",
                "subject",
                "three",
                "blockedBy",
                List.of(2),
                "on_dep_failure",
                "cancel");
        ada.good("task_update", "task_id", 1, "claim", true);
        ada.good("task_update", "task_id", 3, "status", "in_progress", "force", true);
        ada.good("task_update", "task_id", 3, "claim", true, "force", true);

        person().good("task_update", "task_id", 1, "claim", true);
        agent("bob")
                .good("task_update", "task_id", 2, "status", "failed", "result", "it cannot be");

        assertEquals(
                """
                <background-results>
                [lease] the claim of @ada on #1 was ended by eve: it is in_progress, and @eve has it
                [lease] the claim of @ada on #3 was ended by test 1.0: it is cancelled
                </background-results>
                [>] #1: one @eve\
                """,
                ada.good("task_list", "limit", 1).replaceAll("(?s)\n… .*", ""));
    }

    @Test
    void whoOwnsWhatWasBlockedIsToldWhenSomebodyElseFreesIt() {
        ProjectFolder.Client ada = agent("ada");
        ProjectFolder.Client bob = agent("bob");
        bob.good("task_create", "subject", "one");
        bob.good("task_create", "subject", "two");
        ada.good("task_create", "subject", "three", "blockedBy", List.of(2), "owner", "bob");
        ada.good("task_create", "subject", "four", "blockedBy", List.of(2));
        bob.good("task_update", "task_id", 1, "claim", true);

        assertEquals(
                "[x] #2: two\nunblocked: #3, #4",
                ada.good("task_update", "task_id", 2, "status", "completed"));

        assertEquals(
                """
                <background-results>
                [task] #3 waits for nothing any more: #2 is completed
                </background-results>
                [>] #1: one @bob\
                """,
                bob.good("task_list", "owner", "bob", "status", "in_progress"));
    }

    @Test
    void noAgentAsksInTheTimeOfAnotherOrMakesAPersonOfItself() {
        agent("ada").good("task_create", "subject", "one");
        agent("ada").good("task_update", "task_id", 1, "claim", true);
        ProjectFolder.Client bob = agent("bob");

        assertTrue(
                bob.call("task_update", "task_id", 1, "question", "Why?")
                        .startsWith("Error: #1 is claimed"));
        bob.call("inbox", "event", "SessionStart", "session", "person:eve");
        assertTrue(
                bob.call("task_update", "task_id", 1, "status", "completed")
                        .startsWith("Error: #1 is claimed"));
    }

    @Test
    void aConversationThatGoesOnUnderAnotherNameKeepsWhatItHas() {
        agent("ada").good("task_create", "subject", "one");
        String token = token(agent("ada").good("task_update", "task_id", 1, "claim", true));
        ProjectFolder.Client later = agent("later", new Abilities("ada", null, List.of()));

        later.good("task_update", "task_id", 1, "note", "still at it", "claim_token", token);

        assertEquals(
                "[x] #1: one @ada", later.good("task_update", "task_id", 1, "status", "completed"));
        later.good("task_create", "subject", "two");
        token = token(later.good("task_update", "task_id", 2, "claim", true));
        ProjectFolder.Client last = agent("last", new Abilities("ada", null, List.of()));
        last.good("task_update", "task_id", 2, "status", "pending", "claim_token", token);
        assertEquals("[ ] #2: two", later.good("task_list", "status", "pending"));
    }

    // ---- leases

    @Test
    void whoIsSilentForTooLongLosesTheTaskAndIsTold() throws Exception {
        settings("{'claims': {'leaseSeconds': 1}}");
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one");
        token(ada.good("task_update", "task_id", 1, "claim", true));

        ProjectFolder.Client bob = agent("bob");
        AtomicReference<String> claimed = new AtomicReference<>("");
        ProjectFolder.await(() -> {
            claimed.set(bob.good("task_update", "claim_next", true));
            return claimed.get().contains("claim_token");
        });

        assertTrue(claimed.get().startsWith("[>] #1: one @bob"), claimed.get());
        assertEquals(
                """
                <background-results>
                [lease] the claim of @ada on #1 is over: nothing was heard for too long. It is\
                 pending
                </background-results>
                [>] #1: one @bob\
                """,
                ada.good("task_list"));
        assertTrue(
                bob.good("task_get", "task_id", 1)
                        .contains("bellhop: nothing was heard of @ada, who had claimed it"));
    }

    @Test
    void whoCallsKeepsTheTaskAndAPersonKeepsItWithout() throws Exception {
        settings("{'claims': {'leaseSeconds': 1}}");
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one");
        ada.good("task_create", "subject", "two");
        ada.good("task_update", "task_id", 1, "claim", true);
        person().good("task_update", "task_id", 2, "claim", true);
        long until = System.nanoTime() + Duration.ofSeconds(3).toNanos();

        while (System.nanoTime() < until) {
            ada.good("check_background");
            assertEquals(
                    "Nothing to claim: no task is ready for @bob.",
                    agent("bob").good("task_update", "claim_next", true));
        }

        assertEquals("[>] #1: one @ada", line(1));
        assertEquals("[>] #2: two @eve", line(2));
    }

    // ---- which one

    @Test
    void theMoreImportantComesFirstAndOfTwoTheOlder() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one");
        ada.good("task_create", "subject", "two", "priority", 3);
        ada.good("task_create", "subject", "three", "priority", 3);
        ada.good("task_create", "subject", "four", "priority", 9, "blockedBy", List.of(1));

        List<String> order = List.of(next(ada), next(ada), next(ada), next(ada));

        assertEquals(
                List.of(
                        "[>] #2: two @ada p3",
                        "[>] #3: three @ada p3",
                        "[>] #1: one @ada",
                        "Nothing to claim: no task is ready for @ada."),
                order);
    }

    private static String next(ProjectFolder.Client agent) {
        return agent.good("task_update", "claim_next", true).lines().findFirst().orElseThrow();
    }

    @Test
    void nothingWaitsForEverBehindWhatIsMoreImportant() throws Exception {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "old");
        ada.good("task_create", "subject", "new", "priority", 3);
        Path file = folder.project.resolve(".tasks/task_1.json");
        Instant longAgo = Instant.now().minus(Duration.ofDays(4));
        Files.writeString(
                file,
                read(1).replaceAll(
                                "\"createdAt\": \"[^\"]*\"",
                                "\"createdAt\": \"%s\"".formatted(longAgo)));

        assertEquals("[>] #1: old @ada", next(ada));
    }

    @Test
    void everybodyIsGivenWhatTheyCanDo() {
        ProjectFolder.Client lead = agent("lead");
        lead.good("task_create", "subject", "review", "type", "code_review", "role", "reviewer");
        lead.good("task_create", "subject", "script", "labels", List.of("python", "v2"));
        lead.good("task_create", "subject", "search", "type", "web_research");
        lead.good("task_create", "subject", "anything");
        ProjectFolder.Client reviewer =
                agent("s1", new Abilities("rita", "reviewer", List.of("code_review", "python")));
        ProjectFolder.Client coder = agent("s2", new Abilities("carl", null, List.of("rust")));
        ProjectFolder.Client any = agent("s3", new Abilities("anna", null, List.of()));

        assertEquals("[>] #1: review @rita", next(reviewer));
        assertEquals("[>] #2: script @rita", next(reviewer));
        assertEquals("[>] #4: anything @carl", next(coder));
        assertEquals("Nothing to claim: no task is ready for @carl.", next(coder));
        assertEquals("[>] #3: search @anna", next(any));
    }

    @Test
    void routesSendTypesToAgentsAsManyAsTheyMayHave() throws Exception {
        settings(
                """
                {'routes': {
                    'types': {'summarize': 'local', 'web_research': 'browser'},
                    'default': 'claude',
                    'limits': {'claude': 1}}}
                """);
        ProjectFolder.Client lead = agent("lead");
        lead.good("task_create", "subject", "one", "type", "summarize");
        lead.good("task_create", "subject", "two", "type", "custom");
        lead.good("task_create", "subject", "three");

        assertEquals("Nothing to claim: no task is ready for @browser.", next(agent("browser")));
        assertEquals("[>] #1: one @local", next(agent("local")));
        assertEquals("[>] #2: two @claude", next(agent("claude")));
        String refused = agent("claude").call("task_update", "claim_next", true);
        assertTrue(
                refused.startsWith("Error: @claude has #2 in progress, and may have 1 at a time"),
                refused);
        refused = agent("claude").call("task_update", "task_id", 3, "claim", true);
        assertTrue(
                refused.startsWith(
                        "Error: @claude has #2 in progress, and may have 1 at a time - Complete"),
                refused);
        assertEquals("[ ] #3: three", line(3));
        // A person takes what they like, and what one has already may be asked for again.
        new ProjectFolder.Client(folder.projects, folder.project, Conversation.ofPerson("claude"))
                .good("task_update", "task_id", 3, "claim", true);
        person().good("task_update", "task_id", 3, "owner", "");
        person().good("task_update", "task_id", 3, "status", "pending");
        agent("claude").good("task_update", "task_id", 2, "claim", true);
        agent("claude").good("task_update", "task_id", 2, "status", "completed");
        assertEquals("[>] #3: three @claude", next(agent("claude")));
    }

    @Test
    void whatIsSomebodysAlreadyIsTheirNext() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one", "priority", 5);
        ada.good("task_create", "subject", "two", "owner", "ada");

        assertEquals("[>] #2: two @ada", next(ada));
    }

    @Test
    void whatWasGivenToSomebodyIsTheirsWhateverTheyCanDo() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one", "owner", "carl", "type", "code_review");
        ProjectFolder.Client carl = agent("s1", new Abilities("carl", null, List.of("rust", "v2")));

        assertEquals("[>] #1: one @carl", next(carl));
    }

    // ---- attempts

    @Test
    void whatFailsIsTriedAgainLaterUntilItHasFailedForGood() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one", "max_attempts", 2);
        ada.good("task_update", "task_id", 1, "claim", true);

        String first = fail(ada, "the disk was full");

        assertTrue(first.startsWith("[ ] #1: one\nattempt 1 of 2 failed; ready again at "), first);
        assertEquals("No tasks match; 1 in all.", ada.good("task_list", "ready", true));
        ada.good("task_update", "task_id", 1, "claim", true);
        assertEquals("[!] #1: one @ada", fail(ada, "it is still full"));
        String told = ada.good("task_get", "task_id", 1);
        assertTrue(told.contains("@ada: the disk was full"), told);
        assertTrue(told.contains("@ada: it is still full"), told);
        assertTrue(told.contains("attempts: 2 of 2"), told);
    }

    @Test
    void whatIsToldTwiceWasTriedOnce() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "one", "max_attempts", 2);
        ada.good("task_update", "task_id", 1, "status", "in_progress");

        fail(ada, "[bg:3fa94c01] error");
        String again = fail(ada, "[bg:3fa94c01] error");

        assertTrue(again.startsWith("[ ] #1: one\nattempt 1 of 2 failed"), again);
    }

    private static String fail(ProjectFolder.Client agent, String why) {
        return agent.good("task_update", "task_id", 1, "status", "failed", "result", why);
    }

    @Test
    void aTaskSaysWhatBecomesOfItWhenItsBlockerFails() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "blocker");
        for (String what : List.of("block", "cancel", "run")) {
            ada.good(
                    "task_create",
                    "subject",
                    what,
                    "blockedBy",
                    List.of(1),
                    "on_dep_failure",
                    what);
        }
        ada.good(
                "task_create",
                "subject",
                "after",
                "blockedBy",
                List.of(3),
                "on_dep_failure",
                "cancel");

        assertEquals("[!] #1: blocker\nunblocked: #4", fail(ada, "it cannot be done"));

        assertEquals(
                """
                [ ] #2: block (blocked by: [1]) unreachable (blocked by failed #1)
                [ ] #4: run
                [!] #1: blocker
                [-] #3: cancel
                [-] #5: after\
                """,
                ada.good("task_list"));
        assertEquals(
                Status.CANCELLED,
                folder.opened().tasks().read(graph -> graph.get(new TaskId(5)).status()));
        ada.good("task_update", "task_id", 1, "status", "pending");
        assertEquals("[ ] #4: run (blocked by: [1])", line(3));
    }

    @Test
    void whatBeginsToWaitForSomethingThatHasFailedFaresAsIfItFailedNow() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "blocker");
        for (String what : List.of("block", "cancel", "run")) {
            ada.good("task_create", "subject", what, "on_dep_failure", what);
        }
        ada.good(
                "task_create",
                "subject",
                "after",
                "blockedBy",
                List.of(3),
                "on_dep_failure",
                "run");
        fail(ada, "it cannot be done");

        ada.good("task_update", "task_id", 2, "addBlockedBy", List.of(1));
        assertEquals(
                "[-] #3: cancel\nunblocked: #5",
                ada.good("task_update", "task_id", 3, "addBlockedBy", List.of(1)));
        ada.good("task_update", "task_id", 1, "addBlocks", List.of(4));

        assertEquals(
                """
                [ ] #2: block (blocked by: [1]) unreachable (blocked by failed #1)
                [ ] #4: run
                [ ] #5: after
                [!] #1: blocker
                [-] #3: cancel\
                """,
                ada.good("task_list"));
        assertTrue(ada.good("task_get", "task_id", 3).contains("#1 is failed"));
        // Reopened it waits, and is not cancelled by what it waited for before.
        ada.good("task_update", "task_id", 3, "status", "pending");
        assertTrue(
                ada.good("task_update", "task_id", 3, "note", "again").startsWith("[ ] #3: cancel"),
                line(2));
    }

    @Test
    void aPlanThatWaitsForSomethingThatHasFailedIsCancelledWhereItSaysSo() {
        ProjectFolder.Client ada = agent("ada");
        ada.good("task_create", "subject", "blocker");
        fail(ada, "it cannot be done");

        assertEquals(
                "[-] #2: first\n[-] #3: second\n[ ] #4: third",
                ada.good(
                        "task_create",
                        "tasks",
                        List.of(
                                Map.of(
                                        "ref",
                                        "first",
                                        "subject",
                                        "first",
                                        "blockedBy",
                                        List.of(1),
                                        "on_dep_failure",
                                        "cancel"),
                                Map.of(
                                        "ref",
                                        "second",
                                        "subject",
                                        "second",
                                        "blockedBy",
                                        List.of("first"),
                                        "on_dep_failure",
                                        "cancel"),
                                Map.of(
                                        "subject",
                                        "third",
                                        "blockedBy",
                                        List.of("second"),
                                        "on_dep_failure",
                                        "run"))));
    }

    // ---- the queue

    @Test
    void aPromptGoesInAndItsResultComesOut() {
        Project project = folder.opened();

        assertEquals(
                "Task 1 queued",
                Queue.submit(project, "summarize", 0, "Summarize the log", "eve", "test 1.0"));
        assertEquals("Status: pending\nResult:", Queue.status(project, "1"));
        ProjectFolder.Client ada = agent("ada");
        assertTrue(next(ada).startsWith("[>] #1: Summarize the log @ada"));
        ada.good("task_update", "task_id", 1, "status", "completed", "result", "x".repeat(300));

        String status = Queue.status(project, "#1");
        assertTrue(status.startsWith("Status: completed\nResult: xxx"), status);
        assertTrue(status.length() < 230, status);
        assertEquals(
                new Journal.Author("person:eve", "test 1.0"),
                project.journal().about("#1", 10).getFirst().author());
    }
}
