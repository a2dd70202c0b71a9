package dev.bellhop.sink;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A web server that is posted to.
final class Receiver implements AutoCloseable {

    /// What came in.
    record Request(String method, String path, Headers headers, String body) {}

    /// What is answered.
    ///
    /// @param status 0 to hang up without an answer, -1 to begin an answer that never ends
    record Answer(int status, Map<String, String> headers, String body) {
        static Answer of(int status) {
            return new Answer(status, Map.of(), "");
        }
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();

    Receiver(Function<Request, Answer> answers) {
        try {
            server =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", exchange -> take(exchange, answers));
        server.setExecutor(threads);
        server.start();
    }

    private void take(HttpExchange exchange, Function<Request, Answer> answers) throws IOException {
        Request request =
                new Request(
                        exchange.getRequestMethod(),
                        exchange.getRequestURI().toString(),
                        exchange.getRequestHeaders(),
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        requests.add(request);
        Answer answer = answers.apply(request);
        if (answer.status() > 0) {
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(answer.status(), body.length == 0 ? -1 : body.length);
            exchange.getResponseBody().write(body);
        } else if (answer.status() < 0) {
            exchange.sendResponseHeaders(200, 0);
            endless(exchange.getResponseBody());
        }
        exchange.close();
    }

    private static void endless(OutputStream stream) {
        try {
            while (true) {
                stream.write(new byte[10_000]);
            }
        } catch (IOException e) {
            // It has had enough.
        }
    }

    Sink.Webhook sink(@Nullable String secretEnv) {
        return new Sink.Webhook(url("/hook?a=b"), secretEnv, Set.of(EventKind.values()));
    }

    URI url(String path) {
        return URI.create(
                "http://%s:%d%s"
                        .formatted(
                                server.getAddress().getAddress().getHostAddress(),
                                server.getAddress().getPort(),
                                path));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
