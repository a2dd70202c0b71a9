package dev.bellhop.exchange;

import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Markdown checklist, as people write it:
///
/// ```
/// - [x] #1: Write the parser (owner: ada) (priority: 5) (labels: core)
///   What there is to know about it.
///   > Result: parser.c, 180 lines
///   - [ ] #2: Test it (blocked by: #1, #3)
/// ```
///
/// A task within another is a part of it. Notes and times are not in it. A backslash before a mark
/// makes it an ordinary character, and before what would begin a task in a description, a text.
final class Checklist {

    private static final String TITLE = "# Tasks";
    private static final int DEPTH_MAX = 16;
    private static final String RESULT = "> Result: ";

    private static final Pattern PROJECT =
            Pattern.compile("<!-- bellhop: ([A-Za-z0-9._-]{1,255}) -->");
    private static final Pattern ITEM =
            Pattern.compile(
                    "([ \\t]*)((?:[-*+]|[0-9]{1,9}[.)]) +)\\[(.)](?:[ \\t]+(.*))?", Pattern.DOTALL);
    private static final Pattern NUMBER = Pattern.compile("#([1-9][0-9]{0,8})(?::|[ \\t])[ \\t]*");
    private static final String KEYS =
            "owner|priority|labels|blocked by|depends on|waits for|part of";
    private static final Pattern KEY =
            Pattern.compile("(" + KEYS + "): ", Pattern.CASE_INSENSITIVE);
    private static final Pattern LOOKS_LIKE_GROUP =
            Pattern.compile("\\((?=(?:" + KEYS + "):)", Pattern.CASE_INSENSITIVE);
    private static final Pattern LOOKS_LIKE_MORE =
            Pattern.compile(
                    "^([ \\t]*)(\\\\*+(?:(?:[-*+]|[0-9]{1,9}[.)]) +\\[.](?:[ \\t].*)?|> Result:.*))\\z",
                    Pattern.DOTALL);
    private static final Pattern ESCAPE = Pattern.compile("\\\\([!-/:-@\\[-`{-~])");

    private Checklist() {}

    /// Whether there are tasks in `file`.
    static boolean is(TextFile file) {
        return file.text().lines().anyMatch(line -> ITEM.matcher(line).matches());
    }

    // ---- writing

    static String print(Collection<Task> tasks, String here) {
        Map<TaskId, Task> left = new TreeMap<>();
        tasks.forEach(task -> left.put(task.id(), task));
        Set<TaskId> known = Set.copyOf(left.keySet());
        Map<TaskId, List<Task>> parts = new TreeMap<>();
        for (Task task : left.values()) {
            if (task.parent() != null && known.contains(task.parent())) {
                parts.computeIfAbsent(task.parent(), _ -> new ArrayList<>()).add(task);
            }
        }
        StringBuilder out = new StringBuilder();
        out.append(TITLE).append("\n\n<!-- bellhop: ").append(here).append(" -->\n\n");
        for (Task task : List.copyOf(left.values())) {
            if (task.parent() == null || !known.contains(task.parent())) {
                print(task, 0, parts, left, out);
            }
        }
        // Too deep, or in a circle that somebody made by hand.
        while (!left.isEmpty()) {
            print(left.values().iterator().next(), 0, parts, left, out);
        }
        return out.toString();
    }

    private static void print(
            Task task,
            int depth,
            Map<TaskId, List<Task>> parts,
            Map<TaskId, Task> left,
            StringBuilder out) {
        left.remove(task.id());
        String indent = "  ".repeat(depth);
        out.append(indent)
                .append("- [%c] %s: ".formatted(task.status().mark(), task.id()))
                .append(escaped(task.subject()));
        group(out, "owner", task.owner() == null ? List.of() : List.of(value(task.owner())));
        group(out, "priority", task.priority() == 0 ? List.of() : List.of("" + task.priority()));
        group(out, "labels", task.labels().stream().map(Checklist::value).toList());
        group(out, "blocked by", task.blockedBy().stream().map(TaskId::toString).toList());
        boolean isApart = depth == 0 && task.parent() != null;
        group(out, "part of", isApart ? List.of("" + task.parent()) : List.of());
        out.append('\n');
        for (String line : lines(task.description())) {
            String text = LOOKS_LIKE_MORE.matcher(line).replaceFirst("$1\\\\$2");
            out.append(line.isEmpty() ? "" : indent + "  " + text).append('\n');
        }
        if (task.result() != null) {
            String first = RESULT;
            for (String line : lines(task.result())) {
                out.append(indent).append("  ").append(line.isEmpty() ? ">" : first + line);
                out.append('\n');
                first = "> ";
            }
        }
        if (depth < DEPTH_MAX) {
            for (Task part : parts.getOrDefault(task.id(), List.of())) {
                if (left.containsKey(part.id())) {
                    print(part, depth + 1, parts, left, out);
                }
            }
        }
    }

    private static void group(StringBuilder out, String key, List<String> values) {
        if (!values.isEmpty()) {
            out.append(" (%s: %s)".formatted(key, String.join(", ", values)));
        }
    }

