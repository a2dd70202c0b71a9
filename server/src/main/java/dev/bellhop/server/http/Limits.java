package dev.bellhop.server.http;

import java.time.Duration;

/// How much one client may take.
///
/// @param bodyBytes the longest body
/// @param bodyBytesInAll what the bodies of all open requests may take together
/// @param headBytes the longest head
/// @param headers how many lines it may have
/// @param head how long a head may take from its first byte
/// @param body how long a body may take, and a second more for each MiB of it
/// @param stall how long a client may read nothing of what it is sent
/// @param idle how long a connection may be kept that nothing is asked on
/// @param pulse how often a stream shows that it is alive
/// @param streams how many of them one principal may have
/// @param connections how many there may be; more wait to be accepted
/// @param farewell how long open requests are waited for at the end
public record Limits(
        int bodyBytes,
        long bodyBytesInAll,
        int headBytes,
        int headers,
        Duration head,
        Duration body,
        Duration stall,
        Duration idle,
        Duration pulse,
        int streams,
        int connections,
        Duration farewell) {

    private static final int MIB = 1 << 20;

    /// The product's own. Whoever is slow is gone within 10 s.
    public static final Limits STANDARD =
            new Limits(
                    16 * MIB,
                    128L * MIB,
                    32 * 1024,
                    100,
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(8),
                    Duration.ofSeconds(75),
                    Duration.ofSeconds(15),
                    64,
                    4096,
                    Duration.ofSeconds(10));

    /// How long a body may take of which `bytes` have arrived.
    Duration body(long bytes) {
        return body.plusSeconds(bytes / MIB);
    }
}
