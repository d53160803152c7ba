package dev.multipath.channel;

import dev.multipath.codec.PeerText;
import dev.multipath.path.AddressScope;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.transport.SparseLog;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** Passes what happens to a session and its subflows on to whom it concerns: statistics, path manager, application. */
final class SessionEvents {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionEvents.class);

    /** Strangers can be refused at any rate. */
    private static final SparseLog REFUSALS = new SparseLog(LOGGER, InternalLogLevel.INFO, TimeUnit.SECONDS.toNanos(1));

    private final MultipathChannel channel;
    private final ChannelPaths paths;
    private final StuckRoutes stuckRoutes = new StuckRoutes();

    /** What the application was told that its peer has announced; the session keeps few of them. */
    private final Set<InetSocketAddress> announced = new HashSet<>();

    SessionEvents(MultipathChannel channel, ChannelPaths paths) {
        this.channel = channel;
        this.paths = paths;
    }

    /** There is a new subflow, which the session may not have let in yet. */
    void onLink(SubflowLink link) {
        distrust(link, stuckRoutes.onNew(link, channel.dialled() != null, SessionDriver.nowNanos()));
    }

    private void distrust(SubflowLink link, long trialBytes) {
        if (trialBytes > 0) {
            channel.driver().session().distrust(link.subflow(), trialBytes);
        }
    }

    void onSubflow(SubflowLink link, SubflowEvent.Kind kind, Throwable cause) {
        Path path = link.path();
        boolean isDialled = channel.dialled() != null;
        switch (kind) {
            case ADDED -> {
                paths.onAdded(link);
                if (channel.accepted() != null) {
                    channel.accepted().onAdded(link);
                }
            }
            case STALE -> distrust(link, stuckRoutes.onStale(link, isDialled, SessionDriver.nowNanos()));
            case RECOVERED -> stuckRoutes.onRecovered(link, isDialled);
            case REMOVED -> {
                Throwable failure = cause == null && isClosedWithoutWord(link) ? new ClosedChannelException() : cause;
                if (failure != null) {
                    link.metrics().onFailure(failure);
                }
            }
            case STATUS_CHANGED -> {
                // Nothing to remember.
            }
        }
        paths.update(link, kind, cause, channel.driver().links());
        if (isDialled) {
            channel.dialled().onEvent(link, kind, cause);
        }
        if (kind == SubflowEvent.Kind.REMOVED) {
            onUnused(path);
        }
        channel.pipeline().fireUserEventTriggered(new SubflowEvent(kind, path, cause));
    }

    /**
     * The peer, or somebody on the way, has closed it in order while the session goes on. In the base profile that may be the
     * session's end.
     */
    private boolean isClosedWithoutWord(SubflowLink link) {
        MultipathSession session = channel.driver().session();
        return session.profile() == Profile.EXTENDED
                && !session.isOver()
                && session.failure() == null
                && !link.channel().isActive();
    }

    /** A path may be one that nobody dials or uses any more. */
    void onUnused(Path path) {
        boolean isKept = channel.dialled() != null && channel.dialled().keeps(path);
        if (!isKept && channel.driver().linksOn(path).isEmpty()) {
            paths.onEnded(path);
        }
    }

    /** A subflow was not let into the session: nobody but the path manager hears of it. */
    void onRefused(SubflowLink link, Throwable cause) {
        if (channel.dialled() != null) {
            channel.dialled().onRefused(link, cause);
        } else {
            if (cause != null) {
                // Else its client has given it up: another one on its path was faster.
                REFUSALS.log(channel + " subflow on " + link.path().label() + " was not let in: "
                        + PeerText.escape(cause.toString()));
            }
            if (channel.accepted() != null) {
                channel.accepted().onLeftPending(link);
            }
        }
    }

    /** A subflow has come to be suspect, or is so no more: only who can dial makes something of it. */
    void onSuspicion(SubflowLink link) {
        if (channel.dialled() != null) {
            channel.dialled().onSuspicion(link);
        }
    }

    void onSession(MultipathSessionEvent event) {
        channel.pipeline().fireUserEventTriggered(event);
    }

    void onAddress(AddressEvent event) {
        if (!isToBeTold(event)) {
            LOGGER.debug("{} address {} is of no use here", channel, event.address());
            return;
        }
        DialledSubflows dialled = channel.dialled();
        if (dialled != null) {
            switch (event.kind()) {
                case ADDED -> dialled.changes().onAddressAdded(event.address(), paths.reached());
                case REMOVED -> dialled.changes().onAddressRemoved(event.address());
            }
        }
        channel.pipeline().fireUserEventTriggered(event);
    }

    /** A peer that announces this host's own addresses, say, is not to be followed there by anybody. */
    private boolean isToBeTold(AddressEvent event) {
        return switch (event.kind()) {
            case ADDED -> AddressScope.isOfUse(event.address(), paths.reached()) && announced.add(event.address());
            case REMOVED -> announced.remove(event.address());
        };
    }
}
