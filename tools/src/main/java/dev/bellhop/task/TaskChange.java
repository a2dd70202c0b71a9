package dev.bellhop.task;

import dev.bellhop.base.CommandLine;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What somebody wants changed about a task; null leaves a thing as it is. Made by [#edit].
///
/// @param owner empty to take the owner away
/// @param labels in place of those it has
/// @param type empty to take it away
/// @param addBlocks tasks that shall wait for this one
/// @param note added to its notes
/// @param claimant who claims it, or null if nobody does
/// @param token of the claim under which this is done, or null
/// @param asking what a person is to say, or null
/// @param answer what a person said, or null
/// @param proof the run that shows that it is done, or null
/// @param force start or complete it although blockers are open or evidence is missing, or change
///   what another has claimed
public record TaskChange(
        @Nullable Status status,
        @Nullable String subject,
        @Nullable String description,
        @Nullable Integer priority,
        @Nullable String owner,
        @Nullable List<String> labels,
        @Nullable String type,
        @Nullable CommandLine verify,
        List<TaskId> addBlockedBy,
        List<TaskId> addBlocks,
        List<TaskId> removeBlockedBy,
        @Nullable String note,
        @Nullable String result,
        @Nullable Worker claimant,
        @Nullable String token,
        @Nullable Asking asking,
        @Nullable Answer answer,
        @Nullable Proof proof,
        boolean force) {

    /// What a person is to be asked.
    ///
    /// @param text null to ask what the note or the subject says
    /// @param options answers to choose from
    /// @param expiresAt when nobody needs the answer any more, or null
    /// @param fallback what counts as the answer then, or null
    public record Asking(
            @Nullable String text,
            List<String> options,
            @Nullable Instant expiresAt,
            @Nullable String fallback) {

        static final Asking NOTHING_MORE = new Asking(null, List.of(), null, null);

        public Asking {
            options = List.copyOf(options);
        }
    }

    /// What a person said.
    ///
    /// @param question what they were asked, and nothing else is answered; null for whatever is
    ///   asked now
    public record Answer(String text, Work.@Nullable Question question) {}

    /// A run that ended well.
    ///
    /// @param job that ran it
    /// @param command what was run
    /// @param round the task's, when it began
    /// @param commit what was checked out then, where the project is in git, or null
    public record Proof(String job, CommandLine command, int round, @Nullable String commit) {}

    private static final TaskChange NOTHING =
            new TaskChange(
                    null, null, null, null, null, null, null, null, List.of(), List.of(), List.of(),
                    null, null, null, null, null, null, null, false);

    /// Whether it leaves everything as it is.
    public boolean isNothing() {
        return equals(NOTHING.edit().force(force).token(token).done());
    }

    /// Nothing yet.
    public static Editor make() {
        return NOTHING.edit();
    }

    /// Nothing but another status.
    public static TaskChange to(Status status) {
        return make().status(status).done();
    }

    /// A note, and where one is given another status with it, for which the note is the result.
    public static TaskChange noting(@Nullable Status status, String note) {
        return make().status(status).note(note).result(status == null ? null : note).done();
    }

    /// This with other things changed too.
    public Editor edit() {
        return new Editor(this);
    }

    /// A change in the making.
    public static final class Editor {
        private @Nullable Status status;
        private @Nullable String subject;
        private @Nullable String description;
        private @Nullable Integer priority;
        private @Nullable String owner;
        private @Nullable List<String> labels;
        private @Nullable String type;
        private @Nullable CommandLine verify;
        private List<TaskId> addBlockedBy;
        private List<TaskId> addBlocks;
        private List<TaskId> removeBlockedBy;
        private @Nullable String note;
        private @Nullable String result;
        private @Nullable Worker claimant;
        private @Nullable String token;
        private @Nullable Asking asking;
        private @Nullable Answer answer;
        private @Nullable Proof proof;
        private boolean force;

        private Editor(TaskChange from) {
            status = from.status;
            subject = from.subject;
            description = from.description;
            priority = from.priority;
            owner = from.owner;
            labels = from.labels;
            type = from.type;
            verify = from.verify;
            addBlockedBy = from.addBlockedBy;
            addBlocks = from.addBlocks;
            removeBlockedBy = from.removeBlockedBy;
            note = from.note;
            result = from.result;
            claimant = from.claimant;
            token = from.token;
            asking = from.asking;
            answer = from.answer;
            proof = from.proof;
            force = from.force;
        }

        public Editor status(@Nullable Status next) {
            status = next;
            return this;
        }

        public Editor subject(@Nullable String line) {
            subject = line;
            return this;
        }

        public Editor description(@Nullable String text) {
            description = text;
            return this;
        }

        public Editor priority(@Nullable Integer value) {
            priority = value;
            return this;
        }

        public Editor owner(@Nullable String name) {
            owner = name;
            return this;
        }

        public Editor labels(@Nullable List<String> words) {
            labels = words;
            return this;
        }

        public Editor type(@Nullable String word) {
            type = word;
            return this;
        }

        public Editor verify(@Nullable CommandLine command) {
            verify = command;
            return this;
        }

        public Editor addBlockedBy(List<TaskId> ids) {
            addBlockedBy = List.copyOf(ids);
            return this;
        }

        public Editor addBlocks(List<TaskId> ids) {
            addBlocks = List.copyOf(ids);
            return this;
        }

        public Editor removeBlockedBy(List<TaskId> ids) {
            removeBlockedBy = List.copyOf(ids);
            return this;
        }

        public Editor note(@Nullable String text) {
            note = text;
            return this;
        }

        public Editor result(@Nullable String text) {
            result = text;
            return this;
        }

        public Editor claimant(@Nullable Worker worker) {
            claimant = worker;
            return this;
        }

        public Editor token(@Nullable String text) {
            token = text;
            return this;
        }

        public Editor asking(@Nullable Asking what) {
            asking = what;
            return this;
        }

        public Editor answer(@Nullable Answer said) {
            answer = said;
            return this;
        }

        public Editor proof(@Nullable Proof run) {
            proof = run;
            return this;
        }

        public Editor force(boolean isForced) {
            force = isForced;
            return this;
        }

        public TaskChange done() {
            return new TaskChange(
                    status,
                    subject,
                    description,
                    priority,
                    owner,
                    labels,
                    type,
                    verify,
                    addBlockedBy,
                    addBlocks,
                    removeBlockedBy,
                    note,
                    result,
                    claimant,
                    token,
                    asking,
                    answer,
                    proof,
                    force);
        }
    }
}
