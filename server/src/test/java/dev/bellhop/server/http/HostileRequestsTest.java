package dev.bellhop.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What nobody should send, byte for byte, and what comes of it. The numbers are those of the list
/// of hostile inputs.
@Timeout(60)
class HostileRequestsTest {

    /// Stands for whatever port the server has.
    private static final String PORT = "«port»";

    private static final String TOKEN = "Authorization: Bearer " + Fixture.TOKEN + "\n";
    private static final String HOST = "Host: 127.0.0.1:" + PORT + "\n";
    private static final String JSON = "Content-Type: application/json\n";

    private static Fixture fixture;

    @BeforeAll
    static void begin(@TempDir Path state) {
        fixture = new Fixture(state, Fixture.QUICK, Set.of("https://bellhop.example"));
    }

    @AfterAll
    static void end() {
        fixture.close();
    }

    /// @param id its number
    /// @param about what it is
    /// @param request with line feeds for line ends
    /// @param statuses that are right; 0 where the connection is closed without an answer
    record Input(String id, String about, String request, Set<Integer> statuses) {

        static Input of(String id, String about, String request, Integer... statuses) {
            return new Input(id, about, request, Set.of(statuses));
        }

        @Override
        public String toString() {
            return id + " " + about;
        }
    }

    private static Input get(String id, String about, String headers, Integer... statuses) {
        return Input.of(id, about, "GET /echo HTTP/1.1\n" + headers + "\n", statuses);
    }

    private static Input post(String id, String about, String headers, Integer... statuses) {
        return Input.of(
                id,
                about,
                "POST /echo HTTP/1.1\n" + HOST + TOKEN + headers + "Content-Length: 2\n\n{}",
                statuses);
    }

    private static Input path(String path, Integer... statuses) {
        return Input.of(
                "H97",
                "path " + path,
                "GET " + path + " HTTP/1.1\n" + HOST + TOKEN + "\n",
                statuses);
    }

    private static Input method(String line, Integer... statuses) {
        return Input.of(
                "H98",
                line,
                line + " HTTP/1.1\nConnection: close\n" + HOST + TOKEN + "\n",
                statuses);
    }

