package dev.bellhop.server.http;

import java.util.Map;

/// Why a request is turned away at the door.
///
/// @param status of HTTP
/// @param reason the stable word for it, which is counted: `origin`
/// @param message what the client reads; nothing of the request is in it
/// @param headers to answer with besides
record Refusal(int status, String reason, String message, Map<String, String> headers) {

    Refusal(int status, String reason, String message) {
        this(status, reason, message, Map.of());
    }

    static Refusal method(String allowed) {
        return new Refusal(405, "method", "use one of " + allowed, Map.of("Allow", allowed));
    }

    static Refusal unauthorized(String message) {
        return new Refusal(
                401,
                "token",
                message,
                Map.of("WWW-Authenticate", "Bearer realm=\"" + Token.REALM + "\""));
    }
}
