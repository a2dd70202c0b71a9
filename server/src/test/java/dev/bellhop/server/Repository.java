package dev.bellhop.server;

import java.nio.file.Files;
import java.nio.file.Path;

/// The checkout the tests run in.
final class Repository {

    private Repository() {}

    /// Its root. Maven runs the tests of a module in the module's own folder.
    static Path root() {
        Path folder = Path.of("").toAbsolutePath();
        while (!Files.exists(folder.resolve("bellhop"))) {
            folder = folder.getParent();
        }
        return folder;
    }
}
