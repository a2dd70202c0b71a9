package dev.bellhop.exchange;

import static dev.bellhop.exchange.Holder.bySource;
import static dev.bellhop.exchange.Holder.lines;
import static dev.bellhop.exchange.Holder.remarks;
import static dev.bellhop.exchange.Holder.task;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.bellhop.task.Task;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What other programs wrote is read, and what cannot be carried over is told.
class ForeignFormsTest {

    @TempDir Path folder = Path.of("/");

    private Holder holder = new Holder(folder);

    @BeforeEach
    void theFolder() {
        holder = new Holder(folder);
    }

    private static JsonNode key(Task task, String key) {
        return task.json().path(key);
    }

    // ---- task-master

    private static final String TASK_MASTER =
            """
            {
              "master": {
                "tasks": [
                  {
                    "id": 1,
                    "title": "Lay the tables",
                    "description": "What is stored.",
                    "details": "Three tables.",
                    "testStrategy": "Insert and read.",
                    "status": "done",
                    "priority": "high",
                    "dependencies": [],
                    "subtasks": [
                      {"id": 1, "title": "Users", "status": "done", "dependencies": []},
                      {"id": 2, "title": "Orders", "status": "in-progress", "dependencies": [1]}
                    ]
                  },
                  {
                    "id": "2",
                    "title": "Serve them",
                    "status": "blocked",
                    "priority": "low",
                    "dependencies": [1, "1.2", 9],
                    "complexity": 7,
                    "metadata": {"ticket": "A-1"},
                    "subtasks": []
                  },
                  {"id": 3, "title": "Look at it", "status": "review", "dependencies": [3]},
                  {"id": 4, "title": "Odd", "status": "parked", "priority": "whenever"}
                ],
                "metadata": {"created": "2026-01-31T12:00:00.000Z", "description": "x"}
              },
              "later": {
                "tasks": [
                  {"id": 1, "title": "Sell it", "status": "deferred", "dependencies": [2]},
                  {"id": 2, "title": "Price it", "status": "pending", "dependencies": [1]}
                ]
              }
            }
            """;

    @Test
    void taskMastersTasksSubtasksAndTagsAreRead() {
        holder.file(".taskmaster/tasks/tasks.json", TASK_MASTER);

        Incoming incoming = Incoming.read(folder, null);

        assertEquals(Form.TASK_MASTER, incoming.form());
        assertEquals(
                List.of(
                        "[x] #1: Lay the tables []",
                        "[x] #2: Users [] part of #1",
                        "[>] #3: Orders [#2] part of #1",
                        "[ ] #4: Serve them [#1, #3]",
                        "[>] #5: Look at it []",
                        "[.] #6: Odd []",
                        "[.] #7: Sell it [#8]",
                        "[ ] #8: Price it []"),
                lines(incoming));
        assertEquals(
                Set.of(
                        "taskmaster:1",
                        "taskmaster:1.1",
                        "taskmaster:1.2",
                        "taskmaster:2",
                        "taskmaster:3",
                        "taskmaster:4",
                        "taskmaster:later/1",
                        "taskmaster:later/2"),
                bySource(incoming).keySet());
        assertEquals(
                "What is stored.\n\nDetails:\nThree tables.\n\nTest strategy:\nInsert and read.",
                task(incoming, "taskmaster:1").description());
        assertEquals(1, task(incoming, "taskmaster:1").priority());
        assertEquals(-1, task(incoming, "taskmaster:2").priority());
        assertEquals(
                "complexity: 7\n\nmetadata: {\"ticket\":\"A-1\"}",
                task(incoming, "taskmaster:2").description());
        assertEquals(Set.of("later"), Set.copyOf(task(incoming, "taskmaster:later/1").labels()));
        assertEquals(
                List.of(
                        "tasks.json line 18: 2: complexity has no place of its own here; it is in"
                                + " the description",
                        "tasks.json line 18: 2: metadata has no place of its own here; it is in the"
                                + " description",
                        "tasks.json line 18: 2: it waits for 9, which is not there",
                        "tasks.json line 28: 3: status \"review\" is taken for in_progress",
                        "tasks.json line 28: 3: it waits for itself; that is left out",
                        "tasks.json line 29: 4: status \"parked\" is not known; it is in the"
                                + " backlog",
                        "tasks.json line 29: 4: priority has no place of its own here; it is in the"
                                + " description",
                        "tasks.json line 36: later/2: it waits for later/1, which waits for it;"
                                + " that is left out"),
                remarks(incoming));
    }

