package dev.bellhop.torture;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/// One task's file, broken in every way that hands, merges and disks break files, under a running
/// server. The server names it, leaves it as it is, and serves the rest.
final class MutatedFiles implements Trial {

    private static final int TASKS = 12;
    private static final int VICTIM = 5;

    /// How a file is broken.
    private enum Kind {
        TRUNCATE,
        FLIP,
        BOM,
        CRLF,
        MERGE,
        DUPLICATE_KEY,
        EMPTY,
        NUL,
        BAD_UTF8,
        HUGE,
        DEEP,
        CYCLE,
        SELF,
        LINK,
        PIPE,
        DIRECTORY,
        WRONG_TYPE,
        INSERT;

        boolean mustBeNamed() {
            return switch (this) {
                case MERGE,
                        DUPLICATE_KEY,
                        EMPTY,
                        NUL,
                        BAD_UTF8,
                        HUGE,
                        DEEP,
                        LINK,
                        PIPE,
                        DIRECTORY,
                        WRONG_TYPE ->
                        true;
                case TRUNCATE, FLIP, BOM, CRLF, CYCLE, SELF, INSERT -> false;
            };
        }

        boolean mustBeServed() {
            return switch (this) {
                case BOM, CRLF, CYCLE, SELF -> true;
                default -> false;
            };
        }

        /// Whether a line can be named.
        boolean hasLine() {
            return switch (this) {
                case MERGE, DUPLICATE_KEY, NUL, BAD_UTF8, DEEP -> true;
                default -> false;
            };
        }
    }

    @Override
    public String id() {
        return "R8";
    }

    @Override
    public String about() {
        return "mutated task files";
    }

    @Override
    public int shortCycles() {
        return 500;
    }

