package dev.bellhop.tool;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import dev.bellhop.task.TaskId;
import dev.bellhop.task.Terms;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The contract of a tool, read from its input record: the JSON schema that clients are told, and
/// the check that turns the arguments they send into the record.
///
/// Arguments are taken generously: unknown ones are left out, `"12"` is taken for 12, one value for
/// a list of one. What cannot be taken is told in one line that names the argument.
///
/// @param <I> the input record
public final class Schema<I extends Record> {

    /// What was read once; annotations are read slowly.
    private static final ClassValue<Schema<?>> READ =
            new ClassValue<>() {
                @Override
                protected Schema<?> computeValue(Class<?> input) {
                    return new Schema<>(input.asSubclass(Record.class));
                }
            };

    private final List<Argument> arguments;
    private final Constructor<I> constructor;

    private Schema(Class<I> input) {
        RecordComponent[] components = input.getRecordComponents();
        arguments = Stream.of(components).map(Argument::of).toList();
        Class<?>[] types =
                Stream.of(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        try {
            constructor = input.getDeclaredConstructor(types);
        } catch (NoSuchMethodException e) {
            throw new IllegalArgumentException("not a record: " + input, e);
        }
        constructor.setAccessible(true);
    }

    @SuppressWarnings("unchecked") // what is kept for a class was read from it
    public static <I extends Record> Schema<I> of(Class<I> input) {
        return (Schema<I>) READ.get(input);
    }

    /// One argument of a tool.
    ///
    /// @param name as clients write it
    /// @param alias another name that is taken, or null
    /// @param about what to put in it; may be empty
    /// @param told whether agents are told of it
    /// @param plain whether they are told no more of its form than that it is a text
    /// @param required whether a call without it is refused
    /// @param type what it may be
    public record Argument(
            String name,
            @Nullable String alias,
            String about,
            boolean told,
            boolean plain,
            boolean required,
            Kind type) {

        private static Argument of(RecordComponent component) {
            About about = component.getAnnotation(About.class);
            return new Argument(
                    about == null || about.name().isEmpty() ? component.getName() : about.name(),
                    about == null || about.alias().isEmpty() ? null : about.alias(),
                    about == null ? "" : about.value(),
                    about == null || about.told(),
                    about != null && about.plain(),
                    !component.getAnnotatedType().isAnnotationPresent(Nullable.class),
                    Kind.of(component.getGenericType()));
        }

        private Map<String, Object> json() {
            SequencedMap<String, Object> json =
                    new LinkedHashMap<>(plain ? Leaf.STRING.json() : type.json());
            if (!about.isEmpty()) {
                json.put("description", about);
            }
            return json;
        }

        private @Nullable Object in(Map<String, ? extends @Nullable Object> given) {
            Object value = given.get(name);
            return value == null && alias != null ? given.get(alias) : value;
        }
    }

    public List<Argument> arguments() {
        return arguments;
    }

    /// The JSON schema of the input, keys in a fixed order.
    public Map<String, Object> json() {
        SequencedMap<String, Object> properties = new LinkedHashMap<>();
        arguments.stream()
                .filter(Argument::told)
                .forEach(argument -> properties.put(argument.name(), argument.json()));
        List<String> required =
                arguments.stream().filter(Argument::required).map(Argument::name).toList();
        SequencedMap<String, Object> json = new LinkedHashMap<>();
        json.put("type", "object");
        json.put("properties", properties);
        if (!required.isEmpty()) {
            json.put("required", required);
        }
        return json;
    }

    /// The input that `given` says.
    ///
    /// @param given argument names to JSON values: strings, numbers, booleans, lists, maps, null
    /// @throws Problem `INVALID` if an argument is missing or cannot be taken
    public I read(Map<String, ? extends @Nullable Object> given) {
        @Nullable Object[] values = new @Nullable Object[arguments.size()];
        for (int i = 0; i < values.length; i++) {
            Argument argument = arguments.get(i);
            Object value = argument.in(given);
            if (value != null) {
                values[i] = argument.type().read(argument.name(), value);
            } else if (argument.required()) {
                throw Problem.invalid(
                        "`" + argument.name() + "` is missing",
                        "Give it: " + argument.type().example() + ".");
            }
        }
        return construct(values);
    }

    private I construct(@Nullable Object[] values) {
        try {
            return constructor.newInstance(values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException refused) {
                throw refused;
            }
            throw new IllegalStateException(e);
        } catch (InstantiationException | IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What a value may be: how a schema says it, and how it is taken.
    public sealed interface Kind {

        Map<String, Object> json();

        /// What a right value looks like, for a message.
        String example();

        /// The value as the input record wants it.
        ///
        /// @throws Problem if `value` is not of this kind; `name` is the argument's, for the
        ///   message
        Object read(String name, Object value);

        private static Kind of(Type type) {
            if (type instanceof ParameterizedType generic) {
                if (generic.getRawType() == List.class) {
                    return new Many(of(generic.getActualTypeArguments()[0]));
                }
                if (generic.getRawType() == Map.class) {
                    return Leaf.NAMED_STRINGS;
                }
            }
            if (type == String.class) {
                return Leaf.STRING;
            } else if (type == Integer.class) {
                return Leaf.INTEGER;
            } else if (type == Boolean.class) {
                return Leaf.BOOLEAN;
            } else if (type == TaskId.class) {
                return Leaf.TASK;
            } else if (type == TaskRef.class) {
                return Leaf.TASK_REF;
            } else if (type == Status.class) {
                return Leaf.STATUS;
            } else if (type == Terms.OnDeadEnd.class) {
                return Leaf.ON_DEAD_END;
            } else if (type == Instant.class) {
                return Leaf.TIME;
            } else if (type == CommandLine.class) {
                return Leaf.COMMAND;
            } else if (type instanceof Class<?> nested && nested.isRecord()) {
                return new Nested<>(Schema.of(nested.asSubclass(Record.class)));
            }
            throw new IllegalArgumentException("no argument can be a " + type);
        }

        private static Problem refused(String name, Object value, Kind kind) {
            String shown = String.valueOf(value);
            return Problem.invalid(
                    "`%s` cannot be %s"
                            .formatted(
                                    name,
                                    shown.length() <= 60 ? shown : shown.substring(0, 60) + "…"),
                    "Write " + kind.example() + ".");
        }
    }

    /// A value that is one thing.
    ///
    /// @param taken gives the value, or null if it cannot be taken
    record Leaf(String example, Map<String, Object> json, Taking taken) implements Kind {

        static final Leaf STRING = new Leaf("a text", json("type", "string"), Leaf::text);
        static final Leaf INTEGER =
                new Leaf("a whole number, such as 5", json("type", "integer"), Leaf::integer);
        static final Leaf BOOLEAN = new Leaf("true or false", json("type", "boolean"), Leaf::truth);
        static final Leaf TASK =
                new Leaf(
                        "the number of a task, such as 12",
                        json("type", "integer"),
                        value ->
                                value.toString().strip().matches("#?0*[1-9][0-9]{0,8}")
                                        ? TaskId.parse(value.toString())
                                        : null);
        static final Leaf TASK_REF =
                new Leaf(
                        "the number of a task or a ref of this batch",
                        json("type", List.of("integer", "string")),
                        value ->
                                value instanceof String || value instanceof Integer
                                        ? TaskRef.of(value.toString())
                                        : null);
        static final Leaf STATUS =
                new Leaf(
                        "one of " + String.join(", ", Status.words()),
                        status(),
                        value -> Status.parse(value.toString()));
        static final Leaf ON_DEAD_END =
                new Leaf(
                        "block, cancel or run",
                        json("type", "string"),
                        value -> Terms.OnDeadEnd.parse(value.toString()));
        static final Leaf TIME =
                new Leaf("a time such as 2026-01-31T12:00:00Z", json("type", "string"), Leaf::time);
        static final Leaf COMMAND =
                new Leaf(
                        "a line for the shell, or a list of the program and its arguments",
                        command(),
                        Leaf::command);
        static final Leaf NAMED_STRINGS =
                new Leaf(
                        "names with their values, such as {\"CI\": \"1\"}",
                        json("type", "object"),
                        Leaf::namedStrings);

        /// Takes a JSON value.
        interface Taking {
            @Nullable Object take(Object value);
        }

        @Override
        public Object read(String name, Object value) {
            Object read = taken.take(value);
            if (read == null) {
                throw Kind.refused(name, value, this);
            }
            return read;
        }

        private static Map<String, Object> json(String key, Object value) {
            SequencedMap<String, Object> json = new LinkedHashMap<>();
            json.put(key, value);
            return json;
        }

        private static Map<String, Object> status() {
            Map<String, Object> json = json("type", "string");
            json.put("enum", Status.words());
            return json;
        }

        private static Map<String, Object> command() {
            Map<String, Object> json = json("type", List.of("string", "array"));
            json.put("items", Map.of("type", "string"));
            return json;
        }

        private static @Nullable String text(@Nullable Object value) {
            return value instanceof String || value instanceof Number ? value.toString() : null;
        }

        private static @Nullable Integer integer(Object value) {
            try {
                return new BigDecimal(value.toString().strip()).intValueExact();
            } catch (ArithmeticException | NumberFormatException e) {
                return null;
            }
        }

        private static @Nullable Boolean truth(Object value) {
            return switch (value.toString()) {
                case "true" -> true;
                case "false" -> false;
                default -> null;
            };
        }

        private static @Nullable Instant time(Object value) {
            try {
                return Instant.parse(value.toString().strip());
            } catch (DateTimeException e) {
                return null;
            }
        }

        private static @Nullable CommandLine command(Object value) {
            if (value instanceof String line) {
                return new CommandLine.Shell(line);
            }
            if (!(value instanceof List<?> list)) {
                return null;
            }
            List<String> argv = new ArrayList<>();
            for (Object each : list) {
                String word = text(each);
                if (word == null) {
                    return null;
                }
                argv.add(word);
            }
            return new CommandLine.Argv(argv);
        }

        private static @Nullable Map<String, String> namedStrings(Object value) {
            if (!(value instanceof Map<?, ?> map)) {
                return null;
            }
            SequencedMap<String, String> read = new LinkedHashMap<>();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                String text =
                        entry.getValue() instanceof Boolean flag
                                ? flag.toString()
                                : text(entry.getValue());
                if (text == null) {
                    return null;
                }
                read.put(entry.getKey().toString(), text);
            }
            return read;
        }
    }

    /// A list of values of one kind.
    record Many(Kind each) implements Kind {

        @Override
        public Map<String, Object> json() {
            SequencedMap<String, Object> json = new LinkedHashMap<>();
            json.put("type", "array");
            json.put("items", each.json());
            return json;
        }

        @Override
        public String example() {
            return "a list, each " + each.example();
        }

        @Override
        public Object read(String name, Object value) {
            List<?> values = value instanceof List<?> list ? list : List.of(value);
            List<Object> read = new ArrayList<>();
            for (Object item : values) {
                if (item == null) {
                    throw Kind.refused(name, "[null]", this);
                }
                read.add(each.read(name, item));
            }
            return read;
        }
    }

    /// An object with a schema of its own.
    record Nested<R extends Record>(Schema<R> schema) implements Kind {

        @Override
        public Map<String, Object> json() {
            return schema.json();
        }

        @Override
        public String example() {
            return "an object with "
                    + String.join(
                            ", ",
                            schema.arguments().stream()
                                    .filter(Argument::required)
                                    .map(Argument::name)
                                    .toList());
        }

        @Override
        @SuppressWarnings("unchecked")
        public Object read(String name, Object value) {
            if (!(value instanceof Map<?, ?> map)) {
                throw Kind.refused(name, value, this);
            }
            return schema.read((Map<String, Object>) map);
        }
    }
}
