package dev.bellhop.exchange;

import dev.bellhop.task.Status;
import dev.bellhop.task.Task;
import dev.bellhop.task.TaskId;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A Mermaid flowchart: a node a task, an arrow from what comes first to what waits for it.
///
/// ```
/// flowchart TD
///     t1["Write the parser"]:::completed
///     t2["Test it"]:::pending
///     t1 --> t2
/// ```
///
/// Descriptions, owners and the like are not in it. What is read may be drawn by hand, with nodes
/// of any shape, chains and labels; a subgraph's title becomes a label of its tasks.
final class Flowchart {

    private static final Pattern HEAD =
            Pattern.compile(
                    "(?:flowchart|flowchart-elk|graph)(?:[ \\t]+[A-Za-z]{2})?[ \\t]*(;.*)?");
    private static final Pattern PROJECT =
            Pattern.compile("%%\\s*bellhop: ([A-Za-z0-9._-]{1,255})");
    private static final Pattern OUR_NODE = Pattern.compile("t([1-9][0-9]{0,8})");
    private static final String PART_OF = "part of";

    private static final Map<Status, String> COLORS =
            Stream.of(
                            Map.entry(Status.BACKLOG, "fill:#eee,stroke:#999"),
                            Map.entry(Status.PENDING, "fill:#fff,stroke:#333"),
                            Map.entry(Status.IN_PROGRESS, "fill:#cfe2ff,stroke:#0a58ca"),
                            Map.entry(Status.BLOCKED_ON_HUMAN, "fill:#fff3cd,stroke:#997404"),
                            Map.entry(Status.COMPLETED, "fill:#d1e7dd,stroke:#146c43"),
                            Map.entry(Status.FAILED, "fill:#f8d7da,stroke:#b02a37"),
                            Map.entry(Status.CANCELLED, "fill:#eee,stroke:#999"))
                    .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));

    private Flowchart() {}

    /// Whether `file` is a flowchart and nothing else.
    static boolean is(TextFile file) {
        return file.text()
                .lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("%%"))
                .findFirst()
                .filter(line -> HEAD.matcher(line).matches())
                .isPresent();
    }

    // ---- writing

    static String print(Collection<Task> tasks, String here) {
        StringBuilder out = new StringBuilder("flowchart TD\n");
        out.append("    %% bellhop: ").append(here).append('\n');
        Set<TaskId> known = tasks.stream().map(Task::id).collect(Collectors.toSet());
        for (Task task : tasks) {
            out.append(
                    "    %s[\"%s\"]:::%s\n"
                            .formatted(
                                    node(task.id()),
                                    escaped(task.subject()),
                                    task.status().word()));
        }
        for (Task task : tasks) {
            for (TaskId blocker : task.blockedBy()) {
                if (known.contains(blocker)) {
                    out.append("    %s --> %s\n".formatted(node(blocker), node(task.id())));
                }
            }
            if (task.parent() != null && known.contains(task.parent())) {
                out.append(
                        "    %s -. %s .-> %s\n"
                                .formatted(node(task.id()), PART_OF, node(task.parent())));
            }
        }
        for (Status status : Status.values()) {
            if (tasks.stream().anyMatch(task -> task.status() == status)) {
                out.append(
                        "    classDef %s %s\n"
                                .formatted(status.word(), COLORS.getOrDefault(status, "")));
            }
        }
        return out.toString();
    }

    private static String node(TaskId id) {
        return "t" + id.number();
    }

    private static String escaped(String subject) {
        StringBuilder escaped = new StringBuilder();
        subject.strip()
                .replaceAll("\\s+", " ")
                .chars()
                .forEach(c -> {
                    switch (c) {
                        case '"', '#', '&', '<', '>', '`', '\\', '%', ';' ->
                                escaped.append('#').append(c).append(';');
                        default -> escaped.append((char) c);
                    }
                });
        return escaped.toString();
    }

    // ---- reading

    static Incoming read(TextFile file) {
        return new Reader(file).read();
    }

    private static final class Reader {
        private static final Map<String, List<String>> SHAPES = new LinkedHashMap<>();

        static {
            SHAPES.put("(((", List.of(")))"));
            SHAPES.put("((", List.of("))"));
            SHAPES.put("([", List.of("])"));
            SHAPES.put("[[", List.of("]]"));
            SHAPES.put("[(", List.of(")]"));
            SHAPES.put("[/", List.of("/]", "\\]"));
            SHAPES.put("[\\", List.of("\\]", "/]"));
            SHAPES.put("{{", List.of("}}"));
            SHAPES.put("[", List.of("]"));
            SHAPES.put("(", List.of(")"));
            SHAPES.put("{", List.of("}"));
            SHAPES.put(">", List.of("]"));
        }

        private static final Pattern ATTRIBUTES = Pattern.compile("@\\{([^}]*+)}");
        private static final Pattern LABEL =
                Pattern.compile("\\blabel\\s*:\\s*(?:\"([^\"]*+)\"|([^,]++))");

        /// A whole arrow: its head at the left, its line, its head at the right.
        private static final Pattern ARROW =
                Pattern.compile(
                        "(<|[ox](?=[-=]))?(-\\.++-|-{2,}+|={2,}+|~{3,}+)(>|[ox](?=[ \\t|]))?");

        /// What begins an arrow with words in it, and what ends it.
        private static final Pattern BEGINNING =
                Pattern.compile("<?(--|==|-\\.)(?=[ \\t\"\\p{L}])");

        private static final Map<String, Pattern> ENDS =
                Map.of(
                        "--", Pattern.compile("[ \\t]*-{2,}+(>|[ox](?=[ \\t])|(?<=---))"),
                        "==", Pattern.compile("[ \\t]*={2,}+(>|[ox](?=[ \\t])|(?<====))"),
                        "-.", Pattern.compile("[ \\t]*\\.++-(>|[ox](?=[ \\t])|)"));

        private final TextFile file;
        private final Drafts drafts = new Drafts();
        private final Map<String, Node> nodes = new LinkedHashMap<>();
        private final Deque<String> subgraphs = new ArrayDeque<>();
        private final Set<String> definedClasses = new HashSet<>();
        private @Nullable String project;

        // The statement that is being read.
        private String line = "";
        private int number;
        private int at;

        Reader(TextFile file) {
            this.file = file;
        }

        /// A node as far as it is known.
        private static final class Node {
            final int line;
            @Nullable String text;
            final Set<String> classes = new LinkedHashSet<>();
            final Set<String> labels = new LinkedHashSet<>();
            final Map<String, Integer> blockers = new LinkedHashMap<>();
            @Nullable String parent;

            Node(int line) {
                this.line = line;
            }
        }

        Incoming read() {
            List<String> lines = file.lines();
            int first = 0;
            int end = lines.size();
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).strip().equals("```mermaid")) {
                    first = i + 1;
                    for (end = first; end < lines.size(); end++) {
                        if (lines.get(end).strip().equals("```")) {
                            break;
                        }
                    }
                    break;
                }
            }
            boolean isBegun = false;
            boolean isTitle = false;
            for (int i = first; i < end; i++) {
                number = i + 1;
                String text = lines.get(i).strip();
                if (text.startsWith("%%")) {
                    Matcher matcher = PROJECT.matcher(text);
                    if (matcher.matches()) {
                        project = matcher.group(1);
                    }
                } else if (!isBegun && (isTitle || text.equals("---"))) {
                    isTitle = !isTitle || !text.equals("---");
                } else if (!isBegun && !text.isEmpty()) {
                    Matcher head = HEAD.matcher(text);
                    if (!head.matches()) {
                        throw file.refused(
                                number,
                                "this is no flowchart",
                                "It begins with flowchart TD, or graph TD.");
                    }
                    isBegun = true;
                    if (head.group(1) != null) {
                        statements(head.group(1));
                    }
                } else if (!text.isEmpty()) {
                    statements(text);
                }
            }
            if (!isBegun) {
                throw file.refused(1, "there is no flowchart", "It begins with flowchart TD.");
            }
            return finished();
        }

        private void statements(String text) {
            line = text;
            at = 0;
            if (keyword(text)) {
                return;
            }
            while (at < line.length()) {
                blanks();
                if (at < line.length() && line.charAt(at) == ';') {
                    at++;
                } else if (at < line.length() && !chain()) {
                    drafts.remark(
                            file.name(),
                            number,
                            "cannot be read, and is left out: " + cut(line.substring(at)));
                    return;
                }
            }
        }

        private static String cut(String text) {
            return text.length() > 80 ? text.substring(0, 80) + "…" : text;
        }

        private boolean keyword(String text) {
            String word = text.replaceFirst("[ \\t;].*", "");
            String rest = text.substring(word.length()).strip();
            switch (word) {
                case "end" -> subgraphs.poll();
                case "subgraph" -> {
                    Matcher title = Pattern.compile("[^\\[]*\\[\"?([^\\]\"]*)\"?].*").matcher(rest);
                    subgraphs.push(
                            decoded(title.matches() ? title.group(1) : rest.replace("\"", "")));
                }
                case "direction", "style", "linkStyle", "accTitle:", "accDescr:" -> {}
                case "classDef" ->
                        definedClasses.addAll(
                                List.of(rest.replaceFirst("[ \\t].*", "").split(",", -1)));
                case "class" -> {
                    String[] words = rest.replace(";", "").split("[ \\t]+", 2);
                    if (words.length == 2) {
                        for (String id : words[0].split(",", -1)) {
                            node(id.strip()).classes.add(words[1].strip());
                        }
                    }
                }
                case "click" ->
                        drafts.remark(
                                file.name(), number, "click is left out; nothing is followed");
                default -> {
                    return false;
                }
            }
            return true;
        }

        /// Nodes with arrows between them: `a & b --> c --> d`.
        private boolean chain() {
            List<String> left = group();
            if (left.isEmpty()) {
                return false;
            }
            while (true) {
                blanks();
                if (at >= line.length() || line.charAt(at) == ';') {
                    return true;
                }
                Arrow arrow = arrow();
                if (arrow == null) {
                    return false;
                }
                blanks();
                List<String> right = group();
                if (right.isEmpty()) {
                    return false;
                }
                tie(left, arrow, right);
                left = right;
            }
        }

        private List<String> group() {
            List<String> ids = new ArrayList<>();
            while (true) {
                blanks();
                String id = node();
                if (id == null) {
                    return List.of();
                }
                ids.add(id);
                blanks();
                if (at >= line.length() || line.charAt(at) != '&') {
                    return ids;
                }
                at++;
            }
        }

        private @Nullable String node() {
            String id = name();
            if (id.isEmpty()) {
                return null;
            }
            Node node = node(id);
            if (!subgraphs.isEmpty() && !subgraphs.element().isBlank()) {
                node.labels.add(subgraphs.element());
            }
            shape(node);
            Matcher attributes = match(ATTRIBUTES);
            if (attributes != null) {
                Matcher label = LABEL.matcher(attributes.group(1));
                if (label.find()) {
                    node.text = label.group(1) == null ? label.group(2) : label.group(1);
                }
            }
            if (line.startsWith(":::", at)) {
                at += 3;
                node.classes.add(name());
            }
            return id;
        }

        /// Letters, digits and lines under them; a hyphen or a dot where a letter follows.
        private String name() {
            int from = at;
            while (at < line.length()) {
                char c = line.charAt(at);
                boolean isJoint =
                        (c == '-' || c == '.')
                                && at > from
                                && at + 1 < line.length()
                                && isLetter(line.charAt(at + 1));
                if (!isLetter(c) && !isJoint) {
                    break;
                }
                at++;
            }
            return line.substring(from, at);
        }

        private static boolean isLetter(char c) {
            return Character.isLetterOrDigit(c) || Character.isSurrogate(c) || c == '_';
        }

        private void shape(Node node) {
            for (Map.Entry<String, List<String>> shape : SHAPES.entrySet()) {
                if (!line.startsWith(shape.getKey(), at)) {
                    continue;
                }
                int from = at + shape.getKey().length();
                boolean isQuoted = line.startsWith("\"", from);
                int quote = isQuoted ? line.indexOf('"', from + 1) : from;
                for (String closing : shape.getValue()) {
                    int to = quote < 0 ? -1 : line.indexOf(closing, quote);
                    if (to >= 0) {
                        node.text =
                                isQuoted
                                        ? line.substring(from + 1, quote)
                                        : line.substring(from, to);
                        at = to + closing.length();
                        return;
                    }
                }
            }
        }

        /// An arrow.
        ///
        /// @param words what is written on it
        private record Arrow(boolean pointsLeft, boolean pointsRight, String words) {}

        private @Nullable Arrow arrow() {
            Matcher whole = match(ARROW);
            if (whole != null
                    && (whole.group(3) != null
                            || whole.group(2).length() > 2
                            || whole.group(2).startsWith("-."))) {
                String words = "";
                if (at < line.length() && line.charAt(at) == '|') {
                    int end = line.indexOf('|', at + 1);
                    if (end < 0) {
                        return null;
                    }
                    words = line.substring(at + 1, end);
                    at = end + 1;
                }
                return new Arrow(whole.group(1) != null, whole.group(3) != null, words);
            }
            if (whole != null) {
                at = whole.start();
            }
            Matcher beginning = match(BEGINNING);
            if (beginning == null) {
                return null;
            }
            Matcher end = ENDS.getOrDefault(beginning.group(1), ARROW).matcher(line);
            if (!end.find(at)) {
                return null;
            }
            String words = line.substring(at, end.start());
            at = end.end();
            return new Arrow(beginning.group().startsWith("<"), !end.group(1).isEmpty(), words);
        }

        private void tie(List<String> left, Arrow arrow, List<String> right) {
            String words = arrow.words().strip().replace("\"", "");
            if (!arrow.pointsRight() && !arrow.pointsLeft()) {
                drafts.remark(
                        file.name(), number, "a line without an arrow says no order; left out");
                return;
            }
            if (words.equals(PART_OF)) {
                left.forEach(part -> node(part).parent = right.getFirst());
                return;
            }
            if (!words.isEmpty()) {
                drafts.remark(
                        file.name(),
                        number,
                        "what is written on an arrow is left out: " + cut(decoded(words)));
            }
            if (arrow.pointsRight()) {
                right.forEach(to -> left.forEach(from -> wait(to, from)));
            }
            if (arrow.pointsLeft()) {
                left.forEach(to -> right.forEach(from -> wait(to, from)));
            }
        }

        private void wait(String waiting, String blocker) {
            node(waiting).blockers.putIfAbsent(blocker, number);
        }

        private Node node(String id) {
            return nodes.computeIfAbsent(id, _ -> new Node(number));
        }

        private void blanks() {
            while (at < line.length() && (line.charAt(at) == ' ' || line.charAt(at) == '\t')) {
                at++;
            }
        }

        private @Nullable Matcher match(Pattern pattern) {
            Matcher matcher = pattern.matcher(line).region(at, line.length());
            matcher.useTransparentBounds(true);
            if (!matcher.lookingAt()) {
                return null;
            }
            at = matcher.end();
            return matcher;
        }

        private static String decoded(String text) {
            String plain = text.replaceAll("(?i)<br\\s*/?>", " ").strip();
            if (plain.length() > 1 && plain.startsWith("`") && plain.endsWith("`")) {
                plain = plain.substring(1, plain.length() - 1);
            }
            return Pattern.compile("#([0-9]{1,7}|quot|amp|lt|gt);")
                    .matcher(plain)
                    .replaceAll(found ->
                            Matcher.quoteReplacement(
                                    switch (found.group(1)) {
                                        case "quot" -> "\"";
                                        case "amp" -> "&";
                                        case "lt" -> "<";
                                        case "gt" -> ">";
                                        default -> character(found.group());
                                    }));
        }

        private static String character(String reference) {
            int code = Integer.parseInt(reference, 1, reference.length() - 1, 10);
            return code > 0 && Character.isValidCodePoint(code)
                    ? Character.toString(code)
                    : reference;
        }

        private Incoming finished() {
            nodes.forEach(this::draft);
            String from = project;
            return drafts.finished(
                    Form.MERMAID,
                    draft ->
                            from != null && draft.number > 0
                                    ? JsonForm.own(from) + "#" + draft.number
                                    : "mermaid:%s %s"
                                            .formatted(
                                                    cut(draft.name),
                                                    draft.json.path("subject").asText()));
        }

        private void draft(String id, Node node) {
            Draft draft = drafts.add(id, file.name(), node.line);
            if (draft == null) {
                return;
            }
            Matcher ours = OUR_NODE.matcher(id);
            draft.number = ours.matches() ? Integer.parseInt(ours.group(1)) : 0;
            draft.subject(node.text == null ? id : decoded(node.text));
            node.labels.forEach(draft::label);
            node.blockers.forEach(draft::blocker);
            draft.parent = node.parent;
            for (String each : node.classes) {
                Status status = Statuses.known(each);
                if (status != null) {
                    draft.status(status);
                } else if (!definedClasses.contains(each)) {
                    draft.unknownStatus(each);
                } else {
                    draft.remark("the class %s is no status; it is left out".formatted(each));
                }
            }
        }
    }
}
