package dev.bellhop.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.bellhop.base.Problem;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of a database whose files are deleted, replaced or damaged.
final class DatabaseLossTest {

    private static final String TABLE =
            "create table if not exists line (text text not null, filler blob)";
    private static final String INDEX = "create index if not exists line_text on line (text)";

    private final Path root;
    private final Path state;
    private final Path file;
    private final List<Database.Reason> reasons = new ArrayList<>();

    DatabaseLossTest(@TempDir Path root) {
        this.root = root;
        state = root.resolve("state");
        file = state.resolve("bellhop.db");
    }

    private Database open() {
        return new Database(
                file,
                List.of(TABLE, INDEX),
                Map.of(),
                (connection, reason) -> {
                    reasons.add(reason);
                    add(connection, "afresh");
                });
    }

    private static void add(Connection connection, String text) throws SQLException {
        try (PreparedStatement insert =
                connection.prepareStatement("insert into line values (?, zeroblob(500))")) {
            insert.setString(1, text);
            insert.executeUpdate();
        }
    }

    private static void add(Database database, String text) {
        database.transact(connection -> {
            add(connection, text);
            return null;
        });
    }

    private static List<String> lines(Database database) {
        return database.read(connection -> {
            try (Statement statement = connection.createStatement();
                    ResultSet row =
                            statement.executeQuery("select text from line order by rowid")) {
                List<String> lines = new ArrayList<>();
                while (row.next()) {
                    lines.add(row.getString(1));
                }
                return lines;
            }
        });
    }

    private Path beside(String suffix) {
        return Path.of(file + suffix);
    }

