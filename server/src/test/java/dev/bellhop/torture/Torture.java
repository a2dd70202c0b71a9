package dev.bellhop.torture;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// `./bellhop torture`: runs the trials and prints one page of what came of them.
final class Torture {

    /// All trials, in order.
    static final List<Trial> TRIALS =
            List.of(
                    new CrashAtEverySyscall(),
                    new ErrorAtEverySyscall(),
                    new KilledServers(),
                    new PowerCuts(),
                    new DiskFull(),
                    new ReadOnly(),
                    new SideBySide(),
                    new MutatedFiles(),
                    new Clocks(),
                    new ReusedNumbers(),
                    new Zombies(),
                    new KilledTrees(),
                    new EndedServers(),
                    new KilledSupervisors(),
                    new FloodedOutput(),
                    new DroppedAnswers(),
                    new DatabaseTrouble(),
                    new ManyLiveJobs(),
                    new RepeatedRequests(),
                    new UpgradeGate(),
                    new Histories(),
                    new CrowdedDoor(),
                    new ManyAgents());

    private static final int EXIT_VIOLATION = 1;
    private static final int EXIT_USAGE = 2;
    private static final Duration NO_LIMIT = Duration.ofDays(7);

    private static final String USAGE =
            """
            bellhop torture [--seconds N | --cycles N] [--short] [--only R3[,R7]] [--seed S]

              --seconds N   end after about N seconds, shared evenly between the trials
              --cycles N    break each thing N times, rather than as often as its trial says
              --short       the short forms, which the tests run
              --only IDS    these trials only
              --seed S      make the choices of the run that printed this seed\
            """;

    private Torture() {}

    /// What was asked for.
    ///
    /// @param cycles how many of each, or null for as many as each trial says
    /// @param time how long all of it may take
    private record Wish(
            List<Trial> trials,
            long seed,
            @Nullable Integer cycles,
            boolean brief,
            @Nullable Duration time) {

        static Wish of(List<String> words) {
            Set<String> only = new HashSet<>();
            long seed = ThreadLocalRandom.current().nextInt(1_000_000);
            Integer cycles = null;
            Duration time = null;
            boolean brief = false;
            for (int i = 0; i < words.size(); i++) {
                String word = words.get(i);
                if (word.equals("--short")) {
                    brief = true;
                    continue;
                }
                if (i + 1 == words.size()) {
                    throw new IllegalArgumentException("`%s` is not understood".formatted(word));
                }
                String value = words.get(++i);
                switch (word) {
                    case "--seconds" -> time = Duration.ofSeconds(positive(value));
                    case "--cycles" -> cycles = positive(value);
                    case "--seed" -> seed = Long.parseLong(value);
                    case "--only" ->
                            only.addAll(
                                    Arrays.asList(value.toUpperCase(Locale.ROOT).split(",", -1)));
                    default ->
                            throw new IllegalArgumentException(
                                    "`%s` is not understood".formatted(word));
                }
            }
            if (cycles != null && time != null) {
                throw new IllegalArgumentException("both --seconds and --cycles are given");
            }
            List<Trial> trials =
                    TRIALS.stream()
                            .filter(trial -> only.isEmpty() || only.contains(trial.id()))
                            .toList();
            trials.forEach(trial -> only.remove(trial.id()));
            if (!only.isEmpty()) {
                throw new IllegalArgumentException(
                        "there is no trial %s; there are %s"
                                .formatted(
                                        String.join(", ", only),
                                        String.join(
                                                ", ", TRIALS.stream().map(Trial::id).toList())));
            }
            return new Wish(trials, seed, cycles, brief, time);
        }

        private static int positive(String value) {
            int number = Integer.parseInt(value);
            if (number < 1) {
                throw new IllegalArgumentException(value + " is too few");
            }
            return number;
        }

        int cycles(Trial trial) {
            if (cycles != null) {
                return cycles;
            }
            return brief ? trial.shortCycles() : trial.fullCycles();
        }
    }

    /// A trial and what came of it.
    private record Result(Trial trial, Trial.Outcome outcome, Duration took) {

