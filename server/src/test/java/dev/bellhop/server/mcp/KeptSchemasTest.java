package dev.bellhop.server.mcp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.bellhop.tool.Tool;
import dev.bellhop.tool.Toolbox;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/// The file of the tools' schemas.
final class KeptSchemasTest {

    /// What the file should be is left here, to be copied.
    private static final Path NEW = Path.of("target", KeptSchemas.FILE);

    @Test
    void theFileSaysWhatTheRecordsSay() throws IOException {
        Map<String, Object> schemas = new LinkedHashMap<>();
        for (Toolbox.Entry<? extends Record> entry :
                Fixtures.toolbox(Toolbox.standard()).entries()) {
            schemas.put(entry.tool().input().getName(), entry.schema().json());
        }
        DefaultIndenter lines = new DefaultIndenter("  ", "\n");
        String expected =
                new ObjectMapper()
                                .writer(
                                        new DefaultPrettyPrinter()
                                                .withObjectIndenter(lines)
                                                .withArrayIndenter(lines))
                                .writeValueAsString(schemas)
                        + "\n";
        String kept;
        try (InputStream file = KeptSchemas.class.getResourceAsStream(KeptSchemas.FILE)) {
            kept = new String(Objects.requireNonNull(file).readAllBytes(), StandardCharsets.UTF_8);
        }
        Files.writeString(NEW, expected);
        assertEquals(expected, kept, () -> "copy " + NEW + " to src/main/resources");
        for (Tool<?> tool : Toolbox.standard()) {
            assertEquals(schemas.get(tool.input().getName()), KeptSchemas.of(tool));
        }
    }
}
