package dev.bellhop.torture;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file system of its own that was mounted for a trial. Closing it takes it away.
///
/// @param image the file on which it lies; null for one in memory
record Disk(Path mountPoint, @Nullable Path image) implements AutoCloseable {

    /// One of 16 MB in memory; null where nothing can be mounted.
    static @Nullable Disk small(Path mountPoint) throws IOException {
        Files.createDirectories(mountPoint);
        String output =
                run(
                        List.of(
                                "mount",
                                "-t",
                                "tmpfs",
                                "-o",
                                "size=16m",
                                "none",
                                mountPoint.toString()));
        return output == null ? null : new Disk(mountPoint, null);
    }

    /// One on a new image; null where nothing can be mounted.
    ///
    /// @param make such as `mkfs.ext4 -q`; the image comes last
    static @Nullable Disk on(Path image, long bytes, List<String> make, Path mountPoint)
            throws IOException {
        Files.createDirectories(mountPoint);
        try (java.io.RandomAccessFile file = new java.io.RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        List<String> words = new java.util.ArrayList<>(make);
        words.add(image.toString());
        if (run(words) == null
                || run(List.of("mount", "-o", "loop", image.toString(), mountPoint.toString()))
                        == null) {
            return null;
        }
        return new Disk(mountPoint, image);
    }

    /// What a command says; null if it fails or is not there.
    static @Nullable String run(List<String> words) throws IOException {
        try {
            Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
            String said =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return process.waitFor() == 0 ? said : null;
        } catch (IOException e) {
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return null;
        }
    }

    @Override
    public void close() throws IOException {
        if (run(List.of("umount", mountPoint.toString())) == null) {
            run(List.of("umount", "-l", mountPoint.toString()));
        }
    }
}
