package dev.bellhop.server;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.ILoggerFactory;
import org.slf4j.IMarkerFactory;
import org.slf4j.Marker;
import org.slf4j.event.Level;
import org.slf4j.helpers.BasicMarkerFactory;
import org.slf4j.helpers.LegacyAbstractLogger;
import org.slf4j.helpers.MessageFormatter;
import org.slf4j.helpers.NOPMDCAdapter;
import org.slf4j.spi.MDCAdapter;
import org.slf4j.spi.SLF4JServiceProvider;

/// What the process tells people, on standard error: warnings, or all of it where `BELLHOP_LOG` is
/// `debug`. A message is a line with its time in UTC.
///
/// The library that would do this makes its time with the file of the time zones. Where no file can
/// be opened, which is when there is something to tell, no line would ever be written after that.
/// And the JDK's logging takes a tenth of a start to begin with.
public final class Logs implements SLF4JServiceProvider {

    // What arrives at a port has secrets in it, and these would tell it, down to single bytes.
    private static final List<String> TALKATIVE = List.of("io.undertow", "org.xnio");

    private static final InstantSource CLOCK = InstantSource.system();

    private static volatile Level least = Level.WARN;

    private final Map<String, Log> logs = new ConcurrentHashMap<>();
    private final IMarkerFactory markers = new BasicMarkerFactory();
    private final MDCAdapter context = new NOPMDCAdapter();

    /// For SLF4J, which is told of it by [#begin] and by a file in the jar.
    public Logs() {}

    /// To be called before anything else: the libraries look once for where they write.
    ///
    /// @param environment this process's: says in `BELLHOP_LOG` what is told
    static void begin(Map<String, String> environment) {
        least = "debug".equals(environment.get("BELLHOP_LOG")) ? Level.TRACE : Level.WARN;
        System.setProperty("slf4j.provider", Logs.class.getName());
        // Or each start would say so.
        System.setProperty("slf4j.internal.verbosity", "WARN");
        System.setProperty("org.jboss.logging.provider", "slf4j");
    }

    @Override
    public ILoggerFactory getLoggerFactory() {
        return name -> logs.computeIfAbsent(name, Log::new);
    }

    @Override
    public IMarkerFactory getMarkerFactory() {
        return markers;
    }

    @Override
    public MDCAdapter getMDCAdapter() {
        return context;
    }

    @Override
    public String getRequestedApiVersion() {
        return "2.0";
    }

    @Override
    public void initialize() {
        // All there is was made with it.
    }

    private static final class Log extends LegacyAbstractLogger {

        private static final long serialVersionUID = 1;

        private final boolean isTalkative;

        Log(String name) {
            this.name = name;
            this.isTalkative = TALKATIVE.stream().anyMatch(name::startsWith);
        }

        private boolean isOn(Level level) {
            return level.toInt() >= (isTalkative ? Level.ERROR : least).toInt();
        }

        @Override
        public boolean isTraceEnabled() {
            return isOn(Level.TRACE);
        }

        @Override
        public boolean isDebugEnabled() {
            return isOn(Level.DEBUG);
        }

        @Override
        public boolean isInfoEnabled() {
            return isOn(Level.INFO);
        }

        @Override
        public boolean isWarnEnabled() {
            return isOn(Level.WARN);
        }

        @Override
        public boolean isErrorEnabled() {
            return isOn(Level.ERROR);
        }

        @Override
        protected @Nullable String getFullyQualifiedCallerName() {
            return null;
        }

        @Override
        protected void handleNormalizedLoggingCall(
                Level level,
                @Nullable Marker marker,
                String message,
                @Nullable Object @Nullable [] arguments,
                @Nullable Throwable thrown) {
            StringWriter text = new StringWriter();
            PrintWriter out = new PrintWriter(text);
            out.println(
                    "%s %s %s: %s"
                            .formatted(
                                    CLOCK.instant(),
                                    level,
                                    name,
                                    MessageFormatter.basicArrayFormat(message, arguments)));
            if (thrown != null) {
                thrown.printStackTrace(out);
            }
            out.flush();
            System.err.print(text);
        }
    }
}
