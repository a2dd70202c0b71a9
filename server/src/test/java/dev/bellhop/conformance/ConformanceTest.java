package dev.bellhop.conformance;

import dev.bellhop.server.http.Token;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every scenario that a revision of the protocol requires, against our dispatcher and our door
/// with what the suite wants to find behind them.
@Tag("jar")
@Timeout(300)
class ConformanceTest {

    @TempDir Path temp = Path.of("/");

    @ParameterizedTest
    @ValueSource(strings = {"2025-11-25", "2026-07-28"})
    void whatTheRevisionRequiresIsThere(String revision) throws Exception {
        Suite suite = Suite.installed();
        Token token = Token.of(Map.of(), temp);
        try (ConformanceServer server = new ConformanceServer(token, 0, temp)) {
            suite.run(
                    URI.create(server.url()),
                    token.text(),
                    "expected-failures-%s.yml".formatted(revision),
                    temp,
                    "--requirements",
                    revision);
        }
    }
}
