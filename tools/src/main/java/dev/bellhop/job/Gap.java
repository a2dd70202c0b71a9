package dev.bellhop.job;

/// The middle of a log, which is not kept: a job wrote more than there is room for.
///
/// @param from the first byte that is not kept
/// @param to the first one after it that is
record Gap(long from, long to) {

    Gap {
        if (from < 0 || to <= from) {
            throw new IllegalArgumentException("from " + from + " to " + to);
        }
    }
}
