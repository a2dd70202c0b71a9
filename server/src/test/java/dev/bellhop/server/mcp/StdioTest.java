package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StdioTest {

    @Test
    void aMalformedLineIsAnsweredAndTheNextOneWorks() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.error(
                            "null",
                            -32700,
                            "Parse error: Unexpected character ('b' (code 98)): was expecting"
                                    + " double-quote to start field name (column 2)"),
                    wire.ask("{bad"));
            assertEquals(Wire.pong(1), wire.ask(Wire.ping(1)));
        }
    }

    @Test
    void whatIsAskedBeforeInitializeIsAnswered() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(Wire.pong(1), wire.ask(Wire.ping(1)));
            assertEquals(Wire.text(2, "hi"), wire.ask(Wire.call(2, "echo", "{\"text\":\"hi\"}")));
        }
    }

    @Test
    void theInputEndsAndCallsThatWaitAnswerWithWhatTheyHave() throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.send(Wire.call(1, "wait", "{\"seconds\":600}"));

            assertEquals(List.of(Wire.text(1, "hung up")), wire.end());
        }
    }

    @Test
    void aLastLineWithoutItsEndIsAnswered() throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.send(Wire.ping(1).getBytes(StandardCharsets.UTF_8));

            assertEquals(List.of(Wire.pong(1)), wire.end());
        }
    }

    @Test
    void aCancelledCallIsHungUpAndNotAnswered() throws IOException {
        CompletableFuture<String> seen = new CompletableFuture<>();
        Toolbox toolbox =
                Fixtures.toolbox(
                        List.of(
                                Fixtures.tool(
                                        "stay",
                                        Fixtures.Nothing.class,
                                        (input, call) -> {
                                            call.caller().hangup().whenHungUp().join();
                                            seen.complete(
                                                    Thread.currentThread().isInterrupted()
                                                            ? "interrupted"
                                                            : "hung up");
                                            return "too late";
                                        })));
        try (Wire wire = new Wire(toolbox)) {
            wire.send(
                    Wire.call("\"a\"", "stay", "{}"),
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"a"}}\
                    """);

            assertEquals("hung up", seen.join());
            assertEquals(List.of(), wire.end());
        }
    }

    @Test
    void cancellingOneCallLeavesTheOthersAlone() throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.send(
                    Wire.call(1, "wait", "{\"seconds\":600}"),
                    Wire.call("\"1\"", "wait", "{\"seconds\":600}"),
                    """
                    {"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}\
                    """);

            assertEquals(List.of(Wire.text("\"1\"", "hung up")), wire.end());
        }
    }

    @Test
    void opencodeCancelsEveryCallAfterItsAnswerAndNothingHappens() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            for (int id = 1; id <= 3; id++) {
                assertEquals(
                        Wire.text(id, "hi"), wire.ask(Wire.call(id, "echo", "{\"text\":\"hi\"}")));
                wire.send(
                        """
                        {"jsonrpc":"2.0","method":"notifications/cancelled",\
                        "params":{"requestId":%d,"reason":"AbortError"}}\
                        """
                                .formatted(id));
            }
            assertEquals(Wire.pong(4), wire.ask(Wire.ping(4)));
        }
    }

    @Test
    void geminisWaitForPreviousIsNoHindrance() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.text(1, "hi"),
                    wire.ask(Wire.call(1, "echo", "{\"text\":\"hi\",\"wait_for_previous\":true}")));
        }
    }

    /// None returns before all are in.
    @Test
    void sixtyCallsRunAtOnce() throws IOException {
        CyclicBarrier barrier = new CyclicBarrier(60);
        Toolbox toolbox =
                Fixtures.toolbox(
                        List.of(
                                Fixtures.tool(
                                        "meet",
                                        Fixtures.Nothing.class,
                                        (input, call) -> {
                                            try {
                                                barrier.await();
                                                return "met";
                                            } catch (Exception e) {
                                                throw new IllegalStateException(e);
                                            }
                                        })));
        try (Wire wire = new Wire(toolbox)) {
            List<String> answers = new ArrayList<>();
            IntStream.range(0, 60).forEach(id -> wire.send(Wire.call(id, "meet", "{}")));
            IntStream.range(0, 60).forEach(id -> answers.add(wire.receive()));

            assertEquals(
                    IntStream.range(0, 60).mapToObj(id -> Wire.text(id, "met")).sorted().toList(),
                    answers.stream().sorted().toList());
        }
    }

    @Test
    void twoThousandPipelinedCallsAreAllAnsweredWhileEveryProcessorIsBusy() throws IOException {
        AtomicBoolean done = new AtomicBoolean();
        for (int each = 0; each < Runtime.getRuntime().availableProcessors(); each++) {
            Thread.ofPlatform()
                    .daemon()
                    .start(() -> {
                        while (!done.get()) {
                            Thread.onSpinWait();
                        }
                    });
        }
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            // Written by another thread, since a pipe holds less than all of it.
            Thread.ofPlatform()
                    .daemon()
                    .start(() ->
                            IntStream.range(0, 2000)
                                    .mapToObj(id -> Wire.call(id, "echo", "{}"))
                                    .forEach(wire::send));

            assertEquals(
                    IntStream.range(0, 2000)
                            .mapToObj(id -> Wire.text(id, "null"))
                            .sorted()
                            .toList(),
                    Stream.generate(wire::receive).limit(2000).sorted().toList());
        } finally {
            done.set(true);
        }
    }

    @Test
    void aClosedOutputEndsIt() throws Exception {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.hearNoMore();
            wire.send(Wire.ping(1));
            wire.awaitServer();
        }
    }

    @Test
    void emptyLinesCarriageReturnsAndAByteOrderMarkAreAccepted() throws IOException {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            wire.send(
                    ("\uFEFF" + Wire.ping(1) + "\r\n\r\n\n   \n" + Wire.ping(2) + "\r\n")
                            .getBytes(StandardCharsets.UTF_8));

            assertEquals(
                    List.of(Wire.pong(1), Wire.pong(2)), wire.end().stream().sorted().toList());
        }
    }

    @Test
    void aLineBeyondSixteenMebibytesIsRefusedAndTheNextOneWorks() {
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.error(
                            "null",
                            -32600,
                            "Invalid request: a message may have 16777216 bytes at most"),
                    wire.ask("x".repeat(17 << 20)));
            assertEquals(Wire.pong(1), wire.ask(Wire.ping(1)));
        }
    }

    @Test
    void aDescriptionOfOneMebibyteFits() {
        String text = "é".repeat(1 << 20);
        try (Wire wire = new Wire(Fixtures.toolbox())) {
            assertEquals(
                    Wire.text(1, "1048576"),
                    wire.ask(Wire.call(1, "count", "{\"text\":\"" + text + "\"}")));
        }
    }

    @Test
    void theGreetingIsOverOnceItIsWritten() {
        CompletableFuture<Void> greeted = new CompletableFuture<>();
        try (Wire wire = new Wire(Fixtures.toolbox(), () -> greeted.complete(null))) {
            wire.ask(
                    """
                    {"jsonrpc":"2.0","id":1,"method":"initialize",\
                    "params":{"protocolVersion":"2025-11-25"}}\
                    """);
            greeted.join();
        }
    }
}
