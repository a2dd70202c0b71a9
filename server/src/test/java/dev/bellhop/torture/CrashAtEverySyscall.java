package dev.bellhop.torture;

import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/// A server that is killed at every call of the system of everything that changes something.
///
/// What it did is watched once, and then done again for each call seen, up to which it lives. The
/// next server says what is left.
final class CrashAtEverySyscall implements Trial {

    /// How many characters the tasks have besides, in the full form.
    static final List<Integer> PADDINGS = List.of(0, 20_000, 800_000);

    @Override
    public String id() {
        return "R1";
    }

    @Override
    public String about() {
        return "a crash at every syscall";
    }

    @Override
    public int shortCycles() {
        return 24;
    }

    @Override
    public int fullCycles() {
        return 2_000;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String missing = Strace.missing();
        if (!missing.isEmpty()) {
            return Outcome.skipped(missing);
        }
        Findings findings = new Findings();
        int missed = 0;
        int points = 0;
        for (int padding : round.cycles() <= shortCycles() ? List.of(0) : PADDINGS) {
            Place place = Place.in(round, "crash-" + padding);
            List<Broken> plan = Broken.plan(place, padding, round);
            Collections.shuffle(plan, new Random(round.seed()));
            points += plan.size();
            Agent agent = place.agent("s");
            try {
                for (Broken each : plan) {
                    if (findings.cycles() >= round.cycles() || round.isTimeUp()) {
                        break;
                    }
                    each.deed().prepare(agent, "m%dm".formatted(findings.cycle()));
                    List<Agent.Answer> answers;
                    boolean lives;
                    try (Strace _ =
                            Strace.killing(
                                    agent.process().pid(),
                                    place.root().resolve("log"),
                                    each.point())) {
                        answers = Broken.answers(each.deed().act(agent));
                        lives = !agent.process().waitFor(100, TimeUnit.MILLISECONDS);
                        agent.kill();
                    }
                    missed += lives ? 1 : 0;
                    agent = place.agent("s");
                    Findings found = new Findings();
                    each.deed().check(agent, answers, Broken.isAcknowledged(each, answers), found);
                    findings.add(
                            found, "killed at %s of %s: ".formatted(each.point(), each.name()));
                }
            } finally {
                agent.close();
            }
        }
        findings.figure("%d points in all".formatted(points));
        findings.figure("%d came too late to kill".formatted(missed));
        return findings.outcome();
    }
}
