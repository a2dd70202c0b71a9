package dev.bellhop.server.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.bellhop.base.Problem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The token is made once, is the user's alone, and does not show.
class TokenTest {

    @TempDir Path home = Path.of("/");

    private Path state() {
        return home.resolve("state").resolve("bellhop");
    }

    private static String modes(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void itIsMadeOnFirstUseForItsOwnerAloneAndKept() throws IOException {
        Token first = Token.of(Map.of(), state());
        Token second = Token.of(Map.of(), state());

        assertEquals(first.text(), second.text());
        assertEquals(43, first.text().length());
        assertEquals(first.text() + "\n", Files.readString(state().resolve("token")));
        assertEquals("rw-------", modes(state().resolve("token")));
        assertEquals("rwx------", modes(state()));
        assertFalse(first.isGiven());
        assertEquals(state().resolve("token").toString(), first.place());
        try (Stream<Path> files = Files.list(state())) {
            assertEquals(List.of(state().resolve("token")), files.toList());
        }
    }

    @Test
    void serversThatStartAtOnceHaveTheSame() throws InterruptedException {
        Set<String> texts = java.util.Collections.synchronizedSet(new HashSet<>());
        List<Thread> servers =
                Stream.generate(() ->
                                Thread.ofVirtual()
                                        .unstarted(() ->
                                                texts.add(Token.of(Map.of(), state()).text())))
                        .limit(20)
                        .toList();
        servers.forEach(Thread::start);
        for (Thread server : servers) {
            server.join();
        }

        assertEquals(1, texts.size());
    }

    @Test
    void theVariableSaysItBeforeTheFile() {
        Token token = Token.of(Map.of("BELLHOP_TOKEN", "0123456789abcdef"), state());

        assertTrue(token.isGiven() && token.is("0123456789abcdef"));
        assertFalse(token.is("0123456789abcdeF") || token.is("") || token.is("0123456789abcde"));
        assertEquals("BELLHOP_TOKEN", token.place());
        assertFalse(Files.exists(state()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"short", "with a space in it, which is long", "ünïcödé-ünïcödé-ünïcödé"})
    void whatNoHeaderCanCarryOrIsGuessedIsRefused(String text) {
        assertThrows(Problem.class, () -> Token.of(Map.of("BELLHOP_TOKEN", text), state()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"rw-r-----", "rw----r--", "rw--w----", "rw-----w-", "rwx--x---"})
    void oneThatOthersMayKnowOrChangeIsRefused(String modes) throws IOException {
        Token.of(Map.of(), state());
        Path file = state().resolve("token");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(modes));

        Problem problem = assertThrows(Problem.class, () -> Token.of(Map.of(), state()));

        assertEquals(
                "Error: others may have read %s (%s) - Delete it; a new one is made then."
                        .formatted(file, modes),
                problem.text());
    }

    @Test
    void whatIsNoFileOrHasNoTokenIsRefused() throws IOException {
        Files.createDirectories(state());
        Path file = state().resolve("token");
        Path elsewhere = Files.writeString(home.resolve("mine"), "0123456789abcdef");
        Files.createSymbolicLink(file, elsewhere);
        assertThrows(Problem.class, () -> Token.of(Map.of(), state()));

        Files.delete(file);
        Files.createFile(
                file,
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        assertThrows(Problem.class, () -> Token.of(Map.of(), state()));
    }

    @Test
    void itDoesNotShow() {
        Token token = Token.of(Map.of("BELLHOP_TOKEN", "0123456789abcdef"), state());

        assertFalse((token + token.principal()).contains("0123456789abcdef"));
        assertEquals(
                token.principal(),
                Token.of(Map.of("BELLHOP_TOKEN", "0123456789abcdef"), state()).principal());
    }
}
