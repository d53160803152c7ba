package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.DialPolicy;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import dev.multipath.session.SessionRole;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The subflows of a client's channel: connects it by the first that its {@link PathManager} establishes, takes in those
 * that follow, and keeps the path manager informed. Runs on the channel's event loop.
 */
final class DialledSubflows implements PathManager.Listener {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(DialledSubflows.class);

    private final MultipathChannel channel;
    private final PathManager pathManager;

    /** Until it is done; then null. */
    private ChannelPromise connectPromise;

    DialledSubflows(MultipathChannel channel, ChannelPromise connectPromise) {
        this.channel = channel;
        this.connectPromise = connectPromise;
        MultipathChannelConfig config = channel.multipathConfig();
        pathManager = new PathManager(
                channel.eventLoop(),
                config.get(MultipathChannelOption.SUBFLOW_TRANSPORT),
                config::subflowOptions,
                DialPolicy.withAttemptTimeout(
                        Duration.ofMillis(config.getConnectTimeoutMillis()),
                        config.get(MultipathChannelOption.MAX_REDIAL_DELAY)),
                config.get(MultipathChannelOption.PATH_HISTORY),
                ThreadLocalRandom.current(),
                this);
        connectPromise.addListener(f -> {
            if (f.isCancelled()) {
                closeChannel();
            }
        });
    }

    void dial(MultipathAddress address) {
        // All paths stand in the statistics from the beginning, those that never work too.
        address.paths().forEach(channel::metrics);
        pathManager.start(address.paths());
    }

    // ---- from the path manager

    @Override
    public void onSession(ConnectionId connectionId) {
        channel.startSession(SessionRole.CLIENT);
    }

    @Override
    public void onSubflow(Path path, Channel subflow, long handshakeRttNanos) {
        if (!channel.isOpen()) {
            subflow.close();
            return;
        }
        SubflowLink link = channel.addSubflow(path, subflow, handshakeRttNanos);
        subflow.pipeline().addLast(new SubflowHandler(link));
        if (connectPromise != null) {
            // Order as in AbstractNioChannel: the promise first, and no event for who has cancelled.
            channel.setActive();
            if (takePromise().trySuccess()) {
                channel.pipeline().fireChannelActive();
            } else {
                closeChannel();
            }
        }
        channel.driver().pump();
    }

    @Override
    public void onPathFailed(Path path, Throwable cause) {
        LOGGER.debug("{} path {} failed", channel, path.label(), cause);
        channel.metrics(path).onDialFailed();
    }

    @Override
    public void onAllPathsFailed(AllPathsFailedException cause) {
        failConnect(cause);
        closeChannel();
    }

    // ---- from the channel

    /** Something happened to a subflow. */
    void onEvent(SubflowLink link, SubflowEvent.Kind kind) {
        switch (kind) {
            case ADDED -> dropSiblings(link);
            case REMOVED -> pathManager.onSubflowLost(link.path());
            case STALE -> pathManager.onSubflowStale(link.path());
            case RECOVERED -> pathManager.onSubflowRecovered(link.path());
        }
    }

    /** A new subflow replaces the stale one on its path: whichever answers first carries on, the other is closed. */
    private void dropSiblings(SubflowLink link) {
        for (SubflowLink other : List.copyOf(channel.driver().links())) {
            if (other != link && other.path().equals(link.path())) {
                channel.driver().drop(other);
            }
        }
    }

    /** The session has ended: nothing is dialled any more. */
    void stop() {
        pathManager.stop();
    }

    /** The channel closes: fails the connect that may be under way, and remembers what is known of the paths. */
    void close() {
        failConnect(new ClosedChannelException());
        if (channel.driver() != null) {
            for (SubflowLink link : channel.driver().links()) {
                pathManager.onRtt(link.path(), link.subflow().smoothedRttNanos());
            }
        }
        pathManager.stop();
    }

    private void failConnect(Throwable cause) {
        if (connectPromise != null) {
            takePromise().tryFailure(cause);
        }
    }

    private ChannelPromise takePromise() {
        ChannelPromise promise = connectPromise;
        connectPromise = null;
        return promise;
    }

    private void closeChannel() {
        channel.unsafe().close(channel.unsafe().voidPromise());
    }
}
