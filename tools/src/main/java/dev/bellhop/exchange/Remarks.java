package dev.bellhop.exchange;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What has been remarked so far. Beyond so many nobody reads them.
final class Remarks {

    static final int MAX = 10_000;

    private final List<Remark> all = new ArrayList<>();

    void add(Remark remark) {
        if (all.size() < MAX) {
            all.add(remark);
        } else if (all.size() == MAX) {
            all.add(new Remark(remark.file(), remark.line(), "and more, from here on"));
        }
    }

    /// All of them, in the order in which one meets them reading the files.
    List<Remark> all() {
        Map<String, Integer> files = new HashMap<>();
        all.forEach(remark -> files.putIfAbsent(remark.file(), files.size()));
        return all.stream()
                .sorted(
                        Comparator.comparingInt(
                                        (Remark remark) -> files.getOrDefault(remark.file(), 0))
                                .thenComparingInt(Remark::line))
                .toList();
    }
}
