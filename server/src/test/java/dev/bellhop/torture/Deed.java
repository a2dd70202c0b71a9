package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.store.Database;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Something that an agent has done, during which something breaks: once, under a mark of its own.
sealed interface Deed {

    /// Makes everything ready and notes how it is.
    ///
    /// @param mark a word that nothing else has in it
    void prepare(Agent agent, String mark) throws IOException;

    /// Asks for it.
    ///
    /// @return the answers to come; the last one is the acknowledgement
    List<CompletableFuture<JsonNode>> act(Agent agent);

    /// Compares what was answered with what is there now.
    ///
    /// @param agent whose server lives
    /// @param answers those that arrived
    /// @param acknowledged whether the last one did, without an error
    void check(Agent agent, List<Agent.Answer> answers, boolean acknowledged, Findings findings)
            throws IOException;

    /// All of them, in `place`.
    ///
    /// @param padding how many characters the texts have besides
    static Map<String, Deed> all(Place place, int padding) {
        Map<String, Deed> deeds = new TreeMap<>();
        for (OfTasks.Kind kind : OfTasks.Kind.values()) {
            deeds.put(kind.name(), new OfTasks(place, kind, padding));
        }
        deeds.put("RUN", new OfJobs(place));
        deeds.put("TELL", new OfTheInbox(place));
        return deeds;
    }

    /// Changes tasks.
    final class OfTasks implements Deed {

        private static final ObjectMapper JSON = new ObjectMapper();
        private static final Pattern ID = Pattern.compile("#(\\d+):");

        private final Place place;
        private final Kind kind;
        private final int padding;
        private final Set<Integer> ids = new HashSet<>();
        private Map<Integer, byte[]> before = Map.of();
        private String mark = "";
        private int task;

        enum Kind {
            CREATE,
            PLAN,
            EDIT,
            COMPLETE
        }

        OfTasks(Place place, Kind kind, int padding) {
            this.place = place;
            this.kind = kind;
            this.padding = padding;
        }

        @Override
        public void prepare(Agent agent, String newMark) throws IOException {
            mark = newMark;
            if (kind == Kind.EDIT || kind == Kind.COMPLETE) {
                Agent.Answer created =
                        agent.call(
                                "task_create",
                                Map.of(
                                        "tasks",
                                        List.of(
                                                Map.of("ref", "a", "subject", "first"),
                                                Map.of("subject", "b", "blockedBy", List.of("a")),
                                                Map.of(
                                                        "subject",
                                                        "c",
                                                        "blockedBy",
                                                        List.of("a")))));
                Matcher id = ID.matcher(created.text());
                if (!id.find()) {
                    throw new IOException("nothing was created: " + created.text());
                }
                task = Integer.parseInt(id.group(1));
                agent.call("task_update", Map.of("task_id", task, "status", "in_progress"));
            } else {
                agent.call("task_create", Map.of("subject", "before " + mark.hashCode()));
            }
            before = files();
        }

        @Override
        public List<CompletableFuture<JsonNode>> act(Agent agent) {
            String text = mark + "x".repeat(padding);
            return List.of(
                    switch (kind) {
                        case CREATE ->
                                agent.send(
                                        "task_create",
                                        Map.of("subject", "create", "description", text));
                        case PLAN ->
                                agent.send(
                                        "task_create",
                                        Map.of(
                                                "tasks",
                                                List.of(
                                                        item("a", text),
                                                        item("b", text, "a"),
                                                        item("c", text, "a", "b"))));
                        case EDIT ->
                                agent.send(
                                        "task_update",
                                        Map.of("task_id", task, "description", text));
                        case COMPLETE ->
                                agent.send(
                                        "task_update",
                                        Map.of(
                                                "task_id",
                                                task,
                                                "status",
                                                "completed",
                                                "result",
                                                mark));
                    });
        }

        private static Map<String, Object> item(String ref, String text, String... blockers) {
            return Map.of(
                    "ref",
                    ref,
                    "subject",
                    ref,
                    "description",
                    text,
                    "blockedBy",
                    List.of(blockers));
        }

