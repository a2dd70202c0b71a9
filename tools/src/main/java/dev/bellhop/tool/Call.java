package dev.bellhop.tool;

import dev.bellhop.base.Excerpt;
import dev.bellhop.inbox.Inbox;
import dev.bellhop.job.Job;
import dev.bellhop.job.JobRunner;
import dev.bellhop.store.Journal;
import dev.bellhop.task.Worker;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// One call of a tool: the project it works on, who asks, and what its answer tells.
public final class Call {

    private final Project project;
    private final Caller caller;
    private final Set<String> told = new LinkedHashSet<>();
    private Inbox.News news = new Inbox.News("", List.of());

    Call(Project project, Caller caller) {
        this.project = project;
        this.caller = caller;
    }

    public Project project() {
        return project;
    }

    public Caller caller() {
        return caller;
    }

    /// Who is to be named in the journal.
    Journal.Author author() {
        return new Journal.Author(caller.consumer(), caller.client());
    }

    /// Says that the answer tells how `job` ended: then it is not told again as news.
    void tells(Job job) {
        if (job.state().isOver()) {
            told.add(JobRunner.newsKey(job));
        }
    }

    /// The same for another matter, by the key of its news.
    void tells(String newsKey) {
        told.add(newsKey);
    }

    /// Under which name the caller owns what it claims.
    String name() {
        if (author().isPerson()) {
            return author().person();
        }
        String name = caller.conversation().abilities().name();
        if (name != null) {
            return name;
        }
        String client = caller.client();
        int end = client.indexOf(' ');
        return end < 0 ? client : client.substring(0, end);
    }

    /// What the caller can be given to work on.
    Worker worker() {
        Abilities abilities = caller.conversation().abilities();
        Routes routes = project.settings().routes();
        String name = name();
        return new Worker(
                name,
                abilities.role(),
                abilities.skills(),
                task -> routes.leaves(task, name),
                author().isPerson() ? Integer.MAX_VALUE : routes.limit(name));
    }

    /// Says that the caller is there, and has got the answers sent before this call was made. What
    /// ended since has its effects.
    void begin() {
        if (!caller.conversation().isObserver()) {
            project.inbox().attend(caller.consumer());
            project.inbox().acknowledge(caller.consumer(), caller.receivedNanos());
            Claims.renew(project, caller.consumer());
            caller.conversation().former().forEach(former -> Claims.renew(project, former));
        }
        project.jobs().look();
        Links.tell(project);
        Claims.expire(project);
    }

    /// Says that the conversation at the other end is `session` now, as a hook of the client tells.
    void speaksFor(String session) {
        // No agent makes a person of itself.
        if (caller.thread() != null || new Journal.Author(session, "").isPerson()) {
            return;
        }
        String before = caller.conversation().renamed(session);
        if (!before.equals(session)) {
            project.inbox().leave(before);
            project.inbox().attend(session);
        }
    }

    /// What the caller has not been told yet, as a block for the front of an answer; empty if there
    /// is nothing. From then on this call's answer tells it.
    ///
    /// @param charsMax how long it may be
    String news(int charsMax) {
        project.jobs().look();
        if (caller.conversation().isObserver() || caller.hangup().isHungUp()) {
            return "";
        }
        news = project.inbox().news(caller.consumer(), told, charsMax);
        return block(news, project, charsMax);
    }

    /// How the model sees `news`; empty if there are none.
    static String block(Inbox.News news, Project project, int charsMax) {
        // A mark in the place of a secret may be longer than that was.
        String text = Excerpt.of(project.secrets().shown(news.text()), charsMax);
        return text.isEmpty() ? "" : "<background-results>\n" + text + "\n</background-results>";
    }

    /// The answer has left the process.
    void sent() {
        project.inbox().sent(news);
    }
}
