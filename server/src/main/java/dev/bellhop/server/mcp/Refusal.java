package dev.bellhop.server.mcp;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// A message breaks the protocol. Thrown where it is noticed; the [Dispatcher] answers it with the
/// JSON-RPC error that it carries.
///
/// What goes wrong inside a tool is never one of these: that is a result, for the agent to read.
public final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final int SHOWN_CHARS_MAX = 100;

    private final int code;
    private final transient @Nullable Map<String, Object> data;

    private Refusal(int code, String message) {
        this(code, message, null);
    }

    private Refusal(int code, String message, @Nullable Map<String, Object> data) {
        super(message, null, false, false);
        this.code = code;
        this.data = data;
    }

    /// It is not JSON.
    public static Refusal parse(String message) {
        return new Refusal(-32700, "Parse error: " + message);
    }

    /// It is JSON, but neither request nor notification nor response.
    public static Refusal request(String message) {
        return new Refusal(-32600, "Invalid request: " + message);
    }

    public static Refusal method(String method) {
        return new Refusal(-32601, "Method not found: " + shown(method));
    }

    public static Refusal params(String message) {
        return new Refusal(-32602, "Invalid params: " + message);
    }

    /// There is no such resource, in the words of the first generation.
    public static Refusal resource(String uri, String message) {
        return new Refusal(-32002, message, Map.of("uri", uri));
    }

    /// What HTTP says of the message is not what the message says.
    public static Refusal header(String message) {
        return new Refusal(-32020, "Header mismatch: " + message);
    }

    /// The client cannot do what this needs.
    ///
    /// @param required the capabilities it would have to declare
    public static Refusal capability(Map<String, Object> required) {
        return new Refusal(
                -32021,
                "Missing required client capability: " + String.join(", ", required.keySet()),
                Map.of("requiredCapabilities", required));
    }

    public static Refusal version(String requested, List<String> supported) {
        Map<String, Object> data = new LinkedHashMap<>();
        data.put("supported", supported);
        data.put("requested", shown(requested));
        return new Refusal(-32022, "Unsupported protocol version", data);
    }

    /// What the SDK refused.
    public static Refusal of(int code, String message) {
        return new Refusal(code, message);
    }

    /// The same under another code.
    public Refusal withCode(int other) {
        return new Refusal(other, String.valueOf(getMessage()), data);
    }

    /// We failed; the log says how.
    public static Refusal internal() {
        return new Refusal(-32603, "Internal error; Bellhop's log on stderr says more");
    }

    public int code() {
        return code;
    }

    /// More about it for programs; null if there is no more.
    public @Nullable Map<String, Object> data() {
        return data;
    }

    /// A word of the client's as a message may repeat it: not longer than a message should be.
    public static String shown(String word) {
        return word.length() <= SHOWN_CHARS_MAX
                ? word
                : Json.wellFormed(word.substring(0, SHOWN_CHARS_MAX)) + "…";
    }
}
