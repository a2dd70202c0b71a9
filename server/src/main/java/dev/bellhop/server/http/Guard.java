package dev.bellhop.server.http;

import io.undertow.server.HttpServerExchange;
import io.undertow.util.HeaderMap;
import io.undertow.util.HeaderValues;
import io.undertow.util.Headers;
import io.undertow.util.HttpString;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Decides by the head of a request whether it may come in.
final class Guard {

    /// The methods that any route may know.
    private static final List<String> METHODS = List.of("GET", "POST", "DELETE");

    private static final HttpString SEC_FETCH_SITE = new HttpString("Sec-Fetch-Site");

    /// Which would mean different things to different readers if they came twice.
    private static final List<HttpString> SINGLE =
            List.of(
                    Headers.HOST,
                    Headers.ORIGIN,
                    Headers.AUTHORIZATION,
                    Headers.CONTENT_TYPE,
                    Headers.CONTENT_LENGTH,
                    Headers.CONTENT_ENCODING,
                    Headers.TRANSFER_ENCODING,
                    SEC_FETCH_SITE,
                    new HttpString("Last-Event-ID"));

    private static final String SINGLE_PREFIX = "mcp-";

    private static final Pattern JSON =
            Pattern.compile(
                    "application/json(\\s*;\\s*charset\\s*=\\s*\"?[a-z0-9-]+\"?)?\\s*",
                    Pattern.CASE_INSENSITIVE);

    private static final String BEARER = "bearer ";
    private static final int HTTP_PORT = 80;

    private final Token token;
    private final Set<String> hosts;
    private final Set<String> origins;
    private final boolean isAnyAddress;

    /// @param bound where the server listens
    /// @param name what it was told to listen on
    /// @param allowed origins besides the server's own, such as `https://bellhop.example`, whose
    ///   hosts are then names of the server too
    Guard(Token token, InetSocketAddress bound, String name, Set<String> allowed) {
        this.token = token;
        this.isAnyAddress = bound.getAddress().isAnyLocalAddress();
        this.hosts = new HashSet<>();
        this.origins = new HashSet<>();
        for (String host : List.of("127.0.0.1", "localhost", "[::1]", bracketed(name))) {
            admit(host.toLowerCase(Locale.ROOT), bound.getPort());
        }
        for (String origin : allowed) {
            String lower = origin.toLowerCase(Locale.ROOT);
            origins.add(lower);
            hosts.add(lower.substring(lower.indexOf("//") + 2));
        }
    }

    private void admit(String host, int port) {
        hosts.add(host + ":" + port);
        origins.add("http://" + host + ":" + port);
        if (port == HTTP_PORT) {
            hosts.add(host);
            origins.add("http://" + host);
        }
    }

    private static String bracketed(String host) {
        return host.contains(":") && !host.startsWith("[") ? "[" + host + "]" : host;
    }

    /// Why `exchange` is turned away, or null if it may come in.
    @Nullable Refusal refusal(HttpServerExchange exchange) {
        HeaderMap headers = exchange.getRequestHeaders();
        Refusal refusal = ambiguity(exchange, headers);
        if (refusal == null) {
            refusal = stranger(exchange, headers);
        }
        if (refusal == null && !METHODS.contains(exchange.getRequestMethod().toString())) {
            refusal = Refusal.method(String.join(", ", METHODS));
        }
        if (refusal == null) {
            refusal = tokenless(exchange, headers);
        }
        if (refusal == null && "websocket".equalsIgnoreCase(headers.getFirst(Headers.UPGRADE))) {
            refusal = new Refusal(400, "upgrade", "there are no web sockets here");
        }
        if (refusal == null) {
            refusal = content(exchange, headers);
        }
        return refusal;
    }

