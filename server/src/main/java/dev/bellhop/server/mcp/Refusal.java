package dev.bellhop.server.mcp;

/// A message breaks the protocol. Thrown where it is noticed; the [Dispatcher] answers it with the
/// JSON-RPC error that it carries.
///
/// What goes wrong inside a tool is never one of these: that is a result, for the agent to read.
final class Refusal extends RuntimeException {

    private static final long serialVersionUID = 1;

    private static final int SHOWN_CHARS_MAX = 100;

    private final int code;

    private Refusal(int code, String message) {
        super(message, null, false, false);
        this.code = code;
    }

    /// It is not JSON.
    static Refusal parse(String message) {
        return new Refusal(-32700, "Parse error: " + message);
    }

    /// It is JSON, but neither request nor notification nor response.
    static Refusal request(String message) {
        return new Refusal(-32600, "Invalid request: " + message);
    }

    static Refusal method(String method) {
        return new Refusal(-32601, "Method not found: " + shown(method));
    }

    static Refusal params(String message) {
        return new Refusal(-32602, "Invalid params: " + message);
    }

    /// We failed; the log says how.
    static Refusal internal() {
        return new Refusal(-32603, "Internal error; Bellhop's log on stderr says more");
    }

    int code() {
        return code;
    }

    /// A word of the client's as a message may repeat it: not longer than a message should be.
    static String shown(String word) {
        return word.length() <= SHOWN_CHARS_MAX
                ? word
                : Json.wellFormed(word.substring(0, SHOWN_CHARS_MAX)) + "…";
    }
}
