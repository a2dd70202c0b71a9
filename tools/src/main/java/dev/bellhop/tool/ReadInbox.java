package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import org.jspecify.annotations.Nullable;

/// `inbox`: what the caller has not been told yet. Clients' hooks call it before each model turn.
final class ReadInbox implements Tool<ReadInbox.Input> {

    // As JSON a text may be twice as long.
    static final int CHARS_MAX = 3_600;
    private static final int PENDING_CHARS_MAX = 7_000;

    record Input(@Nullable String event, @Nullable String session) {}

    @Override
    public String name() {
        return "inbox";
    }

    @Override
    public String about() {
        return "For client hooks: what is new.";
    }

    @Override
    public String searchHint() {
        return "notifications hook";
    }

    @Override
    public Hints hints() {
        return Hints.READS;
    }

    @Override
    public Class<Input> input() {
        return Input.class;
    }

    @Override
    public boolean carriesNews() {
        return false;
    }

    @Override
    public String call(Input input, Call call) {
        if (call.caller().conversation().isObserver()) {
            call.project().jobs().look();
            String pending = call.project().inbox().pending();
            return pending.isEmpty() ? "No notifications." : Excerpt.of(pending, PENDING_CHARS_MAX);
        }
        if (input.session() != null && !input.session().isBlank()) {
            call.speaksFor(input.session());
        }
        String news = call.news(CHARS_MAX);
        if (input.event() == null || input.event().isBlank()) {
            return news.isEmpty() ? "No notifications." : news;
        }
        return news.isEmpty() ? "" : HookForm.specific(input.event(), news);
    }
}
