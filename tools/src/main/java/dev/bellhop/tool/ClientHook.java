package dev.bellhop.tool;

import dev.bellhop.base.Problem;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.store.Journal;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A client's command hook: what it prints the model sees.
public final class ClientHook {

    /// Whose parent that is has lost its own.
    private static final long INIT = 1;

    /// What nobody is called.
    private static final String NOBODY = "";

    private final HookForm form;
    private final Projects projects;
    private final List<Long> ancestors;
    private final long begunNanos;

    /// @param begunNanos when the client started it, in [System#nanoTime], or later
    public ClientHook(HookForm form, Projects projects, long begunNanos) {
        this(form, projects, ancestors(ProcessHandle.current()), begunNanos);
    }

    /// @param ancestors numbers of processes, the nearest first
    ClientHook(HookForm form, Projects projects, List<Long> ancestors, long begunNanos) {
        this.form = form;
        this.projects = projects;
        this.ancestors = List.copyOf(ancestors);
        this.begunNanos = begunNanos;
    }

    /// What the hook prints, empty if there is nothing new; to be followed by [Reply#sent] when
    /// that is written.
    ///
    /// @param directory the project's; where nothing is kept for it, nothing is made
    /// @throws Problem `INVALID` if the model would not see it; `UNAVAILABLE` if the database fails
    public Reply reply(HookInput input, Path directory) {
        if (!form.shows(input.event())) {
            throw Problem.invalid(
                    "%s shows its model nothing of a hook at %s"
                            .formatted(form.word(), input.event()),
                    "See sample-configs for the events that do.");
        }
        if (!projects.isKnown(directory)) {
            return new Reply("", null, () -> {});
        }
        Project project = projects.at(directory);
        project.jobs().look();
        Inbox inbox = project.inbox();
        List<String> consumers = consumers(input, inbox);
        inbox.acknowledgeByHook(consumers, begunNanos);
        Inbox.News news = inbox.news(consumers, Set.of(), ReadInbox.CHARS_MAX);
        String text = Call.block(news, project, ReadInbox.CHARS_MAX);
        return new Reply(
                text.isEmpty() ? "" : form.answer(input.event(), text),
                null,
                () -> {
                    inbox.sentByHook(news);
                    inbox.settle();
                });
    }

    /// For whom it speaks. A server outlives the hook, so what has no owner any more is for it.
    private List<String> consumers(HookInput input, Inbox inbox) {
        List<String> consumers =
                new ArrayList<>(inbox.startedBy(ancestors, Conversation::isOfProcess));
        String session = input.session();
        // No agent makes a person of itself.
        if (session != null && !new Journal.Author(session, "").isPerson()) {
            consumers.add(session);
        }
        return consumers.isEmpty() ? List.of(NOBODY) : consumers;
    }

    private static List<Long> ancestors(ProcessHandle process) {
        List<Long> ancestors = new ArrayList<>();
        Optional<ProcessHandle> parent = process.parent();
        while (parent.isPresent() && parent.get().pid() != INIT) {
            ancestors.add(parent.get().pid());
            parent = parent.get().parent();
        }
        return ancestors;
    }
}
