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

    /// Where the driver's jar has a library for each platform.
    private static final String RESOURCES = "/org/sqlite/native/";

    private SqliteLibrary() {}

    /// Tells the driver where the library lies, below `directory`. Later calls change nothing.
    static synchronized void load(Path directory) {
        if (System.getProperty("org.sqlite.lib.path") != null) {
            return;
        }
        String platform = platform();
        String name = LibraryLoaderUtil.getNativeLibName();
        Path folder =
                directory
                        .resolve("lib")
                        .resolve(
                                "sqlite-"
                                        + SQLiteJDBCLoader.getVersion()
                                        + "-"
                                        + platform.replace('/', '-'));
        Path file = folder.resolve(name);
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            if (!LibraryLoaderUtil.hasNativeLib(RESOURCES + platform, name)) {
                return; // The driver says best what is missing.
            }
            AtomicFile.makeDirectories(folder, Database.ownerOnly());
            AtomicFile.write(file, resource(RESOURCES + platform + "/" + name));
        }
        System.setProperty("org.sqlite.lib.path", folder.toString());
        System.setProperty("org.sqlite.lib.name", name);
    }

    /// What the driver calls this platform, such as `Linux/x86_64`. To tell Linux from Android it
    /// starts a process each time, so the usual ones are told apart here.
    static String platform() {
        String java = System.getProperty("os.name") + " " + System.getProperty("os.arch");
        if (java.equals("Linux amd64")
                && isThereAlone("/lib64/ld-linux-x86-64.so.2", "/lib/ld-musl-x86_64.so.1")) {
            return "Linux/x86_64";
        }
        if (java.equals("Linux aarch64")
                && isThereAlone("/lib/ld-linux-aarch64.so.1", "/lib/ld-musl-aarch64.so.1")) {
            return "Linux/aarch64";
        }
        return OSInfo.getNativeLibFolderPathForCurrentOS();
    }

    /// Of the loaders of two C libraries.
    private static boolean isThereAlone(String glibc, String musl) {
        return Files.exists(Path.of(glibc)) && Files.notExists(Path.of(musl));
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
