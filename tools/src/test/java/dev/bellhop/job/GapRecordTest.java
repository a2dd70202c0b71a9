package dev.bellhop.job;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.job.JobOutput.Stream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GapRecordTest {

    @TempDir private Path directory;
    private GapRecord gaps;

    @BeforeEach
    void start() {
        gaps = new GapRecord(directory.resolve("dropped"));
    }

    @Test
    void aGapOfOneLogLeavesTheOthersAlone() throws Exception {
        gaps.write(Stream.STDERR, new Gap(5, 6));

        assertEquals(Optional.empty(), gaps.read(Stream.STDOUT));

        gaps.write(Stream.STDOUT, new Gap(21, 10_021));
        gaps.write(Stream.STDOUT, new Gap(21, 999_999_999_999_999_999L));

        assertEquals(Optional.of(new Gap(21, 999_999_999_999_999_999L)), gaps.read(Stream.STDOUT));
        assertEquals(Optional.of(new Gap(5, 6)), gaps.read(Stream.STDERR));
        assertEquals(
                "stdout 000000000000000021 999999999999999999",
                Files.readString(gaps.file()).substring(0, 44));
    }

    @Test
    void aReaderSeesTheOldGapOrTheNew() throws Exception {
        Gap first = new Gap(111_111_111, 222_222_222_222L);
        Gap second = new Gap(333_333_333, 444_444_444_444L);
        gaps.write(Stream.STDOUT, first);
        AtomicBoolean isOver = new AtomicBoolean();
        Thread writer =
                Thread.ofPlatform()
                        .start(() -> {
                            while (!isOver.get()) {
                                gaps.write(Stream.STDOUT, second);
                                gaps.write(Stream.STDOUT, first);
                            }
                        });
        try {
            for (int i = 0; i < 5_000; i++) {
                Gap read = gaps.read(Stream.STDOUT).orElseThrow();
                assertTrue(read.equals(first) || read.equals(second), read.toString());
            }
        } finally {
            isOver.set(true);
            writer.join();
        }
    }

    @Test
    void whatTheJobPutThereIsNoGapAndIsReplaced() throws Exception {
        for (String text : new String[] {"", "stdout 1 2\n", "x".repeat(108)}) {
            Files.writeString(gaps.file(), text);

            assertEquals(Optional.empty(), gaps.read(Stream.STDOUT), text);

            gaps.write(Stream.STDOUT, new Gap(1, 2));

            assertEquals(Optional.of(new Gap(1, 2)), gaps.read(Stream.STDOUT), text);
        }
        Path elsewhere = Files.writeString(directory.resolve("elsewhere"), "x".repeat(108));
        Files.delete(gaps.file());
        Files.createSymbolicLink(gaps.file(), elsewhere);

        gaps.write(Stream.STDOUT, new Gap(1, 2));

        assertEquals("x".repeat(108), Files.readString(elsewhere));
        assertEquals(Optional.of(new Gap(1, 2)), gaps.read(Stream.STDOUT));
    }
}
