package dev.multipath.examples;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import dev.multipath.codec.PeerText;
import dev.multipath.examples.stream.Reasons;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;

/**
 * A log message on one line, and behind it why, if a failure was logged with it: where stack traces are not shown, that would
 * be lost. Nothing in it does more to a terminal than stand there, whoever's words they are.
 */
final class LogLayout extends LayoutBase<ILoggingEvent> {

    @Override
    public String doLayout(ILoggingEvent event) {
        String message = PeerText.escape(event.getFormattedMessage());
        StringBuilder text = new StringBuilder();
        if (Verbosity.showsStackTraces()) {
            text.append(Detailed.heading(event)).append(message).append(System.lineSeparator());
            if (event.getThrowableProxy() != null) {
                text.append(SafeStackTrace.escape(ThrowableProxyUtil.asString(event.getThrowableProxy())));
            }
            return text.toString();
        }
        text.append("multipath: ").append(message);
        if (event.getThrowableProxy() instanceof ThrowableProxy proxy) {
            String reason = Reasons.of(proxy.getThrowable());
            if (!message.contains(reason)) {
                text.append(": ").append(reason);
            }
        }
        return text.append(System.lineSeparator()).toString();
    }

    /** Loaded when it is asked for. */
    private static final class Detailed {
        private static final DateTimeFormatter TIME =
                DateTimeFormatter.ofPattern("HH:mm:ss.SSS").withZone(ZoneId.systemDefault());

        private Detailed() {}

        static String heading(ILoggingEvent event) {
            String logger = event.getLoggerName();
            return String.format(
                    "%s %-5s %s: ",
                    TIME.format(event.getInstant()), event.getLevel(), logger.substring(logger.lastIndexOf('.') + 1));
        }
    }
}
