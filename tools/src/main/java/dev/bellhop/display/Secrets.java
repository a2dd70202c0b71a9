package dev.bellhop.display;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Values that are not to be read, and texts without them.
///
/// Known are the values of environment variables whose names speak of secrets, and whatever has the
/// shape of a well-known kind of token. What was masked once is not masked again. A value that was
/// changed on its way (base64, reversed, split by other text) is not found.
///
/// A value: safe for use by several threads.
public final class Secrets {

    /// No values are known; what has the shape of a token is masked all the same.
    public static final Secrets NONE = new Secrets(List.of());

    private static final Pattern NAMES =
            Pattern.compile(
                    "TOKEN|SECRET|PASSW|API_?KEY|CREDENTIAL|(?:^|_)PRIVATE",
                    Pattern.CASE_INSENSITIVE);

    // Where a secret is, is none.
    private static final Pattern PLACES =
            Pattern.compile("(?:FILE|PATH|DIR|SOCK)$", Pattern.CASE_INSENSITIVE);

    /// Shorter values are words that would be masked wherever they stand.
    private static final int VALUE_CHARS_MIN = 8;

    private static final int NAMED_VALUE_CHARS_MIN = 4;

    /// Of a value with several lines, a line as long as this is masked wherever it stands.
    private static final int LINE_CHARS_MIN = 16;

    /// At an edge, so many characters of a value are taken for a part of it.
    private static final int PART_CHARS_MIN = 4;

    private static final int KEY_BLOCK_CHARS_MAX = 8_000;
    private static final int KEY_END_CHARS_MAX = 64;
    private static final int MARGIN_BYTES_MIN = 8_192;

    private static final Pattern MARK = Pattern.compile("\\[masked(?: [^\\]\\s]{1,200}+)?]");
    private static final Pattern KEY_BEGIN =
            Pattern.compile("-----BEGIN [A-Z0-9 ]{0,32}PRIVATE KEY(?: BLOCK)?-----");
    private static final Pattern KEY_BODY =
            Pattern.compile(
                    "(?:(?:\\s|\\\\[nr])*+(?:[A-Za-z0-9+/]{32,}+={0,2}+|[A-Z][A-Za-z-]{1,20}+: [^\\n]{0,80}+))*+"
                            + "(?:(?:\\s|\\\\[nr])*+[A-Za-z0-9+/]{1,31}+={0,2}+\\s*+$)?");

    /// A well-known kind of token.
    ///
    /// @param literal every one has it; where the pattern begins
    /// @param glue besides letters and digits, what makes it part of something else where it stands
    ///   before it; null if nothing does
    /// @param pattern with a group where not all of it is secret
    /// @param part of one that is not written to its end
    private record Shape(String literal, @Nullable String glue, Pattern pattern, Pattern part) {

        static Shape token(String literal, String body) {
            return new Shape(
                    literal,
                    "-_",
                    Pattern.compile(Pattern.quote(literal) + body),
                    Pattern.compile(Pattern.quote(literal) + "[A-Za-z0-9_.-]{4,}+$"));
        }

        boolean isGlued(String text, int at) {
            if (at == 0 || glue == null) {
                return false;
            }
            char before = text.charAt(at - 1);
            return (before < 0x80 && Character.isLetterOrDigit(before))
                    || glue.indexOf(before) >= 0;
        }
    }

