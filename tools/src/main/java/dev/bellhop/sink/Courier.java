package dev.bellhop.sink;

import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Delivers what is due in the outbox of a project, for as long as its process stays.
///
/// One thread looks for work; others deliver, and are there only while they do. At any time at most
/// one of them works for the same sink, so that a slow or dead sink holds up nothing but itself.
/// They are platform threads, since some of what they wait for would hold on to a carrier.
public final class Courier implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Courier.class);

    static final Duration COMMAND_PATIENCE = Duration.ofSeconds(30);
    static final Duration COMMAND_GRACE = Duration.ofSeconds(5);
    static final Duration WEBHOOK_PATIENCE = Duration.ofSeconds(15);

    /// So many sinks are told at a time; others wait for a turn.
    private static final int AT_ONCE_MAX = 16;

    private static final int THREADS_KEPT_SECONDS = 10;

    private static final Duration PRUNE_EVERY = Duration.ofHours(6);

    /// How long [#close] waits for deliveries to end by themselves.
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(1);

    /// How long to wait before looking again, in case another process has added something.
    ///
    /// @param busy where there are sinks of the whole project, or rows that are due
    /// @param idle where there are none
    record Rhythm(Duration busy, Duration idle) {
        static final Rhythm NORMAL = new Rhythm(Duration.ofMillis(500), Duration.ofSeconds(5));
    }

    private final Outbox outbox;
    private final @Nullable Map<String, Sink> configured;
    private final Map<String, Sink> sinks;
    private final Map<String, String> environment;
    private final InstantSource clock;
    private final Rhythm rhythm;
    private final CommandDelivery commands;
    private final Thread thread;
    private final Semaphore slots = new Semaphore(AT_ONCE_MAX);
    private final ThreadPoolExecutor lanes =
            new ThreadPoolExecutor(
                    AT_ONCE_MAX,
                    AT_ONCE_MAX,
                    THREADS_KEPT_SECONDS,
                    TimeUnit.SECONDS,
                    new LinkedBlockingQueue<>(),
                    Thread.ofPlatform().daemon().name("sink-", 1).factory());
    private @Nullable WebhookDelivery webhooks;
    private volatile boolean isClosed;

    /// @param sinks those of the whole project, by their names; null if it is not known which there
    ///   are, and then only what is in the outbox is delivered
    /// @param scratch a directory for short-lived files, made when first needed
    /// @param environment what commands inherit, and where the secrets of webhooks are
    public Courier(
            Outbox outbox,
            @Nullable Map<String, Sink> sinks,
            Path scratch,
            Map<String, String> environment,
            InstantSource clock) {
        this(outbox, sinks, scratch, environment, clock, Rhythm.NORMAL);
    }

    Courier(
            Outbox outbox,
            @Nullable Map<String, Sink> sinks,
            Path scratch,
            Map<String, String> environment,
            InstantSource clock,
            Rhythm rhythm) {
        this.outbox = outbox;
        this.configured = sinks;
        this.sinks = sinks == null ? Map.of() : new LinkedHashMap<>(sinks);
        this.environment = Map.copyOf(environment);
        this.clock = clock;
        this.rhythm = rhythm;
        this.commands = new CommandDelivery(scratch, environment, COMMAND_PATIENCE, COMMAND_GRACE);
        this.thread = Thread.ofPlatform().daemon().name("courier").unstarted(this::work);
        lanes.allowCoreThreadTimeOut(true);
    }

    /// Begins.
    public void start() {
        thread.start();
    }

    /// Ends: takes on nothing more, and waits a moment for what is being delivered. What takes
    /// longer is broken off, and is delivered again by whoever comes next.
    @Override
    public void close() {
        isClosed = true;
        thread.interrupt();
        try {
            thread.join(CLOSE_PATIENCE);
            lanes.shutdown();
            if (!lanes.awaitTermination(CLOSE_PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
                lanes.shutdownNow();
                lanes.awaitTermination(
                        COMMAND_GRACE.plus(CLOSE_PATIENCE).toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        closeWebhooks();
    }

    private void work() {
        boolean isPrepared = false;
        long pruned = 0;
        String trouble = "";
        while (!isClosed) {
            Duration pause = rhythm.idle();
            try {
                if (!isPrepared || System.nanoTime() - pruned >= PRUNE_EVERY.toNanos()) {
                    prepare();
                    isPrepared = true;
                    pruned = System.nanoTime();
                }
                outbox.follow(sinks);
                handOut();
                if (!sinks.isEmpty() || outbox.hasDue()) {
                    pause = rhythm.busy();
                }
                trouble = "";
            } catch (RuntimeException e) {
                // Once is enough: it may go on for days.
                if (!trouble.equals(String.valueOf(e.getMessage()))) {
                    trouble = String.valueOf(e.getMessage());
                    LOG.warn("sinks are not told anything now: {}", trouble);
                }
            }
            try {
                outbox.await(pause);
            } catch (InterruptedException e) {
                return; // Only close() interrupts.
            }
        }
    }

    private void prepare() {
        outbox.prune();
        if (configured != null) {
            outbox.forgetAllBut(configured.keySet());
        }
    }

    private void handOut() {
        int free = slots.availablePermits();
        List<Delivery> claimed = free == 0 ? List.of() : outbox.claim(free);
        for (Delivery delivery : claimed) {
            slots.acquireUninterruptibly();
            lanes.execute(() -> deliver(delivery));
        }
    }

    /// Delivers one, and then one after the other as long as something is due.
    private void deliver(Delivery first) {
        try {
            Optional<Delivery> next = Optional.of(first);
            while (next.isPresent()) {
                next = isClosed ? released(next.get()) : settled(next.get());
            }
        } catch (RuntimeException e) {
            // What was delivered is still claimed, and so is delivered again after a while.
            LOG.warn("what came of a delivery could not be written down: {}", e.getMessage());
        } finally {
            slots.release();
        }
    }

    private Optional<Delivery> settled(Delivery delivery) {
        try {
            return outbox.settle(delivery, attempt(delivery));
        } catch (InterruptedException e) {
            return released(delivery);
        }
    }

    private Optional<Delivery> released(Delivery delivery) {
        outbox.release(delivery);
        return Optional.empty();
    }

    private Outcome attempt(Delivery delivery) throws InterruptedException {
        try {
            return switch (delivery.sink()) {
                case Sink.Command command -> commands.attempt(command, delivery.event());
                case Sink.NdjsonFile file -> FileDelivery.attempt(file, delivery.event());
                case Sink.Webhook hook -> webhooks().attempt(hook, delivery.event(), delivery.id());
            };
        } catch (RuntimeException e) {
            LOG.error("telling the sink {} failed", delivery.name(), e);
            return Outcome.refused("Bellhop failed: " + e);
        }
    }

    private synchronized WebhookDelivery webhooks() {
        WebhookDelivery made = webhooks;
        if (made == null) {
            made = new WebhookDelivery(environment, clock, WEBHOOK_PATIENCE);
            webhooks = made;
        }
        return made;
    }

    private synchronized void closeWebhooks() {
        if (webhooks != null) {
            webhooks.close();
        }
    }
}
