package dev.bellhop.sink;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.bellhop.base.Problem;
import java.net.URI;
import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where to tell what happens: a command that is run, a file that is added to, or a URL that is
/// posted to; and which kinds of event it is told.
public sealed interface Sink {

    /// A command that is run for each event.
    ///
    /// @param words one line for the shell, or the program and its arguments
    /// @param isLine whether it is a line for the shell
    record Command(List<String> words, boolean isLine, Set<EventKind> events) implements Sink {
        public Command {
            words = List.copyOf(words);
            events = ordered(events);
            if (words.isEmpty() || words.getFirst().isBlank() || (isLine && words.size() > 1)) {
                throw Problem.invalid(
                        "the command of a sink is empty",
                        "Give a line for the shell, such as \"notify-send done\", or a program and"
                                + " its arguments, such as [\"notify-send\", \"done\"].");
            }
            if (words.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
                throw Problem.invalid(
                        "the command of a sink has a NUL character in it", "Leave it out.");
            }
        }

        /// The program and the arguments that the operating system is given.
        List<String> argv() {
            return isLine ? List.of("/bin/sh", "-c", words.getFirst()) : words;
        }
    }

    /// A file that each event is added to as one line.
    ///
    /// @param file an absolute path; made when the first event comes
    record NdjsonFile(Path file, Set<EventKind> events) implements Sink {
        public NdjsonFile {
            events = ordered(events);
            if (!file.isAbsolute()) {
                throw Problem.invalid(
                        "the file of a sink is " + file,
                        "Give an absolute path, such as /home/me/events.ndjson.");
            }
        }
    }

    /// A URL that each event is posted to.
    ///
    /// @param secretEnv the environment variable that holds the secret to sign with, or null
    record Webhook(URI url, @Nullable String secretEnv, Set<EventKind> events) implements Sink {
        public Webhook {
            events = ordered(events);
            boolean isHttp =
                    "https".equalsIgnoreCase(url.getScheme())
                            || "http".equalsIgnoreCase(url.getScheme());
            if (!isHttp || url.getHost() == null) {
                throw Problem.invalid(
                        "the webhook of a sink is " + url,
                        "Give an http or https URL, such as https://example.org/hook.");
            }
            // Not repeated: it is a password.
            if (url.getUserInfo() != null) {
                throw Problem.invalid(
                        "the webhook of a sink has a user name in it",
                        "Leave it out of the URL; sign with a secret, named by \"secretEnv\".");
            }
            if (secretEnv != null && !secretEnv.matches("[A-Za-z_][A-Za-z0-9_]*")) {
                throw Problem.invalid(
                        "\"secretEnv\" of a sink is not the name of an environment variable",
                        "Give the variable's name, such as MY_SECRET, not the secret itself.");
            }
        }
    }

    /// The kinds of event it is told; never empty.
    Set<EventKind> events();

    /// Reads `{"command": "notify-send done"}`, `{"command": ["x", "y"]}`, `{"file": "/a/b"}` or
    /// `{"webhook": "https://…", "secretEnv": "MY_SECRET"}`, each with `"events": ["job.finished"]`
    /// or, for all events, without.
    ///
    /// @throws Problem `INVALID` if it is none of these
    static Sink parse(JsonNode json) {
        return SinkShape.read(json);
    }

    /// As [#parse] reads it. Equal sinks give equal text.
    default ObjectNode toJson() {
        return SinkShape.write(this);
    }

    private static Set<EventKind> ordered(Set<EventKind> events) {
        if (events.isEmpty()) {
            throw Problem.invalid(
                    "the events of a sink are none", "Name one, or leave \"events\" out for all.");
        }
        return Collections.unmodifiableSet(EnumSet.copyOf(events));
    }
}
