package dev.bellhop.server;

import dev.bellhop.server.mcp.Fixtures;
import java.util.List;

/// [Main] with the tools of [Fixtures].
final class FixtureMain {

    private FixtureMain() {}

    public static void main(String[] words) {
        System.exit(Main.mcp(List.of(words), config -> new App(config, Fixtures.tools())));
    }
}