    /// What can be read in two ways.
    private static @Nullable Refusal ambiguity(HttpServerExchange exchange, HeaderMap headers) {
        for (HeaderValues values : headers) {
            HttpString name = values.getHeaderName();
            boolean isSingle =
                    SINGLE.contains(name)
                            || name.toString().toLowerCase(Locale.ROOT).startsWith(SINGLE_PREFIX);
            if (isSingle && values.size() > 1) {
                return new Refusal(400, "head", "there are two headers " + name);
            }
        }
        String encoding = headers.getFirst(Headers.TRANSFER_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("chunked")) {
            return new Refusal(400, "head", "the only transfer encoding is chunked");
        }
        if (exchange.isHostIncludedInRequestURI()) {
            return new Refusal(400, "head", "this is no proxy: ask for a path");
        }
        return null;
    }

    /// Who comes from a web page that is not ours, or by a name that is not ours.
    private @Nullable Refusal stranger(HttpServerExchange exchange, HeaderMap headers) {
        String host = headers.getFirst(Headers.HOST);
        if (host == null || !isOurs(host.toLowerCase(Locale.ROOT), exchange)) {
            return new Refusal(421, "host", "this server has another name");
        }
        String origin = headers.getFirst(Headers.ORIGIN);
        if (origin != null
                && !origins.contains(origin)
                && !(isAnyAddress && origin.equals("http://" + local(exchange)))) {
            return new Refusal(403, "origin", "pages of this origin may not ask");
        }
        String site = headers.getFirst(SEC_FETCH_SITE);
        if (site != null && !site.equals("same-origin") && !site.equals("none")) {
            return new Refusal(403, "site", "pages of other sites may not ask");
        }
        return null;
    }

    // Where the server listens on every address, a client that names the one it has reached has
    // looked up no name that somebody could have given another meaning.
    private boolean isOurs(String host, HttpServerExchange exchange) {
        return hosts.contains(host) || (isAnyAddress && host.equals(local(exchange)));
    }

    private static String local(HttpServerExchange exchange) {
        InetSocketAddress address =
                exchange.getConnection().getLocalAddress(InetSocketAddress.class);
        String literal = address.getAddress().getHostAddress().replaceFirst("%.*", "");
        return bracketed(literal) + ":" + address.getPort();
    }

    private @Nullable Refusal tokenless(HttpServerExchange exchange, HeaderMap headers) {
        if (hasTokenInQuery(exchange.getQueryString())) {
            return Refusal.unauthorized("a token belongs into the header Authorization");
        }
        String said = headers.getFirst(Headers.AUTHORIZATION);
        if (said == null
                || !said.regionMatches(true, 0, BEARER, 0, BEARER.length())
                || !token.is(said.substring(BEARER.length()).strip())) {
            return Refusal.unauthorized("the header Authorization: Bearer TOKEN is needed");
        }
        return null;
    }

    private static boolean hasTokenInQuery(String query) {
        for (String parameter : query.split("[&;?]", -1)) {
            String name = parameter.replaceFirst("=.*", "");
            try {
                name = URLDecoder.decode(name, StandardCharsets.UTF_8);
            } catch (IllegalArgumentException e) {
                // It is what it looks like, then.
            }
            String plain = name.toLowerCase(Locale.ROOT);
            if (plain.equals("token") || plain.equals("access_token")) {
                return true;
            }
        }
        return false;
    }

    private static @Nullable Refusal content(HttpServerExchange exchange, HeaderMap headers) {
        String length = headers.getFirst(Headers.CONTENT_LENGTH);
        boolean isChunked = headers.contains(Headers.TRANSFER_ENCODING);
        if (!exchange.getRequestMethod().toString().equals("POST")) {
            return isChunked || (length != null && !length.equals("0"))
                    ? new Refusal(400, "body", "only POST has a body")
                    : null;
        }
        String type = headers.getFirst(Headers.CONTENT_TYPE);
        if (type == null || !JSON.matcher(type).matches()) {
            return new Refusal(415, "content", "the body must be application/json");
        }
        String encoding = headers.getFirst(Headers.CONTENT_ENCODING);
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            return new Refusal(415, "content", "the body must not be compressed");
        }
        if (!isChunked && length == null) {
            return new Refusal(411, "body", "say how long the body is");
        }
        return null;
    }
}
