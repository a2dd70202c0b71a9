package dev.bellhop.conformance;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;

/// JSON as it stands in the descriptions of the suite, as values in the same order.
final class Literal {

    private static final ObjectMapper JSON = new ObjectMapper();

    private Literal() {}

    static Map<String, Object> object(String json) {
        return read(json, new TypeReference<>() {});
    }

    static List<Map<String, Object>> objects(String json) {
        return read(json, new TypeReference<>() {});
    }

    /// `text` as JSON.
    static String quoted(String text) {
        try {
            return JSON.writeValueAsString(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(json, e);
        }
    }
}
