package dev.bellhop.exchange;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What stands between two lines of `---` at the beginning of a Markdown file: keys, each with a
/// text or a list of texts.
///
/// Of YAML it knows what Backlog.md and people write there: plain and quoted texts, folded and
/// literal blocks, lists of both kinds. Anchors, aliases, tags, merged keys and maps in braces are
/// refused; a map of several lines is left out and told.
final class FrontMatter {

    private static final int LINES_MAX = 1_000;
    private static final String EDGE = "---";

    /// A value, as a list.
    ///
    /// @param isList whether it was one
    record Value(int line, boolean isList, List<String> texts) {
        String text() {
            return String.join(", ", texts);
        }
    }

    private final TextFile file;
    private final List<String> lines;
    private final Map<String, Value> values = new LinkedHashMap<>();

    /// Keys whose values were left out, with their lines.
    private final Map<String, Integer> leftOut = new LinkedHashMap<>();

    private int at = 1;

    /// Whether `file` begins with one.
    static boolean is(TextFile file) {
        return file.text().startsWith(EDGE + "\n");
    }

    /// Reads that of `file`.
    ///
    /// @throws dev.bellhop.base.Problem `INVALID`, naming the line, if it is not of the kind that
    ///   is read
    FrontMatter(TextFile file) {
        this.file = file;
        this.lines = file.lines();
        while (true) {
            if (at >= lines.size() || at > LINES_MAX) {
                throw file.refused(
                        Math.min(at + 1, lines.size()),
                        "there is no second ---",
                        "End it with one.");
            }
            String line = lines.get(at).stripTrailing();
            if (line.equals(EDGE)) {
                at++;
                return;
            }
            if (line.isBlank() || line.stripLeading().startsWith("#")) {
                at++;
            } else {
                key(line);
            }
        }
    }

    Map<String, Value> values() {
        return values;
    }

    Map<String, Integer> leftOut() {
        return leftOut;
    }

    /// The line of `key`; 1 if it is not there.
    int line(String key) {
        Value value = values.get(key);
        return value == null ? 1 : value.line();
    }

    String text(String key) {
        Value value = values.get(key);
        return value == null ? "" : value.text();
    }

    List<String> texts(String key) {
        Value value = values.get(key);
        return value == null
                ? List.of()
                : value.texts().stream().filter(t -> !t.isBlank()).toList();
    }

    /// The lines below it.
    List<String> body() {
        return lines.subList(at, lines.size());
    }

    private void key(String line) {
        int colon = line.indexOf(':');
        String key = colon < 0 ? "" : unquoted(line.substring(0, colon).strip());
        if (line.startsWith(" ")
                || line.startsWith("\t")
                || !key.matches("[\\p{L}_][\\p{L}\\p{N}_. /-]{0,99}")
                || (colon + 1 < line.length() && line.charAt(colon + 1) != ' ')) {
            throw file.refused(at + 1, "this is no `key: value`", "Write it so, or take it out.");
        }
        int begun = at + 1;
        String rest = uncommented(line.substring(colon + 1).strip());
        at++;
        Value value = value(rest, begun);
        if (values.containsKey(key) || leftOut.containsKey(key)) {
            throw file.refused(begun, "`%s` is there twice".formatted(key), "Leave one out.");
        }
        if (value == null) {
            leftOut.put(key, begun);
        } else {
            values.put(key, value);
        }
    }

    /// @return null if it is a map of several lines
    private @Nullable Value value(String rest, int line) {
        refuseTricks(rest, line);
        if (rest.matches("[>|][+-]?[0-9]?[+-]?")) {
            return new Value(line, false, List.of(block(rest.startsWith(">"))));
        }
        if (rest.startsWith("[")) {
            return new Value(line, true, flow(rest, line));
        }
        if (!rest.isEmpty()) {
            StringBuilder text = new StringBuilder(rest);
            while (at < lines.size() && isIndented(lines.get(at))) {
                text.append(' ').append(lines.get(at++).strip());
            }
            return new Value(line, false, List.of(scalar(text.toString(), line)));
        }
        List<String> items = new ArrayList<>();
        while (at < lines.size() && lines.get(at).matches("[ ]*-(?: .*)?") && !isEdge(at)) {
            String item = uncommented(lines.get(at).strip().substring(1).strip());
            refuseTricks(item, at + 1);
            int begun = ++at;
            StringBuilder text = new StringBuilder(item);
            if (item.matches("[>|][+-]?")) {
                text = new StringBuilder(block(item.startsWith(">")));
            } else {
                while (at < lines.size()
                        && isIndented(lines.get(at))
                        && !lines.get(at).stripLeading().startsWith("- ")) {
                    text.append(' ').append(lines.get(at++).strip());
                }
            }
            items.add(scalar(text.toString(), begun));
        }
        if (items.isEmpty() && at < lines.size() && isIndented(lines.get(at))) {
            while (at < lines.size() && isIndented(lines.get(at))) {
                refuseTricks(lines.get(at).replaceFirst("^[^:]*:", "").strip(), at + 1);
                at++;
            }
            return null;
        }
        return new Value(line, !items.isEmpty(), items);
    }

