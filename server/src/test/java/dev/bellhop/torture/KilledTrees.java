package dev.bellhop.torture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// Commands whose processes leave them in every way there is, and are to end with them.
///
/// A cycle is one tree of eight that an agent kills. Without a sandbox one of them, which hides
/// even its environment, may live on if the answer names it; with one, none may.
final class KilledTrees implements Trial {

    private static final int AT_ONCE = 6;
    private static final int HIDDEN = 7;
    private static final int SIZE = 8;

    private static final Duration GROWS_WITHIN = Duration.ofSeconds(20);
    private static final Duration GONE_WITHIN = Duration.ofSeconds(2);

    /// Each process is a `sleep` of its own length, by which it is found: in a sandbox it has
    /// another number inside than outside.
    private static final String TREE =
            """
            n=$1
            sleep $n.2 &
            perl -e 'setpgrp(0, 0); exec @ARGV' sleep $n.3 &
            setsid sleep $n.4 &
            (sleep $n.5 &)
            (setsid sleep $n.6 &)
            (env -i "$(command -v setsid)" "$(command -v sleep)" $n.7 &)
            sh -c 'trap "" TERM; exec sleep "$0"' $n.8 &
            exec sleep $n.1
            """;

    @Override
    public String id() {
        return "R12";
    }

    @Override
    public String about() {
        return "kills of trees whose processes went their own ways";
    }

    @Override
    public int shortCycles() {
        return 3;
    }

    @Override
    public int fullCycles() {
        return 60;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        if (!Shell.has("setsid") || !Shell.has("perl")) {
            return Outcome.skipped("there is no setsid(1) or perl(1)");
        }
        Findings findings = new Findings();
        RandomGenerator random = round.random();
        boolean sandbox = Shell.has("bwrap");
        Jobs plain = new Jobs(Place.in(round, "plain")).unlimited();
        Jobs boxed =
                new Jobs(Place.in(round, "boxed")).settings("{\"jobs\":{\"sandbox\":\"bwrap\"}}");
        try (Agent first = plain.place().agent("session");
                Agent second = boxed.place().agent("session")) {
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                try (ExecutorService threads = Executors.newCachedThreadPool()) {
                    List<Future<?>> kills = new ArrayList<>();
                    for (int i = 0; i < AT_ONCE && findings.cycles() < round.cycles(); i++) {
                        int number = 100_000_000 + random.nextInt(900_000_000);
                        boolean isBoxed = sandbox && findings.cycle() % 2 == 0;
                        Jobs jobs = isBoxed ? boxed : plain;
                        Agent agent = isBoxed ? second : first;
                        kills.add(
                                threads.submit(() -> {
                                    kill(jobs, agent, number, isBoxed, findings);
                                    return null;
                                }));
                    }
                    for (Future<?> kill : kills) {
                        try {
                            kill.get();
                        } catch (ExecutionException e) {
                            findings.violation("a tree could not be killed: " + e.getCause());
                        }
                    }
                }
            }
        }
        if (sandbox) {
            findings.figure("half of them with bwrap");
            refused(boxed, findings);
        } else {
            findings.figure("without bwrap, which is not here");
        }
        control(plain, findings);
        findings.requireControls(100);
        return findings.outcome();
    }

    /// In the project, for in a sandbox there is little else.
    private static Path tree(Jobs jobs) throws IOException {
        return Files.writeString(jobs.place().project().resolve("tree.sh"), TREE);
    }

    private static void kill(Jobs jobs, Agent agent, int number, boolean isBoxed, Findings findings)
            throws IOException {
        String which = isBoxed ? "with bwrap: " : "";
        String id = jobs.start(agent, "sh '%s' %d".formatted(tree(jobs), number));
        try {
            findings.require(
                    Condition.within(GROWS_WITHIN, () -> living(number).size() == SIZE),
                    which + "only %s of the tree came to live".formatted(living(number).keySet()));
            Agent.Answer answer = agent.call("background_kill", Map.of("task_id", id));
            int allowed = isBoxed ? 0 : 1;
            Condition.within(GONE_WITHIN, () -> living(number).size() <= allowed);
            SortedMap<Integer, Long> left = living(number);
            findings.checked(SIZE);
            findings.require(
                    left.isEmpty() || (!isBoxed && left.size() == 1 && left.containsKey(HIDDEN)),
                    which + "%s of the tree live on".formatted(left.keySet()));
            for (long pid : left.values()) {
                findings.require(
                        answer.text().matches("(?s).*\\b%d\\b.*".formatted(pid)),
                        which
                                + "process %d lives on and is not named: %s"
                                        .formatted(pid, answer.text()));
            }
            String state = Jobs.state(agent, id);
            findings.require(state.startsWith("killed"), which + "it was killed and is " + state);
        } finally {
            cut(number);
        }
    }

    /// A sandbox that cannot be had is not done without.
    private static void refused(Jobs boxed, Findings findings) throws IOException {
        if (!Shell.noNamespaces().isEmpty()) {
            findings.figure("that a missing bwrap is noticed was not tried: needs root");
            return;
        }
        Path proof = boxed.place().project().resolve("ran");
        String hide = "mount --bind /dev/null \"$(command -v bwrap)\" && exec \"$@\"";
        try (Agent agent =
                new Agent(
                                boxed.place()
                                        .server(
                                                "without",
                                                List.of("unshare", "-m", "sh", "-c", hide, "sh")))
                        .greeted()) {
            Agent.Answer answer =
                    agent.call("background_run", Map.of("command", "touch ran", "wait", 5));
            findings.require(
                    answer.isError() && !Files.exists(proof),
                    "asked for a sandbox and without bwrap: " + answer.text());
            findings.checked(1);
        }
    }

    /// What most would do: kill the process that was started.
    private static void control(Jobs jobs, Findings findings) throws IOException {
        int number = 99_999_999;
        Process root =
                jobs.place()
                        .process(
                                List.of(
                                        "setsid",
                                        "sh",
                                        tree(jobs).toString(),
                                        Integer.toString(number)))
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        try {
            Condition.within(GROWS_WITHIN, () -> living(number).size() == SIZE);
            root.destroyForcibly();
            root.onExit().join();
            findings.control(living(number).size() > 1);
        } finally {
            cut(number);
        }
    }

    private static void cut(int number) throws IOException {
        for (long pid : living(number).values()) {
            ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        }
    }

    /// Which of the tree's processes live, and their numbers.
    private static SortedMap<Integer, Long> living(int number) throws IOException {
        SortedMap<Integer, Long> living = new TreeMap<>();
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            for (Path entry :
                    entries.filter(each -> each.getFileName().toString().matches("\\d+"))
                            .toList()) {
                String[] words = commandLine(entry).split("\0", -1);
                if (words.length > 1
                        && words[0].endsWith("sleep")
                        && words[1].startsWith(number + ".")) {
                    living.put(
                            Integer.valueOf(words[1].substring(words[1].indexOf('.') + 1)),
                            Long.valueOf(entry.getFileName().toString()));
                }
            }
        }
        return living;
    }

    /// Empty for a zombie, and for what has ended meanwhile.
    private static String commandLine(Path entry) {
        try {
            return Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
