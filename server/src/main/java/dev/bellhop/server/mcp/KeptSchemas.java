package dev.bellhop.server.mcp;

import dev.bellhop.tool.Schema;
import dev.bellhop.tool.Tool;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Objects;

/// The JSON schemas of the tools' inputs as `schemas.json` has them, by the names of the records.
///
/// To read them from the records' annotations takes a third of the time to the first answer. A test
/// holds the file to what the records say.
final class KeptSchemas {

    static final String FILE = "schemas.json";

    private static final Map<String, Object> KEPT = read();

    private KeptSchemas() {}

    private static Map<String, Object> read() {
        try (InputStream file = KeptSchemas.class.getResourceAsStream(FILE)) {
            if (file == null) {
                throw new IllegalStateException("the jar has no " + FILE);
            }
            return asObject(Objects.requireNonNull(Json.read(file.readAllBytes())));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What clients are told of the input of `tool`.
    static Map<String, Object> of(Tool<?> tool) {
        Object kept = KEPT.get(tool.input().getName());
        return kept == null ? Schema.of(tool.input()).json() : asObject(kept);
    }

    @SuppressWarnings("unchecked") // the names of JSON objects are strings
    private static Map<String, Object> asObject(Object json) {
        return (Map<String, Object>) json;
    }
}
