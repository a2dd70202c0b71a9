package dev.bellhop.task;

import dev.bellhop.store.AtomicFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The highest id ever given, and which tasks the last changes wrote.
///
/// Kept in `.seq` beside the tasks. Whoever holds the lock learns from it exactly what other
/// processes wrote since it last held it, without looking at every file. When it is lost nothing
/// is: then everything is looked at.
///
/// @param lastId the highest id ever given; 0 if none was
/// @param generation how many changes there were
/// @param recent what the last changes wrote, newest first
record ChangeMark(int lastId, long generation, List<Written> recent) {

    private static final int RECENT_MAX = 64;
    private static final int IDS_MAX = 100;
    private static final ChangeMark NONE = new ChangeMark(0, 0, List.of());

    /// What one change wrote.
    record Written(long generation, List<TaskId> ids) {}

    /// The mark in `file`; the mark of an empty directory if there is none or it is broken.
    static ChangeMark read(Path file) throws IOException {
        if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
            return NONE;
        }
        try {
            List<String> lines = Files.readString(file).lines().toList();
            List<Long> head = numbers(lines.getFirst());
            List<Written> recent = new ArrayList<>();
            for (String line : lines.subList(1, lines.size())) {
                List<Long> numbers = numbers(line);
                recent.add(
                        new Written(
                                numbers.getFirst(),
                                numbers.subList(1, numbers.size()).stream()
                                        .map(number -> new TaskId(number.intValue()))
                                        .toList()));
            }
            return new ChangeMark(head.get(0).intValue(), head.get(1), recent);
        } catch (NoSuchFileException | CharacterCodingException | RuntimeException e) {
            return NONE;
        }
    }

    private static List<Long> numbers(String line) {
        return List.of(line.split(" ")).stream().map(Long::valueOf).toList();
    }

    /// The mark after `ids` were written.
    ChangeMark after(Collection<TaskId> ids) {
        List<Written> next = new ArrayList<>();
        // A change of very many is left out: whoever misses it in the list looks at everything.
        if (ids.size() <= IDS_MAX) {
            next.add(new Written(generation + 1, List.copyOf(ids)));
            next.addAll(recent.subList(0, Math.min(recent.size(), RECENT_MAX - 1)));
        }
        int highest = ids.stream().mapToInt(TaskId::number).max().orElse(0);
        return new ChangeMark(Math.max(lastId, highest), generation + 1, next);
    }

    /// The tasks written since `known`; empty if that is too long ago to say.
    Optional<Set<TaskId>> since(long known) {
        Set<TaskId> ids = new TreeSet<>();
        long expected = generation;
        for (Written written : recent) {
            if (expected <= known) {
                break;
            }
            if (written.generation() != expected) {
                return Optional.empty();
            }
            ids.addAll(written.ids());
            expected--;
        }
        return expected == known ? Optional.of(ids) : Optional.empty();
    }

    void write(Path file) {
        StringBuilder text = new StringBuilder();
        text.append(lastId).append(' ').append(generation).append('\n');
        for (Written written : recent) {
            text.append(written.generation());
            written.ids().forEach(id -> text.append(' ').append(id.number()));
            text.append('\n');
        }
        AtomicFile.replaceLoosely(file, text.toString().getBytes(StandardCharsets.UTF_8));
    }
}