        @Override
        public void check(
                Agent agent, List<Agent.Answer> answers, boolean acknowledged, Findings findings)
                throws IOException {
            // Whatever is half done is finished or undone by whoever comes next.
            Agent.Answer list = agent.call("task_list", Map.of("limit", 5));
            if (list.isError() || list.text().contains("unreadable")) {
                findings.violation("the list says: " + list.text());
            }
            Map<Integer, byte[]> after = files();
            List<Integer> changed = new ArrayList<>();
            for (Map.Entry<Integer, byte[]> each : after.entrySet()) {
                byte[] old = before.get(each.getKey());
                if (old == null || !java.util.Arrays.equals(old, each.getValue())) {
                    changed.add(each.getKey());
                    requireWhole(findings, each.getKey(), each.getValue());
                }
            }
            for (Integer id : before.keySet()) {
                findings.require(after.containsKey(id), "#%d is lost".formatted(id));
            }
            boolean done = changed.size() == (kind == Kind.PLAN ? 3 : 1);
            findings.require(
                    done || changed.isEmpty(), "half of %s was done: %s".formatted(kind, changed));
            if (acknowledged) {
                findings.checked(1);
                findings.require(done, "%s was acknowledged and is lost".formatted(kind));
            } else if (!answers.isEmpty() && !isUnsure(answers.getLast())) {
                findings.checked(1);
                findings.require(
                        changed.isEmpty(),
                        "%s was refused (%s) and done all the same"
                                .formatted(kind, answers.getLast().text()));
            }
            requireFreshIds(findings, answers, changed);
            before = after;
        }

        /// Whether the answer says that it does not know, or that the change is under way.
        private static boolean isUnsure(Agent.Answer answer) {
            return answer.text().contains("it is not known")
                    || answer.text().contains("not all in place yet");
        }

        private void requireWhole(Findings findings, int id, byte[] bytes) throws IOException {
            String text = new String(bytes, StandardCharsets.UTF_8);
            findings.require(
                    text.contains(mark) && text.endsWith("}\n"),
                    "#%d is neither old nor new: %s".formatted(id, head(text)));
            try {
                JSON.readTree(bytes);
            } catch (com.fasterxml.jackson.core.JacksonException e) {
                findings.violation("#%d is torn: %s".formatted(id, head(text)));
            }
        }

        private void requireFreshIds(
                Findings findings, List<Agent.Answer> answers, List<Integer> changed) {
            if (kind == Kind.EDIT || kind == Kind.COMPLETE) {
                return;
            }
            for (Agent.Answer answer : answers) {
                Matcher id = ID.matcher(answer.text());
                while (!answer.isError() && id.find()) {
                    findings.require(
                            changed.contains(Integer.valueOf(id.group(1))),
                            "#%s was acknowledged and is lost".formatted(id.group(1)));
                }
            }
            for (Integer id : changed) {
                findings.require(ids.add(id), "#%d was given twice".formatted(id));
            }
        }

        private Map<Integer, byte[]> files() throws IOException {
            Map<Integer, byte[]> files = new TreeMap<>();
            try (Stream<Path> found = Files.list(place.tasks())) {
                for (Path file : found.toList()) {
                    Matcher name =
                            Pattern.compile("task_(\\d+)\\.json")
                                    .matcher(String.valueOf(file.getFileName()));
                    if (name.matches()) {
                        files.put(Integer.valueOf(name.group(1)), Files.readAllBytes(file));
                    }
                }
            }
            return files;
        }

        private static String head(String text) {
            return text.substring(0, Math.min(text.length(), 200));
        }
    }

    /// Starts a job.
    final class OfJobs implements Deed {

        private static final Pattern ID = Pattern.compile("Background task ([0-9a-f]{8}) started");
        private static final Pattern LISTED = Pattern.compile("\\b([0-9a-f]{8})\\b");

        private final Place place;
        private String mark = "";

        OfJobs(Place place) {
            this.place = place;
        }

        @Override
        public void prepare(Agent agent, String newMark) throws IOException {
            mark = newMark;
            agent.call("check_background", Map.of());
        }

        @Override
        public List<CompletableFuture<JsonNode>> act(Agent agent) {
            return List.of(
                    agent.send(
                            "background_run",
                            Map.of(
                                    "command",
                                    "echo ran >>%s/ran-%s; echo done-%s"
                                            .formatted(place.root(), mark, mark),
                                    "label",
                                    mark)));
        }