        String line() {
            String rest =
                    outcome.skipped() != null
                            ? "skipped: " + outcome.skipped()
                            : String.join("; ", outcome.figures());
            return "%-4s %-46s %7d %9d %4d %9s %6s  %s"
                    .formatted(
                            trial.id(),
                            trial.about(),
                            outcome.cycles(),
                            outcome.acknowledgements(),
                            outcome.violations().size(),
                            outcome.controls() == 0
                                    ? "-"
                                    : outcome.controlsCaught() + "/" + outcome.controls(),
                            took.toSeconds() + " s",
                            rest)
                    .strip();
        }
    }

    public static void main(String[] words) throws IOException {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        Wish wish;
        try {
            wish = Wish.of(List.of(words));
        } catch (IllegalArgumentException e) {
            err.println("bellhop torture: " + e.getMessage() + "\n\n" + USAGE);
            System.exit(EXIT_USAGE);
            return;
        }
        String bellhop = System.getProperty("bellhop.launcher");
        if (bellhop == null) {
            throw new IllegalStateException("start this with ./bellhop torture");
        }
        System.exit(run(wish, Path.of(bellhop), out, err) ? 0 : EXIT_VIOLATION);
    }

    private static boolean run(Wish wish, Path bellhop, PrintWriter out, PrintWriter err)
            throws IOException {
        Path scratch = Files.createTempDirectory("bellhop-torture-").toRealPath();
        long end = System.nanoTime() + (wish.time() == null ? NO_LIMIT : wish.time()).toNanos();
        List<Result> results = new ArrayList<>();
        for (Trial trial : wish.trials()) {
            int cycles = wish.cycles(trial);
            err.printf("%s %s: %d cycles%n", trial.id(), trial.about(), cycles);
            long start = System.nanoTime();
            long share = (end - start) / (wish.trials().size() - results.size());
            Round round =
                    new Round(
                            cycles,
                            wish.brief(),
                            seed(wish.seed(), trial),
                            start + share,
                            Files.createDirectory(scratch.resolve(trial.id())),
                            bellhop,
                            err);
            Trial.Outcome outcome = run(trial, round);
            Duration took = Duration.ofNanos(System.nanoTime() - start);
            results.add(new Result(trial, outcome, took));
            outcome.violations().forEach(violation -> err.println("  ! " + violation));
        }
        boolean clean = page(wish, results, out);
        if (clean) {
            Place.delete(scratch);
        } else {
            out.println("what was left of the trials with violations is in " + scratch);
        }
        return clean;
    }

    /// The seed of one trial, from that of the whole run: it is the same whichever others run.
    static long seed(long seed, Trial trial) {
        return 31 * seed + trial.id().hashCode();
    }

    /// Runs one trial, and leaves its scratch directory only if it found something.
    static Trial.Outcome run(Trial trial, Round round) throws IOException {
        Trial.Outcome outcome;
        try {
            outcome = trial.run(round);
        } catch (Exception | AssertionError e) {
            StringWriter trace = new StringWriter();
            e.printStackTrace(new PrintWriter(trace));
            Findings findings = new Findings();
            round.log().println(trace);
            findings.violation("the trial could not go on: " + e);
            outcome = findings.outcome();
        } finally {
            Place.clear(round.scratch());
        }
        if (outcome.violations().isEmpty()) {
            Place.delete(round.scratch());
        }
        return outcome;
    }

    private static boolean page(Wish wish, List<Result> results, PrintWriter out) {
        out.printf(
                "%-4s %-46s %7s %9s %4s %9s %6s%n",
                "", "what is broken", "cycles", "checked", "bad", "controls", "time");
        results.forEach(result -> out.println(result.line()));
        int violations =
                results.stream().mapToInt(each -> each.outcome().violations().size()).sum();
        out.printf("%nseed %d, %d violations%n", wish.seed(), violations);
        for (Result result : results) {
            for (String violation : result.outcome().violations()) {
                out.println(result.trial().id() + " " + violation);
            }
        }
        return violations == 0;
    }
}
