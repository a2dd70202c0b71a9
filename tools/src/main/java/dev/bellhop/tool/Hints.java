package dev.bellhop.tool;

/// What a client may assume about a tool before it lets an agent call it. True, not hopeful.
///
/// @param readOnly it changes nothing the agent could notice
/// @param destructive it may destroy something that was there before
/// @param idempotent calling it again with the same arguments changes nothing more
/// @param openWorld it reaches beyond the project's own tasks and jobs
public record Hints(boolean readOnly, boolean destructive, boolean idempotent, boolean openWorld) {

    static final Hints READS = new Hints(true, false, true, false);
}