    private static List<Path> in(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.toList();
        }
    }

    private void deleteState() throws IOException {
        for (Path each : in(state)) {
            Files.delete(each);
        }
        Files.delete(state);
    }

    /// Writes into a file that may be open here. Another process does it: were it this one, the
    /// operating system would drop the locks that SQLite has on that file.
    private static void overwrite(Path file, long offset, int content) throws Exception {
        shell(
                "printf '\\%03o' | dd conv=notrunc bs=1 status=none seek=%d of='%s'"
                        .formatted(content, offset, file));
    }

    private static void shell(String command) throws Exception {
        assertEquals(0, new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor());
    }

    private static final List<Database.Reason> MISSING = List.of(new Database.Reason.Missing());

    // ---- gone

    @Test
    void aFileThatIsDeletedWhileItIsOpenIsMadeAnewAndBothWriteIntoTheSame() throws Exception {
        Database first = open();
        Database second = open();
        add(first, "before");
        assertEquals(List.of("afresh", "before"), lines(second));
        reasons.clear();

        Files.delete(file);

        add(first, "first");
        add(second, "second");
        assertEquals(List.of("afresh", "first", "second"), lines(first));
        assertEquals(lines(first), lines(second));
        assertEquals(lines(first), lines(open()));
        assertEquals(MISSING, reasons);
        assertEquals(List.of(), first.damage());
    }

    @Test
    void aDirectoryThatIsDeletedWhileItIsOpenIsMadeAnew() throws Exception {
        Database first = open();
        Database second = open();
        add(first, "before");
        add(second, "before");

        deleteState();

        assertEquals(List.of("afresh"), lines(second));
        add(first, "after");
        assertEquals(List.of("afresh", "after"), lines(second));
        deleteState();
        add(second, "again");
        assertEquals(List.of("afresh", "again"), lines(first));
    }

    /// Were the work done once only, its result would be in a file that nobody finds.
    @Test
    void whatIsWrittenWhileTheFileIsDeletedIsWrittenIntoTheNewOneToo() {
        Database database = open();
        add(database, "before");
        List<String> runs = new ArrayList<>();

        database.transact(connection -> {
            add(connection, "during");
            if (runs.isEmpty()) {
                delete(file);
            }
            runs.add("run");
            return null;
        });

        assertEquals(List.of("run", "run"), runs);
        assertEquals(List.of("afresh", "during"), lines(open()));
    }

    @Test
    void aFileThatVanishesUnderEveryTryIsAProblemAndTheNextCallWorks() {
        Database database = open();

        Problem problem =
                assertThrows(
                        Problem.class,
                        () ->
                                database.transact(_ -> {
                                    delete(file);
                                    return true;
                                }));

        assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
        add(database, "after");
        assertEquals(List.of("afresh", "after"), lines(database));
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whatWasClosedMakesNothingAnew() throws Exception {
        Database database = open();
        add(database, "before");
        database.close();
        database.close();
        assertFalse(Files.exists(beside("-wal")));
        deleteState();

        Problem problem = assertThrows(Problem.class, () -> add(database, "after"));

        assertEquals("this server is ending", problem.getMessage());
        assertFalse(Files.exists(state));
    }

    @Test
    void anotherDatabaseThatIsPutInItsPlaceIsRead() throws Exception {
        Database database = open();
        add(database, "before");
        Path elsewhere = file.resolveSibling("elsewhere.db");
        Database other = new Database(elsewhere, List.of(TABLE, INDEX));
        add(other, "other");
        shell("for s in '' -wal -shm; do mv '%s'$s '%s'$s; done".formatted(elsewhere, file));

        assertEquals(List.of("other"), lines(database));
        add(database, "after");
        assertEquals(List.of("other", "after"), lines(open()));
    }

    @Test
    void aLogThatIsDeletedWhileItIsOpenLosesNothing() throws Exception {
        Database first = open();
        add(first, "one");

        Files.delete(beside("-wal"));
        add(first, "two");
        Files.delete(beside("-shm"));
        add(first, "three");
        Files.delete(beside("-wal"));
        Files.delete(beside("-shm"));

        assertEquals(List.of("afresh", "one", "two", "three"), lines(first));
        assertEquals(lines(first), lines(open()));
        assertEquals(List.of(), first.asides());
        assertEquals(1, reasons.size());
    }

    // ---- damaged

    @Test
    void aFileThatIsNoDatabaseIsSetAsideWhole() throws Exception {
        Files.createDirectories(state);
        String content = "this is no database, whatever its name says".repeat(100);
        Files.writeString(file, content);
        Files.setLastModifiedTime(file, FileTime.from(Instant.parse("2026-02-03T04:05:06.789Z")));
        Database database = open();

        add(database, "after");

        Path aside = beside(".damaged-20260203T040506Z");
        assertEquals(List.of(aside), database.asides());
        assertEquals(content, Files.readString(aside));
        assertEquals(List.of(new Database.Reason.Damaged(aside)), reasons);
        assertEquals(List.of("afresh", "after"), lines(open()));
    }

    @Test
    void whatWasSetAsideIsNeverOverwritten() throws Exception {
        Files.createDirectories(state);
        FileTime time = FileTime.from(Instant.parse("2026-02-03T04:05:06Z"));
        for (int i = 1; i <= 3; i++) {
            shell("rm -f '%1$s-wal' '%1$s-shm'".formatted(file));
            Path garbage = Files.writeString(file.resolveSibling("garbage"), "garbage " + i);
            Files.setLastModifiedTime(garbage, time);
            Files.move(garbage, file, StandardCopyOption.REPLACE_EXISTING);
            assertEquals(List.of("afresh"), lines(open()));
        }

        List<String> contents = new ArrayList<>();
        for (Path aside : open().asides()) {
            contents.add(Files.readString(aside));
        }
        assertEquals(List.of("garbage 1", "garbage 2", "garbage 3"), contents);
    }

    @Test
    void garbageThatTakesItsPlaceWhileItIsOpenIsSetAside() throws Exception {
        Database database = open();
        add(database, "before");

        Path garbage = Files.writeString(file.resolveSibling("garbage"), "x".repeat(9_000));
        Files.move(garbage, file, StandardCopyOption.REPLACE_EXISTING);

        add(database, "after");
        assertEquals(List.of("afresh", "after"), lines(database));
        assertEquals("x".repeat(9_000), Files.readString(database.asides().getFirst()));
    }

    /// However much is left of the file, open or not: the call is answered, and what was there is
    /// still there or is set aside and said to be.
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 100, 4096, 8192, 12_345})
    void aFileThatIsCutOffIsSetAsideOrStillGood(int size) throws Exception {
        for (boolean whileOpen : new boolean[] {false, true}) {
            for (boolean logged : new boolean[] {false, true}) {
                reasons.clear();
                Database database = filled(logged);
                Database second = open();
                if (whileOpen) {
                    lines(second);
                }
                shell("truncate -s %d '%s'".formatted(size, file));

                keepsOrSetsAside(whileOpen ? database : restarted());
                keepsOrSetsAside(second);
                shell("rm -r '%s'".formatted(state));
            }
        }
    }

    /// 40 lines, the last of them in the log only if `logged`.
    private Database filled(boolean logged) {
        Database database = open();
        for (int i = 0; i < 40; i++) {
            add(database, "line " + i);
        }
        if (!logged) {
            checkpoint(database);
        }
        return database;
    }

    private static void checkpoint(Database database) {
        database.read(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("pragma wal_checkpoint(truncate)");
            }
        });
    }

    /// What a process sees that finds these files at its start.
    private Database restarted() throws Exception {
        Path copy = Files.createDirectories(file.resolveSibling("copy"));
        for (String suffix : List.of("", "-wal")) {
            shell("cp -p '%s%s' '%s/'".formatted(file, suffix, copy));
        }
        shell("mv '%1$s/'* '%2$s/'; rm -f '%3$s-shm'; rmdir '%1$s'".formatted(copy, state, file));
        return open();
    }

    /// Adds a line. What is damaged may show only when more is read; then it is set aside, and the
    /// line is added to the new one.
    private static List<String> added(Database database, String text) {
        int asides;
        do {
            asides = database.asides().size();
            add(database, text);
            lines(database);
        } while (database.asides().size() > asides);
        List<String> lines = lines(database);
        assertEquals(text, lines.getLast());
        return lines;
    }

    private void keepsOrSetsAside(Database database) {
        List<String> lines = added(database, "after");
        if (database.asides().isEmpty()) {
            int kept = (int) lines.stream().filter(line -> line.startsWith("line ")).count();
            // A file without a byte is as good as none.
            assertTrue(kept == 40 || kept == 0, lines.toString());
            assertEquals(List.of(), database.damage());
        } else {
            assertFalse(lines.contains("line 0"), lines.toString());
            assertTrue(
                    reasons.contains(new Database.Reason.Damaged(database.asides().getFirst())),
                    reasons.toString());
        }
    }

    /// Whichever byte of a page's header is another: no call fails, and what cannot be read is set
    /// aside. (A flipped bit may make a good page with less in it: only the doctor sees that.)
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void aFlippedByteInThePagesHeadersNeverMakesCallsFail(long seed) throws Exception {
        Random random = new Random(seed);
        Database writer = filled(false);
        long pages = Files.size(file) / 4096;
        boolean whileOpen = random.nextBoolean();
        for (long page = 0; page < pages; page++) {
            long offset = page * 4096 + (page == 0 ? random.nextInt(108) : random.nextInt(8));
            overwrite(file, offset, random.nextInt(256));
        }
        Database database = whileOpen ? writer : restarted();

        for (int i = 0; i < 3; i++) {
            added(database, "after " + i);
        }
        added(open(), "later");
        assertEquals("later", lines(database).getLast());
    }

    @Test
    void aLogThatIsGarbageIsPassedOver() throws Exception {
        Database before = filled(false);
        add(before, "in the log");
        shell("printf %s 'no log at all' > '" + beside("-wal") + "'");
        Database database = restarted();

        add(database, "after");

        List<String> lines = lines(database);
        assertEquals(42, lines.size());
        assertEquals("after", lines.getLast());
        assertEquals(List.of(), database.damage());
    }

    @Test
    void aLogThatIsOverwrittenWhileItIsOpenNeverMakesCallsFail() throws Exception {
        Database database = filled(true);
        long size = Files.size(beside("-wal"));
        shell(
                "dd if=/dev/urandom of='%s' conv=notrunc bs=%d count=1 status=none"
                        .formatted(beside("-wal"), size));

        keepsOrSetsAside(database);
        keepsOrSetsAside(open());
    }

    // ---- new and old shapes

    @Test
    void anEarlierShapeIsUpgradedOnceAndKeepsItsRows() throws Exception {
        Database before = new Database(file, List.of("create table line (text text not null)"));
        before.transact(connection -> {
            try (Statement statement = connection.createStatement()) {
                statement.execute("insert into line values ('kept')");
                return statement.execute("pragma user_version = 1");
            }
        });
        for (int i = 0; i < 2; i++) {
            Database database =
                    new Database(
                            file,
                            List.of(TABLE, INDEX),
                            Map.of(
                                    1,
                                    List.of(
                                            "alter table line add filler blob",
                                            "update line set filler = 'f'"),
                                    Database.VERSION,
                                    List.of("this is for later")),
                            (_, reason) -> reasons.add(reason));

            add(database, "new");

            assertEquals(
                    "f",
                    database.read(connection -> {
                        try (Statement statement = connection.createStatement();
                                ResultSet row =
                                        statement.executeQuery(
                                                "select filler from line where text = 'kept'")) {
                            return row.getString(1);
                        }
                    }));
        }
        assertEquals(List.of(), reasons);
    }

    @Test
    void anUpgradeThatFailsLeavesTheEarlierShape() {
        Database before = new Database(file, List.of("create table line (text text not null)"));
        before.transact(connection -> {
            try (Statement statement = connection.createStatement()) {
                return statement.execute("pragma user_version = 1");
            }
        });
        Database failing =
                new Database(
                        file,
                        List.of(),
                        Map.of(1, List.of("alter table line add filler blob", "nonsense")),
                        (_, _) -> {});

        Problem problem = assertThrows(Problem.class, () -> lines(failing));

        assertTrue(problem.text().contains("nonsense"), problem.text());
        assertEquals(
                List.of("text"),
                before.read(connection -> {
                    try (Statement statement = connection.createStatement();
                            ResultSet row =
                                    statement.executeQuery(
                                            "select name from pragma_table_info('line')")) {
                        List<String> columns = new ArrayList<>();
                        while (row.next()) {
                            columns.add(row.getString(1));
                        }
                        return columns;
                    }
                }));
    }

    @Test
    void aBeginningThatFailsIsMadeAgainByTheNextCall() {
        Database database =
                new Database(
                        file,
                        List.of(TABLE),
                        Map.of(),
                        (connection, reason) -> {
                            add(connection, "afresh");
                            reasons.add(reason);
                            if (reasons.size() == 1) {
                                throw Problem.unavailable("not yet", "Make the same call again.");
                            }
                        });

        assertEquals("not yet", assertThrows(Problem.class, () -> lines(database)).getMessage());
        assertEquals(List.of("afresh"), lines(database));
    }

    // ---- disks, locks, other processes

    @Test
    void aDirectoryThatMayNotBeWrittenIsNamed() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a disk");
        Path disk = Files.createDirectories(state);
        shell("mount -t tmpfs none '" + disk + "'");
        try {
            shell("mount -o remount,ro '" + disk + "'");
            Database database = open();

            Problem problem = assertThrows(Problem.class, () -> add(database, "before"));

            assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
            assertTrue(problem.text().contains(disk.toString()), problem.text());
            shell("mount -o remount,rw '" + disk + "'");
            add(database, "after");
            assertEquals(List.of("afresh", "after"), lines(open()));
            assertEquals(List.of(), database.asides());
        } finally {
            shell("umount -l '" + disk + "'");
        }
    }

    @Test
    void aFullDiskIsAProblemWithAWayOutAndTheNextCallWorksOnceThereIsSpace() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root can mount a disk");
        Path disk = Files.createDirectories(state);
        shell("mount -t tmpfs -o size=4m none '" + disk + "'");
        try {
            Database database = open();
            add(database, "before");
            shell("dd if=/dev/zero of='" + disk + "/filler' bs=4096 status=none 2>/dev/null; true");

            Problem problem =
                    assertThrows(
                            Problem.class,
                            () -> {
                                for (int i = 0; i < 50; i++) {
                                    add(database, "x".repeat(5_000));
                                }
                            });

            assertEquals(Problem.Kind.UNAVAILABLE, problem.kind());
            assertEquals(
                    "Free some space on the disk of %s. Make the same call again.".formatted(disk),
                    problem.hint());
            shell("rm '" + disk + "/filler'");
            add(database, "after");
            assertEquals("after", lines(open()).getLast());
            assertEquals(List.of(), database.damage());
        } finally {
            shell("umount -l '" + disk + "'");
        }
    }

    @Test
    void aLogThatGrewUnderALongReaderIsCutBackWhenThatIsGone() throws Exception {
        Database writer = open();
        Database reader = open();
        add(writer, "before");
        CountDownLatch reading = new CountDownLatch(1);
        CountDownLatch grown = new CountDownLatch(1);
        Thread thread =
                Thread.ofPlatform()
                        .start(() ->
                                reader.transact(connection -> {
                                    try (Statement statement = connection.createStatement()) {
                                        // Instead of the transaction that writes one that reads.
                                        statement.execute("rollback");
                                        statement.execute("begin");
                                        statement.executeQuery("select count(*) from line").close();
                                        reading.countDown();
                                        await(grown);
                                        return null;
                                    }
                                }));
        await(reading);
        for (int i = 0; i < 72; i++) {
            writer.transact(connection -> {
                try (Statement statement = connection.createStatement()) {
                    return statement.execute(
                            "insert into line values ('big', zeroblob(%d))".formatted(1 << 20));
                }
            });
        }
        assertTrue(Files.size(beside("-wal")) > 64 << 20);
        grown.countDown();
        thread.join();

        add(writer, "one");
        add(writer, "two");

        assertTrue(Files.size(beside("-wal")) <= 64 << 20, Files.size(beside("-wal")) + " bytes");
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void whoIsKeptWaitingIsToldAfterFiveSecondsAndNotBefore() throws Exception {
        Database holder = open();
        add(holder, "before");
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch refused = new CountDownLatch(1);
        Thread thread =
                Thread.ofPlatform()
                        .start(() ->
                                holder.transact(_ -> {
                                    held.countDown();
                                    await(refused);
                                    return null;
                                }));
        await(held);
        Database database = open();
        long begun = System.nanoTime();

        Problem problem = assertThrows(Problem.class, () -> add(database, "too soon"));

        long millis = (System.nanoTime() - begun) / 1_000_000;
        refused.countDown();
        thread.join();
        assertEquals(
                "another process has kept the database " + file + " busy for 5 s",
                problem.getMessage());
        assertTrue(millis >= 4_900 && millis < 9_000, millis + " ms");
        add(database, "after");
    }

    @Test
    void fileSystemsOfOtherMachinesAreKnown() {
        assertEquals(
                List.of("nfs4", "cifs", "9p", "fuse.sshfs"),
                Stream.of("nfs4", "ext4", "cifs", "tmpfs", "9p", "apfs", "fuse.sshfs", "overlay")
                        .filter(DatabaseFiles::isNetwork)
                        .toList());
        lines(open());
        assertEquals(Optional.empty(), open().network());
    }

    /// Two processes work; again and again somebody deletes or damages the file under them. Neither
    /// fails, both end up in the same file, and a damaged one is set aside once.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void twoProcessesGetOverTheSameLoss(long seed) throws Exception {
        Random random = new Random(seed);
        lines(open());
        try (Other ada = new Other(root);
                Other bob = new Other(root)) {
            for (int round = 0; round < 12; round++) {
                int damages = open().asides().size();
                boolean damage = random.nextBoolean();
                if (damage) {
                    Path garbage =
                            Files.writeString(file.resolveSibling("garbage"), "g".repeat(5_000));
                    Files.move(garbage, file, StandardCopyOption.REPLACE_EXISTING);
                } else if (random.nextBoolean()) {
                    Files.delete(file);
                } else {
                    shell("rm -f '%1$s' '%1$s-wal' '%1$s-shm'".formatted(file));
                }
                ada.say("ada " + round);
                bob.say("bob " + round);
                assertEquals("done ada " + round, ada.heard());
                assertEquals("done bob " + round, bob.heard());

                List<String> lines = lines(open());
                assertEquals("afresh", lines.getFirst());
                assertEquals(
                        List.of("ada " + round, "bob " + round),
                        lines.stream().skip(1).sorted().toList());
                assertEquals(damages + (damage ? 1 : 0), open().asides().size());
            }
        }
    }

    /// A process that enters each line that it is told.
    private static final class Other implements AutoCloseable {
        private final Process process;
        private final BufferedWriter input;
        private final BufferedReader output;

        Other(Path root) throws IOException {
            process =
                    new ProcessBuilder(
                                    Path.of(System.getProperty("java.home"), "bin", "java")
                                            .toString(),
                                    "-XX:TieredStopAtLevel=1",
                                    "-XX:+UseSerialGC",
                                    "--enable-native-access=ALL-UNNAMED",
                                    "-cp",
                                    System.getProperty("java.class.path"),
                                    DatabaseLossTest.class.getName(),
                                    root.toString())
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            input = process.outputWriter(StandardCharsets.UTF_8);
            output = process.inputReader(StandardCharsets.UTF_8);
            assertEquals("ready", heard());
        }

        void say(String line) throws IOException {
            input.write(line + "\n");
            input.flush();
        }

        String heard() throws IOException {
            return output.readLine();
        }

        @Override
        public void close() {
            process.destroyForcibly().onExit().join();
        }
    }

    public static void main(String[] arguments) throws IOException {
        Database database = new DatabaseLossTest(Path.of(arguments[0])).open();
        lines(database);
        System.out.println("ready");
        try (BufferedReader input =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                try {
                    add(database, line);
                    System.out.println("done " + line);
                } catch (Problem problem) {
                    System.out.println(problem.text());
                }
            }
        }
    }
}
