package dev.multipath.examples;

import ch.qos.logback.classic.pattern.ClassicConverter;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import dev.multipath.codec.PeerText;
import dev.multipath.examples.stream.Reasons;

/**
 * A log message on one line, and behind it why, if a failure was logged with it: where stack traces are not shown, that would
 * be lost. Nothing in it does more to a terminal than stand there, whoever's words they are.
 */
public final class SafeMessage extends ClassicConverter {
    @Override
    public String convert(ILoggingEvent event) {
        String message = PeerText.escape(event.getFormattedMessage());
        if (Verbosity.showsStackTraces() || !(event.getThrowableProxy() instanceof ThrowableProxy proxy)) {
            return message;
        }
        String reason = Reasons.of(proxy.getThrowable());
        return message.contains(reason) ? message : message + ": " + reason;
    }
}
