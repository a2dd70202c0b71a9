package dev.bellhop.server.mcp;

/// The way back to a client, beside the answers: a pipe, or the stream of a request over HTTP.
@FunctionalInterface
public interface Channel {

    /// A client that cannot be told anything between question and answer.
    Channel NONE = _ -> false;

    /// Sends a message of ours, whole. Any thread may.
    ///
    /// @param json one document without a line end in it
    /// @return false if the client cannot be told any more
    boolean send(byte[] json);
}
