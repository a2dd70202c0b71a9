package dev.bellhop.sink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class WebhookDeliveryTest {

    private final SinkDirectory here;
    private final Event event;
    private final WebhookDelivery webhooks;

    WebhookDeliveryTest(@TempDir Path root) {
        here = new SinkDirectory(root);
        event = here.event(EventKind.JOB_FINISHED, 7, "3fa94c01");
        webhooks = webhooks(Duration.ofSeconds(15));
    }

    private WebhookDelivery webhooks(Duration patience) {
        return new WebhookDelivery(Map.of("MY_SECRET", "hush"), here.clock, patience);
    }

    @AfterEach
    void close() {
        webhooks.close();
    }

    /// What comes of a post that is answered so.
    private Outcome answered(Receiver.Answer answer) throws InterruptedException {
        try (Receiver receiver = new Receiver(_ -> answer)) {
            return webhooks.attempt(receiver.sink(null), event, "id");
        }
    }

    @Test
    void anEventIsPostedWithItsKindAndANameForTheDelivery() throws Exception {
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(204))) {
            assertEquals(
                    new Outcome.Delivered("HTTP 204"),
                    webhooks.attempt(receiver.sink(null), event, "9f86d081"));

            Receiver.Request request = receiver.requests.getFirst();
            assertEquals(
                    "POST /hook?a=b " + event.json(),
                    request.method() + " " + request.path() + " " + request.body());
            assertEquals(
                    List.of("application/json", "job.finished", "9f86d081"),
                    List.of("Content-Type", "Bellhop-Event", "Bellhop-Delivery").stream()
                            .map(request.headers()::getFirst)
                            .toList());
            assertEquals(null, request.headers().get("Bellhop-Signature"));
        }
    }

    @Test
    void aReceiverThatKnowsTheSecretCanTellWhoPosted() throws Exception {
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(200))) {
            webhooks.attempt(receiver.sink("MY_SECRET"), event, "id");

            Receiver.Request request = receiver.requests.getFirst();
            String seconds = Long.toString(SinkDirectory.START.getEpochSecond());
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec("hush".getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            String sum =
                    HexFormat.of()
                            .formatHex(
                                    mac.doFinal(
                                            (seconds + "." + request.body())
                                                    .getBytes(StandardCharsets.UTF_8)));
            assertEquals(
                    "t=" + seconds + ",v1=" + sum, request.headers().getFirst("Bellhop-Signature"));
        }
    }

    /// As `printf '1700000000.{}' | openssl dgst -sha256 -hmac hush` says.
    @Test
    void theSignatureIsTheOneThatOtherProgramsMake() {
        assertEquals(
                "t=1700000000,v1=763081ea12e3b1f903f958994c023cde07f1224b02a538ad6f959112a2f780ba",
                WebhookDelivery.signature("hush", Instant.ofEpochSecond(1_700_000_000), "{}"));
    }

    @Test
    void withoutItsSecretNothingIsPosted() throws Exception {
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(200))) {
            assertEquals(
                    Outcome.refused("NO_SECRET is not set, which is to sign it"),
                    webhooks.attempt(receiver.sink("NO_SECRET"), event, "id"));
            assertEquals(List.of(), receiver.requests);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "500, 20", "503, 20", "408, 20", "425, 20", "429, 20", "302, 20", "400, 3", "401, 3",
        "404, 3", "410, 1"
    })
    void howOftenAPostIsMadeDependsOnWhatItIsAnswered(int status, int attemptsMax)
            throws Exception {
        assertEquals(
                new Outcome.Refused("HTTP " + status + ": no", attemptsMax, Duration.ZERO),
                answered(
                        new Receiver.Answer(
                                status, Map.of("Location", "http://127.0.0.1:9/"), "no\n")));
    }

    @Test
    void aRedirectIsNotFollowed() throws Exception {
        try (Receiver other = new Receiver(_ -> Receiver.Answer.of(200));
                Receiver receiver =
                        new Receiver(_ ->
                                new Receiver.Answer(
                                        307, Map.of("Location", other.url("/").toString()), ""))) {
            webhooks.attempt(receiver.sink(null), event, "id");

            assertEquals(List.of(), other.requests);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "120                           | PT2M",
                "Sat, 31 Jan 2026 12:10:00 GMT | PT10M",
                "Sat, 31 Jan 2026 11:00:00 GMT | PT0S",
                "soon                          | PT0S",
                "-5                            | PT0S"
            })
    void aReceiverMaySayWhenToComeAgain(String header, Duration pause) throws Exception {
        assertEquals(
                new Outcome.Refused("HTTP 503", 20, pause),
                answered(new Receiver.Answer(503, Map.of("Retry-After", header), "")));
    }

    @Test
    void ofALongAnswerTheBeginningIsKeptAndTheRestNotRead() throws Exception {
        assertEquals(
                new Outcome.Refused("HTTP 500: " + "x".repeat(500), 20, Duration.ZERO),
                answered(new Receiver.Answer(500, Map.of(), "x".repeat(2_000_000))));
        assertTrue(answered(Receiver.Answer.of(-1)) instanceof Outcome.Delivered);
    }

    @Test
    void noAnswerIsWaitedForLong() throws Exception {
        CountDownLatch released = new CountDownLatch(1);
        try (Receiver receiver =
                        new Receiver(_ -> {
                            try {
                                released.await();
                            } catch (InterruptedException e) {
                                // The test is over.
                            }
                            return Receiver.Answer.of(200);
                        });
                WebhookDelivery impatient = webhooks(Duration.ofMillis(300))) {
            Outcome outcome = impatient.attempt(receiver.sink(null), event, "id");

            assertTrue(
                    outcome instanceof Outcome.Refused refused && refused.attemptsMax() == 20,
                    outcome.toString());
            released.countDown();
        }
    }

    @Test
    void aReceiverThatIsNotThereOrHangsUpIsTriedAgain() throws Exception {
        URI gone;
        try (Receiver receiver = new Receiver(_ -> Receiver.Answer.of(0))) {
            gone = receiver.url("/");
            Outcome outcome = webhooks.attempt(receiver.sink(null), event, "id");
            assertTrue(
                    outcome instanceof Outcome.Refused refused && refused.attemptsMax() == 20,
                    outcome.toString());
        }

        Outcome outcome =
                webhooks.attempt(
                        new Sink.Webhook(gone, null, Set.of(EventKind.JOB_FINISHED)), event, "id");

        assertEquals(Outcome.refused("ConnectException"), outcome);
    }
}
