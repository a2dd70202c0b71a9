package dev.bellhop.server.http;

import dev.bellhop.base.Problem;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.Set;
import java.util.regex.Pattern;

/// Where a server listens, and whom it lets in.
///
/// @param bind the address, or a name for it
/// @param port 0 for any that is free
/// @param origins of web pages besides its own, such as that of a proxy in front of it:
///   `https://bellhop.example`
/// @param state the directory where servers leave word of what they hold
public record Door(
        String bind, int port, Token token, Set<String> origins, Limits limits, Path state) {

    private static final int PORT_MAX = 65_535;
    private static final Pattern ORIGIN =
            Pattern.compile("https?://([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+])(:[0-9]{1,5})?");

    /// @throws Problem `INVALID` if there can be no such door
    public Door {
        origins = Set.copyOf(origins);
        if (port < 0 || port > PORT_MAX) {
            throw Problem.invalid("there is no port " + port, "Give one from 1 to 65535.");
        }
        for (String origin : origins) {
            if (!ORIGIN.matcher(origin).matches()) {
                throw Problem.invalid(
                        "`%s` is no origin".formatted(origin),
                        "Write it as browsers do: https://bellhop.example, without a path.");
            }
        }
    }

    /// Where it is.
    ///
    /// @throws Problem `INVALID` if there is no such address, or the whole network could come to it
    ///   and nobody has chosen a token for that
    InetSocketAddress address() {
        InetAddress address;
        try {
            address = InetAddress.getByName(bind);
        } catch (UnknownHostException e) {
            throw Problem.invalid(
                    "there is no address " + bind, "Give one of this machine's: 127.0.0.1.");
        }
        if (!address.isLoopbackAddress() && !token.isGiven()) {
            throw Problem.invalid(
                    "others on the network could reach " + bind,
                    "Set %s to a token of your own first, or leave out --bind."
                            .formatted(Token.VARIABLE));
        }
        return new InetSocketAddress(address, port);
    }
}
