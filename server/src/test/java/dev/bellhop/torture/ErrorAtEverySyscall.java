package dev.bellhop.torture;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.random.RandomGenerator;

/// A server for which a call of the system fails: each one of everything that changes something,
/// with each error that is likely there. It goes on with the same server.
final class ErrorAtEverySyscall implements Trial {

    /// What a call may fail with.
    private static final Map<String, List<String>> ERRORS =
            Map.of(
                    "openat", List.of("EIO", "ENOSPC", "EACCES", "EROFS", "EMFILE"),
                    "write", List.of("EIO", "ENOSPC"),
                    "pwrite64", List.of("EIO", "ENOSPC"),
                    "fsync", List.of("EIO", "ENOSPC"),
                    "fdatasync", List.of("EIO", "ENOSPC"),
                    "rename", List.of("EIO", "ENOSPC", "EACCES", "EROFS"),
                    "link", List.of("EIO", "ENOSPC", "EACCES", "EROFS"),
                    "unlink", List.of("EIO", "EACCES", "EROFS"),
                    "mkdir", List.of("EIO", "ENOSPC", "EACCES", "EROFS"),
                    "ftruncate", List.of("EIO", "EROFS"));

    @Override
    public String id() {
        return "R2";
    }

    @Override
    public String about() {
        return "an I/O error at every syscall";
    }

    @Override
    public int shortCycles() {
        return 40;
    }

    @Override
    public int fullCycles() {
        return 3_000;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String missing = Strace.missing();
        if (!missing.isEmpty()) {
            return Outcome.skipped(missing);
        }
        Findings findings = new Findings();
        RandomGenerator random = round.random();
        int missed = 0;
        int refused = 0;
        for (int padding :
                round.cycles() <= shortCycles() ? List.of(0) : CrashAtEverySyscall.PADDINGS) {
            Place place = Place.in(round, "error-" + padding);
            List<Broken> plan = Broken.plan(place, padding, round);
            Collections.shuffle(plan, new Random(round.seed()));
            Agent agent = place.agent("s");
            try {
                for (Broken each : plan) {
                    for (String error : ERRORS.getOrDefault(each.point().call(), List.of("EIO"))) {
                        boolean enough = findings.cycles() >= round.cycles() || round.isTimeUp();
                        // In the short form one of the errors is enough.
                        if (enough
                                || (padding == 0
                                        && plan.size() > round.cycles()
                                        && random.nextInt(4) > 0)) {
                            continue;
                        }
                        // Answers are written too.
                        boolean onwards =
                                random.nextBoolean() && !each.point().call().equals("write");
                        Findings found = new Findings();
                        each.deed().prepare(agent, "m%dm".formatted(findings.cycle()));
                        List<Agent.Answer> answers;
                        boolean gagged;
                        try (Strace strace =
                                Strace.failing(
                                        agent.process().pid(),
                                        place.root().resolve("log"),
                                        each.point(),
                                        error,
                                        onwards)) {
                            answers = Broken.answers(each.deed().act(agent));
                            missed += strace.hasInjected() ? 0 : 1;
                            gagged = strace.hasInjectedIntoPipe();
                        }
                        if (gagged) {
                            agent.kill();
                            agent = place.agent("s");
                            answers = List.of();
                        } else {
                            found.require(Broken.isComplete(each, answers), "there was no answer");
                        }
                        for (Agent.Answer answer : answers) {
                            refused += answer.isError() ? 1 : 0;
                            found.require(
                                    !"internal".equals(answer.problem())
                                            && !"unnamed".equals(answer.problem()),
                                    "not a problem of its own kind: " + answer);
                        }
                        if (!agent.process().isAlive()) {
                            found.violation("the server has ended");
                            agent = place.agent("s");
                        }
                        each.deed()
                                .check(agent, answers, Broken.isAcknowledged(each, answers), found);
                        Agent.Answer next =
                                agent.call("task_create", Map.of("subject", "the next call"));
                        found.require(!next.isError(), "the next call fails: " + next.text());
                        findings.add(
                                found,
                                "%s%s at %s of %s: "
                                        .formatted(
                                                error,
                                                onwards ? " from there on" : "",
                                                each.point(),
                                                each.name()));
                    }
                }
            } finally {
                agent.close();
            }
        }
        findings.figure("%d refused".formatted(refused));
        findings.figure("%d came too late".formatted(missed));
        return findings.outcome();
    }
}
