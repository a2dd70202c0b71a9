package dev.bellhop.torture;

import dev.bellhop.server.http.StreamingServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A crowd at the door on a port: bodies that do not come, heads that do not end, streams that
/// nobody reads, and somebody honest among them.
///
/// A cycle is one of the crowd.
final class CrowdedDoor implements Trial {

    /// Of the crowd, so many have a head that does not end, and so many a stream, out of 19.
    private static final int HEADS = 2;

    private static final int STREAMS = 5;
    private static final int ALL = 19;

    private static final int FULL_CYCLES = 1_900;
    private static final int STREAMS_MAX = 64;
    private static final int HONEST_REQUESTS = 40;
    private static final int MEMORY_MIB_MAX = 300;
    private static final Duration HONEST_WAIT = Duration.ofMillis(50);

    /// After the last of the crowd has come.
    private static final Duration CLOSED_WITHIN = Duration.ofSeconds(10);

    private static final double ANSWERED_WITHIN_MILLIS = 200;

    @Override
    public String id() {
        return "R24";
    }

    @Override
    public String about() {
        return "a crowd at the port";
    }

    @Override
    public int shortCycles() {
        return 350;
    }

    @Override
    public int fullCycles() {
        return FULL_CYCLES;
    }

    /// Who keeps a connection open and does nothing more on it.
    private record Crowd(
            List<SocketChannel> bodies, List<SocketChannel> heads, List<SocketChannel> streams)
            implements AutoCloseable {

        Crowd() {
            this(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
        }

        @Override
        public void close() throws IOException {
            for (List<SocketChannel> each : List.of(bodies, heads, streams)) {
                for (SocketChannel channel : each) {
                    channel.close();
                }
            }
        }
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "crowd");
        Process server =
                place.process(place.java(StreamingServer.class, List.of(place.root().toString())))
                        .start();
        try (Crowd crowd = new Crowd()) {
            int port = Integer.parseInt(server.inputReader().readLine());
            answer(port);
            gather(crowd, port, round.cycles(), findings);
            long start = System.nanoTime();
            List<Double> millis = honest(port, findings);
            boolean isFull = round.cycles() >= FULL_CYCLES;
            // Beside other tests single times say nothing; a server that stands still fails all the
            // same.
            double judged = FloodedOutput.percentile(millis, isFull ? 95 : 50);
            findings.require(
                    judged < ANSWERED_WITHIN_MILLIS,
                    "honest requests take %.0f ms".formatted(judged));
            long left = CLOSED_WITHIN.toNanos() - (System.nanoTime() - start);
            requireClosed("slow bodies", crowd.bodies(), 0, left, findings);
            requireClosed("half heads", crowd.heads(), 0, left, findings);
            requireClosed("streams", crowd.streams(), STREAMS_MAX, left, findings);
            long memory = memoryMiB(server.pid());
            findings.require(memory <= MEMORY_MIB_MAX, "the server takes %d MiB".formatted(memory));
            answer(port);
            findings.figure(
                    "%d slow bodies, %d half heads, %d streams; honest requests p50 %.0f, p95 %.0f, worst %.0f ms; %d MiB"
                            .formatted(
                                    crowd.bodies().size(),
                                    crowd.heads().size(),
                                    crowd.streams().size(),
                                    FloodedOutput.percentile(millis, 50),
                                    FloodedOutput.percentile(millis, 95),
                                    FloodedOutput.percentile(millis, 100),
                                    memory));
        } finally {
            server.destroyForcibly().waitFor();
        }
        return findings.outcome();
    }

    private static void gather(Crowd crowd, int port, int count, Findings findings)
            throws IOException {
        for (int i = 0; i < count; i++) {
            findings.cycle();
            int kind = i % ALL;
            if (kind < HEADS) {
                crowd.heads().add(sent(port, head("POST", "/stream", port)));
            } else if (kind < HEADS + STREAMS) {
                crowd.streams().add(sent(port, head("GET", "/stream", port) + "\r\n"));
            } else {
                crowd.bodies()
                        .add(
                                sent(
                                        port,
                                        head("POST", "/stream", port)
                                                + "Content-Type: application/json\r\n"
                                                + "Content-Length: 1000\r\n\r\n{"));
            }
        }
    }

    private static String head(String method, String path, int port) {
        return "%s %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAuthorization: Bearer %s\r\n"
                .formatted(method, path, port, StreamingServer.TOKEN);
    }

    private static SocketChannel sent(int port, String text) throws IOException {
        SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII)));
        channel.configureBlocking(false);
        return channel;
    }

    /// How long requests of somebody honest take, each on a connection of its own.
    private static List<Double> honest(int port, Findings findings) throws IOException {
        List<Double> millis = new ArrayList<>();
        for (int i = 0; i < HONEST_REQUESTS; i++) {
            long start = System.nanoTime();
            String answer = answer(port);
            millis.add((System.nanoTime() - start) / 1e6);
            findings.require(answer.startsWith("HTTP/1.1 200 "), "answered with " + answer);
            findings.checked(1);
            LockSupport.parkNanos(HONEST_WAIT.toNanos());
        }
        return millis;
    }

    private static String answer(int port) throws IOException {
        try (SocketChannel channel =
                sent(port, head("GET", "/health", port) + "Connection: close\r\n\r\n")) {
            channel.configureBlocking(true);
            return new String(
                    channel.socket().getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    private static void requireClosed(
            String what, List<SocketChannel> crowd, int leftMax, long nanos, Findings findings)
            throws IOException {
        boolean closed =
                Condition.within(
                        Duration.ofNanos(Math.max(nanos, TimeUnit.MILLISECONDS.toNanos(1))),
                        () -> open(crowd) <= leftMax);
        findings.require(closed, "of %d %s %d are open".formatted(crowd.size(), what, open(crowd)));
    }

    private static long open(List<SocketChannel> crowd) {
        return crowd.stream().filter(CrowdedDoor::isOpen).count();
    }

    private static boolean isOpen(SocketChannel channel) {
        try {
            ByteBuffer buffer = ByteBuffer.allocate(4_096);
            int count;
            do {
                count = channel.isOpen() ? channel.read(buffer.clear()) : -1;
            } while (count > 0);
            if (count < 0) {
                channel.close();
            }
            return count == 0;
        } catch (IOException e) {
            return false;
        }
    }

    private static long memoryMiB(long pid) throws IOException {
        return Files.readAllLines(Path.of("/proc", Long.toString(pid), "status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1_024)
                .findFirst()
                .orElse(0);
    }
}