    private static final List<Shape> SHAPES =
            List.of(
                    Shape.token("ghp_", "[A-Za-z0-9]{20,255}+"),
                    Shape.token("gho_", "[A-Za-z0-9]{20,255}+"),
                    Shape.token("ghu_", "[A-Za-z0-9]{20,255}+"),
                    Shape.token("ghs_", "[A-Za-z0-9]{20,255}+"),
                    Shape.token("ghr_", "[A-Za-z0-9]{20,255}+"),
                    Shape.token("github_pat_", "[A-Za-z0-9_]{20,255}+"),
                    Shape.token("glpat-", "[A-Za-z0-9_.-]{16,255}+"),
                    Shape.token("sk-", "(?=[A-Za-z_-]{0,64}[0-9])[A-Za-z0-9_-]{20,255}+"),
                    Shape.token("xox", "[abeoprs]-[A-Za-z0-9-]{10,255}+"),
                    Shape.token("xapp-", "[A-Za-z0-9-]{10,255}+"),
                    Shape.token("AKIA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
                    Shape.token("ASIA", "[A-Z0-9]{16}(?![A-Za-z0-9])"),
                    Shape.token("AIza", "[A-Za-z0-9_-]{35}"),
                    Shape.token("npm_", "[A-Za-z0-9]{36}"),
                    Shape.token("hf_", "[A-Za-z0-9]{30,64}+"),
                    Shape.token("sk_live_", "[A-Za-z0-9]{16,255}+"),
                    Shape.token("rk_live_", "[A-Za-z0-9]{16,255}+"),
                    Shape.token("sk_test_", "[A-Za-z0-9]{16,255}+"),
                    Shape.token("pypi-", "[A-Za-z0-9_-]{50,512}+"),
                    new Shape(
                            "eyJ",
                            "-_",
                            Pattern.compile(
                                    "eyJ[A-Za-z0-9_-]{8,4096}+\\.[A-Za-z0-9_-]{8,4096}+(?:\\.[A-Za-z0-9_-]{0,1024}+)?"),
                            Pattern.compile("eyJ[A-Za-z0-9_-]{8,}+(?:\\.[A-Za-z0-9_.-]*+)?$")),
                    new Shape(
                            "uthorization",
                            null,
                            Pattern.compile(
                                    "uthorization[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?(?:(?i:Bearer|Basic|Token)\\s{1,8})([^\\s\"',]{4,4096}+)"),
                            Pattern.compile(
                                    "uthorization[\"']?\\s{0,8}[:=]\\s{0,8}[\"']?(?:(?i:Bearer|Basic|Token)\\s{1,8})([^\\s\"',]++)$")),
                    new Shape(
                            "earer ",
                            null,
                            Pattern.compile(
                                    "earer {1,8}((?=[A-Za-z._~+/=-]{0,64}[0-9])[A-Za-z0-9._~+/=-]{16,4096}+)"),
                            Pattern.compile("earer {1,8}([A-Za-z0-9._~+/=-]{4,}+)$")),
                    new Shape(
                            "://",
                            null,
                            Pattern.compile("://[^\\s/@:]{0,256}+:([^\\s/@]{1,512}+)@"),
                            Pattern.compile(
                                    "://[^\\s/@:]{0,256}+:((?![0-9]{0,5}$)[^\\s/@]{1,512}+)$")));

    private final List<Value> values;
    private final int marginBytes;

    private record Value(String name, String text) {}

    /// A part of a text.
    ///
    /// @param name the variable whose value it is, or null
    private record Span(int from, int to, @Nullable String name) {}

    private Secrets(Collection<Value> values) {
        // Of a value and its beginning the whole is masked.
        this.values =
                values.stream()
                        .sorted((one, other) ->
                                Integer.compare(other.text().length(), one.text().length()))
                        .toList();
        this.marginBytes =
                values.stream()
                        .mapToInt(value -> value.text().getBytes(StandardCharsets.UTF_8).length)
                        .reduce(MARGIN_BYTES_MIN, Math::max);
    }

    /// The secrets among the variables of an environment, by their names.
    public static Secrets of(Map<String, String> environment) {
        return of(environment, Set.of());
    }

    /// The secrets among the variables of an environment, by their names and those given.
    ///
    /// @param named variables that are secret whatever their names say
    public static Secrets of(Map<String, String> environment, Set<String> named) {
        Set<Value> values = new LinkedHashSet<>();
        environment.forEach((name, text) -> {
            String value = text.strip();
            boolean isNamed = named.contains(name);
            boolean isSecret =
                    NAMES.matcher(name).find()
                            && !PLACES.matcher(name).find()
                            && value.length() >= VALUE_CHARS_MIN;
            if (isSecret || (isNamed && value.length() >= NAMED_VALUE_CHARS_MIN)) {
                values.add(new Value(name, value));
                value.lines()
                        .map(String::strip)
                        .filter(line -> line.length() >= LINE_CHARS_MIN)
                        .forEach(line -> values.add(new Value(name, line)));
            }
        });
        return values.isEmpty() ? NONE : new Secrets(values);
    }

    /// These, and those among the variables of another environment.
    public Secrets and(Map<String, String> more) {
        return and(of(more));
    }

    private Secrets and(Secrets more) {
        if (more.values.isEmpty()) {
            return this;
        }
        Set<Value> all = new LinkedHashSet<>(values);
        all.addAll(more.values);
        return new Secrets(all);
    }

    /// How far around a part of a text one must read so that [#mask(String, int, int, boolean,
    /// boolean)] finds every secret that reaches into it.
    public int marginBytes() {
        return marginBytes;
    }

    /// `text` with `[masked NAME]` or `[masked]` in the place of every secret.
    public String mask(String text) {
        return mask(text, 0, text.length(), false, false);
    }

    /// `text` made harmless and masked, in this order: what hides between its characters must not
    /// hide a secret.
    public String shown(String text) {
        return mask(Harmless.text(text));
    }

    /// What stands from `from` to `to` in `text`, masked. A secret that lies across one of them is
    /// masked whole.
    ///
    /// @param isCutBefore whether the text may begin within a secret
    /// @param goesOn whether the text may end within a secret
    public String mask(String text, int from, int to, boolean isCutBefore, boolean goesOn) {
        List<Span> spans = spans(text, isCutBefore, goesOn);
        if (spans.isEmpty()) {
            return text.substring(from, to);
        }
        StringBuilder masked = new StringBuilder(to - from);
        int at = from;
        int end = -1;
        for (Span span : spans) {
            if (span.to() <= from || span.from() >= to) {
                continue;
            }
            if (span.from() >= end) {
                if (span.from() > at) {
                    masked.append(text, at, span.from());
                }
                masked.append(span.name() == null ? "[masked]" : "[masked " + span.name() + "]");
            }
            end = Math.max(end, span.to());
            at = Math.max(at, end);
        }
        if (at < to) {
            masked.append(text, at, to);
        }
        return masked.toString();
    }

    /// The secrets in `text`, in order; they may overlap.
    private List<Span> spans(String text, boolean isCutBefore, boolean goesOn) {
        List<Span> spans = new ArrayList<>();
        for (Value value : values) {
            int length = value.text().length();
            for (int at = text.indexOf(value.text());
                    at >= 0;
                    at = text.indexOf(value.text(), at + length)) {
                spans.add(new Span(at, at + length, value.name()));
            }
            if (isCutBefore) {
                addEndOf(value, text, spans);
            }
            if (goesOn) {
                addBeginningOf(value, text, spans);
            }
        }
        for (Shape shape : SHAPES) {
            addAll(shape, text, goesOn, spans);
        }
        addKeys(text, isCutBefore, spans);
        if (spans.isEmpty()) {
            return spans;
        }
        // The longest of those that begin at one place gives the name.
        spans.sort(Comparator.comparingInt(Span::from).thenComparingInt(span -> -span.to()));
        return unmarked(spans, MARK.matcher(text));
    }

    /// Those of `spans` that are not within a mark of ours; one that reaches into a mark covers it.
    private static List<Span> unmarked(List<Span> spans, Matcher mark) {
        boolean isThere = mark.find();
        List<Span> left = new ArrayList<>();
        for (Span span : spans) {
            while (isThere && mark.end() <= span.from()) {
                isThere = mark.find();
            }
            if (!isThere || span.to() <= mark.start()) {
                left.add(span);
            } else if (span.from() < mark.start() || span.to() > mark.end()) {
                int from = Math.min(span.from(), mark.start());
                left.add(new Span(from, Math.max(span.to(), mark.end()), span.name()));
            }
        }
        return left;
    }

    private static void addBeginningOf(Value value, String text, List<Span> spans) {
        int longest = Math.min(value.text().length() - 1, text.length());
        for (int length = longest; length >= PART_CHARS_MIN; length--) {
            if (text.regionMatches(text.length() - length, value.text(), 0, length)) {
                spans.add(new Span(text.length() - length, text.length(), value.name()));
                return;
            }
        }
    }

    private static void addEndOf(Value value, String text, List<Span> spans) {
        int longest = Math.min(value.text().length() - 1, text.length());
        for (int length = longest; length >= PART_CHARS_MIN; length--) {
            if (text.regionMatches(0, value.text(), value.text().length() - length, length)) {
                spans.add(new Span(0, length, value.name()));
                return;
            }
        }
    }

    private static void addAll(Shape shape, String text, boolean goesOn, List<Span> spans) {
        int at = text.indexOf(shape.literal());
        if (at < 0) {
            return;
        }
        Matcher whole = shape.pattern().matcher(text);
        while (at >= 0) {
            int next = at + 1;
            if (!shape.isGlued(text, at)) {
                whole.region(at, text.length());
                if (whole.lookingAt()) {
                    int group = whole.groupCount();
                    spans.add(new Span(whole.start(group), whole.end(group), null));
                    next = whole.end();
                }
            }
            at = text.indexOf(shape.literal(), next);
        }
        int last = text.lastIndexOf(shape.literal());
        Matcher part = shape.part().matcher(text);
        part.region(last, text.length());
        if (goesOn && !shape.isGlued(text, last) && part.lookingAt()) {
            spans.add(new Span(part.start(part.groupCount()), text.length(), null));
        }
    }

    /// Private keys, which have several lines.
    private static void addKeys(String text, boolean isCutBefore, List<Span> spans) {
        String end = "-----END ";
        int first = text.indexOf("-----BEGIN ");
        if (isCutBefore) {
            int close = text.indexOf(end);
            if (close >= 0 && (first < 0 || close < first)) {
                int line = text.indexOf('\n', close);
                int to = line < 0 ? text.length() : line;
                if (text.substring(close, to).contains("PRIVATE KEY")) {
                    spans.add(new Span(0, to, null));
                }
            }
        }
        Matcher begin = KEY_BEGIN.matcher(text);
        int at = first;
        while (at >= 0) {
            int next = at + 1;
            begin.region(at, text.length());
            if (begin.lookingAt()) {
                int longest = Math.min(text.length(), begin.end() + KEY_BLOCK_CHARS_MAX);
                int close = text.indexOf(end, begin.end(), longest);
                int to;
                if (close >= 0) {
                    int latest = Math.min(close + KEY_END_CHARS_MAX, text.length());
                    int dashes = text.indexOf("-----", close + end.length(), latest);
                    to = dashes < 0 ? latest : dashes + 5;
                } else {
                    Matcher body = KEY_BODY.matcher(text).region(begin.end(), longest);
                    to = body.lookingAt() ? body.end() : begin.end();
                }
                spans.add(new Span(at, to, null));
                next = to;
            }
            at = text.indexOf("-----BEGIN ", next);
        }
    }
}
