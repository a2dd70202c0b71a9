package dev.bellhop.tool;

import dev.bellhop.store.Journal;
import java.util.concurrent.atomic.AtomicReference;

/// Which consumer is at the other end of a pipe, as far as it has said.
///
/// A client may start a new conversation over the pipe it has, and only its hooks then say so: the
/// latest name it gave holds for every call that brings none.
public final class Conversation {

    private final AtomicReference<String> consumer;
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

    /// What the agent at the other end can do.
    Abilities abilities() {
        return abilities;
    }

    public String consumer() {
        return consumer.get();
    }

    boolean isObserver() {
        return observer;
    }

    /// From now on it is `name`.
    ///
    /// @return who it was before
    String renamed(String name) {
        return consumer.getAndSet(name);
    }
}