    @Override
    public int fullCycles() {
        return 20_000;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        Findings findings = new Findings();
        Place place = Place.in(round, "mutated");
        RandomGenerator random = round.random();
        int named = 0;
        try (Agent agent = place.agent("s")) {
            for (int i = 1; i <= TASKS; i++) {
                agent.call(
                        "task_create",
                        Map.of(
                                "subject",
                                "task no " + i,
                                "description",
                                "über\n\"quoted\"",
                                "labels",
                                List.of("a", "b"),
                                "blockedBy",
                                i < 3 ? List.of() : List.of(i - 2)));
            }
            Path file = place.task(VICTIM);
            byte[] sound = Files.readAllBytes(file);
            while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
                Kind kind = Kind.values()[findings.cycle() % Kind.values().length];
                byte[] broken = mutate(kind, sound, random);
                put(kind, file, broken);
                Findings found = new Findings();
                named += check(agent, kind, found) ? 1 : 0;
                requireUntouched(kind, file, broken, found);
                findings.add(found, "%s: ".formatted(kind));
                if (!found.isClean() && broken.length > 0 && broken.length < 5_000) {
                    round.log()
                            .println(kind + " was " + new String(broken, StandardCharsets.UTF_8));
                }
                clear(file);
                Files.write(file, sound);
                Agent.Answer whole = agent.call("task_get", Map.of("task_id", VICTIM));
                findings.require(
                        whole.text().contains("task no " + VICTIM),
                        "mended after %s, it is not read again: %s".formatted(kind, whole.text()));
            }
        }
        findings.figure("%d were named as unreadable".formatted(named));
        return findings.outcome();
    }

    private static byte[] mutate(Kind kind, byte[] sound, RandomGenerator random) {
        String text = new String(sound, StandardCharsets.UTF_8);
        return switch (kind) {
            case TRUNCATE -> Arrays.copyOf(sound, random.nextInt(sound.length));
            case FLIP -> {
                byte[] flipped = sound.clone();
                for (int i = 0; i < 1 + random.nextInt(3); i++) {
                    flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
                }
                yield flipped;
            }
            case INSERT -> {
                int at = random.nextInt(sound.length);
                byte[] some = new byte[1 + random.nextInt(20)];
                random.nextBytes(some);
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                out.write(sound, 0, at);
                out.writeBytes(some);
                out.write(sound, at, sound.length - at);
                yield out.toByteArray();
            }
            case BOM -> bytes("\uFEFF" + text);
            case CRLF -> bytes(text.replace("\n", "\r\n"));
            case MERGE ->
                    bytes(
                            text.replaceFirst(
                                    "  \"status\"",
                                    "<<<<<<< HEAD\n  \"status\": \"pending\",\n=======\n"
                                            + "  \"status\": \"failed\",\n>>>>>>> other\n  \"x\""));
            case DUPLICATE_KEY -> bytes(text.replaceFirst("\\{", "{\n  \"subject\": \"another\","));
            case EMPTY, DIRECTORY, PIPE, LINK, HUGE -> new byte[0];
            case NUL -> {
                byte[] zeroed = sound.clone();
                int from = random.nextInt(zeroed.length - 2);
                Arrays.fill(zeroed, from, zeroed.length, (byte) 0);
                yield zeroed;
            }
            case BAD_UTF8 -> {
                byte[] bad = sound.clone();
                bad[text.indexOf("task no")] = (byte) 0xC0;
                yield bad;
            }
            case DEEP ->
                    bytes(
                            text.replaceFirst(
                                    "\\{",
                                    "{\n  \"deep\": "
                                            + "[".repeat(50_000)
                                            + "]".repeat(50_000)
                                            + ","));
            case CYCLE ->
                    bytes(text.replaceFirst("\"blockedBy\": \\[[^]]*]", "\"blockedBy\": [7]"));
            case SELF ->
                    bytes(
                            text.replaceFirst(
                                    "\"blockedBy\": \\[[^]]*]", "\"blockedBy\": [" + VICTIM + "]"));
            case WRONG_TYPE -> bytes(text.replaceFirst("\"labels\": \\[[^]]*]", "\"labels\": 7"));
        };
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void put(Kind kind, Path file, byte[] broken)
            throws IOException, InterruptedException {
        switch (kind) {
            case DIRECTORY -> {
                clear(file);
                Files.createDirectory(file);
            }
            case LINK -> {
                clear(file);
                Files.createSymbolicLink(file, Path.of("/etc/passwd"));
            }
            case PIPE -> {
                clear(file);
                new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
            }
            case HUGE -> {
                try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
                    open.setLength(100_000_000);
                }
            }
            default -> Files.write(file, broken);
        }
    }

    private static void clear(Path file) throws IOException {
        Files.deleteIfExists(file);
    }

    /// @return whether it was named as unreadable
    private static boolean check(Agent agent, Kind kind, Findings findings) throws IOException {
        String name = "task_%d.json".formatted(VICTIM);
        Agent.Answer list = agent.call("task_list", Map.of("limit", 100));
        findings.checked(1);
        findings.require(!list.isError(), "the list fails: " + list.text());
        boolean named = list.text().contains(name);
        String end = list.text().substring(Math.max(0, list.text().length() - 300));
        boolean served = list.text().contains("#" + VICTIM + ":");
        findings.require(named != served, "it is neither named nor served: " + end);
        findings.require(!kind.mustBeNamed() || named, "it is not named: " + end);
        findings.require(!kind.mustBeServed() || served, "it is not served: " + end);
        findings.require(
                !kind.hasLine() || list.text().matches("(?s).*" + name + ":.*line \\d+.*"),
                "no line is named: " + end);
        for (int i = 1; i <= TASKS; i++) {
            findings.require(
                    i == VICTIM || list.text().contains("#" + i + ":"),
                    "#%d is not served: %s".formatted(i, end));
        }
        Agent.Answer other =
                agent.call(
                        "task_update",
                        Map.of("task_id", TASKS, "priority", findings.hashCode() % 9));
        findings.require(!other.isError(), "another task cannot be changed: " + other.text());
        if (named) {
            Agent.Answer change =
                    agent.call("task_update", Map.of("task_id", VICTIM, "note", "never"));
            findings.require(
                    change.isError() && !"internal".equals(change.problem()),
                    "it can be changed: " + change.text());
            findings.require(change.text().contains(name), "it is not said why: " + change.text());
        }
        return named;
    }

    private static void requireUntouched(Kind kind, Path file, byte[] broken, Findings findings)
            throws IOException {
        boolean same =
                switch (kind) {
                    case DIRECTORY -> Files.isDirectory(file, LinkOption.NOFOLLOW_LINKS);
                    case LINK -> Files.isSymbolicLink(file);
                    case PIPE ->
                            Files.exists(file)
                                    && !Files.isRegularFile(file)
                                    && !Files.isDirectory(file);
                    case HUGE -> Files.size(file) == 100_000_000;
                    default -> Arrays.equals(Files.readAllBytes(file), broken);
                };
        findings.require(same, "the file was changed");
    }
}
