package dev.bellhop.display;

import dev.bellhop.base.Excerpt;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The most important of what a command wrote: what its tool sums up, then the errors with where
/// they are, then the last lines.
///
/// The logs are read line by line, once, and little of them is held. Which tool it is is told by
/// the command and by what it wrote. Not for several threads at once.
public final class Digest {

    private static final int LINE_CHARS_MAX = 300;
    private static final int SUMMARIES_MAX = 4;
    private static final int ERRORS_MAX = 80;

    /// So many lines after its first one an error is looked through.
    private static final int ERROR_LINES_MAX = 60;

    private static final int LAST_LINES_HELD = 16;
    private static final int LAST_LINES_MAX = 5;

    /// So many lines in a row that differ in numbers only are shown.
    private static final int SIMILAR_MAX = 2;

    private static final Pattern PLACE =
            Pattern.compile("[^\\s:]+\\.\\w+:\\[?\\d+|\\bline \\d+|\\(\\d+,\\d+\\)");

    /// What a stack trace consists of; those frames that tell something stand with its error.
    private static final Pattern FRAME = Pattern.compile("\\s+at \\S");

    private static final Pattern SAYS_SOMETHING = Pattern.compile("[\\p{L}\\p{N}]");

    private static final Pattern NUMBERS = Pattern.compile("[0-9]+");

    private static final Pattern FAILURE =
            Pattern.compile(
                    "(?i)\\b[1-9]\\d* (?:tests? )?(?:failed|failing|failures?|errors?|problems?)\\b"
                            + "|\\b(?:failures|errors|failed|fail)[:=] ?[1-9]|\\bfail [1-9]|\\bFAIL(?:ED|URE)?\\b");

    private final boolean isGood;
    private final String command;
    private final List<Reading> logs = new ArrayList<>();
    private long lines;

    /// @param command as it is shown
    /// @param exitCode 0 if it went well
    public Digest(String command, int exitCode) {
        this.command = command;
        this.isGood = exitCode == 0;
    }

    /// Takes the lines of one more log, once all of those before it are read.
    public Consumer<String> log() {
        Reading log = new Reading();
        logs.add(log);
        return log::read;
    }

    /// How many lines have been read.
    public long lines() {
        return lines;
    }

    /// A line of a log.
    ///
    /// @param number the how manieth of all it is
    private record Line(long number, String text) {}

    /// An error and what belongs to it.
    private static final class Block {
        private final Format.Fault kind;
        private final @Nullable Line heading;
        private final List<Line> lines = new ArrayList<>();
        private int looked;

        Block(Format.Fault kind, @Nullable Line heading, Line first) {
            this.kind = kind;
            this.heading = heading;
            lines.add(first);
        }

        /// Whether the next line belongs to it.
        boolean takes(Line line) {
            String text = line.text();
            if (kind.end() != null && kind.end().begins(text)) {
                add(line);
                looked = ERROR_LINES_MAX;
                return true;
            }
            Opening keep = kind.keep();
            boolean isPart = keep == null ? !text.isBlank() : keep.begins(text);
            if (isPart) {
                add(line);
            } else if (keep == null) {
                looked = ERROR_LINES_MAX;
            }
            looked++;
            return isPart;
        }

        private void add(Line line) {
            lines.add(line);
            if (lines.size() > kind.linesMax() + 1) {
                // What went wrong stands at its beginning and, where it has an end, there.
                lines.remove(lines.size() / 2);
            }
        }

        boolean isOver() {
            return looked >= ERROR_LINES_MAX
                    || (kind.end() == null && lines.size() > kind.linesMax());
        }

        /// Its first line, and the one that says where it is.
        List<Line> brief() {
            Line first = lines.getFirst();
            if (PLACE.matcher(first.text()).find()) {
                return List.of(first);
            }
            return lines.stream()
                    .skip(1)
                    .filter(line -> PLACE.matcher(line.text()).find())
                    .findFirst()
                    .map(place -> List.of(first, place))
                    .orElse(List.of(first));
        }
    }

    /// What one format finds in one log.
    private static final class Finder {
        private final Format format;
        private final Deque<Line> summaries = new ArrayDeque<>();
        private final List<Block> blocks = new ArrayList<>();
        private int more;
        private boolean isSigned;
        private @Nullable Line heading;
        private @Nullable Block open;

        Finder(Format format) {
            this.format = format;
        }