    static Stream<Input> inputs() {
        List<Input> inputs = new ArrayList<>();
        for (String host :
                List.of(
                        "evil.com",
                        "evil.com:" + PORT,
                        "localhost.evil.com:" + PORT,
                        "127.0.0.1.nip.io:" + PORT,
                        "localhost:80@evil",
                        "localhost:" + PORT + "@evil",
                        "[::1]%lo:" + PORT,
                        "[::1%lo]:" + PORT,
                        "127.0.0.1",
                        "127.0.0.1:1",
                        "127.1:" + PORT,
                        "0.0.0.0:" + PORT,
                        "localhost.:" + PORT,
                        "")) {
            inputs.add(get("H76", "Host " + host, "Host: " + host + "\n" + TOKEN, 421, 400));
        }
        inputs.add(get("H76", "two hosts", HOST + HOST + TOKEN, 400));
        inputs.add(get("H76", "no host", TOKEN, 400));
        for (String host :
                List.of(
                        "127.0.0.1:" + PORT,
                        "LocalHost:" + PORT,
                        "[::1]:" + PORT,
                        "bellhop.example")) {
            inputs.add(get("H76", "our own host " + host, "Host: " + host + "\n" + TOKEN, 200));
        }
        for (String origin :
                List.of(
                        "null",
                        "http://evil",
                        "http://localhost.evil:" + PORT,
                        "http://localhost:1",
                        "http://localhost",
                        "https://localhost:" + PORT,
                        "http://127.0.0.1:" + PORT + "/",
                        "http://127.0.0.1:" + PORT + ", http://evil",
                        "http://bellhop.example",
                        "file://",
                        "")) {
            inputs.add(
                    get("H77", "Origin " + origin, HOST + "Origin: " + origin + "\n" + TOKEN, 403));
        }
        String own = "Origin: http://127.0.0.1:" + PORT + "\n";
        inputs.add(get("H77", "two origins", HOST + own + own + TOKEN, 400, 403));
        inputs.add(get("H77", "our own origin", HOST + own + TOKEN, 200));
        inputs.add(
                get(
                        "H77",
                        "an origin that was allowed",
                        HOST + "Origin: https://bellhop.example\n" + TOKEN,
                        200));
        inputs.add(
                get(
                        "H78",
                        "our host, their origin",
                        HOST + "Origin: http://evil.com\n" + TOKEN,
                        403));
        for (String path : List.of("/echo", "/health", "/metrics", "/", "/nothing")) {
            inputs.add(
                    Input.of(
                            "H79",
                            "no token for " + path,
                            "GET " + path + " HTTP/1.1\n" + HOST + "\n",
                            401));
        }
        for (String query :
                List.of(
                        "token=" + Fixture.TOKEN,
                        "a=b&access_token=" + Fixture.TOKEN,
                        "TOKEN=x",
                        "%74oken=x")) {
            inputs.add(
                    Input.of(
                            "H80",
                            "query " + query,
                            "GET /health?" + query + " HTTP/1.1\n" + HOST + "\n",
                            401));
            inputs.add(
                    Input.of(
                            "H80",
                            "query and header " + query,
                            "GET /health?" + query + " HTTP/1.1\n" + HOST + TOKEN + "\n",
                            401));
        }
        String basic = "Authorization: Basic " + Fixture.TOKEN + "\n";
        inputs.add(get("H81", "Basic", HOST + basic, 401));
        inputs.add(get("H81", "no scheme", HOST + "Authorization: " + Fixture.TOKEN + "\n", 401));
        inputs.add(get("H81", "bearer", HOST + TOKEN.replace("Bearer", "bearer"), 200));
        inputs.add(get("H81", "two", HOST + TOKEN + TOKEN, 400, 401));
        inputs.add(get("H81", "a part", HOST + TOKEN.replace("9\n", "\n"), 401));
        inputs.add(get("H81", "one more", HOST + TOKEN.replace("\n", "0\n"), 401));
        inputs.add(get("H81", "other case", HOST + TOKEN.replace("a-token", "A-token"), 401));
        inputs.add(get("H81", "empty", HOST + "Authorization: Bearer \n", 401));
        inputs.add(
                get(
                        "H81",
                        "one of a MiB",
                        HOST + "Authorization: Bearer " + "a".repeat(1 << 20) + "\n",
                        0,
                        400,
                        401,
                        431));
        inputs.add(get("H82", "a guess of another user", HOST + TOKEN.replace("a-", "b-"), 401));
        inputs.add(
                get(
                        "H83",
                        "a session is no token",
                        HOST + "Mcp-Session-Id: 0123456789abcdef\n",
                        401));
        inputs.add(
                post("H83", "two sessions", JSON + "Mcp-Session-Id: a\nMcp-Session-Id: b\n", 400));
        for (String type :
                List.of(
                        "text/plain",
                        "multipart/form-data; boundary=x",
                        "application/x-www-form-urlencoded",
                        "application/jsonp",
                        "text/plain, application/json",
                        "application/json; charset=utf-8; x=y",
                        "")) {
            inputs.add(post("H84", "type " + type, "Content-Type: " + type + "\n", 415));
        }
        inputs.add(post("H84", "no type", "", 415));
        inputs.add(post("H84", "two types", JSON + "Content-Type: text/plain\n", 400));
        inputs.add(post("H84", "json", JSON, 200));
        inputs.add(
                post(
                        "H84",
                        "json with charset",
                        "Content-Type: application/json;charset=UTF-8\n",
                        200));
        inputs.add(
                Input.of(
                        "H85",
                        "a page from file://, which may not read the answer",
                        "POST /echo HTTP/1.1\n"
                                + HOST
                                + "Origin: null\nSec-Fetch-Mode: no-cors\nContent-Type: text/plain\n"
                                + "Content-Length: 2\n\n{}",
                        403));
        inputs.add(
                Input.of(
                        "H86",
                        "preflight",
                        "OPTIONS /echo HTTP/1.1\n"
                                + HOST
                                + own
                                + "Access-Control-Request-Method: POST\n\n",
                        405));
        inputs.add(
                Input.of(
                        "H86",
                        "preflight of others",
                        "OPTIONS /echo HTTP/1.1\n"
                                + HOST
                                + "Origin: http://evil\nAccess-Control-Request-Method: POST\n\n",
                        403));
        inputs.add(
                get("H87", "method override", HOST + TOKEN + "X-HTTP-Method-Override: PUT\n", 200));
        for (String site : List.of("cross-site", "same-site", "anything")) {
            inputs.add(get("H88", site, HOST + TOKEN + "Sec-Fetch-Site: " + site + "\n", 403));
        }
        inputs.add(get("H88", "our own page", HOST + TOKEN + "Sec-Fetch-Site: same-origin\n", 200));
        inputs.add(get("H89", "a frame", HOST + TOKEN + "Sec-Fetch-Dest: iframe\n", 200));
        inputs.add(
                get(
                        "H90",
                        "web socket",
                        HOST
                                + TOKEN
                                + "Connection: Upgrade\nUpgrade: websocket\n"
                                + "Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\n",
                        400));
        inputs.add(
                get(
                        "H90",
                        "HTTP/2, which Java asks for and does without",
                        HOST
                                + TOKEN
                                + "Connection: Upgrade, HTTP2-Settings\nUpgrade: h2c\n"
                                + "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\n",
                        200));
        inputs.add(Input.of("H90", "HTTP/2 at once", "PRI * HTTP/2.0\n\nSM\n\n", 400, 0));
        inputs.add(post("H92", "gzip", JSON + "Content-Encoding: gzip\n", 415));
        inputs.add(post("H92", "identity", JSON + "Content-Encoding: identity\n", 200));
        inputs.add(
                Input.of(
                        "H92",
                        "a body that is not written",
                        "POST /echo HTTP/1.1\n"
                                + HOST
                                + TOKEN
                                + JSON
                                + "Content-Length: 99999999999\n\n",
                        413));
        inputs.add(
                Input.of(
                        "H92",
                        "GET with a body",
                        "GET /echo HTTP/1.1\n" + HOST + TOKEN + "Content-Length: 2\n\n{}",
                        400));
        String start = "POST /echo HTTP/1.1\n" + HOST + TOKEN + JSON;
        inputs.add(
                Input.of(
                        "H96",
                        "length and chunks",
                        start + "Content-Length: 2\nTransfer-Encoding: chunked\n\n2\n{}\n0\n\n",
                        400));
        inputs.add(
                Input.of(
                        "H96",
                        "two lengths",
                        start + "Content-Length: 2\nContent-Length: 3\n\n{} ",
                        400));
        inputs.add(
                Input.of(
                        "H96",
                        "the same length twice",
                        start + "Content-Length: 2\nContent-Length: 2\n\n{}",
                        400));
        for (String length : List.of("-1", "+2", "0x2", "2, 2", "2;", "")) {
            inputs.add(
                    Input.of(
                            "H96",
                            "length " + length,
                            start + "Content-Length: " + length + "\n\n{}",
                            400,
                            411));
        }
        for (String encoding :
                List.of("gzip, chunked", "xchunked", "chunked, identity", "identity")) {
            inputs.add(
                    Input.of(
                            "H96",
                            "encoding " + encoding,
                            start + "Transfer-Encoding: " + encoding + "\n\n2\n{}\n0\n\n",
                            400));
        }
        inputs.add(
                Input.of(
                        "H96",
                        "two encodings",
                        start + "Transfer-Encoding: chunked\nTransfer-Encoding: identity\n\n0\n\n",
                        400));
        inputs.add(
                Input.of(
                        "H96",
                        "a chunk of no known size",
                        start + "Transfer-Encoding: chunked\n\nzz\n{}\n0\n\n",
                        400,
                        0));
        inputs.add(get("H96", "folded", HOST + TOKEN + "X-A: b\n c\n", 400));
        inputs.add(get("H96", "folded with a tab", HOST + TOKEN + "X-A: b\n\tc\n", 400));
        inputs.add(get("H96", "a folded first header", " X-A: b\n" + HOST + TOKEN, 400));
        inputs.add(get("H96", "a space before the colon", HOST + TOKEN + "X-A : b\n", 400));
        inputs.add(get("H96", "no colon", HOST + TOKEN + "X-A\n", 400));
        inputs.add(get("H96", "no name", HOST + TOKEN + ": b\n", 400));
        inputs.add(get("H96", "NUL in a value", HOST + TOKEN + "X-A: b\0c\n", 400));
        inputs.add(get("H96", "NUL in a name", HOST + TOKEN + "X\0A: b\n", 400));
        inputs.add(get("H96", "300 headers", HOST + TOKEN + "X-A: b\n".repeat(300), 400, 0));
        inputs.add(
                get(
                        "H96",
                        "a long header",
                        HOST + TOKEN + "X: " + "a".repeat(99_999) + "\n",
                        0,
                        400,
                        431));
        inputs.add(Input.of("H96", "no length", start + "\n{}", 411));
        inputs.add(
                Input.of(
                        "H96",
                        "HTTP/1.0 without length",
                        start.replace("1.1", "1.0") + "\n{}",
                        411));
        inputs.add(Input.of("H96", "no request", "hello\n\n", 400, 0));
        inputs.add(
                Input.of(
                        "H96",
                        "leading space",
                        " GET /echo HTTP/1.1\n" + HOST + TOKEN + "\n",
                        400));
        for (String path :
                List.of(
                        "/static/..%2f..%2fetc/passwd",
                        "/echo/..%2fhealth",
                        "/echo/../health",
                        "/echo/%2e%2e/health",
                        "/echo/%2E./health",
                        "/./echo",
                        "/echo/.",
                        "//echo",
                        "/echo//x",
                        "/echo%2fx",
                        "/echo%5cx",
                        "/echo%00",
                        "/echo%0a",
                        "/echo%7f",
                        "/echo%252f",
                        "/echo%c0%af",
                        "/echo%ff",
                        "/echo%zz",
                        "/echo%4",
                        "/echo;x=1",
                        "/echox",
                        "/ECHO",
                        "/nothing")) {
            inputs.add(path(path, 404, 400));
        }
        inputs.add(path("/echo\\x", 400, 404));
        inputs.add(path("echo", 400, 404));
        inputs.add(path("http://evil.com/echo", 400));
        inputs.add(path("http://127.0.0.1:" + PORT + "/echo", 400));
        inputs.add(path("/echo/my%20project/%C3%A4", 200));
        inputs.add(path("/echo?x=//..", 200));
        for (String method :
                List.of("TRACE", "PUT", "PATCH", "HEAD", "OPTIONS", "get", "PROPFIND")) {
            inputs.add(method(method + " /echo", 405));
        }
        inputs.add(method("CONNECT 127.0.0.1:" + PORT, 405, 400));
        inputs.add(method("OPTIONS *", 405));
        inputs.add(method("POST /health", 415));
        inputs.add(method("DELETE /health", 405));
        inputs.add(get("H98", "a range", HOST + TOKEN + "Range: bytes=0-1\n", 200));
        inputs.add(
                get(
                        "H98",
                        "a condition",
                        HOST + TOKEN + "If-None-Match: *\nIf-Match: \"x\"\n",
                        200));
        return inputs.stream();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("inputs")
    void whatNobodyShouldSendIsRefusedAndTheServerGoesOn(Input input) throws IOException {
        String port = Integer.toString(fixture.port());
        RawClient.Answer answer;
        try (RawClient client = fixture.client()) {
            try {
                client.send(input.request().replace(PORT, port));
            } catch (IOException e) {
                // It was closed before all of it was written; what it said is there all the same.
            }
            answer = client.answer();
        }

        assertTrue(input.statuses().contains(answer.status()), answer::toString);
        assertEquals(
                Set.of(),
                Set.copyOf(
                        answer.headers().keySet().stream()
                                .filter(name -> name.startsWith("access-control-"))
                                .toList()));
        assertFalse(answer.body().contains("io.undertow"), answer.body());
        // What Undertow refuses itself it answers with nothing.
        if (!answer.body().isEmpty()) {
            assertEquals("no-store", answer.header("cache-control"));
            assertEquals("nosniff", answer.header("x-content-type-options"));
            assertTrue(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
        }
        if (answer.status() >= 400 && !answer.body().isEmpty()) {
            assertTrue(answer.body().matches("\\{\"error\":\"[^\"]+\"}"), answer.body());
        }
        if (answer.status() == 405) {
            assertTrue(answer.header("allow").contains("GET"), answer::toString);
        }
        theServerGoesOn();
    }

    private static void theServerGoesOn() throws IOException {
        try (RawClient client = fixture.client()) {
            assertEquals(
                    "GET /echo 0",
                    client.send(fixture.head("GET", "/echo") + "\n").answer().body());
        }
    }

    /// With the line ends that are sent, since here they are what matters.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /echo HTTP/1.1\nHOST\nTOKEN\n\n",
                "GET /echo HTTP/1.1\r\nHOST\r\nTOKEN\nX: y\r\n\r\n",
                "GET /echo HTTP/1.1\r\nHOST\r\nTOKEN\r\nX: y\rZ: a\r\n\r\n",
                "GET /echo HTTP/1.1\r\nHOST\r\nTOKEN\r\nX: y\r Z: a\r\n\r\n",
                "GET /echo HTTP/1.1\r\nHOST\r\nTOKEN\r\nX: y\r\r\n\r\n",
                "GET /echo HTTP/1.1\r\nHOST\r\nTOKEN\r\r\r\n\r\n",
            })
    void h96LineEndsThatAreNone(String request) throws IOException {
        try (RawClient client = fixture.client()) {
            client.sendExactly(
                    request.replace("HOST", HOST.strip().replace(PORT, "" + fixture.port()))
                            .replace("TOKEN", TOKEN.strip()));

            assertEquals(400, client.answer().status());
        }
        theServerGoesOn();
    }

