package dev.bellhop.sink;

import static dev.bellhop.sink.SinkDirectory.sink;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.bellhop.base.Problem;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SinkTest {

    private static final Set<EventKind> ALL = Set.of(EventKind.values());

    @Test
    void aSinkIsACommandAFileOrAWebhook() {
        assertEquals(
                new Sink.Command(List.of("notify-send done"), true, ALL),
                sink("{'command': 'notify-send done'}"));
        assertEquals(
                new Sink.Command(List.of("x", "y z"), false, Set.of(EventKind.JOB_FINISHED)),
                sink("{'command': ['x', 'y z'], 'events': ['job.finished']}"));
        assertEquals(
                new Sink.NdjsonFile(Path.of("/a/events.ndjson"), ALL),
                sink("{'file': '/a/events.ndjson'}"));
        assertEquals(
                new Sink.Webhook(
                        URI.create("https://example.org/hook?a=b"),
                        "MY_SECRET",
                        Set.of(EventKind.TASK_CHANGED, EventKind.TASK_CREATED)),
                sink(
                        "{'webhook': 'https://example.org/hook?a=b', 'secretEnv': 'MY_SECRET',"
                                + " 'events': ['task.changed', 'task.created']}"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{'command':'notify-send done'}",
                "{'command':['x','y z'],'events':['job.finished','job.silent']}",
                "{'file':'/a/events.ndjson'}",
                "{'webhook':'http://localhost:8080/','secretEnv':'MY_SECRET'}",
                "{'webhook':'http://localhost:8080/','events':['job.output.matched']}"
            })
    void whatASinkWritesIsWhatItReads(String json) {
        assertEquals(json.replace('\'', '"'), sink(json).toJson().toString());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            textBlock =
                    """
                    'x'                                     | a sink is "x"
                    {}                                      | a sink has no place
                    {'file': '/a', 'command': 'b'}          | a sink has several places: file, command
                    {'command': ''}                         | "command" of a sink is ""
                    {'command': 7}                          | "command" of a sink is 7
                    {'command': []}                         | the command of a sink is empty
                    {'command': ['a', 7]}                   | "command" of a sink has 7 in it
                    {'command': 'a', 'secretEnv': 'B'}      | a command sink has no "secretEnv"
                    {'file': 'events.ndjson'}               | the file of a sink is events.ndjson
                    {'file': '~/events.ndjson'}             | the file of a sink is ~/events.ndjson
                    {'webhook': 'ftp://example.org/'}       | the webhook of a sink is ftp://example.org/
                    {'webhook': 'example.org'}              | the webhook of a sink is example.org
                    {'webhook': 'https:///a'}               | the webhook of a sink is https:///a
                    {'webhook': 'https://a b'}              | the webhook of a sink is no URL: Illegal character in authority
                    {'webhook': 'https://me:pw@a.org/'}     | the webhook of a sink has a user name in it
                    {'webhook': 'https://a', 'secretEnv': 'a-b'} | "secretEnv" of a sink is not the name of an environment variable
                    {'webhook': 'https://a', 'secret': 'b'} | a webhook sink has no "secret"
                    {'file': '/a', 'events': []}            | the events of a sink are none
                    {'file': '/a', 'events': 'job.finished'} | "events" of a sink is "job.finished"
                    {'file': '/a', 'events': ['job.ended']} | there is no event job.ended
                    """)
    void whatIsNoSinkIsRefused(String json, String message) {
        Problem problem = assertThrows(Problem.class, () -> sink(json));

        assertEquals(Problem.Kind.INVALID, problem.kind());
        assertEquals(message, problem.getMessage());
    }

    @Test
    void entriesOfTheJournalAreEventsBySubjectAndWord() {
        assertEquals(Optional.of(EventKind.JOB_FINISHED), EventKind.of("3fa94c01", "ended"));
        assertEquals(
                Optional.of(EventKind.JOB_OUTPUT_MATCHED), EventKind.of("3fa94c01", "matched"));
        assertEquals(Optional.of(EventKind.JOB_SILENT), EventKind.of("3fa94c01", "silent"));
        assertEquals(Optional.of(EventKind.TASK_CREATED), EventKind.of("#12", "created"));
        assertEquals(Optional.of(EventKind.TASK_CHANGED), EventKind.of("#12", "changed"));
        assertEquals(Optional.empty(), EventKind.of("3fa94c01", "started"));
        assertEquals(Optional.empty(), EventKind.of("#12", "ended"));
        assertEquals(Optional.empty(), EventKind.of("12", "changed"));
    }
}
