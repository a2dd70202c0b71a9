package dev.bellhop.server.mcp;

import dev.bellhop.tool.Caller;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What the work on one request has besides its arguments: who asks, and what they can be told and
/// asked meanwhile.
public interface Scope {

    /// For whom the work is done.
    Caller caller();

    /// Whether the client wants to hear how far the work is.
    boolean wantsProgress();

    /// Says how far the work is, to a client that wants to hear it.
    ///
    /// @param done how far; more than the last time
    /// @param total how far it goes, or null if nobody knows
    void progress(double done, @Nullable Double total, @Nullable String message);

    /// Says what happens meanwhile, to a client that wants to hear things of that level.
    ///
    /// @param level `debug`, `info`, `warning`, `error` …
    void log(String level, Object data);

    /// Asks the client, and by it the person or its model.
    ///
    /// @param key names the question among those of this call
    /// @param method such as `elicitation/create`
    /// @param capability what a client declares that can answer
    /// @param longest how long the answer is waited for where the client is there to give it
    /// @return what it answered
    /// @throws Refusal if the client has not declared `capability`
    /// @throws InputRequired where the client asks again once it has the answer; the work is then
    ///   done from the beginning
    /// @throws dev.bellhop.base.Problem `UNAVAILABLE` if there was no answer in time
    Map<String, @Nullable Object> ask(
            String key,
            String method,
            Map<String, Object> params,
            String capability,
            Duration longest);

    /// What the client answered to the questions of the last [InputRequired]; empty the first time.
    Map<String, @Nullable Object> inputs();

    /// What the last [InputRequired] gave the client to keep; null the first time. Anybody may have
    /// written it.
    @Nullable String state();
}