    @Test
    void theOlderFormOfTaskMasterHasTheListAlone() {
        Incoming incoming =
                holder.read(
                        "tasks.json",
                        """
                        {"tasks": [{"id": 1, "title": "One", "status": "blocked"}], "metadata": {}}
                        """);

        assertEquals(List.of("[?] #1: One []"), lines(incoming));
        assertEquals(
                List.of(
                        "tasks.json line 1: 1: it is blocked and does not say by what; it waits for"
                                + " a person"),
                remarks(incoming));
    }

    // ---- Backlog.md

    @Test
    void theFolderOfBacklogMdIsRead() {
        holder.file("backlog/config.yml", "statuses: [\"To Do\", \"Done\"]\n");
        holder.file(
                "backlog/tasks/task-2 - Serve-them.md",
                """
                ---
                id: TASK-2
                title: >-
                  Serve what is in the tables to whoever asks for it, in pages of
                  a hundred
                status: In Progress
                assignee:
                  - '@ada'
                  - bob
                created_date: '2026-01-31 12:00'
                labels: [api, "two words"]
                dependencies:
                  - TASK-1
                  - task-7
                priority: high
                milestone: m-1
                onStatusChange: 'touch /tmp/pwned'
                ---

                ## Description

                <!-- SECTION:DESCRIPTION:BEGIN -->
                Over HTTP.
                <!-- SECTION:DESCRIPTION:END -->

                ## Acceptance Criteria
                <!-- AC:BEGIN -->
                - [ ] #1 A page has a hundred
                - [x] #2 The last says so
                <!-- AC:END -->

                ## Implementation Notes

                Cursor, not offset.
                """);
        holder.file(
                "backlog/tasks/task-2.1 - Page.md",
                """
                ---
                id: task-2.1
                title: 'It''s a page'
                status: Waiting
                assignee: []
                labels: []
                dependencies: []
                parent_task_id: TASK-2
                ---
                """);
        holder.file(
                "backlog/completed/task-1 - Lay.md",
                """
                ---
                id: task-1
                title: Lay the tables
                status: Done
                dependencies: []
                ---
                ## Final Summary

                Three tables.
                """);
        holder.file(
                "backlog/drafts/draft-1 - Sell.md",
                "---\nid: draft-1\ntitle: Sell it\nstatus: Draft\nextra:\n  a: b\n---\nHow?\n");

        holder.file("backlog/tasks/notes.md", "Just a text.\n");

        Incoming incoming = Incoming.read(folder, null);

        assertEquals(
                List.of(
                        "[>] #1: Serve what is in the tables to whoever asks for it, in pages of a"
                                + " hundred [#3]",
                        "[.] #2: It's a page [] part of #1",
                        "[x] #3: Lay the tables []",
                        "[.] #4: Sell it []"),
                lines(incoming));
        Task served = task(incoming, "backlog:task-2");
        assertEquals(
                """
                Over HTTP.

                ## Acceptance Criteria

                - [ ] #1 A page has a hundred
                - [x] #2 The last says so

                assignee: ada, bob

                milestone: m-1

                onStatusChange: touch /tmp/pwned\
                """,
                served.description().replace("@", ""));
        assertEquals("ada", served.owner());
        assertEquals(1, served.priority());
        assertEquals(Instant.parse("2026-01-31T12:00:00Z"), served.createdAt());
        assertEquals(Set.of("api", "two words"), Set.copyOf(served.labels()));
        assertEquals("Cursor, not offset.", served.notes().getFirst().text());
        assertEquals("Three tables.", task(incoming, "backlog:task-1").result());
        assertEquals(
                List.of(
                        "tasks/notes.md line 1: it does not begin with ---, so it is no task; left"
                                + " out",
                        "tasks/task-2 - Serve-them.md line 1: task-2: assignee has no place of its"
                                + " own here; it is in the description",
                        "tasks/task-2 - Serve-them.md line 1: task-2: milestone has no place of its"
                                + " own here; it is in the description",
                        "tasks/task-2 - Serve-them.md line 1: task-2: onStatusChange has no place"
                                + " of its own here; it is in the description",
                        "tasks/task-2 - Serve-them.md line 12: task-2: it waits for task-7, which"
                                + " is not there",
                        "tasks/task-2.1 - Page.md line 1: task-2.1: status \"Waiting\" is not"
                                + " known; it is in the backlog",
                        "drafts/draft-1 - Sell.md line 5: draft-1: extra is a map; it is left out"),
                remarks(incoming));
    }

