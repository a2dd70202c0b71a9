package dev.bellhop.server.mcp;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// JSON text as plain values: maps and lists in the order of the text, strings, numbers, booleans,
/// null.
///
/// An integer is an `Integer`, a `Long` or a `BigInteger`, the first that holds it; any other
/// number is a `BigDecimal`, and so is `-0`, which no integer can tell from 0.
///
/// Strict where two readers of the same text could see different things (a name that comes twice,
/// bytes that are no UTF-8, half a surrogate pair, a second document behind the first), and bounded
/// where a text could cost more than it is worth.
final class Json {

    static final int DOCUMENT_BYTES_MAX = 16 << 20;
    static final int DEPTH_MAX = 64;
    static final int NAME_CHARS_MAX = 256;
    static final int NUMBER_CHARS_MAX = 64;

    /// Above the longest text a tool takes, so that the tool can say what its limit is.
    static final int STRING_CHARS_MAX = 4 << 20;

    private static final int TOKENS_MAX = 1_000_000;

    /// Names are neither interned nor cached: clients choose them, and would fill what is shared.
    static final JsonFactory FACTORY =
            JsonFactory.builder()
                    .streamReadConstraints(
                            StreamReadConstraints.builder()
                                    .maxDocumentLength(DOCUMENT_BYTES_MAX)
                                    .maxNestingDepth(DEPTH_MAX)
                                    .maxNameLength(NAME_CHARS_MAX)
                                    .maxNumberLength(NUMBER_CHARS_MAX)
                                    .maxStringLength(STRING_CHARS_MAX)
                                    .maxTokenCount(TOKENS_MAX)
                                    .build())
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
                    .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
                    .recyclerPool(JsonRecyclerPools.sharedConcurrentDequePool())
                    .build();

    private Json() {}

    /// The value that `utf8` says.
    ///
    /// @throws Refusal if it is not one JSON document within the bounds
    static @Nullable Object read(byte[] utf8) {
        // Decoded here, since Jackson would guess at UTF-16 and let some malformed UTF-8 through.
        CharBuffer text;
        try {
            text =
                    StandardCharsets.UTF_8
                            .newDecoder()
                            .onMalformedInput(CodingErrorAction.REPORT)
                            .onUnmappableCharacter(CodingErrorAction.REPORT)
                            .decode(ByteBuffer.wrap(utf8));
        } catch (CharacterCodingException e) {
            throw Refusal.parse("the text is not UTF-8");
        }
        try (JsonParser parser =
                FACTORY.createParser(text.array(), text.arrayOffset(), text.length())) {
            if (parser.nextToken() == null) {
                throw Refusal.parse("there is no value");
            }
            Object value = value(parser);
            if (parser.nextToken() != null) {
                throw Refusal.parse("something follows the value");
            }
            return value;
        } catch (JsonProcessingException e) {
            throw Refusal.parse(
                    e.getOriginalMessage()
                            + (e.getLocation() == null
                                    ? ""
                                    : " (column " + e.getLocation().getColumnNr() + ")"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static @Nullable Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> list(parser);
            case VALUE_STRING -> text(parser.getText());
            case VALUE_NUMBER_INT ->
                    parser.getText().equals("-0")
                            ? new BigDecimal("-0.0")
                            : parser.getNumberValue();
            case VALUE_NUMBER_FLOAT -> decimal(parser.getText());
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> throw new IllegalStateException("no value: " + parser.currentToken());
        };
    }

    private static Map<String, @Nullable Object> object(JsonParser parser) throws IOException {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String name = text(parser.currentName());
            parser.nextToken();
            if (object.containsKey(name)) {
                throw Refusal.parse("the name \"" + Refusal.shown(name) + "\" comes twice");
            }
            object.put(name, value(parser));
        }
        return object;
    }

    private static List<@Nullable Object> list(JsonParser parser) throws IOException {
        List<@Nullable Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(value(parser));
        }
        return list;
    }

    private static BigDecimal decimal(String text) {
        // Whoever turns a BigDecimal of a huge exponent into digits runs out of memory.
        if (Double.isInfinite(Double.parseDouble(text))) {
            throw Refusal.parse("a number is too large");
        }
        try {
            return new BigDecimal(text);
        } catch (NumberFormatException e) {
            throw Refusal.parse("a number is too small");
        }
    }

    private static String text(String text) {
        if (loneSurrogate(text, 0) >= 0) {
            throw Refusal.parse("half a surrogate pair stands alone");
        }
        return text;
    }

    /// `text` with U+FFFD for every half of a surrogate pair that stands alone, which UTF-8 cannot
    /// say.
    static String wellFormed(String text) {
        int at = loneSurrogate(text, 0);
        if (at < 0) {
            return text;
        }
        StringBuilder repaired = new StringBuilder(text);
        while (at >= 0) {
            repaired.setCharAt(at, '\uFFFD');
            at = loneSurrogate(text, at + 1);
        }
        return repaired.toString();
    }

    /// Where the first half pair at or after `from` is, or -1.
    private static int loneSurrogate(String text, int from) {
        int at = from;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            if (character >= Character.MIN_SURROGATE && character <= Character.MAX_SURROGATE) {
                return at;
            }
            at += Character.charCount(character);
        }
        return -1;
    }
}
