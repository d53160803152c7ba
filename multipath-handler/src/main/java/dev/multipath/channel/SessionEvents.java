package dev.multipath.channel;

import dev.multipath.metrics.PathStateChange.Reason;
import dev.multipath.path.AddressScope;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.SessionEvent;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/**
 * Passes what happens to a session and its subflows on to whom it concerns, in this order: the channels beneath, statistics,
 * the {@link SessionSide}, the application. The one place that asks what kind of event it is.
 */
final class SessionEvents {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(SessionEvents.class);

    private final SessionChannel channel;
    private final DrivenSession driver;
    private final ChannelPaths paths;
    private final StuckRoutes stuckRoutes = new StuckRoutes();

    /** What the application was told that its peer has announced; the session keeps few of them. */
    private Set<InetSocketAddress> announced = Collections.emptySet();

    SessionEvents(SessionChannel channel, DrivenSession driver, ChannelPaths paths) {
        this.channel = channel;
        this.driver = driver;
        this.paths = paths;
    }

    /** There is a new subflow, which the session may not have let in yet. */
    void onLink(SubflowLink link) {
        channel.wishes().onLink(driver.session(), link);
        distrust(link, stuckRoutes.onNew(link, route(link), SessionClock.nowNanos()));
    }

    private void distrust(SubflowLink link, long trialBytes) {
        if (trialBytes > 0) {
            driver.session().distrust(link.subflow(), trialBytes);
        }
    }

    void tell(SessionEvent event) {
        if (event instanceof SessionEvent.OfSubflow ofSubflow) {
            SubflowLink link = (SubflowLink) ofSubflow.subflow().attachment();
            tell(ofSubflow.kind(), link, ofSubflow.cause());
        } else if (event instanceof SessionEvent.OfAddress ofAddress) {
            tell(ofAddress.kind(), ofAddress.address());
        } else {
            tell(((SessionEvent.OfSession) event).kind());
        }
    }

    private void tell(SessionEvent.OfSubflow.Kind kind, SubflowLink link, Throwable cause) {
        switch (kind) {
            case ADDED -> onAdded(link);
            case REMOVED -> onRemoved(link, cause);
            case REFUSED -> onRefused(link, cause);
            case STALE -> onStale(link);
            case RECOVERED -> onRecovered(link);
            // No news to the application: it may be wrong, and changes nothing of what is sent.
            case SUSPECTED, CLEARED -> channel.side().onSuspicion(link);
            case STATUS_CHANGED -> {
                paths.update(link, Reason.JOINED, null, driver.links().all());
                fire(SubflowEvent.Kind.STATUS_CHANGED, link, null);
            }
        }
    }

    private void tell(SessionEvent.OfAddress.Kind kind, InetSocketAddress address) {
        switch (kind) {
            case ADDED -> onAddressAdded(address);
            case REMOVED -> onAddressRemoved(address);
        }
    }

    private void tell(SessionEvent.OfSession.Kind kind) {
        switch (kind) {
            case SUSPENDED -> fire(MultipathSessionEvent.SUSPENDED);
            case RESUMED -> fire(MultipathSessionEvent.RESUMED);
            case GOING_AWAY -> fire(MultipathSessionEvent.GOING_AWAY);
            case JOINS_ELSEWHERE -> channel.side().onJoinsElsewhere();
        }
    }

    private void fire(MultipathSessionEvent event) {
        channel.pipeline().fireUserEventTriggered(event);
    }

    // ---- subflows

    private void onAdded(SubflowLink link) {
        if (!driver.session().hasEndFrames()) {
            link.resetOnClose();
        }
        paths.onAdded(link);
        channel.side().makeRoomFor(link);
        paths.update(link, Reason.JOINED, null, driver.links().all());
        channel.side().onAdded(link);
        fire(SubflowEvent.Kind.ADDED, link, null);
    }

    private void onRemoved(SubflowLink link, Throwable cause) {
        driver.links().forget(link, cause);
        Throwable failure = cause == null && isClosedWithoutWord(link) ? new ClosedChannelException() : cause;
        if (failure != null) {
            link.metrics().onFailure(failure);
        }
        Reason reason = cause == null ? Reason.CLOSED : Reason.LOST;
        paths.update(link, reason, cause, driver.links().all());
        channel.side().onRemoved(link, cause);
        onUnused(link.path());
        fire(SubflowEvent.Kind.REMOVED, link, cause);
        detach(link);
    }

    /**
     * The peer, or somebody on the way, has closed it in order while the session goes on. In the base profile that may be the
     * session's end.
     */
    private boolean isClosedWithoutWord(SubflowLink link) {
        MultipathSession session = driver.session();
        return session.hasEndFrames()
                && !session.isOver()
                && session.failure() == null
                && !link.channel().isActive();
    }

    /** A path may be one that nobody dials or uses any more. */
    void onUnused(Path path) {
        if (!channel.side().keeps(path) && driver.links().on(path).isEmpty()) {
            paths.onEnded(path);
            channel.wishes().forget(path);
        }
    }

    private void onRefused(SubflowLink link, Throwable cause) {
        driver.links().forget(link, cause);
        channel.side().onRefused(link, cause);
        detach(link);
    }

    /** What was sent on it and is not acknowledged refers to the subflow yet, and must not keep its channel. */
    private static void detach(SubflowLink link) {
        link.subflow().attach(null);
    }

    private void onStale(SubflowLink link) {
        distrust(link, stuckRoutes.onStale(link, route(link), SessionClock.nowNanos()));
        paths.update(link, Reason.SILENT, null, driver.links().all());
        channel.side().onStale(link);
        fire(SubflowEvent.Kind.STALE, link, null);
    }

    private void onRecovered(SubflowLink link) {
        stuckRoutes.onRecovered(link, route(link));
        paths.update(link, Reason.ANSWERED, null, driver.links().all());
        channel.side().onRecovered(link);
        fire(SubflowEvent.Kind.RECOVERED, link, null);
    }

    private Object route(SubflowLink link) {
        return channel.side().route(link.path());
    }

    private void fire(SubflowEvent.Kind kind, SubflowLink link, Throwable cause) {
        fire(channel, kind, link.path(), cause);
    }

    /** Tells of a path, and of a subflow that may never have been one. */
    static void fire(SessionChannel channel, SubflowEvent.Kind kind, Path path, Throwable cause) {
        channel.live().recording().onSubflow(kind, path, cause);
        channel.pipeline().fireUserEventTriggered(new SubflowEvent(kind, path, cause));
    }

    // ---- addresses

    private void onAddressAdded(InetSocketAddress address) {
        // A peer that announces this host's own addresses, say, is not to be followed there by anybody.
        if (announced.isEmpty()) {
            announced = new HashSet<>();
        }
        if (AddressScope.isOfUse(address, paths.reached()) && announced.add(address)) {
            channel.side().onAddressAdded(address, paths.reached());
            channel.pipeline().fireUserEventTriggered(new AddressEvent(AddressEvent.Kind.ADDED, address));
        } else {
            LOGGER.debug("{} address {} is of no use here", channel, address);
        }
    }

    private void onAddressRemoved(InetSocketAddress address) {
        if (announced.remove(address)) {
            channel.side().onAddressRemoved(address);
            channel.pipeline().fireUserEventTriggered(new AddressEvent(AddressEvent.Kind.REMOVED, address));
        }
    }
}