    private boolean isEdge(int index) {
        return lines.get(index).stripTrailing().equals(EDGE);
    }

    private static boolean isIndented(String line) {
        return !line.isBlank() && (line.startsWith(" ") || line.startsWith("\t"));
    }

    private String block(boolean isFolded) {
        List<String> block = new ArrayList<>();
        while (at < lines.size() && (isIndented(lines.get(at)) || lines.get(at).isBlank())) {
            block.add(lines.get(at++));
        }
        int indent =
                block.stream()
                        .filter(line -> !line.isBlank())
                        .mapToInt(line -> line.length() - line.stripLeading().length())
                        .min()
                        .orElse(0);
        StringBuilder text = new StringBuilder();
        boolean isFirst = true;
        for (String each : block) {
            String line = each.isBlank() ? "" : each.substring(indent);
            boolean goesOn = isFolded && !line.isEmpty() && !text.toString().endsWith("\n");
            text.append(isFirst ? "" : goesOn ? " " : "\n").append(line);
            isFirst = false;
        }
        return text.toString().strip();
    }

    private List<String> flow(String rest, int line) {
        List<String> items = new ArrayList<>();
        StringBuilder item = new StringBuilder();
        char quote = 0;
        boolean isOver = false;
        for (int i = 1; i < rest.length() && !isOver; i++) {
            char c = rest.charAt(i);
            if (quote != 0) {
                item.append(c);
                quote = c == quote ? 0 : quote;
            } else if (c == ',' || c == ']') {
                String text = item.toString().strip();
                refuseTricks(text, line);
                if (!text.isEmpty()) {
                    items.add(scalar(text, line));
                }
                item.setLength(0);
                if (c == ']') {
                    isOver = true;
                    if (i + 1 < rest.length()) {
                        throw file.refused(line, "there is more after the list", "Take it out.");
                    }
                }
            } else if (c == '[' || c == '{') {
                throw file.refused(line, "a list in a list is not read", "Write it on one level.");
            } else {
                if ((c == '"' || c == '\'') && item.toString().isBlank()) {
                    quote = c;
                }
                item.append(c);
            }
        }
        if (!isOver) {
            throw file.refused(line, "the list does not end on its line", "Write ] at its end.");
        }
        return items;
    }

    private String scalar(String text, int line) {
        if (text.length() < 2 || !(text.startsWith("'") || text.startsWith("\""))) {
            if (text.startsWith("'") || text.startsWith("\"")) {
                throw file.refused(line, "a quote does not end", "End it.");
            }
            return text.equals("~") || text.equals("null") ? "" : text;
        }
        if (text.charAt(text.length() - 1) != text.charAt(0)) {
            throw file.refused(line, "a quote does not end on its line", "End it.");
        }
        String inner = text.substring(1, text.length() - 1);
        return text.startsWith("'") ? inner.replace("''", "'") : unescaped(inner, line);
    }

    private String unescaped(String text, int line) {
        StringBuilder plain = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                plain.append(c);
                continue;
            }
            char next = ++i < text.length() ? text.charAt(i) : ' ';
            switch (next) {
                case 'n' -> plain.append('\n');
                case 't' -> plain.append('\t');
                case 'r' -> plain.append('\r');
                case '"', '\\', '/', ' ' -> plain.append(next);
                case 'x', 'u' -> {
                    int digits = next == 'x' ? 2 : 4;
                    String code = text.substring(i + 1, Math.min(text.length(), i + 1 + digits));
                    if (!code.matches("[0-9A-Fa-f]{%d}".formatted(digits)) || code.matches("0+")) {
                        throw file.refused(
                                line, "\\" + next + code + " is no character", "Take it out.");
                    }
                    plain.append((char) Integer.parseInt(code, 16));
                    i += digits;
                }
                default ->
                        throw file.refused(
                                line, "\\" + next + " is not read in a text", "Write it out.");
            }
        }
        return plain.toString();
    }

    private void refuseTricks(String value, int line) {
        Set<Character> marks = Set.of('&', '*', '!', '{', '%', '?');
        boolean isTrick =
                !value.isEmpty() && marks.contains(value.charAt(0)) && !value.matches("[*?!%&] .*");
        if (isTrick || value.startsWith("<<:")) {
            throw file.refused(
                    line,
                    "a value that begins with %s is not read".formatted(value.charAt(0)),
                    "Put it in quotes if it is a text, else take it out.");
        }
    }

    private static String uncommented(String value) {
        if (value.startsWith("'") || value.startsWith("\"")) {
            int end = value.lastIndexOf(value.charAt(0));
            int comment = value.indexOf(" #", end);
            return end > 0 && comment > 0 ? value.substring(0, comment).strip() : value;
        }
        int comment = value.startsWith("#") ? 0 : value.indexOf(" #");
        return comment < 0 ? value : value.substring(0, comment).strip();
    }

    private static String unquoted(String key) {
        boolean isQuoted =
                key.length() > 1
                        && (key.startsWith("'") || key.startsWith("\""))
                        && key.charAt(0) == key.charAt(key.length() - 1);
        return isQuoted ? key.substring(1, key.length() - 1) : key;
    }
}
