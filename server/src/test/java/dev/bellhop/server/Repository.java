package dev.bellhop.server;

import java.nio.file.Path;

/// The checkout the tests run in.
public final class Repository {

    private Repository() {}

    /// Its root. Maven runs the tests of a module in the module's own folder.
    public static Path root() {
        return Path.of("..").toAbsolutePath().normalize();
    }
}
