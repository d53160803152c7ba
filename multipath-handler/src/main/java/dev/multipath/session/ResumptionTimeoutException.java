package dev.multipath.session;

import java.time.Duration;

/**
 * All subflows were lost, and no new one that brought the stream on came in the time that a session lives without: {@code
 * docs/PROTOCOL.md} 4.8.
 */
public final class ResumptionTimeoutException extends MultipathException {

    ResumptionTimeoutException(Duration timeout, Throwable lastLoss) {
        super("all subflows were lost, and none that delivered came within " + timeout.toMillis() + " ms", lastLoss);
    }
}
