package dev.bellhop.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Requests are answered, streams go on, and the end is orderly.
@Timeout(60)
class HttpServerTest {

    private static final Limits CALM =
            Fixture.with(Duration.ofSeconds(8), Duration.ofMinutes(1), Duration.ofSeconds(8));

    @TempDir Path state = Path.of("/");

    private static byte[] json(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static RawClient streaming(Fixture fixture) throws IOException {
        RawClient client = fixture.client();
        client.send(fixture.head("GET", "/stream") + "\n");
        assertEquals("text/event-stream", client.begun().get("content-type"));
        assertEquals(":\n\n", new String(client.chunk(), StandardCharsets.UTF_8));
        return client;
    }

    private static String metrics(Fixture fixture) throws IOException {
        try (RawClient client = fixture.client()) {
            return client.send(fixture.head("GET", "/metrics") + "\n").answer().body();
        }
    }

    @Test
    void requestsOfOneConnectionAreAnsweredOneAfterTheOther() throws IOException {
        try (Fixture fixture = new Fixture(state, CALM);
                RawClient client = fixture.client()) {
            for (String path : List.of("/echo", "/echo/a%20b")) {
                client.send(fixture.head("GET", path) + "\n");
                assertEquals(
                        "GET %s 0".formatted(path.replace("%20", " ")), client.answer().body());
            }
            String post = fixture.head("POST", "/echo") + "Content-Type: application/json\n";
            client.send(post + "Content-Length: 2\n\n{}");
            assertEquals("POST /echo 2 {}", client.answer().body());
            client.send(post + "Content-Length: 0\n\n");
            assertEquals("POST /echo 0", client.answer().body());
        }
    }

    /// It asks for HTTP/2 with its first request, and reads bodies in its own way.
    @Test
    void theJdksOwnClientIsAnswered() throws Exception {
        try (Fixture fixture = new Fixture(state, CALM);
                HttpClient client = HttpClient.newHttpClient()) {
            for (int size : List.of(0, 3, 1 << 20)) {
                HttpResponse<String> answer =
                        client.send(
                                HttpRequest.newBuilder(
                                                java.net.URI.create(
                                                        "http://localhost:%d/echo"
                                                                .formatted(fixture.port())))
                                        .header("Authorization", "Bearer " + Fixture.TOKEN)
                                        .header("Content-Type", "application/json")
                                        .POST(HttpRequest.BodyPublishers.ofString("x".repeat(size)))
                                        .build(),
                                HttpResponse.BodyHandlers.ofString());
                assertEquals(
                        "POST /echo %d %s".formatted(size, "x".repeat(Math.min(size, 100))).strip(),
                        answer.body());
            }
        }
    }

    @Test
    void anAnswerThatIsLargeArrivesWhole() throws IOException {
        try (Fixture fixture = new Fixture(state, CALM);
                RawClient client = fixture.client()) {
            client.send(fixture.head("GET", "/big") + "\n");
            assertEquals(32 << 20, client.answer().body().length());
        }
    }

    @Test
    void healthSaysLittleAndMetricsSayWhatIsCounted() throws IOException {
        try (Fixture fixture = new Fixture(state, CALM);
                RawClient client = fixture.client();
                RawClient streaming = streaming(fixture)) {
            client.send(fixture.head("GET", "/health") + "\n");
            assertEquals("{\"status\":\"ok\"}", client.answer().body());
            client.send("GET /echo HTTP/1.1\nHost: 127.0.0.1:%d\n\n".formatted(fixture.port()));
            assertEquals(401, client.answer().status());

            assertEquals(
                    """
                    # TYPE bellhop_http_requests_total counter
                    bellhop_http_requests_total{status="2xx"} 1
                    bellhop_http_requests_total{status="4xx"} 1
                    # TYPE bellhop_http_refused_total counter
                    bellhop_http_refused_total{reason="token"} 1
                    # TYPE bellhop_http_request_seconds summary
                    bellhop_http_request_seconds_sum T
                    bellhop_http_request_seconds_count 2
                    # TYPE bellhop_uptime_seconds gauge
                    bellhop_uptime_seconds T
                    # TYPE bellhop_http_streams gauge
                    bellhop_http_streams 1
                    # TYPE bellhop_jobs_running gauge
                    bellhop_jobs_running 3
                    """,
                    metrics(fixture).replaceAll("(?m)[0-9]+\\.[0-9]+$", "T"));
            assertFalse(streaming.socket().isClosed());
        }
    }

    @Test
    void eventsOfSeveralThreadsArriveWhole() throws Exception {
        try (Fixture fixture = new Fixture(state, CALM);
                RawClient client = streaming(fixture);
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            EventStream stream = fixture.stream();
            List<Future<Boolean>> sent = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                byte[] event = json("\"%04d\"".formatted(i));
                sent.add(threads.submit(() -> stream.send(event)));
            }
            for (Future<Boolean> each : sent) {
                assertTrue(each.get());
            }
            stream.close();

            String all = String.join("", client.rest());
            List<String> events = List.of(all.split("(?<=\n\n)", -1));
            assertEquals(
                    200,
                    events.stream()
                            .filter(event ->
                                    event.matches("event: message\ndata: \"[0-9]{4}\"\n\n"))
                            .distinct()
                            .count());
            assertTrue(client.isClosed());
            assertSame(stream, fixture.closed());
            assertFalse(stream.send(json("1")));
        }
    }