        @Override
        public void check(
                Agent agent, List<Agent.Answer> answers, boolean acknowledged, Findings findings)
                throws IOException {
            Path ran = place.root().resolve("ran-" + mark);
            if (acknowledged) {
                findings.checked(1);
                Matcher id = ID.matcher(answers.getLast().text());
                if (!id.find()) {
                    findings.violation("no job is named: " + answers.getLast().text());
                    return;
                }
                Agent.Answer end =
                        agent.call("check_background", Map.of("task_id", id.group(1), "wait", 20));
                findings.require(
                        !end.isError() && end.text().contains("done-" + mark),
                        "job %s was acknowledged and is lost: %s".formatted(id.group(1), end));
                findings.require(Files.exists(ran), "job %s never ran".formatted(id.group(1)));
            }
            String left = stillRunning(agent);
            findings.require(left.isEmpty(), "a job without processes is running: " + left);
            if (Files.exists(ran)) {
                findings.require(
                        Files.readAllLines(ran).size() == 1,
                        "a job ran twice: " + Files.readString(ran));
            }
        }

        /// The line of a job that is said to run after all have ended.
        private String stillRunning(Agent agent) throws IOException {
            String line = running(agent);
            if (line.isEmpty()) {
                return "";
            }
            Matcher id = LISTED.matcher(line);
            if (id.find()) {
                agent.call("check_background", Map.of("task_id", id.group(1), "wait", 15));
            }
            return running(agent);
        }

        private static String running(Agent agent) throws IOException {
            return agent.call("check_background", Map.of())
                    .text()
                    .lines()
                    .filter(line -> line.startsWith("[running") || line.startsWith("[starting"))
                    .findFirst()
                    .orElse("");
        }
    }

    /// Tells of a job's end, and takes it as heard.
    final class OfTheInbox implements Deed {

        private final Place place;
        private String mark = "";

        private @Nullable Inbox inbox;

        OfTheInbox(Place place) {
            this.place = place;
        }

        @Override
        public void prepare(Agent agent, String newMark) throws IOException {
            mark = newMark;
            Path gate = place.root().resolve("gate-" + mark);
            agent.call(
                    "background_run",
                    Map.of(
                            "command",
                            "until [ -e '%s' ]; do sleep 0.02; done; echo %s"
                                    .formatted(gate, news())));
            Files.createFile(gate);
            Inbox looking = inbox();
            long deadline = System.nanoTime() + Agent.PATIENCE.toNanos();
            while (!looking.pending().contains(news())) {
                if (System.nanoTime() > deadline) {
                    throw new IOException("nothing was told of a job that ended: " + mark);
                }
                LockSupport.parkNanos(5_000_000);
            }
        }

        private Inbox inbox() throws IOException {
            Inbox open = inbox;
            if (open == null) {
                Path state = place.state().orElseThrow();
                open = new Inbox(new Database(state.resolve("bellhop.db"), List.of()), state);
                inbox = open;
            }
            return open;
        }

        @Override
        public List<CompletableFuture<JsonNode>> act(Agent agent) {
            return List.of(
                    agent.send("task_list", Map.of("limit", 1)),
                    agent.send("task_list", Map.of("limit", 1)));
        }

        @Override
        public void check(
                Agent agent, List<Agent.Answer> answers, boolean acknowledged, Findings findings)
                throws IOException {
            boolean shown = answers.stream().anyMatch(answer -> answer.text().contains(news()));
            findings.checked(1);
            long deadline = System.nanoTime() + Agent.PATIENCE.toNanos() / 2;
            @Nullable String again = null;
            do {
                String text = agent.call("task_list", Map.of("limit", 1)).text();
                again = text.contains(news()) ? text : null;
            } while (again == null && !shown && System.nanoTime() < deadline);
            findings.require(shown || again != null, "the news of %s was lost".formatted(mark));
            if (shown && again != null) {
                findings.require(
                        again.contains("(repeated)"), "a repetition is not marked: " + again);
            }
        }

        private String news() {
            return "news-" + mark;
        }
    }
}
