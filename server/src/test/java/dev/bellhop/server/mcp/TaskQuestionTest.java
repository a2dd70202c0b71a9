package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.tool.Conversation;
import dev.bellhop.tool.Projects;
import dev.bellhop.tool.Prompts;
import dev.bellhop.tool.Resources;
import dev.bellhop.tool.Toolbox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a task asks, put at once to the person in front of the client.
class TaskQuestionTest {

    private static final String UPDATE =
            """
            {"task_id":1,"question":"Which database?","options":["Postgres","SQLite"]}\
            """;

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final Peer peer =
            Peer.ofPipe(
                    new Conversation("process:1-2"),
                    json -> told.add(new String(json, StandardCharsets.UTF_8)));
    private final Projects projects;
    private final Dispatcher dispatcher;

    TaskQuestionTest(@TempDir Path root) {
        projects =
                new Projects(
                        Map.of("HOME", root.toString(), "PATH", "/usr/bin:/bin"),
                        InstantSource.system());
        dispatcher =
                Fixtures.dispatcher(
                        new Product(
                                new Toolbox(Toolbox.standard(), projects),
                                new Resources(projects),
                                new Prompts(projects)),
                        root,
                        () -> {});
    }

    @AfterEach
    void close() {
        projects.close();
    }

    private CompletableFuture<String> send(String message) {
        return Fixtures.send(dispatcher, peer, message);
    }

    private void introduce(String capabilities) {
        send("""
        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{\
        "protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{"name":"test"}}}\
        """
                        .formatted(capabilities))
                .join();
        send(Wire.call(1, "task_create", "{\"subject\":\"Choose\"}")).join();
    }

    /// What the client says to the question that is asked next.
    private void answer(String result) throws InterruptedException {
        String question = Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS));
        assertTrue(question.contains("\"method\":\"elicitation/create\""), question);
        assertTrue(question.contains("Task #1 (Choose) asks: Which database?"), question);
        assertTrue(question.contains("\"enum\":[\"Postgres\",\"SQLite\"]"), question);
        send("""
        {"jsonrpc":"2.0","id":"%s","result":%s}\
        """
                        .formatted(question.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1"), result))
                .join();
    }

    @Test
    void inTheFirstGenerationThePersonIsAskedWhileTheCallWaits() throws Exception {
        introduce("{\"elicitation\":{}}");
        CompletableFuture<String> told = send(Wire.call(2, "task_update", UPDATE));

        answer("{\"action\":\"accept\",\"content\":{\"answer\":\"SQLite\"}}");

        assertEquals(Wire.text(2, "[ ] #1: Choose\\nanswer: SQLite"), told.join());
    }

    @Test
    void whoDeclinesCanAnswerLater() throws Exception {
        introduce("{\"elicitation\":{}}");
        CompletableFuture<String> told = send(Wire.call(2, "task_update", UPDATE));

        answer("{\"action\":\"decline\"}");

        assertTrue(told.join().contains("A person answers with: bellhop answer 1"), told.join());
        assertTrue(
                send(Wire.call(3, "task_get", "{\"task_id\":1}")).join().contains("they declined"));
    }

    @Test
    void aClientThatCannotAskIsNotAsked() {
        introduce("{}");

        String answer = send(Wire.call(2, "task_update", UPDATE)).join();

        assertTrue(answer.contains("[?] #1: Choose"), answer);
        assertEquals(0, told.size());
    }

    @Test
    void inTheSecondGenerationTheCallComesAgainWithTheAnswer() {
        introduce("{}");
        String call =
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"task_update",\
                "arguments":%s,%s"_meta":{\
                "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}}\
                """;

        String asked = send(call.formatted(UPDATE, "")).join();
        String key = asked.replaceAll(".*\"(answer-[0-9a-f]+)\".*", "$1");
        String answered =
                send(call.formatted(
                                UPDATE,
                                """
                                "inputResponses":{"%s":{"action":"accept",\
                                "content":{"answer":"Postgres"}}},\
                                """
                                        .formatted(key)))
                        .join();

        assertTrue(asked.contains("\"resultType\":\"input_required\""), asked);
        assertTrue(asked.contains("Which database?"), asked);
        assertTrue(answered.contains("[ ] #1: Choose\\nanswer: Postgres"), answered);
    }
}
