package dev.bellhop.store;

import dev.bellhop.base.ProcessIdentity;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// The file `quiet` beside a database, which is there only while nobody has anything to be told:
/// then the launcher starts no Java for a client's hook.
///
/// It is touched under the database's write lock alone: removed before a piece of news is
/// committed, made when none is left. So who finds it knows that there was none. A process that
/// dies in between leaves it removed, which costs a hook its time and no news.
///
/// Neither step waits for the disk. A power cut may therefore bring it back beside news, so it says
/// since which start of the machine it holds. It also says for which project and in which
/// directory, so that the launcher finds it without a hash and takes no copy for it.
public final class QuietMark {

    static final String NAME = "quiet";

    private final Path directory;
    private final Path file;
    private final String boot;

    private QuietMark(Path directory, String boot) {
        this.directory = directory;
        this.file = directory.resolve(NAME);
        this.boot = boot;
    }

    /// That of `database`.
    public static QuietMark beside(Database database) {
        return beside(database, ProcessIdentity.ofThisProcess().boot());
    }

    static QuietMark beside(Database database, String boot) {
        return new QuietMark(database.directory(), boot);
    }

    /// Says that nobody has anything to be told in `project`. Only for who holds the database's
    /// write lock and has seen that it is so.
    ///
    /// @throws dev.bellhop.base.Problem `UNAVAILABLE` if it cannot be written
    public void make(Path project) {
        AtomicFile.replaceLooselyAndPrivately(file, content(project));
    }

    /// Whether it says so already.
    public boolean isMade(Path project) {
        try {
            return Files.exists(file)
                    && new String(Files.readAllBytes(file), StandardCharsets.UTF_8)
                            .equals(new String(content(project), StandardCharsets.UTF_8));
        } catch (IOException e) {
            return false;
        }
    }

    /// Says it no more. Only for who holds the database's write lock.
    ///
    /// @throws dev.bellhop.base.Problem `UNAVAILABLE` if it cannot be removed
    public void remove() {
        try {
            if (Files.deleteIfExists(file) && boot.equals(ProcessIdentity.UNKNOWN)) {
                // Nobody can tell then whether it is from before a power cut.
                AtomicFile.syncDirectory(directory);
            }
        } catch (IOException e) {
            throw AtomicFile.failed("could not remove", file, e);
        }
    }

    /// Three lines: since when, for which project, in which directory.
    private byte[] content(Path project) {
        return "%s\n%s\n%s\n"
                .formatted(boot, project, directory.getFileName())
                .getBytes(StandardCharsets.UTF_8);
    }
}
