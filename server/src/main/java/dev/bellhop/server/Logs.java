package dev.bellhop.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/// What the process tells people, on standard error: warnings, or all of it where `BELLHOP_LOG` is
/// `debug`.
final class Logs {

    // Held on to, because the JDK forgets the level of a logger that nobody holds.
    private static final List<Logger> TALKATIVE =
            List.of(Logger.getLogger("io.undertow"), Logger.getLogger("org.xnio"));

    private Logs() {}

    static void begin(Config config) {
        // What arrives at a port has secrets in it, and these would tell it, down to single bytes.
        TALKATIVE.forEach(logger -> logger.setLevel(Level.SEVERE));
        Logger root = Logger.getLogger("");
        boolean all = "debug".equals(config.environment().get("BELLHOP_LOG"));
        root.setLevel(all ? Level.ALL : Level.WARNING);
        for (Handler handler : root.getHandlers()) {
            handler.setFormatter(new Line());
            if (all) {
                handler.setLevel(Level.ALL);
            }
        }
    }

    /// A record on a line, with its time in UTC.
    ///
    /// The JDK's own opens the file of the time zones for its first line. Where no file can be
    /// opened, which is when there is something to tell, no line would ever be written after that,
    /// and whoever wanted to write one would fail.
    private static final class Line extends Formatter {

        @Override
        public String format(LogRecord record) {
            StringWriter text = new StringWriter();
            PrintWriter out = new PrintWriter(text);
            out.printf(
                    "%s %s %s: %s%n",
                    record.getInstant(),
                    record.getLevel().getName(),
                    record.getLoggerName(),
                    formatMessage(record));
            if (record.getThrown() != null) {
                record.getThrown().printStackTrace(out);
            }
            return text.toString();
        }
    }
}
