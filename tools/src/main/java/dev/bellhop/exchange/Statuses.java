package dev.bellhop.exchange;

import dev.bellhop.base.Problem;
import dev.bellhop.task.Status;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the words of others for where a task stands mean here.
final class Statuses {

    private Statuses() {}

    /// The status that `word` means; null if nobody knows.
    static @Nullable Status known(String word) {
        return switch (word.strip().toLowerCase(Locale.ROOT).replace('-', ' ').replace('_', ' ')) {
            case "to do", "open", "new", "ready" -> Status.PENDING;
            case "active", "doing", "started", "hooked", "review", "in review" ->
                    Status.IN_PROGRESS;
            case "closed", "complete", "finished" -> Status.COMPLETED;
            case "deferred", "draft", "drafts", "later" -> Status.BACKLOG;
            case "canceled", "wontfix", "won't do" -> Status.CANCELLED;
            default -> ours(word);
        };
    }

    private static @Nullable Status ours(String word) {
        try {
            return Status.parse(word);
        } catch (Problem problem) {
            return null;
        }
    }
}
