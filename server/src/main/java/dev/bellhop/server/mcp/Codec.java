package dev.bellhop.server.mcp;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.modelcontextprotocol.json.McpJsonMapper;
import io.modelcontextprotocol.json.TypeRef;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.spec.McpSchema;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON of the SDK's records, for those that every session needs written out by hand.
///
/// Letting Jackson find out by reflection what the SDK's schema looks like would cost every start a
/// tenth of a second. Whatever is rare is left to Jackson, which is loaded when it is first needed.
/// For the same reason types are asked for by `instanceof`: the first `switch` over them would have
/// the JDK spin classes.
public final class Codec implements McpJsonMapper {

    /// Jackson, and all it knows about the SDK's schema.
    private static final class Rare {
        static final JacksonMcpJsonMapper MAPPER = new JacksonMcpJsonMapper(new ObjectMapper());
    }

    /// Loads what it needs to read and write.
    public static void load() {
        try {
            byte[] document = document(Map.of("loaded", List.of(1, true)));
            Object _ = Json.read(document);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// The document for a response.
    byte[] bytes(Response response) throws IOException {
        return document(response);
    }

    private static byte[] document(Object value) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = Json.FACTORY.createGenerator(bytes)) {
            write(json, value);
        }
        return bytes.toByteArray();
    }

