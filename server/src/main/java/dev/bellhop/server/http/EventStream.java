package dev.bellhop.server.http;

/// An answer that goes on: server-sent events. Any thread may use it.
public interface EventStream extends AutoCloseable {

    /// Sends one event, and waits until the operating system has taken it.
    ///
    /// @param json without line ends
    /// @return false if the client is gone, or was given up because it does not read
    boolean send(byte[] json);

    /// Whether events can still be sent, as far as is known.
    boolean isOpen();

    /// Has `run` done once, on a thread of its own, when the client goes or the stream is closed;
    /// at once if it has been.
    void onClose(Runnable run);

    /// Ends the answer, after what was sent before.
    @Override
    void close();
}
