package dev.bellhop.tool;

import java.io.Serial;

/// A call that cannot go on now, and is made again from its beginning when it can. It is no answer
/// and no failure, and passes through everything on its way to the door that knows what to do.
public abstract class ComesAgain extends RuntimeException {

    @Serial private static final long serialVersionUID = 1;

    protected ComesAgain(String message) {
        super(message, null, false, false);
    }
}
