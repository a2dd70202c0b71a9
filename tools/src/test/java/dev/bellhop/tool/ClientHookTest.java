package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Hooks of clients, in the process of their servers: what they told is on its way until the next.
final class ClientHookTest {

    /// The client that has started the servers here.
    private static final long CLIENT =
            ProcessHandle.current().parent().map(ProcessHandle::pid).orElseThrow();

    private final ProjectFolder folder;

    ClientHookTest(@TempDir Path root) {
        folder = new ProjectFolder(root);
    }

    @AfterEach
    void close() {
        folder.close();
    }

    private Reply reply(
            HookForm form, List<Long> ancestors, @Nullable String session, String event) {
        return new ClientHook(form, folder.projects, ancestors, System.nanoTime())
                .reply(new HookInput(session, event, null), folder.project);
    }

    /// What a hook tells, when that is written.
    private String told(
            HookForm form, List<Long> ancestors, @Nullable String session, String event) {
        Reply reply = reply(form, ancestors, session, event);
        reply.sent().run();
        return ProjectFolder.steady(reply.text());
    }

    private boolean isQuiet() {
        return Files.exists(folder.opened().state().resolve("quiet"));
    }

    private static final String NEWS =
            "<background-results>\\n[bg:ID] completed (exit 0, T s): %s\\n</background-results>";

    private static String specific(String event, String printed) {
        return "{\"hookSpecificOutput\":{\"hookEventName\":\"%s\",\"additionalContext\":\"%s\"}}"
                .formatted(event, NEWS.formatted(printed));
    }

    @Test
    void theConversationThatAHookNamesIsToldInTheFormOfItsClient() {
        ProjectFolder.Client client = folder.client("s1");
        folder.runThenEnd(client, "echo one");
        assertEquals(
                specific("UserPromptSubmit", "one"),
                told(HookForm.CLAUDE, List.of(), "s1", "UserPromptSubmit"));
        folder.runThenEnd(client, "echo two");
        assertEquals(
                specific("PostToolUse", "two"),
                told(HookForm.CODEX, List.of(), "s1", "PostToolUse"));
        folder.runThenEnd(client, "echo three");
        assertEquals(
                "{\"additionalContext\":\"%s\"}".formatted(NEWS.formatted("three")),
                told(HookForm.COPILOT, List.of(), "s1", "any"));
        assertEquals("", told(HookForm.CLAUDE, List.of(), "s1", "Stop"));
        assertTrue(isQuiet());
        assertEquals("No tasks.", client.call("task_list"));
    }

    @Test
    void aClientThatNamesNoConversationIsKnownByTheServerThatItHasStarted() {
        folder.runThenEnd(folder.client(Conversation.ofProcess("1-2")), "echo one");

        assertEquals("", told(HookForm.GEMINI, List.of(1L), "g", "AfterTool"));
        assertEquals(
                specific("AfterTool", "one"),
                told(HookForm.GEMINI, List.of(1L, CLIENT), "g", "AfterTool"));
    }

    @Test
    void noHookTellsAnotherConversationsNewsThoughOneClientHasBoth() {
        folder.runThenEnd(folder.client("thread 1"), "echo one");

        assertEquals("", told(HookForm.CODEX, List.of(CLIENT), "thread 2", "Stop"));
        assertEquals(
                specific("Stop", "one"), told(HookForm.CODEX, List.of(CLIENT), "thread 1", "Stop"));
    }

    @Test
    void whatTheAnswerOfTheServerToldNoHookRepeats() {
        ProjectFolder.Client client = folder.client("s1");
        folder.runThenEnd(client, "echo one");
        assertTrue(client.call("task_list").contains("one"));
        assertFalse(isQuiet());

        assertEquals("", told(HookForm.CLAUDE, List.of(), "s1", "Stop"));

        assertTrue(isQuiet());
    }

    @Test
    void whatIsNewEndsTheQuiet() {
        ProjectFolder.Client client = folder.client("s1");
        client.call("task_list");
        assertEquals("", told(HookForm.CLAUDE, List.of(), "s1", "Stop"));
        assertTrue(isQuiet());

        folder.runThenEnd(client, "echo one");

        assertFalse(isQuiet());
    }

    @Test
    void whereNothingIsKeptNothingIsMade() {
        Projects projects =
                new Projects(
                        Map.of("XDG_STATE_HOME", folder.root.resolve("other").toString()),
                        InstantSource.system());

        Reply reply =
                new ClientHook(HookForm.CLAUDE, projects, List.of(), System.nanoTime())
                        .reply(new HookInput("s1", "Stop", null), folder.project);
        reply.sent().run();

        assertEquals("", reply.text());
        assertFalse(Files.exists(folder.root.resolve("other")));
    }

    /// What it says there would be lost.
    @Test
    void anEventOfWhichTheModelSeesNothingTakesNoNews() {
        folder.runThenEnd(folder.client("s1"), "echo one");

        assertThrows(Problem.class, () -> reply(HookForm.CLAUDE, List.of(), "s1", "SessionEnd"));

        assertEquals(specific("Stop", "one"), told(HookForm.CLAUDE, List.of(), "s1", "Stop"));
    }

    @Test
    void noAgentReadsAsAPerson() {
        folder.client("s1").call("task_list");

        assertEquals("", told(HookForm.CLAUDE, List.of(), "person:ada", "Stop"));
    }
}
