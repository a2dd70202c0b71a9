package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.tool.Conversation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// What a tool asks the client in the middle of a call.
class AskingTest {

    private static final String CALL = Wire.call(1, "ask", "{}");

    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final Peer peer =
            Peer.ofPipe(
                    new Conversation("process:1-2"),
                    json -> told.add(new String(json, StandardCharsets.UTF_8)));

    private static Dispatcher patient(Duration patience) {
        return Fixtures.dispatcher(new AskingOffer(patience), () -> {});
    }

    private CompletableFuture<String> send(Dispatcher dispatcher, String message) {
        return Fixtures.send(dispatcher, peer, message);
    }

    private void introduce(Dispatcher dispatcher, String capabilities) {
        send(
                        dispatcher,
                        """
                        {"jsonrpc":"2.0","id":0,"method":"initialize","params":{\
                        "protocolVersion":"2025-11-25","capabilities":%s,"clientInfo":{}}}\
                        """
                                .formatted(capabilities))
                .join();
    }

    private String question() throws InterruptedException {
        return Objects.requireNonNull(told.poll(20, TimeUnit.SECONDS));
    }

    @Test
    void inTheFirstGenerationTheQuestionGoesOutAndTheAnswerComesBack() throws Exception {
        Dispatcher dispatcher = patient(Duration.ofSeconds(20));
        introduce(dispatcher, "{\"elicitation\":{}}");
        CompletableFuture<String> answer = send(dispatcher, CALL);
        String question = question();

        send(
                        dispatcher,
                        """
                        {"jsonrpc":"2.0","id":"%s","result":{"action":"decline"}}\
                        """
                                .formatted(question.replaceAll(".*\"id\":\"([^\"]+)\".*", "$1")))
                .join();

        assertTrue(
                question.endsWith(
                        """
                        "method":"elicitation/create","params":{"message":"Who are you?"}}\
                        """),
                question);
        assertEquals(Wire.text(1, "decline"), answer.join());
    }

    @Test
    void aClientThatNeverAnswersIsNotWaitedForForEver() throws Exception {
        Dispatcher dispatcher = patient(Duration.ofMillis(50));
        introduce(dispatcher, "{\"elicitation\":{}}");

        String answer = send(dispatcher, CALL).join();

        assertTrue(answer.contains("-32603"), answer);
        assertTrue(question().contains("elicitation/create"));
        assertTrue(question().contains("notifications/cancelled"));
    }

    @Test
    void nothingIsAskedOfAClientThatCannotAnswer() {
        Dispatcher dispatcher = patient(Duration.ofSeconds(20));
        introduce(dispatcher, "{}");

        String answer = send(dispatcher, CALL).join();

        assertTrue(answer.contains("{\"requiredCapabilities\":{\"elicitation\":{}}}"), answer);
        assertEquals(0, told.size());
    }

    @Test
    void inTheSecondGenerationTheCallIsMadeAgainWithTheAnswer() {
        Dispatcher dispatcher = patient(Duration.ofSeconds(20));
        String call =
                """
                {"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"ask",%s"_meta":{\
                "io.modelcontextprotocol/protocolVersion":"2026-07-28",\
                "io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}}}\
                """;

        String asked = send(dispatcher, call.formatted("")).join();
        String answered =
                send(
                                dispatcher,
                                call.formatted(
                                        "\"inputResponses\":{\"name\":{\"action\":\"accept\"}},"))
                        .join();

        assertTrue(asked.contains("\"resultType\":\"input_required\""), asked);
        assertTrue(
                asked.contains(
                        """
                        "inputRequests":{"name":{"method":"elicitation/create",\
                        "params":{"message":"Who are you?"}}}\
                        """),
                asked);
        assertTrue(answered.contains("\"text\":\"accept\""), answered);
    }
}
