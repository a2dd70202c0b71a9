package dev.bellhop.task;

import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;

/// What a file was like when it was read.
///
/// @param size in bytes
/// @param modifiedNanos since 1970
/// @param key stands for the file itself, whatever its name; 0 where there is nothing such
/// @param isSettled whether its time tells if it changed since
/// @param sum of what it said; 0 if that is not known
record FileStamp(long size, long modifiedNanos, int key, boolean isSettled, int sum) {

    /// Of a file that has to be read again in any case.
    static final FileStamp UNKNOWN = new FileStamp(0, 0, 0, false, 0);

    /// A file changed so shortly before it was read may change again with the same time.
    private static final Duration TIME_STEP = Duration.ofMillis(50);

    static FileStamp of(BasicFileAttributes attributes, Instant now) {
        FileTime modified = attributes.lastModifiedTime();
        return new FileStamp(
                attributes.size(),
                modified.to(TimeUnit.NANOSECONDS),
                Objects.hashCode(attributes.fileKey()),
                modified.toInstant().plus(TIME_STEP).isBefore(now),
                0);
    }

    /// The same, of a file that said this.
    FileStamp saying(byte[] content) {
        CRC32C crc = new CRC32C();
        crc.update(content);
        return new FileStamp(size, modifiedNanos, key, isSettled, (int) crc.getValue());
    }

    /// Whether a file that is like `now` says what it said then.
    boolean says(BasicFileAttributes now) {
        return isSettled
                && size == now.size()
                && modifiedNanos == now.lastModifiedTime().to(TimeUnit.NANOSECONDS)
                && key == Objects.hashCode(now.fileKey());
    }

    /// Whether a file that was read again for the sake of its time, and is `now`, said the same.
    boolean saidTheSameAs(FileStamp now) {
        return !isSettled && sum != 0 && sum == now.sum && size == now.size;
    }
}
