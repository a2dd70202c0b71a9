package dev.bellhop.job;

import dev.bellhop.base.Problem;
import java.util.Locale;
import java.util.random.RandomGenerator;

/// The name of a job: 8 hexadecimal characters, chosen at random.
public record JobId(String text) implements Comparable<JobId> {

    static final int LENGTH = 8;

    public JobId {
        if (!text.matches("[0-9a-f]{" + LENGTH + "}")) {
            throw new IllegalArgumentException("not a job id: " + text);
        }
    }

    static JobId random(RandomGenerator random) {
        return new JobId("%08x".formatted(random.nextInt()));
    }

    /// The beginning of a job id, in lower case, from what an agent wrote.
    static String prefix(String text) {
        String prefix = text.strip().toLowerCase(Locale.ROOT);
        if (!prefix.matches("[0-9a-f]{1," + LENGTH + "}")) {
            throw Problem.invalid(
                    "\"" + text + "\" is not a job id",
                    "Give the 8 characters that background_run answered, such as 3fa94c01, or call"
                            + " check_background without an id for a list.");
        }
        return prefix;
    }

    @Override
    public int compareTo(JobId other) {
        return text.compareTo(other.text);
    }

    @Override
    public String toString() {
        return text;
    }
}
