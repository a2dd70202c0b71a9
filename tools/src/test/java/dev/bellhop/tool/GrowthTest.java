package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.bellhop.base.Hangup;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A call costs as much with very many tasks as with many.
///
/// What counts is what the calling thread does: the time it has a CPU, and the bytes it allocates.
/// Both sizes are measured in turns, of many calls the cheaper quarter counts, and what looks like
/// growth is measured again; so other work on the machine does not show, and neither does its
/// speed.
class GrowthTest {

    private static final int MANY = 1_000;
    private static final int VERY_MANY = 10_000;
    private static final double EXPONENT_MAX = 0.2;

    private static final int CHAIN = 10;
    private static final int WARM_UP = 40;
    private static final int SAMPLES = 120;
    private static final int ROUNDS = 3;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir static Path root;

    // By the number of tasks that they began with.
    private static final Map<Integer, Place> PLACES = new HashMap<>();

    /// A project, and a client that works on it.
    private record Place(ProjectFolder folder, Toolbox toolbox, Conversation conversation) {

        static Place in(Path root) {
            ProjectFolder folder = new ProjectFolder(root);
            return new Place(
                    folder,
                    new Toolbox(Toolbox.standard(), folder.projects),
                    new Conversation("agent"));
        }
    }

    @BeforeAll
    static void fill() throws IOException {
        for (int size : new int[] {MANY, VERY_MANY}) {
            Place place = Place.in(root.resolve("of" + size));
            PLACES.put(size, place);
            Path tasks = Files.createDirectory(place.folder.project.resolve(".tasks"));
            for (int id = 1; id <= size; id++) {
                Files.writeString(tasks.resolve("task_%d.json".formatted(id)), file(id));
            }
        }
    }

    @AfterAll
    static void close() {
        PLACES.values().forEach(place -> place.folder.close());
        PLACES.clear();
    }

    /// Chains of ten, so that one task in ten is ready.
    private static String file(int id) {
        return """
        {
          "id": %d,
          "subject": "Task %d: implement part %d",
          "description": "Add the endpoint, validate the input, write the record.",
          "status": "pending",
          "blockedBy": [%s],
          "owner": ""
        }
        """
                .formatted(id, id, id, id % CHAIN == 1 ? "" : id - 1);
    }

    enum AgentsCall {
        LIST("task_list"),
        LIST_READY("task_list"),
        GET("task_get"),
        UPDATE("task_update"),
        CREATE("task_create"),
        CLAIM_NEXT("task_update");

        private final String tool;

        AgentsCall(String tool) {
            this.tool = tool;
        }

        /// The arguments of the call number `i` in a project of `size` tasks.
        Map<String, Object> arguments(int size, int i) {
            int id = size / 2 + i;
            return switch (this) {
                case LIST -> Map.of();
                case LIST_READY -> Map.of("ready", true);
                case GET -> Map.of("task_id", id);
                case UPDATE -> Map.of("task_id", id, "priority", 1 + i);
                case CREATE -> Map.of("subject", "one more");
                case CLAIM_NEXT -> Map.of("claim_next", true);
            };
        }
    }

    /// What calls cost, each.
    private record Cost(long cpuNanos, long bytes) {

        static Cost now() {
            return new Cost(
                    THREADS.getCurrentThreadCpuTime(), THREADS.getCurrentThreadAllocatedBytes());
        }

        Cost since(Cost before) {
            return new Cost(cpuNanos - before.cpuNanos, bytes - before.bytes);
        }

        /// What a quarter of them stays below.
        static Cost quartile(Cost[] each) {
            return new Cost(
                    quartile(Arrays.stream(each).mapToLong(Cost::cpuNanos).toArray()),
                    quartile(Arrays.stream(each).mapToLong(Cost::bytes).toArray()));
        }

        private static long quartile(long[] values) {
            Arrays.sort(values);
            return values[values.length / 4];
        }

        Cost orLess(Cost other) {
            return new Cost(Math.min(cpuNanos, other.cpuNanos), Math.min(bytes, other.bytes));
        }

        /// By which power of the number of tasks the worse of the two grows from `small` to this.
        double exponentFrom(Cost small) {
            double decades = Math.log10((double) VERY_MANY / MANY);
            double cpu = Math.log10((double) cpuNanos / small.cpuNanos);
            double allocated = Math.log10((double) bytes / small.bytes);
            return Math.max(cpu, allocated) / decades;
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallCostsTheSameWithTenTimesTheTasks(AgentsCall call) {
        int made = 0;
        Cost many = new Cost(Long.MAX_VALUE, Long.MAX_VALUE);
        Cost veryMany = many;
        double exponent = Double.MAX_VALUE;
        for (int round = 0; round < ROUNDS && exponent > EXPONENT_MAX; round++) {
            Cost[][] costs = new Cost[2][SAMPLES];
            for (int i = -WARM_UP; i < SAMPLES; i++) {
                Cost small = cost(call, MANY, made);
                Cost large = cost(call, VERY_MANY, made);
                made++;
                if (i >= 0) {
                    costs[0][i] = small;
                    costs[1][i] = large;
                }
            }
            many = many.orLess(Cost.quartile(costs[0]));
            veryMany = veryMany.orLess(Cost.quartile(costs[1]));
            exponent = veryMany.exponentFrom(many);
        }

        assertTrue(
                exponent <= EXPONENT_MAX,
                String.format(
                        Locale.ROOT,
                        "%s grows with the number of tasks to the power of %.2f: %s with %d, %s"
                                + " with %d",
                        call,
                        exponent,
                        many,
                        MANY,
                        veryMany,
                        VERY_MANY));
    }

    private static Cost cost(AgentsCall call, int size, int i) {
        Place place = Objects.requireNonNull(PLACES.get(size));
        Caller caller =
                new Caller(
                        place.folder.project,
                        "test 1.0",
                        place.conversation,
                        null,
                        Duration.ofSeconds(60),
                        new Hangup(),
                        Asker.NOBODY,
                        System.nanoTime());
        Map<String, Object> arguments = call.arguments(size, i);
        Cost before = Cost.now();
        Reply reply = place.toolbox.call(call.tool, arguments, caller);
        Cost cost = Cost.now().since(before);
        assertFalse(reply.isError(), reply.text());
        reply.sent().run();
        if (call == AgentsCall.CLAIM_NEXT) {
            Matcher claimed = Pattern.compile("#([0-9]+)").matcher(reply.text());
            assertTrue(claimed.find(), reply.text());
            // Given back, so that the next finds as much.
            int task = Integer.parseInt(claimed.group(1));
            place.toolbox
                    .call("task_update", Map.of("task_id", task, "status", "pending"), caller)
                    .sent()
                    .run();
        }
        return cost;
    }
}
