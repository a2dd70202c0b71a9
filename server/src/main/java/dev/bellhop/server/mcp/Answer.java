package dev.bellhop.server.mcp;

/// A response as it leaves: one JSON document without a line end in it.
final class Answer {

    private final byte[] json;
    private final Runnable sent;

    /// @param sent to be run once the document has left the process
    Answer(byte[] json, Runnable sent) {
        this.json = json;
        this.sent = sent;
    }

    /// The document itself, not a copy.
    byte[] json() {
        return json;
    }

    /// It has left the process.
    void sent() {
        sent.run();
    }
}
