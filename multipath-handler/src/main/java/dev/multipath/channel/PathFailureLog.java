package dev.multipath.channel;

import dev.multipath.codec.PeerText;
import dev.multipath.path.Path;
import io.netty.channel.Channel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Says why a client's path does not come about: refused by the server, answered by another process, not connected. Once, at
 * level info, until the path works again or fails for another reason; each attempt at debug. On the channel's event loop.
 */
final class PathFailureLog {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(PathFailureLog.class);

    /** Of more paths than that the oldest are said again. */
    private static final int MAX_PATHS = 64;

    private final Map<Path, String> said = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Path, String> eldest) {
            return size() > MAX_PATHS;
        }
    };

    void onFailed(Channel channel, Path path, Throwable cause) {
        String message = cause.getMessage();
        String reason = PeerText.escape(message == null ? cause.toString() : message);
        if (reason.equals(said.put(path, reason))) {
            LOGGER.debug("{} path {} failed again: {}", channel, path.label(), reason, cause);
        } else {
            LOGGER.info("{} path {} failed: {}", channel, path.label(), reason);
        }
    }

    void onWorks(Path path) {
        said.remove(path);
    }
}
