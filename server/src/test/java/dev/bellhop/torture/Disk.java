package dev.bellhop.torture;

import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A file system of its own that was mounted for a trial. Closing it takes it away.
///
/// @param device the loop device under it; null if it is in memory
record Disk(Path mountPoint, @Nullable String device) implements AutoCloseable {

    private static final String ONLY_ROOT = "only root can mount a disk, and not everywhere";

    /// Why none can be mounted here; empty if one can.
    static String missing(Path scratch) throws IOException {
        try (@Nullable Disk disk = small(scratch.resolve("probe"))) {
            return disk == null ? ONLY_ROOT : "";
        }
    }

    /// One of 16 MB in memory; null where nothing can be mounted.
    static @Nullable Disk small(Path mountPoint) throws IOException {
        Files.createDirectories(mountPoint);
        String said = run("mount", "-t", "tmpfs", "-o", "size=16m", "none", mountPoint.toString());
        return said == null ? null : new Disk(mountPoint, null);
    }

    /// One on a new image; null where there can be none.
    ///
    /// @param make what makes the file system, such as `mkfs.ext4`, `-q`; the image comes last
    static @Nullable Disk made(Path image, long bytes, List<String> make, Path mountPoint)
            throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(bytes);
        }
        List<String> words = new ArrayList<>(make);
        words.add(image.toString());
        return run(words.toArray(String[]::new)) == null ? null : on(image, "defaults", mountPoint);
    }

    /// What lies on an image that is there; null if it cannot be mounted. Writes go past the cache
    /// to the image, so that it is at each moment what a real disk would hold.
    static @Nullable Disk on(Path image, String options, Path mountPoint) throws IOException {
        Files.createDirectories(mountPoint);
        String device = run("losetup", "--find", "--show", "--direct-io=on", image.toString());
        if (device == null) {
            return null;
        }
        Disk disk = new Disk(mountPoint, device.strip());
        if (run("mount", "-o", options, device.strip(), mountPoint.toString()) == null) {
            disk.close();
            return null;
        }
        return disk;
    }

    /// Takes the last byte of it.
    ///
    /// @return what has to be deleted for room
    Path fill() throws IOException {
        Path filler = mountPoint.resolve("filler");
        // First much, then what is left.
        for (int size : new int[] {1 << 16, 512, 1}) {
            byte[] some = new byte[size];
            try (OutputStream out =
                    Files.newOutputStream(
                            filler,
                            java.nio.file.StandardOpenOption.CREATE,
                            java.nio.file.StandardOpenOption.APPEND)) {
                while (true) {
                    out.write(some);
                }
            } catch (IOException e) {
                // Full.
            }
        }
        return filler;
    }

    /// What a command says; null if it fails or is not there.
    static @Nullable String run(String... words) throws IOException {
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
        if (run("umount", mountPoint.toString()) == null) {
            run("umount", "-l", mountPoint.toString());
        }
        if (device != null) {
            run("losetup", "-d", device);
        }
    }
}
