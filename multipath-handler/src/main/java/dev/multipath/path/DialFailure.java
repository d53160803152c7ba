package dev.multipath.path;

import io.netty.channel.ConnectTimeoutException;
import java.net.BindException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.Locale;

/** What the failure of an attempt says of its path, and so of when the next one is worth making. */
enum DialFailure {
    /** Nobody answered: packets are lost, and may come through again at any time. */
    SILENCE,

    /** Somebody answered, and it came to nothing: he may do so again, and each time costs him something. */
    REFUSAL,

    /** This host itself knows no way there: nothing was sent, and nothing will be until its interfaces change. */
    NO_WAY;

    static DialFailure of(Throwable cause) {
        if (cause instanceof ConnectTimeoutException) {
            return SILENCE;
        }
        if (cause instanceof BindException || cause instanceof UnknownHostException) {
            return NO_WAY;
        }
        // The JDK and Netty's native transports have the same classes for different errors, and the system's words.
        String words = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        if (words.contains("network is unreachable")
                || words.contains("network is down")
                || words.contains("no such device")
                || words.contains("cannot assign requested address")) {
            return NO_WAY;
        }
        // A router, or a neighbour whose hardware address nobody answers for: as if the packet had been lost.
        boolean noRoute = cause instanceof NoRouteToHostException
                || words.contains("no route to host")
                || words.contains("host is unreachable")
                || words.contains("timed out");
        return noRoute ? SILENCE : REFUSAL;
    }
}
