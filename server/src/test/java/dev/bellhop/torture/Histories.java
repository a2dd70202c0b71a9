package dev.bellhop.torture;

import dev.bellhop.base.Problem;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Plan;
import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskChange;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.TaskStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Random histories of the task store and the inbox, with power cuts in the middle of any
/// operation, compared with a model of a few lines.
///
/// A cycle is a history of 50 operations from a seed of its own, on a [SimulatedDisk]. The database
/// is a real one and is not cut; the store and the inbox in front of it are thrown away. The
/// control is a disk that only says it has synced.
final class Histories implements Trial {

    private static final int OPERATIONS = 50;
    private static final int CONTROLS = 20;
    private static final int CONTROLS_PERCENT = 80;
    private static final int SEEDS_A_DATABASE = 1_000;
    private static final Journal.Author AUTHOR = new Journal.Author("simulation", "torture 1");

    @Override
    public String id() {
        return "R22";
    }

    @Override
    public String about() {
        return "random histories on a simulated disk";
    }

    @Override
    public int shortCycles() {
        return 150;
    }

    @Override
    public int fullCycles() {
        return 100_000;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Path memory = Path.of("/dev/shm");
        Path folder =
                Files.createTempDirectory(
                        Files.isWritable(memory) ? memory : round.scratch(), "histories");
        try {
            World world = new World(folder.resolve("control.db"), true);
            for (int i = 0; i < CONTROLS; i++) {
                Findings found = new Findings();
                new History(world, round.seed() + i, found).play();
                findings.control(!found.isClean());
            }
            findings.requireControls(CONTROLS_PERCENT);
            world = new World(folder.resolve("0.db"), false);
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                int cycle = findings.cycle();
                if (cycle % SEEDS_A_DATABASE == 0) {
                    clear(folder);
                    world = new World(folder.resolve(cycle + ".db"), false);
                }
                Findings found = new Findings();
                new History(world, round.seed() + cycle, found).play();
                findings.add(found, "seed %d: ".formatted(round.seed() + cycle));
            }
            findings.figure("%d power cuts".formatted(world.cuts()));
        } finally {
            Place.delete(folder);
        }
        return findings.outcome();
    }

    private static void clear(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.delete(file);
            }
        }
    }

    /// What one history after the other runs on.
    private static final class World {
        private static int cuts;

        private final SimulatedDisk disk;
        private final Database database;
        private final Journal journal;
        private Instant now = Instant.parse("2026-01-01T00:00:00Z");

        World(Path file, boolean isLiar) {
            disk = new SimulatedDisk(clock(), isLiar);
            database =
                    new Database(
                            file,
                            Stream.concat(Journal.tables().stream(), Inbox.tables().stream())
                                    .toList());
            journal = new Journal(database);
        }

        int cuts() {
            return cuts;
        }

        InstantSource clock() {
            return () -> {
                now = now.plusMillis(7);
                return now;
            };
        }

        TaskStore store() {
            return new TaskStore(
                    disk.directory(),
                    disk.directory().resolveSibling("snapshot"),
                    database,
                    journal,
                    clock());
        }
    }

    /// What is known of a task.
    private record Known(String subject, Status status, Set<Integer> blockers, int notes) {

        static Known of(Task task) {
            Set<Integer> blockers = new TreeSet<>();
            task.blockedBy().forEach(id -> blockers.add(id.number()));
            return new Known(task.subject(), task.status(), blockers, task.notes().size());
        }
    }

    /// One thing that is done, and what it makes of the tasks.
    private interface Step {
        void on(TaskStore store);

        /// @param created the ids it gave, in order; empty if it creates nothing
        Map<Integer, Known> applied(Map<Integer, Known> before, List<Integer> created);

        /// How many tasks it creates.
        default int creates() {
            return 0;
        }
    }

    private static final class History {
        private final World world;
        private final Random random;
        private final Findings findings;
        private final String consumer;
        private TaskStore store;
        private Inbox inbox;
        private Map<Integer, Known> model = new TreeMap<>();
        private int highest;
        private int words;

        // The news that were not acknowledged, by their key, and how often each was shown.
        private final Map<String, Integer> untold = new TreeMap<>();
        private Inbox.@Nullable News inFlight;

        History(World world, long seed, Findings findings) {
            this.world = world;
            this.random = new Random(seed);
            this.findings = findings;
            this.consumer = "c%d-%d".formatted(seed, world.cuts());
            world.disk.format();
            this.store = world.store();
            this.inbox = new Inbox(world.database, Path.of("/"));
            inbox.attend(consumer);
        }

        void play() {
            try {
                live();
            } catch (Problem problem) {
                findings.violation("nothing can be read: " + problem.getMessage());
            }
        }

        private void live() {
            for (int i = 0; i < OPERATIONS && findings.isClean(); i++) {
                if (random.nextInt(4) == 0) {
                    tell();
                } else {
                    step(random.nextInt(5) == 0);
                }
                if (random.nextInt(20) == 0) {
                    store = world.store();
                }
            }
            compare("at the end");
            drain();
        }

        // ---- tasks

        private void step(boolean cut) {
            Step step = chosen();
            if (cut) {
                world.disk.cutAfter(random.nextInt(20));
            }
            try {
                step.on(store);
                world.disk.cutAfter(Long.MAX_VALUE);
                List<Integer> created = createdSince();
                findings.require(
                        created.size() == step.creates(), "it created %s".formatted(created));
                model = step.applied(model, created);
                created.forEach(id -> highest = Math.max(highest, id));
                findings.checked(1);
            } catch (Problem problem) {
                world.disk.cutAfter(Long.MAX_VALUE);
                findings.require(
                        problem.kind() == Problem.Kind.CONFLICT
                                || problem.kind() == Problem.Kind.INVALID,
                        "refused: " + problem.getMessage());
            } catch (SimulatedDisk.PowerCut e) {
                recover(step);
                return;
            }
            compare("after " + step);
        }

        /// The ids that there are now and that the model does not know.
        private List<Integer> createdSince() {
            return actual().keySet().stream().filter(id -> !model.containsKey(id)).toList();
        }

        private Map<Integer, Known> actual() {
            return store.read(graph -> {
                Map<Integer, Known> known = new TreeMap<>();
                for (Task task : graph.tasks()) {
                    known.put(task.id().number(), Known.of(task));
                }
                findings.require(graph.unreadable().isEmpty(), "unreadable: " + graph.unreadable());
                return known;
            });
        }

        /// Comes back after the power failed, and perhaps fails again while it does.
        private void recover(Step step) {
            World.cuts++;
            while (true) {
                world.disk.reboot(random);
                store = world.store();
                if (random.nextInt(3) == 0) {
                    world.disk.cutAfter(random.nextInt(6));
                }
                try {
                    Map<Integer, Known> now = actual();
                    world.disk.cutAfter(Long.MAX_VALUE);
                    List<Integer> created =
                            now.keySet().stream().filter(id -> !model.containsKey(id)).toList();
                    boolean isOld = now.equals(model);
                    boolean isNew =
                            created.size() == step.creates()
                                    && now.equals(step.applied(model, created));
                    findings.require(
                            isOld || isNew,
                            "neither old nor new after %s: %s, was %s".formatted(step, now, model));
                    for (int id : created) {
                        findings.require(id > highest, "#%d was given twice".formatted(id));
                        highest = Math.max(highest, id);
                    }
                    model = now;
                    return;
                } catch (SimulatedDisk.PowerCut e) {
                    World.cuts++;
                }
            }
        }

        private void compare(String when) {
            Map<Integer, Known> now = actual();
            findings.require(
                    now.equals(model), "%s there is %s, not %s".formatted(when, now, model));
        }

        private Step chosen() {
            int choice = random.nextInt(model.isEmpty() ? 2 : 10);
            return switch (choice) {
                case 0 -> plan(1);
                case 1 -> plan(2 + random.nextInt(3));
                case 2, 3 -> change(note());
                case 4 -> change(subject());
                case 5, 6 -> change(TaskChange.to(Status.IN_PROGRESS));
                case 7 -> change(TaskChange.to(Status.COMPLETED));
                case 8 -> change(TaskChange.to(Status.PENDING));
                default -> change(blocked(one()));
            };
        }

        private int one() {
            List<Integer> ids = new ArrayList<>(model.keySet());
            return ids.get(random.nextInt(ids.size()));
        }

        private Step plan(int count) {
            List<Plan.Item> items = new ArrayList<>();
            List<Known> known = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                TaskId[] blockers =
                        model.isEmpty() || random.nextBoolean()
                                ? new TaskId[0]
                                : new TaskId[] {new TaskId(one())};
                String subject = "task " + words++;
                items.add(Plan.Item.of(subject, blockers));
                Set<Integer> numbers = new TreeSet<>();
                for (TaskId blocker : blockers) {
                    numbers.add(blocker.number());
                }
                known.add(new Known(subject, Status.PENDING, numbers, 0));
            }
            Plan plan = new Plan(items, new Task.RequestKey("key " + words++, "payload"));
            return new Step() {
                @Override
                public void on(TaskStore tasks) {
                    tasks.create(plan, AUTHOR);
                }

                @Override
                public Map<Integer, Known> applied(
                        Map<Integer, Known> before, List<Integer> created) {
                    Map<Integer, Known> after = new TreeMap<>(before);
                    for (int i = 0; i < created.size(); i++) {
                        after.put(created.get(i), known.get(i));
                    }
                    return after;
                }

                @Override
                public int creates() {
                    return count;
                }

                @Override
                public String toString() {
                    return "a plan of " + count;
                }
            };
        }

        private TaskChange note() {
            return change(null, List.of(), "note " + words++);
        }

        private TaskChange subject() {
            return change("subject " + words++, List.of(), null);
        }

        private static TaskChange blocked(int by) {
            return change(null, List.of(new TaskId(by)), null);
        }

        private static TaskChange change(
                @Nullable String subject, List<TaskId> addBlockedBy, @Nullable String note) {
            return TaskChange.make().subject(subject).addBlockedBy(addBlockedBy).note(note).done();
        }

        private Step change(TaskChange change) {
            int id = one();
            return new Step() {
                @Override
                public void on(TaskStore tasks) {
                    List<Integer> freed =
                            tasks.update(new TaskId(id), change, AUTHOR).unblocked().stream()
                                    .map(TaskId::number)
                                    .toList();
                    findings.require(
                            freed.equals(freedBy(id, change.status())),
                            "%s freed %s".formatted(this, freed));
                }

                @Override
                public Map<Integer, Known> applied(
                        Map<Integer, Known> before, List<Integer> created) {
                    Map<Integer, Known> after = new TreeMap<>(before);
                    after.computeIfPresent(id, (_, old) -> changed(old, change));
                    return after;
                }

                @Override
                public String toString() {
                    return "#%d: %s".formatted(id, change);
                }
            };
        }

        private static Known changed(Known old, TaskChange change) {
            Set<Integer> blockers = new TreeSet<>(old.blockers());
            change.addBlockedBy().forEach(blocker -> blockers.add(blocker.number()));
            return new Known(
                    change.subject() == null ? old.subject() : change.subject(),
                    change.status() == null ? old.status() : change.status(),
                    blockers,
                    old.notes() + (change.note() == null ? 0 : 1));
        }

        /// The pending tasks that wait for `id` alone, if it is now completed and was not.
        private List<Integer> freedBy(int id, @Nullable Status status) {
            Known before = model.get(id);
            List<Integer> freed = new ArrayList<>();
            if (status != Status.COMPLETED || before == null || isDone(id)) {
                return freed;
            }
            model.forEach((each, known) -> {
                if (known.status() == Status.PENDING
                        && known.blockers().contains(id)
                        && known.blockers().stream().allMatch(by -> by == id || isDone(by))) {
                    freed.add(each);
                }
            });
            return freed;
        }

        private boolean isDone(int id) {
            Known known = model.get(id);
            return known != null && known.status() == Status.COMPLETED;
        }

        // ---- news

        /// A call of the consumer, whose answer may be lost, before or after it was sent; the inbox
        /// may be another one afterwards.
        private void tell() {
            if (random.nextBoolean()) {
                String key = "news:%s-%d.".formatted(consumer, words++);
                world.database.transact(connection -> {
                    world.journal.append(
                            connection,
                            new Journal.Entry(
                                    world.clock().instant(),
                                    AUTHOR,
                                    key,
                                    "ended",
                                    null,
                                    null,
                                    new Journal.News(consumer, key, key)));
                    return null;
                });
                untold.put(key, 0);
                return;
            }
            acknowledge();
            Inbox.News news = inbox.news(consumer, Set.of(), 4_000);
            findings.checked(1);
            for (Map.Entry<String, Integer> each : untold.entrySet()) {
                boolean isShown = news.text().contains(each.getKey());
                if (isShown) {
                    boolean repeated = news.text().contains("(repeated) " + each.getKey());
                    findings.require(
                            repeated == each.getValue() > 0,
                            "%s was shown %d times before: %s"
                                    .formatted(each.getKey(), each.getValue(), news.text()));
                    each.setValue(each.getValue() + 1);
                }
            }
            if (random.nextInt(4) == 0) {
                inbox = new Inbox(world.database, Path.of("/")); // The answer never left.
                inbox.attend(consumer);
            } else {
                inbox.sent(news);
                inFlight = news;
            }
        }

        private void acknowledge() {
            Inbox.News heard = inFlight;
            inFlight = null;
            inbox.acknowledge(consumer, System.nanoTime());
            if (heard != null) {
                untold.keySet().removeIf(key -> heard.text().contains(key));
            }
        }

        /// In the end nothing is left that was not shown.
        private void drain() {
            for (int i = 0; i < 3 && findings.isClean(); i++) {
                acknowledge();
                Inbox.News news = inbox.news(consumer, Set.of(), 100_000);
                inbox.sent(news);
                inFlight = news;
            }
            acknowledge();
            findings.require(
                    !findings.isClean() || untold.isEmpty(), "never told: " + untold.keySet());
        }
    }
}
