package dev.bellhop.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.xnio.conduits.AbstractStreamSourceConduit;
import org.xnio.conduits.StreamSourceConduit;

/// What a connection reads, where no head may have a folded line.
///
/// Undertow takes a line that begins with a space for more of the one before, and nothing is left
/// of that by the time a head can be looked at. Others in its way may read it as a line of its own,
/// and then two programs disagree about what was asked. So such a space is made into a byte that no
/// head may have, and Undertow refuses it. Heads are read; what is transferred is a body nobody
/// wants.
final class Heads extends AbstractStreamSourceConduit<StreamSourceConduit> {

    private boolean inHead;
    private boolean hasLine;
    private int lineBytes;
    private byte previous;

    Heads(StreamSourceConduit next) {
        super(next);
        expectHead();
    }

    /// What is read next is a head: the exchange before is over.
    void expectHead() {
        inHead = true;
        hasLine = false;
        lineBytes = 0;
        previous = 0;
    }

    @Override
    public int read(ByteBuffer buffer) throws IOException {
        int from = buffer.position();
        int count = super.read(buffer);
        for (int i = from; inHead && i < from + count; i++) {
            if (isFold(buffer.get(i))) {
                buffer.put(i, (byte) 0);
            }
        }
        return count;
    }

    @Override
    public long read(ByteBuffer[] buffers, int offset, int length) throws IOException {
        if (!inHead) {
            return super.read(buffers, offset, length);
        }
        for (int i = offset; i < offset + length; i++) {
            if (buffers[i].hasRemaining()) {
                return read(buffers[i]);
            }
        }
        return 0;
    }

    /// Takes note of the next byte of the head.
    private boolean isFold(byte next) {
        boolean begins = previous == '\r' || previous == '\n';
        previous = next;
        if (next == '\n') {
            // Empty lines before the first are allowed.
            inHead = lineBytes > 0 || !hasLine;
            lineBytes = 0;
        } else if (next != '\r') {
            lineBytes++;
            hasLine = true;
        }
        return begins && (next == ' ' || next == '\t');
    }
}
