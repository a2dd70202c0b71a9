package dev.bellhop.exchange;

import java.util.ArrayList;
import java.util.List;

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

    List<Remark> all() {
        return List.copyOf(all);
    }
}