    @Test
    void aStreamShowsThatItIsAlive() throws Exception {
        Limits limits =
                Fixture.with(Duration.ofSeconds(8), Duration.ofMillis(20), Duration.ofSeconds(8));
        try (Fixture fixture = new Fixture(state, limits);
                RawClient client = streaming(fixture)) {
            assertEquals(":\n\n", new String(client.chunk(), StandardCharsets.UTF_8));
            assertEquals(":\n\n", new String(client.chunk(), StandardCharsets.UTF_8));
        }
    }

    @Test
    void aClientThatGoesIsNoticedBeforeAnythingIsSentToIt() throws Exception {
        try (Fixture fixture = new Fixture(state, CALM)) {
            streaming(fixture).close();

            EventStream stream = fixture.closed();

            assertFalse(stream.isOpen());
            assertFalse(stream.send(json("1")));
            CountDownLatch told = new CountDownLatch(1);
            stream.onClose(told::countDown);
            told.await();
            while (!metrics(fixture).contains("bellhop_http_streams 0\n")) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void aClientThatDoesNotReadItsStreamIsGivenUp() throws Exception {
        Limits limits =
                Fixture.with(Duration.ofMillis(200), Duration.ofMinutes(1), Duration.ofSeconds(8));
        try (Fixture fixture = new Fixture(state, limits);
                RawClient client = streaming(fixture)) {
            EventStream stream = fixture.stream();
            byte[] event = json("\"" + "x".repeat(1 << 20) + "\"");
            while (stream.send(event)) {}

            assertSame(stream, fixture.closed());
            assertFalse(client.socket().isClosed());
        }
    }

    @Test
    void ofTooManyStreamsTheOldestIsClosed() throws Exception {
        try (Fixture fixture = new Fixture(state, CALM);
                RawClient first = streaming(fixture);
                RawClient second = streaming(fixture);
                RawClient third = streaming(fixture)) {
            EventStream oldest = fixture.stream();
            try (RawClient fourth = streaming(fixture)) {
                assertSame(oldest, fixture.closed());
                assertEquals(List.of(), first.rest());
                assertTrue(fixture.stream().send(json("2")));
                assertEquals("event: message\ndata: 2\n\n", text(second.chunk()));
                assertTrue(fixture.stream().isOpen());
                assertTrue(fixture.stream().isOpen());
                assertFalse(third.socket().isClosed() || fourth.socket().isClosed());
            }
        }
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    @Test
    void theEndComesAfterLastEventsAndOpenAnswers() throws Exception {
        Fixture fixture = new Fixture(state, CALM);
        try (RawClient slow = fixture.client();
                RawClient idle = fixture.client();
                RawClient late = fixture.client();
                RawClient client = streaming(fixture)) {
            slow.send(fixture.head("GET", "/slow") + "\n");
            idle.send(fixture.head("GET", "/echo") + "\n").answer();
            late.send(fixture.head("GET", "/echo") + "\n").answer();
            fixture.awaitSlow();

            Thread closing = Thread.ofVirtual().start(fixture.server()::close);
            assertEquals(List.of("event: message\ndata: \"bye\"\n\n"), client.rest());
            late.send(fixture.head("GET", "/echo") + "\n");
            assertEquals("{\"error\":\"the server is ending\"}", late.answer().body());
            fixture.endSlow();
            assertEquals("at last", slow.answer().body());
            closing.join();

            assertTrue(idle.isClosed());
            try (ServerSocket again = new ServerSocket(fixture.port())) {
                assertTrue(again.isBound());
            }
            assertFalse(Files.exists(state.resolve("serve-%d.json".formatted(fixture.port()))));
        }
    }

    @Test
    void theEndWaitsForNobodyForever() throws Exception {
        Limits limits =
                Fixture.with(Duration.ofSeconds(8), Duration.ofMinutes(1), Duration.ofMillis(50));
        Fixture fixture = new Fixture(state, limits);
        try (RawClient slow = fixture.client()) {
            slow.send(fixture.head("GET", "/slow") + "\n");
            fixture.awaitSlow();

            fixture.server().close();

            assertEquals(RawClient.Answer.CLOSED, slow.answer());
        } finally {
            fixture.endSlow();
        }
    }

    private Door door(String bind, int port) {
        return new Door(bind, port, Token.of(Map.of(), state), Set.of(), Limits.STANDARD, state);
    }

    private static Problem refused(Door door) {
        return assertThrows(
                Problem.class,
                () ->
                        new HttpServer(door, Map.of(), Map.of(), InstantSource.fixed(Instant.EPOCH))
                                .close());
    }

    @Test
    void whoeverWantsATakenPortIsToldWhoHoldsIt() throws IOException {
        InstantSource clock = InstantSource.fixed(Instant.parse("2026-02-03T04:05:06Z"));
        try (HttpServer server = new HttpServer(door("127.0.0.1", 0), Map.of(), Map.of(), clock)) {
            long pid = ProcessHandle.current().pid();
            assertEquals(
                    "Error: Bellhop serves on port %d already: process %d, since"
                                    .formatted(server.port(), pid)
                            + " 2026-02-03T04:05:06Z - Use that one, end it with `kill %d`, or give"
                                    .formatted(pid)
                            + " another --port.",
                    refused(door("127.0.0.1", server.port())).text());

            Files.delete(state.resolve("serve-%d.json".formatted(server.port())));
            assertEquals(
                    "port %d is taken by another Bellhop".formatted(server.port()),
                    refused(door("127.0.0.1", server.port())).getMessage());
        }
        try (ServerSocket other = new ServerSocket(0, 9, InetAddress.getLoopbackAddress())) {
            assertEquals(
                    "port %d is taken by another program".formatted(other.getLocalPort()),
                    refused(door("127.0.0.1", other.getLocalPort())).getMessage());
        }
    }

    @Test
    void h91TheNetworkIsLetInOnlyWithATokenThatSomebodyChose() throws Exception {
        assertEquals(
                "Error: others on the network could reach 0.0.0.0 - Set BELLHOP_TOKEN to a token of"
                        + " your own first, or leave out --bind.",
                refused(door("0.0.0.0", 0)).text());

        Door open =
                new Door(
                        "0.0.0.0",
                        0,
                        Token.of(Map.of(Token.VARIABLE, Fixture.TOKEN), state),
                        Set.of(),
                        Limits.STANDARD,
                        state);
        try (HttpServer server = new HttpServer(open, Map.of(), Map.of(), InstantSource.system());
                RawClient client = new RawClient(server.port())) {
            client.send(
                    "GET /health HTTP/1.1\nHost: 127.0.0.1:%d\nAuthorization: Bearer %s\n\n"
                            .formatted(server.port(), Fixture.TOKEN));
            assertEquals(200, client.answer().status());
        }
    }

    @Test
    void whatIsNoAddressOrOriginIsRefusedWithAWord() {
        assertEquals(
                "192.0.2.1 is no address of this machine",
                assertThrows(
                                Problem.class,
                                () ->
                                        new HttpServer(
                                                new Door(
                                                        "192.0.2.1",
                                                        0,
                                                        Token.of(
                                                                Map.of(
                                                                        Token.VARIABLE,
                                                                        Fixture.TOKEN),
                                                                state),
                                                        Set.of(),
                                                        Limits.STANDARD,
                                                        state),
                                                Map.of(),
                                                Map.of(),
                                                InstantSource.system()))
                        .getMessage());
        assertThrows(Problem.class, () -> door("127.0.0.1", 65_536));
        for (String origin : List.of("*", "bellhop.example", "https://a/", "https://a b", "null")) {
            assertThrows(
                    Problem.class,
                    () ->
                            new Door(
                                    "127.0.0.1",
                                    0,
                                    Token.of(Map.of(), state),
                                    Set.of(origin),
                                    Limits.STANDARD,
                                    state));
        }
    }
}
