package dev.bellhop.server.mcp;

/// A response as it leaves: one JSON document without a line end in it.
final class Answer {

    private final byte[] json;
    private final int status;
    private final Runnable sent;

    /// @param status the one that HTTP gives it
    /// @param sent to be run once the document has left the process
    Answer(byte[] json, int status, Runnable sent) {
        this.json = json;
        this.status = status;
        this.sent = sent;
    }

    /// The document itself, not a copy.
    byte[] json() {
        return json;
    }

    int status() {
        return status;
    }

    /// It has left the process.
    void sent() {
        sent.run();
    }
}