    /// The lines of `text`, without the empty ones at both ends.
    private static List<String> lines(String text) {
        List<String> lines =
                text.replace("\r\n", "\n")
                        .replace('\r', '\n')
                        .lines()
                        .map(line -> line.isBlank() ? "" : line)
                        .collect(Collectors.toCollection(ArrayList::new));
        while (!lines.isEmpty() && lines.getFirst().isEmpty()) {
            lines.removeFirst();
        }
        while (!lines.isEmpty() && lines.getLast().isEmpty()) {
            lines.removeLast();
        }
        return lines;
    }

    private static String escaped(String subject) {
        String line = subject.strip().replaceAll("\\s+", " ");
        String bars = (line + "\0").replaceAll("\\\\(?=[!-/:-@\\[-`{-~\\x00])", "\\\\\\\\");
        return LOOKS_LIKE_GROUP.matcher(bars.substring(0, bars.length() - 1)).replaceAll("\\\\(");
    }

    private static String value(String text) {
        return text.strip().replaceAll("\\s+", " ").replaceAll("[\\\\(),]", "\\\\$0");
    }

    /// What the commas in `text` stand between, but for those after a backslash.
    private static List<String> values(String text) {
        List<String> values = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '\\') {
                i++;
            } else if (text.charAt(i) == ',') {
                values.add(text.substring(from, i));
                from = i + 1;
            }
        }
        values.add(text.substring(from));
        return values;
    }

    private static String unescaped(String text) {
        return ESCAPE.matcher(text).replaceAll("$1");
    }

    // ---- reading

    static Incoming read(TextFile file) {
        Reader reader = new Reader(file);
        int number = 0;
        for (String line : file.lines()) {
            reader.line(line, ++number);
        }
        return reader.finished();
    }

    /// A task whose lines are being read: how far its bullet is from the left, how far its text is,
    /// and the lines so far.
    private static final class Open {
        final Draft draft;
        final int indent;
        final int inner;
        final String subject;
        final StringBuilder text = new StringBuilder();
        @Nullable StringBuilder result;

        Open(Draft draft, int indent, int inner, String subject) {
            this.draft = draft;
            this.indent = indent;
            this.inner = inner;
            this.subject = subject;
        }

        void add(String line) {
            if (result == null && line.startsWith(RESULT.stripTrailing())) {
                result =
                        new StringBuilder(line.substring(Math.min(line.length(), RESULT.length())));
            } else if (result != null && line.startsWith(">")) {
                result.append('\n').append(line.replaceFirst("^> ?", ""));
            } else if (!(text.isEmpty() && line.isBlank())) {
                text.append(unmarked(line)).append('\n');
            }
        }

        private static String unmarked(String line) {
            Matcher matcher = LOOKS_LIKE_MORE.matcher(line);
            return matcher.matches() && matcher.group(2).startsWith("\\")
                    ? matcher.group(1) + matcher.group(2).substring(1)
                    : line;
        }
    }

    /// `(key: value)` at the end of a line.
    private record Group(int start, String key, String value) {

        static @Nullable Group last(String line) {
            if (!line.endsWith(")") || isEscaped(line, line.length() - 1)) {
                return null;
            }
            int start = line.length() - 2;
            while (start >= 0 && !isBracket(line, start)) {
                start--;
            }
            if (start < 0 || line.charAt(start) == ')') {
                return null;
            }
            Matcher key = KEY.matcher(line).region(start + 1, line.length());
            boolean standsApart = start == 0 || Character.isWhitespace(line.charAt(start - 1));
            return standsApart && key.lookingAt()
                    ? new Group(start, key.group(1), line.substring(key.end(), line.length() - 1))
                    : null;
        }

        private static boolean isBracket(String line, int at) {
            char c = line.charAt(at);
            return (c == '(' || c == ')') && !isEscaped(line, at);
        }

        private static boolean isEscaped(String line, int at) {
            int from = at;
            while (from > 0 && line.charAt(from - 1) == '\\') {
                from--;
            }
            return (at - from) % 2 == 1;
        }
    }

    private static final class Reader {
        private final TextFile file;
        private final Drafts drafts = new Drafts();
        private final Deque<Open> path = new ArrayDeque<>();
        private final List<Open> all = new ArrayList<>();
        private final Map<Draft, String> sources = new LinkedHashMap<>();
        private final Set<String> given = new HashSet<>();
        private final Map<String, Integer> times = new HashMap<>();
        private @Nullable String project;
        private boolean isFenced;
        private boolean isOutside;

        Reader(TextFile file) {
            this.file = file;
        }

        void line(String line, int number) {
            Matcher item = ITEM.matcher(line);
            if (line.isBlank()) {
                if (!path.isEmpty()) {
                    path.element().add("");
                }
                return;
            }
            if (!isFenced && item.matches()) {
                isOutside = false;
                item(item, number);
                return;
            }
            int indent = columns(line);
            while (!path.isEmpty() && path.element().inner > indent) {
                path.pop();
            }
            if (path.isEmpty() && line.strip().startsWith("```")) {
                isFenced = !isFenced;
            }
            if (path.isEmpty()) {
                outside(line, number);
            } else {
                path.element().add(without(line, path.element().inner));
            }
        }

        private void outside(String line, int number) {
            Matcher matcher = PROJECT.matcher(line.strip());
            if (matcher.matches()) {
                project = matcher.group(1);
            } else if (!line.strip().equals(TITLE) && !isOutside) {
                isOutside = true;
                drafts.remark(
                        file.name(), number, "text outside of the tasks is left out, from here");
            }
        }

        private void item(Matcher item, int number) {
            int indent = columns(item.group(1) + "x");
            while (!path.isEmpty() && path.element().indent >= indent) {
                path.pop();
            }
            Open above = path.peek();
            String rest = item.group(4) == null ? "" : item.group(4).strip();
            Matcher id = NUMBER.matcher(rest);
            int known = id.lookingAt() ? Integer.parseInt(id.group(1)) : 0;
            if (known > 0) {
                rest = rest.substring(id.end());
            }
            List<Group> groups = new ArrayList<>();
            for (Group group = Group.last(rest); group != null; group = Group.last(rest)) {
                groups.addFirst(group);
                rest = rest.substring(0, group.start()).stripTrailing();
            }
            String subject = unescaped(rest).strip();
            Draft draft = draft(known, subject, above, number);
            draft.subject(subject);
            status(draft, item.group(3).charAt(0));
            if (above != null) {
                draft.parent = above.draft.name;
            }
            groups.forEach(group -> put(draft, group.key(), group.value()));
            Open open = new Open(draft, indent, indent + item.group(2).length(), subject);
            path.push(open);
            all.add(open);
        }

        private Draft draft(int number, String subject, @Nullable Open above, int line) {
            String name = "#" + number;
            if (number > 0 && drafts.has(name)) {
                drafts.remark(file.name(), line, name + " is there twice; this one gets another");
            } else if (number > 0) {
                Draft draft = fresh(name, line);
                draft.number = number;
                sources.put(draft, unique(name + " " + subject));
                return draft;
            }
            String words = (above == null ? "" : above.subject + " > ") + subject;
            String source = unique(words.isBlank() ? "untitled" : words);
            Draft draft = fresh(source, line);
            sources.put(draft, source);
            return draft;
        }

        private Draft fresh(String name, int line) {
            Draft draft = drafts.add(name, file.name(), line);
            if (draft == null) {
                throw new IllegalStateException(name + " is there twice");
            }
            return draft;
        }

        private String unique(String words) {
            String cut = words.length() > 450 ? words.substring(0, 450) : words;
            String name = cut;
            while (!given.add(name)) {
                name = "%s (%d)".formatted(cut, times.merge(cut, 1, Integer::sum) + 1);
            }
            return name;
        }

        private static void status(Draft draft, char mark) {
            Stream.of(Status.values())
                    .filter(status -> status.mark() == Character.toLowerCase(mark))
                    .findFirst()
                    .ifPresentOrElse(
                            draft::status, () -> draft.unknownStatus(String.valueOf(mark)));
        }

        private static void put(Draft draft, String key, String value) {
            switch (key.toLowerCase(Locale.ROOT)) {
                case "owner" -> draft.owner(unescaped(value));
                case "priority" -> {
                    if (value.matches("-?[0-9]{1,9}")) {
                        draft.json.put("priority", Integer.parseInt(value));
                    } else {
                        draft.priority(unescaped(value));
                    }
                }
                case "labels" -> values(value).forEach(each -> draft.label(unescaped(each)));
                case "part of" -> draft.parent = reference(value);
                default ->
                        Stream.of(value.replaceAll("[\\[\\]]", "").split(",", -1))
                                .filter(each -> !each.isBlank())
                                .forEach(each -> draft.blocker(reference(each), draft.line));
            }
        }

        private static String reference(String text) {
            String word = text.strip();
            return word.matches("[0-9]+") ? "#" + word : unescaped(word);
        }

        Incoming finished() {
            for (Open open : all) {
                String text = open.text.toString().stripTrailing();
                // By hand the lines of a text begin anywhere.
                open.draft.text(project == null ? text.stripIndent() : text);
                if (open.result != null && !open.result.toString().isBlank()) {
                    open.draft.json.put("result", open.result.toString().strip());
                }
            }
            String from = project;
            Function<Draft, String> source =
                    draft ->
                            from != null && draft.number > 0
                                    ? JsonForm.own(from) + draft.name
                                    : "markdown:" + sources.get(draft);
            return drafts.finished(Form.MARKDOWN, source);
        }
    }

    /// How far from the left the first character of `line` is that is no blank.
    private static int columns(String line) {
        int columns = 0;
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\t') {
                columns += 4 - columns % 4;
            } else if (c == ' ') {
                columns++;
            } else {
                break;
            }
        }
        return columns;
    }

    /// `line` without so many columns of blanks.
    private static String without(String line, int columns) {
        int at = 0;
        int column = 0;
        while (at < line.length() && column < columns) {
            column += line.charAt(at) == '\t' ? 4 - column % 4 : 1;
            at++;
        }
        return line.substring(at);
    }
}
