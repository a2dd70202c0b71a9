package dev.bellhop.server.http;

import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/// What the server counts, in the text format of Prometheus. Any thread may use it.
final class Metrics {

    static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private static final double NANOS_PER_SECOND = 1e9;

    private final long startNanos = System.nanoTime();
    private final SortedMap<String, LongAdder> answers = new ConcurrentSkipListMap<>();
    private final SortedMap<String, LongAdder> refusals = new ConcurrentSkipListMap<>();
    private final LongAdder nanos = new LongAdder();
    private final LongAdder timed = new LongAdder();
    private final Map<String, Supplier<Number>> gauges;

    /// @param gauges what others count, by the names it is told under
    Metrics(Map<String, Supplier<Number>> gauges) {
        this.gauges = new TreeMap<>(gauges);
    }

    /// A request is over.
    void answered(int status) {
        count(answers, status / 100 + "xx");
    }

    /// It was turned away.
    void refused(String reason) {
        count(refusals, reason);
    }

    /// A route needed so long for it. Streams take as long as they like.
    void took(long nanosTaken) {
        nanos.add(nanosTaken);
        timed.increment();
    }

    private static void count(Map<String, LongAdder> counters, String label) {
        counters.computeIfAbsent(label, _ -> new LongAdder()).increment();
    }

    String text() {
        StringBuilder text = new StringBuilder();
        counters(text, "bellhop_http_requests_total", "status", answers);
        counters(text, "bellhop_http_refused_total", "reason", refusals);
        text.append("# TYPE bellhop_http_request_seconds summary\n");
        line(text, "bellhop_http_request_seconds_sum", seconds(nanos.sum()));
        line(text, "bellhop_http_request_seconds_count", timed.toString());
        gauge(text, "bellhop_uptime_seconds", seconds(System.nanoTime() - startNanos));
        gauges.forEach((name, value) -> gauge(text, name, value.get().toString()));
        return text.toString();
    }

    private static String seconds(long nanos) {
        return String.format(Locale.ROOT, "%.6f", nanos / NANOS_PER_SECOND);
    }

    private static void counters(
            StringBuilder text, String name, String label, Map<String, LongAdder> counters) {
        text.append("# TYPE ").append(name).append(" counter\n");
        counters.forEach((value, counter) ->
                line(text, "%s{%s=\"%s\"}".formatted(name, label, value), counter.toString()));
    }

    private static void gauge(StringBuilder text, String name, String value) {
        text.append("# TYPE ").append(name).append(" gauge\n");
        line(text, name, value);
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append(name).append(' ').append(value).append('\n');
    }
}
