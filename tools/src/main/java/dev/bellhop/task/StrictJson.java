package dev.bellhop.task;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;

/// How JSON is read that somebody may have written by hand: a key that comes twice is refused,
/// since two readers could see different things, and nothing in it may cost more than it is worth.
public final class StrictJson {

    private static final int NUMBER_CHARS_MAX = 64;

    private StrictJson() {}

    /// What reads it. It takes long to load, and is not for a field of a class that every start
    /// loads.
    ///
    /// @param depthMax how many objects and lists may lie within each other
    public static JsonFactory factory(int depthMax) {
        return JsonFactory.builder()
                .streamReadConstraints(
                        StreamReadConstraints.builder()
                                .maxNestingDepth(depthMax)
                                .maxNumberLength(NUMBER_CHARS_MAX)
                                .build())
                .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                .build();
    }
}
