package dev.bellhop.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.CommandLine;
import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import dev.bellhop.task.TaskId;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SchemaTest {

    record Part(String name, @Nullable Integer size) {}

    record Input(
            @About("What it is") String text,
            @About(name = "a_number", alias = "number") @Nullable Integer number,
            @Nullable Boolean flag,
            @Nullable TaskId task,
            @Nullable Status status,
            @Nullable CommandLine command,
            @Nullable List<TaskId> tasks,
            @Nullable Map<String, String> names,
            @Nullable List<Part> parts) {}

    private static final Schema<Input> SCHEMA = Schema.of(Input.class);

    private static Input read(String name, @Nullable Object value) {
        Map<String, @Nullable Object> given = new HashMap<>();
        given.put("text", "x");
        given.put(name, value);
        return SCHEMA.read(given);
    }

    private static String refusal(String name, @Nullable Object value) {
        return assertThrows(Problem.class, () -> read(name, value)).text();
    }

    @Test
    void anInputRecordIsToldAsAJsonSchema() {
        assertEquals(
                "{type=object, properties={text={type=string, description=What it is},"
                        + " a_number={type=integer}, flag={type=boolean}, task={type=integer},"
                        + " status={type=string, enum=%s}, command={type=[string, array], items={type=string}},"
                                .formatted(Status.words())
                        + " tasks={type=array, items={type=integer}}, names={type=object},"
                        + " parts={type=array, items={type=object, properties={name={type=string},"
                        + " size={type=integer}}, required=[name]}}}, required=[text]}",
                SCHEMA.json().toString());
    }

    @Test
    void whatIsNotGivenIsNullAndWhatIsUnknownIsIgnored() {
        assertEquals(
                new Input("x", null, null, null, null, null, null, null, null),
                read("no_such_argument", List.of(1)));
        assertEquals(
                new Input("x", null, null, null, null, null, null, null, null),
                read("a_number", null));
    }

    @Test
    void numbersAndTruthMayBeWrittenAsText() {
        for (Object five : new Object[] {5, 5L, 5.0, "5", " 5 ", "5.0", "5e0"}) {
            assertEquals(5, read("a_number", five).number());
        }
        assertEquals(5, read("number", 5).number());
        for (Object twelve : new Object[] {12, "12", "#12", " 012 "}) {
            assertEquals(new TaskId(12), read("task", twelve).task());
        }
        assertEquals(true, read("flag", "true").flag());
        assertEquals("7", read("text", 7).text());
    }

    @Test
    void oneValueIsTakenForAListOfOne() {
        assertEquals(List.of(new TaskId(3)), read("tasks", "#3").tasks());
        assertEquals(List.of(new Part("a", null)), read("parts", Map.of("name", "a")).parts());
    }

    @Test
    void aCommandIsALineOrAList() {
        assertEquals(new CommandLine.Shell("a b"), read("command", "a b").command());
        assertEquals(
                new CommandLine.Argv(List.of("a", "1")),
                read("command", List.of("a", 1)).command());
    }

    @Test
    void whatCannotBeTakenIsNamedWithWhatToWrite() {
        assertEquals(
                "Error: `a_number` cannot be 1.5 - Write a whole number, such as 5.",
                refusal("a_number", 1.5));
        assertEquals(
                "Error: `a_number` cannot be 1e999999999 - Write a whole number, such as 5.",
                refusal("a_number", "1e999999999"));
        assertEquals(
                "Error: `a_number` cannot be 1000000000000 - Write a whole number, such as 5.",
                refusal("a_number", 1_000_000_000_000L));
        for (String id : List.of("0", "-1", "x", "1.5", "1/../2", "#", "1234567890")) {
            assertEquals(
                    "Error: `task` cannot be " + id + " - Write the number of a task, such as 12.",
                    refusal("task", id));
        }
        assertEquals(
                "Error: `flag` cannot be perhaps - Write true or false.",
                refusal("flag", "perhaps"));
        assertEquals("Error: `text` cannot be [] - Write a text.", refusal("text", List.of()));
        assertEquals(
                "Error: `tasks` cannot be [null] - Write a list, each the number of a task, such as"
                        + " 12.",
                refusal("tasks", Collections.singletonList(null)));
        assertEquals(
                "Error: `names` cannot be {A=[1]} - Write names with their values, such as {\"CI\":"
                        + " \"1\"}.",
                refusal("names", Map.of("A", List.of(1))));
        assertEquals(
                "Error: `parts` cannot be 7 - Write an object with name.", refusal("parts", 7));
        assertEquals("Error: `name` is missing - Give it: a text.", refusal("parts", Map.of()));
        assertEquals(
                "Error: `text` cannot be [" + "1, ".repeat(19) + "1,… - Write a text.",
                refusal("text", Collections.nCopies(50, 1)));
    }

    @Test
    void whatIsMissingIsNamed() {
        assertEquals(
                "Error: `text` is missing - Give it: a text.",
                assertThrows(Problem.class, () -> SCHEMA.read(Map.of())).text());
        assertEquals("Error: `text` is missing - Give it: a text.", refusal("text", null));
    }

    @Test
    void emptyCommandsAreRefused() {
        for (Object empty : Arrays.asList("", " ", List.of(), List.of(""))) {
            assertEquals(
                    "Error: the command is empty", refusal("command", empty).split(" - ", -1)[0]);
        }
    }
}
