package dev.bellhop.task;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.zip.CRC32C;

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

    /// That of an empty directory.
    static final ChangeMark NONE = new ChangeMark(0, 0, List.of());

    /// What one change wrote.
    ///
    /// @param line how that stands in the file, which is written more often than it changes
    record Written(long generation, List<TaskId> ids, String line) {

        Written(long generation, List<TaskId> ids) {
            this(generation, ids, line(generation, ids));
        }

        private static String line(long generation, List<TaskId> ids) {
            StringBuilder line = new StringBuilder().append(generation);
            ids.forEach(id -> line.append(' ').append(id.number()));
            return line.append('\n').toString();
        }
    }

    /// The mark that a file with these bytes holds; empty if they are not whole.
    static Optional<ChangeMark> parse(byte[] bytes) {
        try {
            List<String> lines = lines(bytes);
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
            ChangeMark mark = new ChangeMark(head.get(0).intValue(), head.get(1), recent);
            // What an earlier Bellhop wrote has no sum, and was replaced whole.
            return head.size() == 2 || head.get(2) == mark.sum(mark.written())
                    ? Optional.of(mark)
                    : Optional.empty();
        } catch (RuntimeException e) {
            return Optional.empty();
        }
    }

    /// What the first line of them says, which is never torn: a disk writes so much at once.
    static ChangeMark parseHead(byte[] bytes) {
        try {
            List<Long> head = numbers(lines(bytes).getFirst());
            return new ChangeMark(head.get(0).intValue(), head.get(1), List.of());
        } catch (RuntimeException e) {
            return NONE;
        }
    }

    private static List<String> lines(byte[] bytes) {
        return new String(bytes, StandardCharsets.US_ASCII).lines().toList();
    }

    private static List<Long> numbers(String line) {
        List<Long> numbers = new ArrayList<>();
        int begin = 0;
        for (int end = line.indexOf(' '); end >= 0; end = line.indexOf(' ', begin)) {
            numbers.add(Long.parseLong(line, begin, end, 10));
            begin = end + 1;
        }
        numbers.add(Long.parseLong(line, begin, line.length(), 10));
        return numbers;
    }

    /// The mark with no id up to `id` to be given any more.
    ChangeMark reserving(int id) {
        return new ChangeMark(Math.max(lastId, id), generation, recent);
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

    /// Whether it names what the last change wrote.
    boolean namesTheLast() {
        return !recent.isEmpty() && recent.getFirst().generation() == generation;
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

    /// As it stands in its file.
    String text() {
        String written = written();
        return lastId + " " + generation + " " + sum(written) + "\n" + written;
    }

    private String written() {
        StringBuilder text = new StringBuilder();
        for (Written written : recent) {
            text.append(written.line());
        }
        return text.toString();
    }

    /// Another one as soon as anything of it is.
    private long sum(String written) {
        CRC32C sum = new CRC32C();
        String summed = lastId + " " + generation + "\n" + written;
        sum.update(summed.getBytes(StandardCharsets.US_ASCII));
        return sum.getValue();
    }
}
