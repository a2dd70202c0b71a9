package dev.bellhop.server;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;

/// What the process tells people, on standard error: warnings, or all of it where `BELLHOP_LOG` is
/// `debug`.
final class Logs {

    private Logs() {}

    static void begin(Config config) {
        Logger root = Logger.getLogger("");
        if ("debug".equals(config.environment().get("BELLHOP_LOG"))) {
            root.setLevel(Level.ALL);
            for (Handler handler : root.getHandlers()) {
                handler.setLevel(Level.ALL);
            }
        } else {
            root.setLevel(Level.WARNING);
        }
    }
}
