package dev.bellhop.torture;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Tasks that may be read and not written: the directory has no write permission for the user, or
/// its disk was mounted read-only under the server.
final class ReadOnly implements Trial {

    private static final String USER = "65534";

    @Override
    public String id() {
        return "R6";
    }

    @Override
    public String about() {
        return "a read-only directory, a read-only disk";
    }

    @Override
    public int shortCycles() {
        return 2;
    }

    @Override
    public int fullCycles() {
        return 20;
    }

    @Override
    public Outcome run(Round round) throws Exception {
        String missing = Disk.missing(round.scratch());
        if (!missing.isEmpty()) {
            return Outcome.skipped(missing);
        }
        if (Disk.run("setpriv", "--reuid", USER, "--clear-groups", round.bellhop().toString(), "-V")
                == null) {
            return Outcome.skipped("another user may not run the launcher");
        }
        Findings findings = new Findings();
        while (findings.cycles() < round.cycles() && !round.isTimeUp()) {
            Findings found = new Findings();
            if (findings.cycle() % 2 == 1) {
                directory(Place.in(round, "directory-" + findings.cycles()), found);
                findings.add(found, "directory: ");
            } else {
                Path mountPoint = round.scratch().resolve("disk-" + findings.cycles());
                try (@Nullable Disk disk = Disk.small(mountPoint)) {
                    if (disk != null) {
                        disk(disk, Place.in(round, "on-a-disk-" + findings.cycles()), found);
                    }
                }
                findings.add(found, "disk: ");
            }
        }
        return findings.outcome();
    }

    private static void directory(Place place, Findings findings) throws IOException {
        try (Agent agent = place.agent("s")) {
            agent.call("task_create", Map.of("subject", "to be read"));
        }
        Place.delete(place.stateHome());
        permit(place.root(), "rwxrwxrwx", "rw-rw-rw-");
        Files.setPosixFilePermissions(place.tasks(), PosixFilePermissions.fromString("r-xr-xr-x"));
        // The way to it as well, which may lead through the temporary directory of a test.
        for (Path each = place.root().getParent();
                each != null && Files.isWritable(each) && each.getNameCount() > 1;
                each = each.getParent()) {
            Files.setPosixFilePermissions(each, PosixFilePermissions.fromString("rwxr-xr-x"));
        }
        try (Agent agent =
                new Agent(
                                place.server(
                                        "s",
                                        List.of(
                                                "setpriv",
                                                "--reuid",
                                                USER,
                                                "--regid",
                                                USER,
                                                "--clear-groups")))
                        .greeted()) {
            requireReadOnly(agent, findings);
            Files.setPosixFilePermissions(
                    place.tasks(), PosixFilePermissions.fromString("rwxrwxrwx"));
            requireWritable(agent, findings);
        }
    }

    private static void disk(Disk disk, Place place, Findings findings) throws IOException {
        Path mountPoint = disk.mountPoint();
        Place on = place.with("BELLHOP_TASKS_DIR", mountPoint.resolve("tasks").toString());
        try (Agent agent = on.agent("s")) {
            agent.call("task_create", Map.of("subject", "to be read"));
            // The lock stays open for writing, and keeps the disk from being made read-only.
            agent.kill();
        }
        remount(mountPoint, "ro");
        try (Agent agent = on.agent("s")) {
            requireReadOnly(agent, findings);
            remount(mountPoint, "rw");
            requireWritable(agent, findings);
        }
    }

    private static void remount(Path mountPoint, String mode) throws IOException {
        if (Disk.run("mount", "-o", "remount," + mode, mountPoint.toString()) == null) {
            throw new IOException("cannot be remounted " + mode);
        }
    }

    private static void requireReadOnly(Agent agent, Findings findings) throws IOException {
        Agent.Answer list = agent.call("task_list", Map.of());
        findings.checked(4);
        findings.require(
                !list.isError() && list.text().contains("to be read"),
                "the list fails: " + list.text());
        Agent.Answer task = agent.call("task_get", Map.of("task_id", 1));
        findings.require(!task.isError(), "a task cannot be read: " + task.text());
        for (Agent.Answer refused :
                List.of(
                        agent.call("task_create", Map.of("subject", "never")),
                        agent.call("task_update", Map.of("task_id", 1, "note", "never")))) {
            findings.require(
                    "unavailable".equals(refused.problem())
                            && refused.text().matches("(?si).*(permission denied|read-only).*"),
                    "it is not said why: " + refused.text());
        }
    }

    private static void requireWritable(Agent agent, Findings findings) throws IOException {
        Agent.Answer created = agent.call("task_create", Map.of("subject", "at last"));
        findings.require(!created.isError(), "it does not recover: " + created.text());
    }

    private static void permit(Path root, String directories, String files) throws IOException {
        Files.walkFileTree(
                root,
                new SimpleFileVisitor<>() {
                    @Override
                    public FileVisitResult preVisitDirectory(Path each, BasicFileAttributes is)
                            throws IOException {
                        Files.setPosixFilePermissions(
                                each, PosixFilePermissions.fromString(directories));
                        return FileVisitResult.CONTINUE;
                    }

                    @Override
                    public FileVisitResult visitFile(Path each, BasicFileAttributes is)
                            throws IOException {
                        Files.setPosixFilePermissions(each, PosixFilePermissions.fromString(files));
                        return FileVisitResult.CONTINUE;
                    }
                });
    }
}
