package dev.bellhop.job;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Which commit is checked out, read from git's own files: no program is started for that.
final class GitHead {

    private static final Pattern COMMIT = Pattern.compile("[0-9a-f]{40}|[0-9a-f]{64}");
    private static final Pattern REF = Pattern.compile("ref: (refs/[\\w./-]+)");
    private static final int BYTES_MAX = 4_096;
    private static final long PACKED_BYTES_MAX = 16 << 20;

    private GitHead() {}

    /// The commit that is checked out in the repository around `directory`; empty if there is none
    /// or it cannot be read.
    static Optional<String> of(Path directory) {
        try {
            for (Path at = directory; at != null; at = at.getParent()) {
                Path git = at.resolve(".git");
                if (Files.isDirectory(git)) {
                    return head(git);
                }
                if (Files.isRegularFile(git, LinkOption.NOFOLLOW_LINKS)) {
                    String text = line(git).orElse("");
                    return text.startsWith("gitdir: ")
                            ? head(at.resolve(text.substring("gitdir: ".length())).normalize())
                            : Optional.empty();
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // The commit is told where it can be; what was run counts without it.
        }
        return Optional.empty();
    }

    /// Whether `text` names a commit.
    static boolean isCommit(String text) {
        return COMMIT.matcher(text).matches();
    }

    private static Optional<String> head(Path git) throws IOException {
        Optional<String> head = line(git.resolve("HEAD"));
        if (head.isEmpty()) {
            return Optional.empty();
        }
        Matcher ref = REF.matcher(head.get());
        if (!ref.matches()) {
            return head.filter(GitHead::isCommit);
        }
        Path common =
                line(git.resolve("commondir"))
                        .map(text -> git.resolve(text).normalize())
                        .orElse(git);
        String name = ref.group(1);
        for (Path folder : new Path[] {git, common}) {
            Optional<String> commit = line(folder.resolve(name)).filter(GitHead::isCommit);
            if (commit.isPresent()) {
                return commit;
            }
        }
        return packed(common.resolve("packed-refs"), name);
    }

    private static Optional<String> packed(Path file, String ref) throws IOException {
        if (!Files.isRegularFile(file) || Files.size(file) > PACKED_BYTES_MAX) {
            return Optional.empty();
        }
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.endsWith(" " + ref))
                    .map(line -> line.substring(0, line.indexOf(' ')))
                    .filter(GitHead::isCommit)
                    .findFirst();
        }
    }

    private static Optional<String> line(Path file) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) <= BYTES_MAX
                ? Optional.of(Files.readString(file).strip())
                : Optional.empty();
    }
}