    private static void write(JsonGenerator json, @Nullable Object value) throws IOException {
        if (value == null) {
            json.writeNull();
        } else if (value instanceof String text) {
            json.writeString(text);
        } else if (value instanceof Boolean truth) {
            json.writeBoolean(truth);
        } else if (value instanceof Integer number) {
            json.writeNumber(number);
        } else if (value instanceof Long number) {
            json.writeNumber(number);
        } else if (value instanceof BigInteger number) {
            json.writeNumber(number);
        } else if (value instanceof BigDecimal number) {
            json.writeNumber(number);
        } else if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                write(json, entry.getValue());
            }
            json.writeEndObject();
        } else if (value instanceof Collection<?> list) {
            json.writeStartArray();
            for (Object each : list) {
                write(json, each);
            }
            json.writeEndArray();
        } else if (!writeRecord(json, value)) {
            Rare.MAPPER.getObjectMapper().writeValue(json, value);
        }
    }

    /// @return false if the record is none of those known here; then nothing is written
    private static boolean writeRecord(JsonGenerator json, Object value) throws IOException {
        if (value instanceof Response response) {
            envelope(json, response.id(), response.result(), response.error());
        } else if (value instanceof McpSchema.TextContent content) {
            json.writeStartObject();
            field(json, "type", "text");
            field(json, "annotations", content.annotations());
            field(json, "text", content.text());
            field(json, "_meta", content.meta());
            json.writeEndObject();
        } else if (value instanceof McpSchema.Implementation implementation) {
            json.writeStartObject();
            field(json, "name", implementation.name());
            field(json, "title", implementation.title());
            field(json, "version", implementation.version());
            field(json, "description", implementation.description());
            field(json, "icons", implementation.icons());
            field(json, "websiteUrl", implementation.websiteUrl());
            json.writeEndObject();
        } else if (value instanceof McpSchema.Tool tool) {
            json.writeStartObject();
            field(json, "name", tool.name());
            field(json, "title", tool.title());
            field(json, "description", tool.description());
            field(json, "inputSchema", tool.inputSchema());
            field(json, "outputSchema", tool.outputSchema());
            field(json, "annotations", tool.annotations());
            field(json, "_meta", tool.meta());
            field(json, "icons", tool.icons());
            json.writeEndObject();
        } else if (value instanceof McpSchema.ToolAnnotations annotations) {
            json.writeStartObject();
            field(json, "title", annotations.title());
            field(json, "readOnlyHint", annotations.readOnlyHint());
            field(json, "destructiveHint", annotations.destructiveHint());
            field(json, "idempotentHint", annotations.idempotentHint());
            field(json, "openWorldHint", annotations.openWorldHint());
            field(json, "returnDirect", annotations.returnDirect());
            json.writeEndObject();
        } else if (value instanceof McpSchema.JSONRPCResponse response) {
            envelope(json, response.id(), response.result(), response.error());
        } else if (value instanceof McpSchema.JSONRPCResponse.JSONRPCError error) {
            json.writeStartObject();
            field(json, "code", error.code());
            field(json, "message", error.message());
            field(json, "data", error.data());
            json.writeEndObject();
        } else {
            return false;
        }
        return true;
    }

    private static void envelope(
            JsonGenerator json,
            @Nullable Object id,
            @Nullable Object result,
            McpSchema.JSONRPCResponse.@Nullable JSONRPCError error)
            throws IOException {
        json.writeStartObject();
        json.writeStringField("jsonrpc", "2.0");
        json.writeFieldName("id"); // even if null: then the request's could not be read
        write(json, id);
        field(json, "result", result);
        field(json, "error", error);
        json.writeEndObject();
    }

    /// Writes a field that is not null.
    private static void field(JsonGenerator json, String name, @Nullable Object value)
            throws IOException {
        if (value != null) {
            json.writeFieldName(name);
            write(json, value);
        }
    }

    /// The params of a request as the SDK wants them, or null if the type is none of those known
    /// here. What is missing or of the wrong kind is left out: clients declare much that we never
    /// ask for, and icons, which nobody looks at, are always left out.
    private static @Nullable Object converted(Object from, Type type) {
        if (!(from instanceof Map<?, ?>)) {
            return null;
        }
        Map<String, @Nullable Object> fields = Request.object(from);
        if (type == McpSchema.CallToolRequest.class) {
            return new McpSchema.CallToolRequest(
                    string(fields, "name"), map(fields, "arguments"), map(fields, "_meta"));
        }
        if (type == McpSchema.InitializeRequest.class) {
            return new McpSchema.InitializeRequest(
                    string(fields, "protocolVersion"),
                    capabilities(Request.object(fields.get("capabilities"))),
                    implementation(Request.object(fields.get("clientInfo"))),
                    map(fields, "_meta"));
        }
        return null;
    }

    private static McpSchema.ClientCapabilities capabilities(Map<String, @Nullable Object> fields) {
        Map<String, @Nullable Object> roots = map(fields, "roots");
        Map<String, @Nullable Object> elicitation = map(fields, "elicitation");
        return new McpSchema.ClientCapabilities(
                map(fields, "experimental"),
                roots == null
                        ? null
                        : new McpSchema.ClientCapabilities.RootCapabilities(
                                roots.get("listChanged") instanceof Boolean truth ? truth : null),
                map(fields, "sampling") == null
                        ? null
                        : new McpSchema.ClientCapabilities.Sampling(),
                elicitation == null
                        ? null
                        : new McpSchema.ClientCapabilities.Elicitation(
                                map(elicitation, "form") == null
                                        ? null
                                        : new McpSchema.ClientCapabilities.Elicitation.Form(),
                                map(elicitation, "url") == null
                                        ? null
                                        : new McpSchema.ClientCapabilities.Elicitation.Url()),
                extensions(map(fields, "extensions")));
    }

    private static @Nullable Map<String, Map<String, Object>> extensions(
            @Nullable Map<String, @Nullable Object> fields) {
        if (fields == null) {
            return null;
        }
        Map<String, Map<String, Object>> extensions = new LinkedHashMap<>();
        for (String name : fields.keySet()) {
            extensions.put(name, Request.object(fields.get(name)));
        }
        return extensions;
    }

    private static McpSchema.Implementation implementation(Map<String, @Nullable Object> fields) {
        return new McpSchema.Implementation(
                string(fields, "name"),
                fields.get("title") instanceof String title ? title : null,
                string(fields, "version"),
                fields.get("description") instanceof String description ? description : null,
                null,
                fields.get("websiteUrl") instanceof String url ? url : null);
    }

    private static String string(Map<String, @Nullable Object> fields, String name) {
        return fields.get(name) instanceof String text ? text : "";
    }

    private static @Nullable Map<String, @Nullable Object> map(
            Map<String, @Nullable Object> fields, String name) {
        return fields.get(name) instanceof Map<?, ?> map ? Request.object(map) : null;
    }

    @Override
    public <T> T convertValue(Object from, Class<T> type) {
        Object converted = converted(from, type);
        return converted == null ? Rare.MAPPER.convertValue(from, type) : type.cast(converted);
    }

    @Override
    @SuppressWarnings("unchecked") // what is converted to a type is of it
    public <T> T convertValue(Object from, TypeRef<T> type) {
        Object converted = converted(from, type.getType());
        return converted == null ? Rare.MAPPER.convertValue(from, type) : (T) converted;
    }

    @Override
    public <T> T readValue(String content, Class<T> type) throws IOException {
        return Rare.MAPPER.readValue(content, type);
    }

    @Override
    public <T> T readValue(byte[] content, Class<T> type) throws IOException {
        return Rare.MAPPER.readValue(content, type);
    }

    @Override
    public <T> T readValue(String content, TypeRef<T> type) throws IOException {
        return Rare.MAPPER.readValue(content, type);
    }

    @Override
    public <T> T readValue(byte[] content, TypeRef<T> type) throws IOException {
        return Rare.MAPPER.readValue(content, type);
    }

    @Override
    public String writeValueAsString(Object value) throws IOException {
        return new String(writeValueAsBytes(value), StandardCharsets.UTF_8);
    }

    @Override
    public byte[] writeValueAsBytes(Object value) throws IOException {
        return document(value);
    }
}
