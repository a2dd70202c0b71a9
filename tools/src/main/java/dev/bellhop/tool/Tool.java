package dev.bellhop.tool;

/// One thing an agent can ask for. Stateless: what it works on comes with the call.
///
/// @param <I> the input record, which is the tool's whole contract
public interface Tool<I extends Record> {

    /// `[a-z_]`, at most 40 characters.
    String name();

    /// What it does and when to use it, complete in itself: several clients show nothing else.
    String about();

    /// Words by which a client's tool search should find it.
    String searchHint();

    Hints hints();

    Class<I> input();

    /// The answer as the agent reads it.
    ///
    /// @throws dev.bellhop.base.Problem if it cannot be done; then nothing is half done
    String call(I input, Call call);

    /// Whether what the caller has not been told yet goes in front of this tool's answers.
    default boolean carriesNews() {
        return true;
    }
}