    @Test
    void h96AFoldedLineIsRefusedInWhateverPiecesAndRequestItComes() throws Exception {
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("POST", "/echo") + JSON + "Content-Length: 7\n\n[1,\n 2");
            assertEquals("POST /echo 7 [1,\r\n 2", client.answer().body());
        }
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("GET", "/echo") + "\n");
            assertEquals("GET /echo 0", client.answer().body());
            for (byte each :
                    (fixture.head("GET", "/echo") + "X: y\n z\n\n")
                            .replace("\n", "\r\n")
                            .getBytes(StandardCharsets.US_ASCII)) {
                client.send(new byte[] {each});
            }
            assertEquals(400, client.answer().status());
        }
    }

    @Test
    void h92ALargeBodyIsRefusedAndTheClientReadsWhy() throws IOException {
        byte[] body = new byte[50 << 20];
        try (RawClient client = fixture.client()) {
            client.send(
                            fixture.head("POST", "/echo")
                                    + JSON
                                    + "Content-Length: "
                                    + body.length
                                    + "\n\n")
                    .send(body);
            assertEquals(413, client.answer().status());
        }
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("POST", "/echo") + JSON + "Transfer-Encoding: chunked\n\n");
            String size = "100000\n";
            for (int i = 0; i < 50; i++) {
                client.send(size).send(new byte[1 << 20]).send("\n");
            }
            client.send("0\n\n");
            assertEquals(413, client.answer().status());
        }
        ByteArrayOutputStream bomb = new ByteArrayOutputStream();
        try (GZIPOutputStream zip = new GZIPOutputStream(bomb)) {
            zip.write(body);
        }
        try (RawClient client = fixture.client()) {
            client.send(
                            fixture.head("POST", "/echo")
                                    + JSON
                                    + "Content-Encoding: gzip\nContent-Length: "
                                    + bomb.size()
                                    + "\n\n")
                    .send(bomb.toByteArray());
            assertEquals(415, client.answer().status());
        }
    }

    @Test
    void h92ABodyAsLongAsItMayBeArrives() throws IOException {
        byte[] body = new byte[1 << 20];
        Arrays.fill(body, (byte) 'x');
        try (RawClient client = fixture.client()) {
            client.send(
                    fixture.head("POST", "/echo")
                            + JSON
                            + "Expect: 100-continue\nContent-Length: "
                            + body.length
                            + "\n\n");
            assertEquals(100, client.answer().status());
            client.send(body);
            assertEquals("POST /echo 1048576 " + "x".repeat(100), client.answer().body());
            client.send(fixture.head("POST", "/echo") + JSON + "Transfer-Encoding: chunked\n\n");
            client.send("3\nabc\n2\nde\n0\n\n");
            assertEquals("POST /echo 5 abcde", client.answer().body());
        }
    }

    @Test
    void h94ASlowBodyIsGivenUp() throws IOException {
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("POST", "/echo") + JSON + "Content-Length: 99\n\n{");
            assertEquals(408, client.answer().status());
            assertTrue(client.isClosed());
        }
    }

    @Test
    void h94AHeadThatDoesNotEndIsGivenUp() throws IOException {
        try (RawClient client = fixture.client()) {
            assertTrue(client.send(fixture.head("GET", "/echo")).isClosed());
        }
    }

    @Test
    void h94ABodyThatDripsIsGivenUp() throws Exception {
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("POST", "/echo") + JSON + "Content-Length: 999999\n\n");
            Thread dripping =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    while (true) {
                                        client.send("x");
                                    }
                                } catch (IOException e) {
                                    // It was closed.
                                }
                            });
            assertEquals(408, client.answer().status());
            dripping.join();
        }
    }

    @Test
    void h94AClientThatNeverReadsItsAnswerIsGivenUp() throws Exception {
        try (RawClient client = fixture.client()) {
            client.send(fixture.head("GET", "/big") + "\n");
            while (!metrics().contains("bellhop_http_requests_total{status=\"2xx\"}")
                    || open(client)) {
                Thread.onSpinWait();
            }
        }
    }

    private static String metrics() throws IOException {
        try (RawClient client = fixture.client()) {
            return client.send(fixture.head("GET", "/metrics") + "\n").answer().body();
        }
    }

    private static boolean open(RawClient client) {
        try {
            client.send("x");
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void h96WhatIsSentAfterARequestBeforeItsAnswerIsNotRead() throws IOException {
        try (RawClient client = fixture.client()) {
            String one = fixture.head("GET", "/echo") + "\n";
            client.send(one + one);
            RawClient.Answer answer = client.answer();
            assertEquals("GET /echo 0", answer.body());
            assertEquals("close", answer.header("connection"));
            assertEquals(RawClient.Answer.CLOSED, client.answer());
        }
    }

    @Test
    void aFailureInsideTellsNothingOfTheInside() throws IOException {
        try (RawClient client = fixture.client()) {
            RawClient.Answer answer = client.send(fixture.head("GET", "/break") + "\n").answer();
            assertEquals(500, answer.status());
            assertEquals("{\"error\":\"Bellhop failed; its log says more\"}", answer.body());
        }
    }
}