    // ---- beads

    @Test
    void anExportOfBeadsIsRead() {
        holder.file(
                ".beads/issues.jsonl",
                """
                {"id":"app-1","title":"Lay the tables","description":"What is stored.","status":"closed","priority":0,"issue_type":"bug","created_at":"2026-01-31T12:00:00.123-08:00","closed_at":"2026-02-01T00:00:00Z","close_reason":"Three tables","labels":["db"]}

                {"id":"app-2","title":"Serve them","design":"Pages.","notes":"Cursor.","status":"blocked","priority":4,"issue_type":"task","assignee":"ada","dependencies":[{"issue_id":"app-2","depends_on_id":"app-1","type":"blocks"},{"issue_id":"app-2","depends_on_id":"app-9","type":"blocks"},{"issue_id":"app-2","depends_on_id":"app-3","type":"parent-child"},{"issue_id":"app-2","depends_on_id":"app-1","type":"discovered-from"}],"estimated_minutes":30}
                {"id":"app-3","title":"The epic","status":"open","priority":2,"issue_type":"epic","comments":[{"id":1,"author":"bob","text":"Soon?","created_at":"2026-02-02T00:00:00Z"}]}
                {"id":"app-4","title":"Gone","status":"tombstone","priority":1,"issue_type":"task"}
                {"id":"app-5","title":"Odd","status":"pinned","priority":9}
                """);

        Incoming incoming = Incoming.read(folder, null);

        assertEquals(
                List.of(
                        "[x] #1: Lay the tables []",
                        "[ ] #2: Serve them [#1] part of #3",
                        "[ ] #3: The epic []",
                        "[.] #4: Odd []"),
                lines(incoming));
        Task first = task(incoming, "beads:app-1");
        assertEquals(2, first.priority());
        assertEquals("Three tables", first.result());
        assertEquals(Instant.parse("2026-01-31T20:00:00.123Z"), first.createdAt());
        assertEquals("bug", key(first, "type").asText());
        assertTrue(key(task(incoming, "beads:app-2"), "type").isMissingNode());
        assertEquals(-2, task(incoming, "beads:app-2").priority());
        assertEquals(
                "Design:\nPages.\n\ndiscovered-from: app-1\n\nestimated_minutes: 30",
                task(incoming, "beads:app-2").description());
        assertEquals("Cursor.", task(incoming, "beads:app-2").notes().getFirst().text());
        assertEquals(
                new Task.Note(Instant.parse("2026-02-02T00:00:00Z"), "bob", "Soon?"),
                task(incoming, "beads:app-3").notes().getFirst());
        assertEquals(
                List.of(
                        "issues.jsonl line 3: app-2: discovered-from has no place of its own here;"
                                + " it is in the description",
                        "issues.jsonl line 3: app-2: estimated_minutes has no place of its own"
                                + " here; it is in the description",
                        "issues.jsonl line 3: app-2: it waits for app-9, which is not there",
                        "issues.jsonl line 5: app-4: it was deleted there; left out",
                        "issues.jsonl line 6: app-5: priority has no place of its own here; it is"
                                + " in the description",
                        "issues.jsonl line 6: app-5: status \"pinned\" is not known; it is in the"
                                + " backlog"),
                remarks(incoming));
    }

    // ---- by hand

