package dev.bellhop.tool;

import dev.bellhop.store.Journal;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;

/// Which consumer is at the other end of a pipe, as far as it has said.
///
/// A client may start a new conversation over the pipe it has, and only its hooks then say so: the
/// latest name it gave holds for every call that brings none.
public final class Conversation {

    /// What the names begin with that stand for a server whose client names no conversation.
    private static final String PROCESS = "process:";

    private final AtomicReference<String> consumer;
    private final Set<String> former = ConcurrentHashMap.newKeySet();
    private final boolean observer;
    private final Abilities abilities;

    private Conversation(String consumer, boolean observer, Abilities abilities) {
        this.consumer = new AtomicReference<>(consumer);
        this.observer = observer;
        this.abilities = abilities;
    }

    /// @param consumer who it is until it says otherwise
    public Conversation(String consumer) {
        this(consumer, Abilities.UNTOLD);
    }

    /// @param consumer who it is until it says otherwise
    public Conversation(String consumer, Abilities abilities) {
        this(consumer, false, abilities);
    }

    /// Somebody who looks on: news are shown to them and stay news for the agents.
    public static Conversation ofObserver(String name) {
        return new Conversation(name, true, Abilities.UNTOLD);
    }

    /// A person at a terminal.
    public static Conversation ofPerson(String name) {
        return ofObserver(Journal.Author.person(name, "").consumer());
    }

    /// The consumer that a server is for whose client names no conversation.
    ///
    /// @param process a name that no other process has or had
    public static String ofProcess(String process) {
        return PROCESS + process;
    }

    static boolean isOfProcess(String consumer) {
        return consumer.startsWith(PROCESS);
    }

    /// What the agent at the other end can do.
    Abilities abilities() {
        return abilities;
    }

    public String consumer() {
        return consumer.get();
    }

    /// Who it was before. What it has claimed under these names it keeps.
    Set<String> former() {
        return Set.copyOf(former);
    }

    boolean isObserver() {
        return observer;
    }

    /// From now on it is `name`.
    ///
    /// @return who it was before
    String renamed(String name) {
        String before = consumer.getAndSet(name);
        if (!before.equals(name)) {
            former.add(before);
        }
        return before;
    }
}
