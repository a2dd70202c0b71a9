package dev.bellhop.sink;

import dev.bellhop.base.Elapsed;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/// Tells an event by posting it to a URL.
///
/// Made when the first webhook is to be told: the client it needs costs time and memory.
final class WebhookDelivery implements AutoCloseable {

    private static final Duration CONNECT_WITHIN = Duration.ofSeconds(5);
    private static final int GONE = 410;

    /// Answers in the 400s that do not say that the request is wrong.
    private static final List<Integer> PASSING = List.of(408, 425, 429);

    /// A request that is called wrong is made so often, in case the receiver is.
    private static final int WRONG_ATTEMPTS_MAX = 3;

    private static final int ANSWER_BYTES = 500;

    private final HttpClient client =
            HttpClient.newBuilder()
                    // The request to upgrade that would come with HTTP/2 puts simple servers off.
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_WITHIN)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .build();

    private final Map<String, String> environment;
    private final InstantSource clock;
    private final Duration patience;

    /// @param environment where secrets are looked up
    /// @param patience how long it may take, from the connection to the end of the answer
    WebhookDelivery(Map<String, String> environment, InstantSource clock, Duration patience) {
        this.environment = Map.copyOf(environment);
        this.clock = clock;
        this.patience = patience;
    }

    /// Posts the event once.
    ///
    /// @param id names the delivery to the receiver, at every attempt the same
    Outcome attempt(Sink.Webhook sink, Event event, String id) throws InterruptedException {
        String body = event.json();
        HttpRequest.Builder request =
                HttpRequest.newBuilder(sink.url())
                        .timeout(patience)
                        .header("Content-Type", "application/json")
                        .header("User-Agent", "bellhop")
                        .header("Bellhop-Event", event.kind().word())
                        .header("Bellhop-Delivery", id)
                        .POST(HttpRequest.BodyPublishers.ofString(body));
        String variable = sink.secretEnv();
        if (variable != null) {
            String secret = environment.get(variable);
            if (secret == null || secret.isEmpty()) {
                // Never unsigned.
                return Outcome.refused("%s is not set, which is to sign it".formatted(variable));
            }
            request.header("Bellhop-Signature", signature(secret, clock.instant(), body));
        }
        return send(request.build());
    }

    /// `t=<unix seconds>,v1=<HMAC-SHA256 of "t.body" in hexadecimal>`.
    static String signature(String secret, Instant at, String body) {
        try {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            long seconds = at.getEpochSecond();
            byte[] sum = mac.doFinal((seconds + "." + body).getBytes(StandardCharsets.UTF_8));
            return "t=%d,v1=%s".formatted(seconds, HexFormat.of().formatHex(sum));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    private Outcome send(HttpRequest request) throws InterruptedException {
        CompletableFuture<HttpResponse<String>> answer =
                client.sendAsync(request, _ -> new Beginning());
        try {
            return outcome(answer.get(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            return Outcome.refused("no answer within " + Elapsed.text(patience));
        } catch (ExecutionException e) {
            return Outcome.refused(reason(Objects.requireNonNull(e.getCause())));
        } finally {
            answer.cancel(true);
        }
    }

    private static String reason(Throwable cause) {
        return switch (cause) {
            case IOException e when e.getMessage() != null -> e.getMessage();
            case IOException e -> e.getClass().getSimpleName();
            default -> String.valueOf(cause);
        };
    }

    private Outcome outcome(HttpResponse<String> answer) {
        int status = answer.statusCode();
        String body = answer.body().strip();
        String detail = body.isEmpty() ? "HTTP " + status : "HTTP " + status + ": " + body;
        if (status >= 200 && status < 300) {
            return new Outcome.Delivered(detail);
        }
        int attemptsMax = Outcome.ATTEMPTS_MAX;
        if (status == GONE) {
            attemptsMax = 1;
        } else if (status >= 400 && status < 500 && !PASSING.contains(status)) {
            attemptsMax = WRONG_ATTEMPTS_MAX;
        }
        return new Outcome.Refused(
                detail,
                attemptsMax,
                answer.headers().firstValue("Retry-After").map(this::pause).orElse(Duration.ZERO));
    }

    /// A number of seconds, or the time as HTTP writes it; anything else is no pause.
    private Duration pause(String text) {
        String word = text.strip();
        if (word.matches("[0-9]{1,9}")) {
            return Duration.ofSeconds(Long.parseLong(word));
        }
        try {
            Instant until =
                    ZonedDateTime.parse(word, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant();
            Duration pause = Duration.between(clock.instant(), until);
            return pause.isNegative() ? Duration.ZERO : pause;
        } catch (DateTimeException e) {
            return Duration.ZERO;
        }
    }

    @Override
    public void close() {
        client.shutdownNow();
    }

    /// The beginning of an answer. The rest, which may be endless, is not read.
    private static final class Beginning implements HttpResponse.BodySubscriber<String> {
        private final CompletableFuture<String> body = new CompletableFuture<>();
        private final ByteBuffer bytes = ByteBuffer.allocate(ANSWER_BYTES);
        private Flow.Subscription subscription = new None();

        @Override
        public CompletionStage<String> getBody() {
            return body;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> parts) {
            for (ByteBuffer part : parts) {
                byte[] some = new byte[Math.min(part.remaining(), bytes.remaining())];
                part.get(some);
                bytes.put(some);
            }
            if (bytes.hasRemaining()) {
                subscription.request(1);
            } else {
                subscription.cancel();
                onComplete();
            }
        }

        @Override
        public void onError(Throwable cause) {
            body.completeExceptionally(cause);
        }

        @Override
        public void onComplete() {
            body.complete(new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8));
        }

        /// Before there is one.
        private record None() implements Flow.Subscription {
            @Override
            public void request(long count) {}

            @Override
            public void cancel() {}
        }
    }
}
