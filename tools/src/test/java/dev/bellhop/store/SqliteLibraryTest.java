package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.sqlite.util.OSInfo;

final class SqliteLibraryTest {

    @Test
    void thePlatformIsWhatTheDriverCallsIt() {
        assertEquals(OSInfo.getNativeLibFolderPathForCurrentOS(), SqliteLibrary.platform());
    }
}