        void read(Line line) {
            String text = line.text();
            if (!isSigned && format.sign() != null && format.sign().begins(text)) {
                isSigned = true;
            }
            if (sumsUp(line) || (open != null && open.takes(line))) {
                if (open != null && open.isOver()) {
                    open = null;
                }
                return;
            }
            if (open != null && open.isOver()) {
                open = null;
            }
            if (format.noise() != null && format.noise().begins(text)) {
                return;
            }
            if (format.heading() != null && format.heading().begins(text)) {
                heading = line;
                return;
            }
            for (Format.Fault error : format.errors()) {
                Matcher start = error.start().of(text);
                if (start != null) {
                    begin(error, shown(start, line));
                    return;
                }
            }
        }

        private boolean sumsUp(Line line) {
            for (Opening summary : format.summaries()) {
                Matcher matcher = summary.of(line.text());
                if (matcher != null) {
                    Line shown = shown(matcher, line);
                    summaries.removeIf(each -> each.text().equals(shown.text()));
                    summaries.addLast(shown);
                    if (summaries.size() > SUMMARIES_MAX) {
                        summaries.removeFirst();
                    }
                    return true;
                }
            }
            return false;
        }

        private static Line shown(Matcher matcher, Line line) {
            return matcher.groupCount() == 0 || matcher.group(1) == null
                    ? line
                    : new Line(line.number(), matcher.group(1));
        }

        private void begin(Format.Fault error, Line first) {
            if (blocks.size() == ERRORS_MAX) {
                more++;
                open = null;
                return;
            }
            Block block = new Block(error, heading, first);
            blocks.add(block);
            open = error.linesMax() == 0 ? null : block;
        }
    }

    /// One log.
    private final class Reading {
        private final List<Finder> finders = Format.ALL.stream().map(Finder::new).toList();
        private final Finder any = new Finder(Format.ANY);
        private final Deque<Line> last = new ArrayDeque<>();
        private final long linesBefore = lines;
        private long linesRead;

        /// Whether a line is one of this log.
        boolean has(long number) {
            return number > linesBefore && number <= linesBefore + linesRead;
        }

        void read(String raw) {
            lines++;
            linesRead++;
            String text = raw.length() <= LINE_CHARS_MAX ? raw : Excerpt.line(raw, LINE_CHARS_MAX);
            if (text.isBlank()) {
                finders.forEach(finder -> finder.open = closed(finder.open));
                return;
            }
            Line line = new Line(lines, text.stripTrailing());
            for (Finder finder : finders) {
                finder.read(line);
            }
            if (!isGood && Format.soundsBad(line.text())) {
                any.read(line);
            }
            last.addLast(line);
            if (last.size() > LAST_LINES_HELD) {
                last.removeFirst();
            }
        }

        /// An empty line ends an error that takes whatever follows.
        private static @Nullable Block closed(@Nullable Block open) {
            return open != null && open.kind.keep() == null && open.kind.end() == null
                    ? null
                    : open;
        }

        /// The finders of the tools that wrote this. What went well may show anybody's errors.
        List<Finder> known() {
            return finders.stream()
                    .filter(finder ->
                            finder.isSigned
                                    || (finder.format.isEverywhere() && !isGood)
                                    || finder.format.isRunBy(command))
                    .toList();
        }
    }

    /// The digest; empty if nothing is known to be more important than the rest.
    ///
    /// @param charsMax how long it may be
    public Optional<String> text(int charsMax) {
        Set<String> summaries = new LinkedHashSet<>();
        Set<Long> shown = new HashSet<>();
        List<Block> blocks = new ArrayList<>();
        int more = 0;
        for (Reading log : logs.reversed()) {
            for (Finder finder : log.known()) {
                for (Line line : finder.summaries) {
                    if (shown.add(line.number())) {
                        summaries.add(line.text().strip());
                    }
                }
                blocks.addAll(finder.blocks);
                more += finder.more;
            }
        }
        if (isGood && summaries.stream().noneMatch(line -> FAILURE.matcher(line).find())) {
            blocks.clear();
            more = 0;
        } else if (blocks.isEmpty() && !isGood) {
            for (Reading log : logs.reversed()) {
                blocks.addAll(log.any.blocks);
                more += log.any.more;
            }
        }
        if (summaries.isEmpty() && blocks.isEmpty()) {
            return Optional.empty();
        }
        Room room = new Room(charsMax);
        summaries.stream().limit(2L * SUMMARIES_MAX).forEach(line -> room.add(line, charsMax / 3));
        errors(blocks, more, shown, room);
        end(shown, room);
        return Optional.of(room.text());
    }

