package dev.bellhop.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// What a trial has found so far. Several threads may add to it at once.
final class Findings {

    /// More lines say nothing more.
    private static final int LINES_MAX = 20;

    private static final int LINE_CHARS_MAX = 500;

    private final AtomicInteger cycles = new AtomicInteger();
    private final AtomicLong acknowledgements = new AtomicLong();
    private final AtomicInteger controls = new AtomicInteger();
    private final AtomicInteger controlsCaught = new AtomicInteger();
    private final List<String> violations = new ArrayList<>();
    private final List<String> figures = new ArrayList<>();
    private int violationsLeftOut;

    /// Something was broken once more.
    ///
    /// @return how often by now
    int cycle() {
        return cycles.incrementAndGet();
    }

    int cycles() {
        return cycles.get();
    }

    /// `count` answers of the product were compared with what was left.
    void checked(long count) {
        acknowledgements.addAndGet(count);
    }

    synchronized void violation(String what) {
        if (violations.size() < LINES_MAX) {
            String line = what.strip().replaceAll("\\R\\s*", " | ");
            violations.add(line.substring(0, Math.min(line.length(), LINE_CHARS_MAX)));
        } else {
            violationsLeftOut++;
        }
    }

    /// Takes in what was found in a part of the trial.
    ///
    /// @param context is put before each violation
    void add(Findings part, String context) {
        acknowledgements.addAndGet(part.acknowledgements.get());
        part.outcome().violations().forEach(violation -> violation(context + violation));
    }

    /// A violation unless `holds`.
    void require(boolean holds, String otherwise) {
        if (!holds) {
            violation(otherwise);
        }
    }

    synchronized boolean isClean() {
        return violations.isEmpty();
    }

    /// Something was broken on purpose that the trial has to notice.
    void control(boolean caught) {
        controls.incrementAndGet();
        if (caught) {
            controlsCaught.incrementAndGet();
        }
    }

    /// A violation unless at least `percent` of the controls were caught.
    void requireControls(int percent) {
        require(
                controlsCaught.get() * 100 >= controls.get() * percent,
                "only %d of %d controls were caught: this trial cannot see what it looks for"
                        .formatted(controlsCaught.get(), controls.get()));
    }

    synchronized void figure(String figure) {
        figures.add(figure);
    }

    synchronized Trial.Outcome outcome() {
        List<String> lines = new ArrayList<>(violations);
        if (violationsLeftOut > 0) {
            lines.add("… and %d more".formatted(violationsLeftOut));
        }
        return new Trial.Outcome(
                cycles.get(),
                acknowledgements.get(),
                lines,
                controlsCaught.get(),
                controls.get(),
                figures,
                null);
    }
}