    @Test
    void aListThatSomebodyWroteByHandIsRead() {
        Incoming incoming =
                holder.read(
                        "plan.md",
                        """
                        # Release

                        Some words.

                        * [ ] Write the parser
                            It is in C.

                            * [X] Choose a grammar
                        * [ ] Test it (depends on: #9)
                        * [ ] Test it
                        1. [/] Ship it \\(soon) (priority: high)

                        ```
                        - [ ] an example
                        ```
                        """);

        assertEquals(
                List.of(
                        "[ ] #1: Write the parser []",
                        "[x] #2: Choose a grammar [] part of #1",
                        "[ ] #3: Test it []",
                        "[ ] #4: Test it []",
                        "[.] #5: Ship it (soon) []"),
                lines(incoming));
        assertEquals("It is in C.", incoming.tasks().getFirst().task().description());
        assertEquals(1, incoming.tasks().getLast().task().priority());
        assertEquals(
                Set.of(
                        "markdown:Write the parser",
                        "markdown:Write the parser > Choose a grammar",
                        "markdown:Test it",
                        "markdown:Test it (2)",
                        "markdown:Ship it (soon)"),
                bySource(incoming).keySet());
        assertEquals(
                List.of(
                        "plan.md line 1: text outside of the tasks is left out, from here",
                        "plan.md line 9: Test it: it waits for #9, which is not there",
                        "plan.md line 11: Ship it (soon): status \"/\" is not known; it is in the"
                                + " backlog",
                        "plan.md line 13: text outside of the tasks is left out, from here"),
                remarks(incoming));
    }

    @Test
    void aFlowchartThatSomebodyDrewByHandIsRead() {
        Incoming incoming =
                holder.read(
                        "notes.md",
                        """
                        Here it is:

                        ```mermaid
                        graph LR;
                        A[Write the parser]-->B{{"Test #quot;it#quot;"}}:::done; B ==> C(["Ship it"])
                        A & B -- when ready --> D-x
                        subgraph one [The docs]
                          E((Write<br/>docs)) -.-> C
                        end
                        C -->|then| F
                        F --- A
                        C --> A
                        click A call boom()
                        class E,F in-progress
                        style A fill:#f00
                        ??? what
                        ```
                        """);

        assertEquals(
                List.of(
                        "[ ] #1: Write the parser [#3]",
                        "[x] #2: Test \"it\" []",
                        "[ ] #3: Ship it [#2, #5]",
                        "[ ] #4: D-x [#1, #2]",
                        "[>] #5: Write docs []",
                        "[>] #6: F [#3]"),
                lines(incoming));
        assertEquals(
                Set.of("The docs"), Set.copyOf(task(incoming, "mermaid:E Write docs").labels()));
        assertEquals(
                List.of(
                        "notes.md line 5: B: it waits for A, which waits for it; that is left out",
                        "notes.md line 6: what is written on an arrow is left out: when ready",
                        "notes.md line 10: what is written on an arrow is left out: then",
                        "notes.md line 11: a line without an arrow says no order; left out",
                        "notes.md line 13: click is left out; nothing is followed",
                        "notes.md line 16: cannot be read, and is left out: ??? what"),
                remarks(incoming));
    }

    // ---- ours, from another project

    @Test
    void whatIsGoodOnlyWhereItWasGivenStaysThere() {
        Incoming incoming =
                holder.read(
                        "list.json",
                        """
                        {"schema_version": 1, "tasks": [
                          {"id": 4, "subject": "One", "status": "in_progress", "owner": "ada",
                           "claim": {"consumer": "s1", "token": "abc"}, "verify": "touch /tmp/x",
                           "evidence": {"job": "00000000", "exitCode": 0}, "requestKey": {"key": "k"},
                           "openBlockers": [], "ready": false, "blocks": [5]},
                          {"id": 5, "subject": "Two", "parent": 4}
                        ]}
                        """);

        assertEquals(List.of("[>] #4: One []", "[ ] #5: Two [#4] part of #4"), lines(incoming));
        assertEquals(
                Set.of("id", "subject", "description", "status", "blockedBy", "owner", "verify"),
                task(incoming, "json:#4")
                        .json()
                        .propertyStream()
                        .map(Map.Entry::getKey)
                        .collect(Collectors.toSet()));
        assertEquals(
                List.of(
                        "list.json line 2: #4: claim is good only where it was given; it is left"
                                + " out",
                        "list.json line 2: #4: evidence is good only where it was given; it is left"
                                + " out"),
                remarks(incoming));
    }
}