    /// Adds the errors: first whole ones, then where the others are.
    private static void errors(List<Block> blocks, int more, Set<Long> shown, Room room) {
        int whole = room.charsMax * 6 / 10;
        int all = room.charsMax * 8 / 10;
        int left = more;
        Set<String> told = new HashSet<>();
        for (Block block : blocks) {
            Line first = block.lines.getFirst();
            if (shown.contains(first.number()) || !told.add(first.text().strip() + place(block))) {
                continue;
            }
            Line heading = block.heading;
            List<Line> lines = new ArrayList<>(block.lines);
            if (heading != null) {
                lines.addFirst(heading);
            }
            if (!room.addAll(lines, shown, whole)) {
                lines = new ArrayList<>(block.brief());
                if (heading != null) {
                    lines.addFirst(heading);
                }
                left += room.addAll(lines, shown, all) ? 0 : 1;
            }
        }
        if (left > 0) {
            room.add("… %,d more errors …".formatted(left), room.charsMax);
        }
    }

    private static String place(Block block) {
        return block.lines.stream()
                .map(line -> PLACE.matcher(line.text()))
                .filter(Matcher::find)
                .map(Matcher::group)
                .findFirst()
                .orElse("");
    }

    /// Adds what each log ends with, after what is there already.
    private void end(Set<Long> shown, Room room) {
        for (Reading log : logs) {
            List<Finder> known = log.known();
            long lastShown =
                    shown.stream().filter(log::has).mapToLong(Long::longValue).max().orElse(0);
            List<Line> last =
                    log.last.stream()
                            .filter(line -> line.number() > lastShown)
                            .filter(line -> SAYS_SOMETHING.matcher(line.text()).find())
                            .filter(line -> !FRAME.matcher(line.text()).lookingAt())
                            .filter(line -> known.stream().noneMatch(each -> isNoise(each, line)))
                            .toList();
            List<String> folded = folded(last);
            List<String> lines =
                    folded.subList(Math.max(0, folded.size() - LAST_LINES_MAX), folded.size());
            int chars = lines.stream().mapToInt(line -> line.length() + 1).sum() + 2;
            if (!lines.isEmpty() && room.has(chars)) {
                room.add("…", room.charsMax);
                lines.forEach(line -> room.add(line, room.charsMax));
            }
        }
    }

    private static boolean isNoise(Finder finder, Line line) {
        Opening noise = finder.format.noise();
        return noise != null && noise.begins(line.text());
    }

    private static List<String> folded(List<Line> lines) {
        List<String> folded = new ArrayList<>();
        Map<String, Integer> run = new HashMap<>();
        for (Line line : lines) {
            String shape = NUMBERS.matcher(line.text()).replaceAll("0");
            int before = run.getOrDefault(shape, 0);
            run.keySet().retainAll(Set.of(shape));
            run.put(shape, before + 1);
            if (before < SIMILAR_MAX) {
                folded.add(line.text());
            } else {
                if (before > SIMILAR_MAX) {
                    folded.removeLast();
                }
                int similar = before + 1 - SIMILAR_MAX;
                folded.add(similar == 1 ? line.text() : "… %,d similar lines …".formatted(similar));
            }
        }
        return folded;
    }

    /// A text that grows up to a length.
    private static final class Room {
        private final int charsMax;
        private final StringBuilder text = new StringBuilder();

        Room(int charsMax) {
            this.charsMax = charsMax;
        }

        boolean has(int chars) {
            return text.length() + chars <= charsMax;
        }

        /// Adds a line, or its beginning.
        ///
        /// @param upTo how long the text may be with it
        void add(String line, int upTo) {
            int left = Math.min(upTo, charsMax) - text.length() - 1;
            if (left > 0) {
                text.append(text.isEmpty() ? "" : "\n").append(Excerpt.line(line, left));
            }
        }

        /// Adds those of `lines` that are not `shown`; all of them or none.
        boolean addAll(List<Line> lines, Set<Long> shown, int upTo) {
            List<Line> fresh =
                    lines.stream().filter(line -> !shown.contains(line.number())).toList();
            int chars = fresh.stream().mapToInt(line -> line.text().length() + 1).sum();
            if (text.length() + chars > upTo) {
                return false;
            }
            for (Line line : fresh) {
                shown.add(line.number());
                text.append(text.isEmpty() ? "" : "\n").append(line.text());
            }
            return true;
        }

        String text() {
            return text.toString();
        }
    }
}
