package dev.bellhop.store;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import org.sqlite.SQLiteJDBCLoader;
import org.sqlite.util.LibraryLoaderUtil;
import org.sqlite.util.OSInfo;

/// SQLite's native library, taken out of the jar once and kept.
///
/// Left alone the driver would take it out at every start, into a directory where anybody may put
/// one of the same name.
final class SqliteLibrary {

    private SqliteLibrary() {}

    /// Tells the driver where the library lies, below `directory`. Later calls change nothing.
    static synchronized void load(Path directory) {
        if (System.getProperty("org.sqlite.lib.path") != null) {
            return;
        }
        String resources = LibraryLoaderUtil.getNativeLibResourcePath();
        String name = LibraryLoaderUtil.getNativeLibName();
        if (!LibraryLoaderUtil.hasNativeLib(resources, name)) {
            return; // The driver says best what is missing.
        }
        Path folder =
                directory
                        .resolve("lib")
                        .resolve(
                                "sqlite-"
                                        + SQLiteJDBCLoader.getVersion()
                                        + "-"
                                        + OSInfo.getNativeLibFolderPathForCurrentOS()
                                                .replace('/', '-'));
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            AtomicFile.makeDirectories(folder, Database.ownerOnly());
            AtomicFile.write(file, resource(resources + "/" + name));
        }
        System.setProperty("org.sqlite.lib.path", folder.toString());
        System.setProperty("org.sqlite.lib.name", name);
    }

    private static byte[] resource(String path) {
        try (InputStream stream = SQLiteJDBCLoader.class.getResourceAsStream(path)) {
            if (stream == null) {
                throw new IllegalStateException("not in the jar: " + path);
            }
            return stream.readAllBytes();
        } catch (IOException e) {
            throw new IllegalStateException("cannot read " + path, e);
        }
    }
}
