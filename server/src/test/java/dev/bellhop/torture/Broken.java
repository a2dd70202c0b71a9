package dev.bellhop.torture;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// A deed, and the call of the system in it at which something breaks.
///
/// @param name of the deed
record Broken(String name, Deed deed, Strace.Point point) {

    /// Longer than anything is waited for inside.
    private static final Duration SILENCE = Duration.ofSeconds(12);

    /// Everything there is to break: does each deed twice, and watches what files it touches. The
    /// first time it may also do what is done only once.
    static List<Broken> plan(Place place, int padding, Round round) throws IOException {
        List<Broken> plan = new ArrayList<>();
        Path log = place.root().resolve("watched");
        try (Agent agent = place.agent("watched")) {
            for (Map.Entry<String, Deed> deed : Deed.all(place, padding).entrySet()) {
                List<Strace.Point> points = new ArrayList<>();
                for (int i = 0; i < 2; i++) {
                    deed.getValue().prepare(agent, "watched" + i);
                    try (Strace strace = Strace.watching(agent.process().pid(), log)) {
                        answers(deed.getValue().act(agent));
                        points.addAll(strace.points(place.root()));
                    }
                }
                points.stream()
                        .distinct()
                        .forEach(point ->
                                plan.add(new Broken(deed.getKey(), deed.getValue(), point)));
                round.log().printf("  %s: %d calls of the system%n", deed.getKey(), points.size());
            }
        }
        return plan;
    }

    /// The answers that come before the server ends, or for a while says nothing.
    static List<Agent.Answer> answers(List<CompletableFuture<JsonNode>> calls) throws IOException {
        List<Agent.Answer> answers = new ArrayList<>();
        for (CompletableFuture<JsonNode> call : calls) {
            try {
                answers.add(Agent.answer(call, SILENCE));
            } catch (Agent.Gone e) {
                break;
            }
        }
        return answers;
    }

    /// Whether all calls were answered.
    static boolean isComplete(Broken broken, List<Agent.Answer> answers) {
        return answers.size() == (broken.deed() instanceof Deed.OfTheInbox ? 2 : 1);
    }

    /// Whether the last call was answered, and well.
    static boolean isAcknowledged(Broken broken, List<Agent.Answer> answers) {
        return isComplete(broken, answers) && !answers.getLast().isError();
    }
}
