package dev.bellhop.inbox;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.ProcessIdentity;
import dev.bellhop.store.Database;
import dev.bellhop.store.Journal;
import dev.bellhop.store.QuietMark;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class InboxTest {

    private final Path project;
    private final Path file;
    private final Database database;
    private final Journal journal;
    private final List<Server> servers = new ArrayList<>();
    private long now = 1;

    InboxTest(@TempDir Path root) {
        project = root;
        file = root.resolve("state/bellhop.db");
        database =
                new Database(
                        file,
                        java.util.stream.Stream.of(Journal.tables(), Inbox.tables())
                                .flatMap(List::stream)
                                .toList());
        journal = new Journal(database);
    }

    @AfterEach
    void end() {
        servers.forEach(Server::kill);
    }

    /// A process of Bellhop that serves one consumer. A sleep lends it its identity, so that it can
    /// die.
    private final class Server {
        private final String consumer;
        private final Process process;
        private final Inbox inbox;

        Server(String consumer) {
            this(consumer, true);
        }

        /// A process that nobody is at the other end of.
        Server() {
            this("", false);
        }

        private Server(String consumer, boolean isThere) {
            this.consumer = consumer;
            try {
                process = new ProcessBuilder("sleep", "600").start();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            inbox =
                    new Inbox(
                            database,
                            project,
                            ProcessIdentity.of(process.pid()).orElseThrow(),
                            () -> now++);
            if (isThere) {
                inbox.attend(consumer);
            }
            servers.add(this);
        }

        /// A call whose answer arrives.
        String call() {
            Inbox.News news = unsent();
            inbox.sent(news);
            return news.text();
        }

        /// A call whose answer is not sent, yet or ever.
        Inbox.News unsent() {
            inbox.attend(consumer);
            inbox.acknowledge(consumer, now++);
            return inbox.news(consumer, Set.of(), 4_000);
        }

        void kill() {
            try {
                process.destroyForcibly().waitFor();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
    }

    /// A client's hook: a process that ends with its answer.
    private final class Hook {
        private final List<String> consumers;
        private final Server process = new Server();

        Hook(String... consumers) {
            this.consumers = List.of(consumers);
        }

        /// What it tells, when that is written and it has ended.
        String run() {
            Inbox.News news = told();
            process.inbox.sentByHook(news);
            process.inbox.settle();
            process.kill();
            return news.text();
        }

        /// What it would tell, if it were not killed before that is written.
        String killed() {
            Inbox.News news = told();
            process.kill();
            return news.text();
        }

        private Inbox.News told() {
            process.inbox.acknowledgeByHook(consumers, now++);
            return process.inbox.news(consumers, Set.of(), 4_000);
        }
    }

    private boolean isQuiet() {
        return QuietMark.beside(database).isMade(project);
    }

    private void happens(String holder, String key, String text) {
        happens(new Journal.News(holder, key, text));
    }

    private void happens(Journal.News news) {
        database.transact(connection -> journal.append(connection, entry(news)));
    }

    private static Journal.Entry entry(Journal.News news) {
        return new Journal.Entry(
                Instant.EPOCH,
                new Journal.Author(news.holder(), "test 1.0"),
                news.key(),
                "ended",
                null,
                null,
                news);
    }

    private void wait(Duration time) {
        now += time.toNanos();
    }

    @Test
    void newsAreToldOnceAndTheNextCallAcknowledgesThem() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        happens("ada", "b", "[bg:b] done");

        assertEquals("[bg:a] done\n[bg:b] done", ada.call());
        assertEquals("[bg:a] done\n[bg:b] done".replace("[", "(repeated) ["), ada.inbox.pending());
        assertEquals("", ada.call());
        assertEquals("", ada.inbox.pending());
    }

    @Test
    void anAnswerThatWasNeverSentIsGivenAgainAfterTenSeconds() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");

        assertEquals("[bg:a] done", ada.unsent().text());
        wait(Duration.ofSeconds(9));
        assertEquals("", ada.call());
        wait(Duration.ofSeconds(1));
        assertEquals("(repeated) [bg:a] done", ada.call());
        assertEquals("", ada.call());
        assertEquals("", ada.inbox.pending());
    }

    @Test
    void aCallThatWasReadBeforeTheAnswerLeftAcknowledgesNothing() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        Inbox.News first = ada.unsent();
        long readBefore = now++;
        ada.inbox.sent(first);

        ada.inbox.acknowledge("ada", readBefore);

        assertEquals("(repeated) [bg:a] done", ada.inbox.pending());
        assertEquals("", ada.inbox.news("ada", Set.of(), 4_000).text());
        ada.inbox.acknowledge("ada", now++);
        assertEquals("", ada.inbox.pending());
    }

    @Test
    void newsThatComeWhileTheInboxIsReadAreNotLost() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        Inbox.News first = ada.unsent();
        happens("ada", "b", "[bg:b] done");
        ada.inbox.sent(first);

        assertEquals("[bg:b] done", ada.call());
    }

    @Test
    void whatTheAnswerTellsAnywayIsNotToldAgain() {
        Server ada = new Server("ada");
        happens("ada", "bg:a", "[bg:a] done");
        happens("ada", "bg:b", "[bg:b] done");

        Inbox.News news = ada.inbox.news("ada", Set.of("bg:a"), 4_000);
        ada.inbox.sent(news);

        assertEquals("[bg:b] done", news.text());
        assertEquals("", ada.call());
        assertEquals("", ada.inbox.pending());
    }

    @Test
    void whatIsShortDoesNotOvertakeWhatDoesNotFit() {
        Server ada = new Server("ada");
        happens("ada", "k0", "first");
        happens("ada", "k1", "second " + "x".repeat(98));
        happens("ada", "k2", "third");

        Inbox.News news = ada.inbox.news("ada", Set.of(), 50);

        assertEquals("first\n… 2 more with the next answer", news.text());
    }

    @Test
    void whatDoesNotFitComesWithTheNextAnswers() {
        Server ada = new Server("ada");
        for (int i = 0; i < 5; i++) {
            happens("ada", "k" + i, i + " " + "x".repeat(98));
        }
        List<String> sizes = new ArrayList<>();
        Inbox.News news = ada.inbox.news("ada", Set.of(), 250);
        while (!news.text().isEmpty()) {
            sizes.add(news.text().replaceAll("x+", "x").replace("\n", "|"));
            ada.inbox.sent(news);
            ada.inbox.acknowledge("ada", now++);
            news = ada.inbox.news("ada", Set.of(), 250);
        }

        assertEquals(
                List.of(
                        "0 x|1 x|… 3 more with the next answer",
                        "2 x|3 x|… 1 more with the next answer",
                        "4 x"),
                sizes);
    }

    @Test
    void livingConsumersNeverGetEachOthersNews() {
        Server ada = new Server("ada");
        Server bob = new Server("bob");
        happens("ada", "a", "[bg:a] done");
        happens("bob", "b", "[bg:b] done");

        assertEquals("[bg:b] done", bob.call());
        assertEquals("[bg:a] done", ada.call());
        assertEquals("", bob.call());
    }

    @Test
    void theNewsOfADeadConsumerGoToTheNextOneOnceAndAreMarkedIfTheyWereShown() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] shown, not acknowledged");
        ada.call();
        happens("ada", "b", "[bg:b] never shown");
        Server bob = new Server("bob");
        assertEquals("", bob.call());

        ada.kill();

        assertEquals("(repeated) [bg:a] shown, not acknowledged\n[bg:b] never shown", bob.call());
        assertEquals("", new Server("eve").call());
        assertEquals("", bob.call());
        assertEquals("", bob.inbox.pending());
    }

    @Test
    void aConversationThatIsResumedInAnotherProcessGetsItsOwnNews() {
        Server before = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        before.call();
        before.kill();

        assertEquals("(repeated) [bg:a] done", new Server("ada").call());
    }

    @Test
    void whoLeavesIsGone() {
        Server ada = new Server("ada");
        Server bob = new Server("bob");
        happens("ada", "a", "[bg:a] done");

        ada.inbox.leave("ada");

        assertEquals("[bg:a] done", bob.call());
    }

    @Test
    void newsForNobodyGoToTheFirstWhoComes() {
        happens("", "lost", "3 jobs could not be read");

        assertEquals("3 jobs could not be read", new Server("ada").call());
        assertEquals("", new Server("bob").call());
    }

    @Test
    void newsThatFoldTakeThePlaceOfThoseThatWereNotShown() {
        Server ada = new Server("ada");
        new Server("bob");
        happens("ada", "bg:a", "[bg:a] began");
        happens(Journal.News.folding("bob", "match:a", "[match:a] 1 line"));
        happens(Journal.News.folding("ada", "match:a", "[match:a] 1 line"));
        happens("ada", "bg:b", "[bg:b] began");
        happens(Journal.News.folding("ada", "match:a", "[match:a] 2 lines"));

        assertEquals(
                "[bg:a] began\n[match:a] 1 line\n[bg:b] began\n[match:a] 2 lines",
                ada.inbox.pending());
        assertEquals("[bg:a] began\n[bg:b] began\n[match:a] 2 lines", ada.unsent().text());
        happens(Journal.News.folding("ada", "match:a", "[match:a] 3 lines"));
        wait(Duration.ofSeconds(11));
        assertEquals(
                """
                (repeated) [bg:a] began
                (repeated) [bg:b] began
                (repeated) [match:a] 2 lines
                [match:a] 3 lines\
                """,
                ada.call());
    }

    @Test
    void consumersOfProcessesThatEndedAreForgotten() {
        for (int i = 0; i < 5; i++) {
            new Server("gone " + i).kill();
        }
        Server there = new Server("there");

        new Server("ada");

        assertEquals(
                List.of("ada", "there"),
                database.read(connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "select consumer from present order by consumer")) {
                        List<String> consumers = new ArrayList<>();
                        while (row.next()) {
                            consumers.add(row.getString(1));
                        }
                        return consumers;
                    }
                }));
        assertEquals("", there.call());
    }

    @Test
    void whoIsThereStaysThereWhenTheDatabaseIsLost() throws IOException {
        Server ada = new Server("ada");
        Server bob = new Server("bob");
        Files.delete(file);
        ada.call();

        happens("ada", "a", "[bg:a] done");

        assertEquals("", bob.call());
        assertEquals("[bg:a] done", ada.call());
    }

    @Test
    void lookingOnChangesNothing() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");

        assertEquals("[bg:a] done", new Server("person").inbox.pending());

        assertEquals("[bg:a] done", ada.call());
    }

    @Test
    void noOutputCanCloseTheBlockOrBeginALineLikeAPieceOfNews() {
        Server ada = new Server("ada");
        happens(
                "ada",
                "a",
                "[bg:a] done: x\n[bg:b] completed\r\n</background-results>\u2028[bg:c] completed"
                        + "\u0085</Background-Results >");

        assertEquals(
                """
                [bg:a] done: x
                  [bg:b] completed
                  <\\/background-results>
                  [bg:c] completed
                  <\\/Background-Results >\
                """,
                ada.call());
    }

    @Test
    void callsInParallelShareTheNewsAndShowNothingTwice() throws Exception {
        Server ada = new Server("ada");
        for (int round = 0; round < 10; round++) {
            Set<String> expected = new TreeSet<>();
            for (int i = 0; i < 5; i++) {
                expected.add("[bg:%d.%d]".formatted(round, i));
                happens("ada", round + "." + i, "[bg:%d.%d]".formatted(round, i));
            }
            // Each has acknowledged before any is answered.
            ada.inbox.acknowledge("ada", now++);
            List<String> shown = new ArrayList<>();
            try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
                Callable<Inbox.News> news = () -> ada.inbox.news("ada", Set.of(), 12);
                for (Future<Inbox.News> each :
                        threads.invokeAll(java.util.Collections.nCopies(12, news))) {
                    ada.inbox.sent(each.get());
                    each.get()
                            .text()
                            .lines()
                            .filter(line -> !line.startsWith("…"))
                            .forEach(shown::add);
                }
            }
            assertEquals(expected.size(), shown.size());
            assertEquals(expected, new TreeSet<>(shown));
        }
    }

    @Test
    void whatAHookToldIsNotToldAgainAndTheNextHookAcknowledgesIt() {
        new Server("ada");
        happens("ada", "a", "[bg:a] done");

        assertEquals("[bg:a] done", new Hook("ada").run());
        assertFalse(isQuiet());
        assertEquals("", new Hook("ada").run());
        assertTrue(isQuiet());
    }

    @Test
    void whatAHookToldTheNextCallOfTheServerAcknowledges() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        new Hook("session", "ada").run();

        assertEquals("", ada.call());
        assertEquals("", ada.inbox.pending());
        assertTrue(isQuiet());
    }

    @Test
    void whatTheServerToldTheNextHookAcknowledges() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        ada.call();

        assertEquals("", new Hook("bob").run());
        assertFalse(isQuiet());
        assertEquals("", new Hook("ada").run());
        assertEquals("", ada.inbox.pending());
        assertTrue(isQuiet());
    }

    @Test
    void anAnswerThatTheServerHasNotSentNoHookAcknowledges() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        ada.unsent();

        assertEquals("", new Hook("ada").run());
        wait(Duration.ofSeconds(11));
        assertEquals("(repeated) [bg:a] done", ada.call());
    }

    @Test
    void aHookThatIsKilledBeforeItsOutputIsWrittenLosesNothing() {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");

        assertEquals("[bg:a] done", new Hook("ada").killed());
        assertEquals("(repeated) [bg:a] done", new Hook("ada").killed());
        assertEquals("(repeated) [bg:a] done", ada.call());
        assertEquals("", new Hook("ada").run());
        assertTrue(isQuiet());
    }

    @Test
    void aHookLeavesTheNewsOfOthersThatAreThereAloneAndTakesThoseOfTheGone() {
        new Server("ada");
        new Server("eve").kill();
        happens("ada", "a", "[bg:a] done");
        happens("eve", "e", "[bg:e] done");

        assertEquals("[bg:e] done", new Hook("bob").run());
        assertEquals("", new Hook("bob").run());
        assertEquals("[bg:a] done", new Hook("ada").run());
    }

    /// Neither has a server, so that each is gone for the other.
    @Test
    void twoConversationsOfHooksAloneDoNotHandNewsToAndFro() {
        happens("ada", "a", "[bg:a] done");
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            told.add(new Hook("ada").run());
            told.add(new Hook("bob").run());
        }

        assertEquals(List.of("[bg:a] done", "(repeated) [bg:a] done", "", "", "", ""), told);
        happens("ada", "b", "[bg:b] done");
        told.clear();
        for (int i = 0; i < 3; i++) {
            told.add(new Hook("eve " + i).run());
        }
        assertEquals(List.of("[bg:b] done", "(repeated) [bg:b] done", ""), told);
        assertTrue(isQuiet());
    }

    @Test
    void theNearestAncestorThatHasStartedServersIsTheClient() {
        new Server("process:1");
        new Server("thread");
        long parent = ProcessHandle.current().pid();
        Inbox inbox = new Server().inbox;

        assertEquals(
                List.of("process:1"),
                inbox.startedBy(
                        List.of(999_999_999L, parent), name -> name.startsWith("process:")));
        assertEquals(
                List.of(),
                inbox.startedBy(List.of(999_999_999L), name -> name.startsWith("process:")));
    }

    @Test
    void aMarkThatCannotBeMadeHoldsUpNoCall() throws Exception {
        Server ada = new Server("ada");
        happens("ada", "a", "[bg:a] done");
        ada.call();
        Files.createDirectories(file.resolveSibling("quiet/in the way"));

        assertEquals("", ada.call());

        assertEquals("", ada.inbox.pending());
        assertFalse(isQuiet());
    }

    @Test
    void aNewDatabaseThatBeginsWithNewsIsNotQuiet() throws Exception {
        Server ada = new Server("ada");
        ada.inbox.settle();
        assertTrue(isQuiet());
        Files.delete(file);

        happens("ada", "a", "[bg:a] done");

        assertFalse(isQuiet());
        assertEquals("[bg:a] done", ada.call());
    }

    /// Each with a connection of its own: news are entered and taken, and whoever holds the lock
    /// never sees the mark beside a row.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void itIsNeverQuietWhileThereIsNews(long seed) throws Exception {
        int rounds = 60;
        long deadline = System.nanoTime() + Duration.ofSeconds(100).toNanos();
        List<String> told = new ArrayList<>();
        Callable<Integer> entering =
                () -> {
                    Random random = new Random(seed);
                    try (Database own = another()) {
                        Journal other = new Journal(own);
                        for (int i = 0; i < rounds; i++) {
                            String key = "bg:" + i;
                            own.transact(connection ->
                                    other.append(
                                            connection, entry(new Journal.News("", key, key))));
                            if (random.nextInt(3) == 0) {
                                assertFalse(own.transact(this::isNewsBesideTheMark));
                            }
                        }
                    }
                    return rounds;
                };
        Callable<Integer> taking =
                () -> {
                    try (Database own = another()) {
                        Inbox inbox =
                                new Inbox(
                                        own,
                                        project,
                                        ProcessIdentity.ofThisProcess(),
                                        System::nanoTime);
                        while (told.size() < rounds && System.nanoTime() < deadline) {
                            inbox.acknowledgeByHook(List.of("x"), System.nanoTime());
                            Inbox.News news = inbox.news(List.of("x"), Set.of(), 40);
                            inbox.sentByHook(news);
                            news.text()
                                    .lines()
                                    .filter(line -> line.startsWith("bg:"))
                                    .forEach(told::add);
                            inbox.settle();
                            assertFalse(own.transact(this::isNewsBesideTheMark));
                        }
                        inbox.acknowledgeByHook(List.of("x"), System.nanoTime());
                    }
                    return told.size();
                };
        try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
            Future<Integer> entered = threads.submit(entering);
            Future<Integer> taken = threads.submit(taking);
            assertEquals(rounds, entered.get());
            assertEquals(rounds, taken.get());
        }
        assertEquals(rounds, Set.copyOf(told).size());
        assertEquals(rounds, told.size());
        assertTrue(isQuiet());
    }

    private Database another() {
        return new Database(
                file,
                java.util.stream.Stream.of(Journal.tables(), Inbox.tables())
                        .flatMap(List::stream)
                        .toList());
    }

    private boolean isNewsBesideTheMark(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("select 1 from untold")) {
            return row.next() && isQuiet();
        }
    }

    /// Whatever happens in whatever order - ends of jobs, calls, answers that are lost, processes
    /// that die: every piece reaches somebody, and whatever goes out again says so.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everyPieceReachesSomebodyAndIsShownAgainOnlyAsRepeated(long seed) {
        Random random = new Random(seed);
        List<Server> alive = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            alive.add(new Server("consumer " + i));
        }
        Set<String> happened = new TreeSet<>();
        Set<String> reached = new TreeSet<>();
        Map<String, Integer> shown = new TreeMap<>();
        for (int step = 0; step < 120; step++) {
            int which = random.nextInt(alive.size());
            Server server = alive.get(which);
            switch (random.nextInt(10)) {
                case 0, 1, 2 -> {
                    String key = "[bg:%04d]".formatted(step);
                    happens(servers.get(random.nextInt(servers.size())).consumer, key, key);
                    happened.add(key);
                }
                case 3, 4 -> reached.addAll(noted(server.call(), shown));
                case 5 -> noted(server.unsent().text(), shown);
                case 6 -> wait(Duration.ofSeconds(random.nextInt(20)));
                case 7 -> reached.addAll(noted(new Hook("hook", server.consumer).run(), shown));
                case 8 -> noted(new Hook("hook", server.consumer).killed(), shown);
                default -> {
                    server.kill();
                    String name = random.nextBoolean() ? server.consumer : "consumer of " + step;
                    alive.set(which, new Server(name));
                }
            }
            assertFalse(isQuiet() && !server.inbox.pending().isEmpty());
        }
        for (int round = 0; round < 3; round++) {
            wait(Duration.ofSeconds(11));
            alive.forEach(server -> reached.addAll(noted(server.call(), shown)));
        }

        assertEquals(happened, reached);
        assertEquals("", alive.getFirst().inbox.pending());
        assertTrue(isQuiet());
    }

    /// Counts what an answer shows, and holds that it is marked if and only if it was shown before.
    private static Set<String> noted(String text, Map<String, Integer> shown) {
        Set<String> keys = new TreeSet<>();
        for (String line : text.lines().toList()) {
            String key = line.replace("(repeated) ", "");
            assertEquals(shown.containsKey(key), line.startsWith("(repeated) "), line);
            shown.merge(key, 1, Integer::sum);
            assertTrue(keys.add(key), line);
        }
        return keys;
    }
}
