package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.PeerText;
import dev.multipath.metrics.PathFailure;
import dev.multipath.metrics.PathMetrics;
import dev.multipath.path.AllPathsFailedException;
import dev.multipath.path.EstablishedSubflow;
import dev.multipath.path.MultipathAddress;
import dev.multipath.path.Path;
import dev.multipath.path.PathManager;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.JoinOffer;
import dev.multipath.session.JoinRefusedException;
import dev.multipath.session.PathClosedException;
import dev.multipath.session.SessionRole;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.SubflowTransport;
import io.netty.channel.ChannelPromise;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The subflows of a client's channel: connects it by the first that its {@link PathManager} establishes, takes in those
 * that follow, and keeps the path manager informed. Runs on the channel's event loop.
 */
final class DialledSubflows implements PathManager.Listener, SessionSide {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(DialledSubflows.class);

    private final SessionChannel channel;
    private final PathManager pathManager;
    private final PathChanges changes;
    private final AnnouncedPaths announced;

    /** Null if none are wanted. */
    private final EarlyData earlyData;

    /** Null until there is a session. */
    private DrivenSession driver;

    /** Until it is done; then null. */
    private ChannelPromise connectPromise;

    /** Once the channel has closed, if there is something left to do; else null. */
    private StayBehind stayBehind;

    DialledSubflows(SessionChannel channel, ChannelPromise connectPromise) {
        this.channel = channel;
        this.connectPromise = connectPromise;
        MultipathChannelConfig config = channel.multipathConfig();
        pathManager = new PathManager(
                channel.eventLoop(),
                thrifty(config),
                config::subflowOptions,
                config.dialPolicy(),
                config.get(MultipathChannelOption.PATH_HISTORY),
                ThreadLocalRandom.current(),
                this);
        announced = new AnnouncedPaths(channel, pathManager);
        changes = new PathChanges(channel, pathManager, announced);
        earlyData = config.get(MultipathChannelOption.EARLY_DATA) ? new EarlyData() : null;
    }

    private static SubflowTransport thrifty(MultipathChannelConfig config) {
        MemoryBudget budget = config.get(MultipathChannelOption.MEMORY_BUDGET);
        return config.get(MultipathChannelOption.SUBFLOW_TRANSPORT)
                .withInitializer(subflow -> ThriftyReads.install(subflow, budget));
    }

    /**
     * Begins. The channel knows of this, so that whatever closes it meanwhile stops it: the application, which may be called
     * by anything in here, and who cancels the connect, perhaps on another thread and some time ago.
     *
     * @param from the local addresses of the paths; {@code null} for those that the paths have
     */
    void dial(MultipathAddress to, MultipathAddress from) {
        connectPromise.addListener(f -> {
            if (f.isCancelled()) {
                channel.closeItself();
            }
        });
        MultipathAddress address;
        try {
            address = from == null ? to : to.from(from);
        } catch (IllegalArgumentException e) {
            failConnect(e);
            channel.closeItself();
            return;
        }
        // All paths stand in the statistics from the beginning, those that never work too.
        address.paths().forEach(channel.paths()::metrics);
        pathManager.start(address.paths());
    }

    // ---- from the path manager

    @Override
    public JoinOffer offer() {
        if (driver != null) {
            return driver.session().offerJoin();
        }
        MultipathChannelConfig config = channel.multipathConfig();
        JoinOffer offer = config.get(MultipathChannelOption.EXTENDED_PROFILE) ? JoinOffer.FIRST : JoinOffer.BASE;
        return earlyData == null
                ? offer
                : earlyData.takeAlong(
                        offer, channel.unsafe().outboundBuffer(), config.get(MultipathChannelOption.MAX_FRAME_BYTES));
    }

    @Override
    public void onSession(ConnectionId connectionId) {
        try {
            channel.startSession(SessionRole.CLIENT, connectionId);
        } catch (RuntimeException | Error e) {
            failConnect(e);
            channel.closeItself();
        }
    }

    @Override
    public void onSubflow(EstablishedSubflow subflow) {
        if (stayBehind != null) {
            stayBehind.take(subflow);
            return;
        }
        if (!channel.isOpen()) {
            subflow.discard();
            return;
        }
        SubflowLink link =
                channel.addSubflow(subflow.path(), subflow.connection(), subflow.handshakeRttNanos(), subflow.offer());
        if (!channel.isOpen()) {
            // Closed by the application's tracker, which has just heard of the path.
            subflow.discard();
            return;
        }
        subflow.channel().pipeline().addLast(new SubflowHandler(link));
        if (earlyData != null && connectPromise != null) {
            earlyData.begin(subflow, link, driver, channel.unsafe().outboundBuffer());
        }
        // With these a first subflow's session knows the profile, and its key.
        subflow.received().forEach(frame -> driver.onFrame(link, frame));
        if (connectPromise != null) {
            // As in AbstractNioChannel: the promise first, and the event for who has cancelled too, as the next tells
            // the end.
            channel.setActive(link);
            if (earlyData != null) {
                earlyData.settle(subflow, driver, channel.unsafe().outboundBuffer());
            }
            boolean wanted = takePromise().trySuccess();
            channel.pipeline().fireChannelActive();
            if (!wanted) {
                channel.closeItself();
            }
        }
        driver.pump();
        link.resumeReading();
    }

    @Override
    public void onPathFailed(Path path, Throwable cause) {
        if (stayBehind != null) {
            LOGGER.debug("{} path {} failed", channel, path.label(), cause);
            return;
        }
        logFailure(path, channel.paths().metrics(path), cause);
        Exhaustion.report(path.label(), cause);
        channel.paths().metrics(path).onDialFailed(cause);
        changes.onFailed(path.whole(), cause);
    }

    /** Each new reason stands in the log; a path that is dialled again and again says the same for hours. */
    private void logFailure(Path path, PathMetrics metrics, Throwable cause) {
        PathFailure before = metrics.lastFailure();
        if (before == null || !before.cause().toString().equals(cause.toString())) {
            LOGGER.info("{} path {} failed: {}", channel, path.label(), PeerText.escape(cause.toString()));
        }
        LOGGER.debug("{} path {} failed", channel, path.label(), cause);
    }

    @Override
    public void onAllPathsFailed(AllPathsFailedException cause) {
        failConnect(cause);
        channel.closeItself();
    }

    // ---- from the channel

    @Override
    public OptionValues options() {
        return channel.multipathConfig();
    }

    @Override
    public void begin(DrivenSession newDriver) {
        driver = newDriver;
        changes.begin(newDriver);
        announced.begin(newDriver);
    }

    @Override
    public void makeRoomFor(SubflowLink member) {
        // A client dials no more than it wants.
    }

    @Override
    public void onAdded(SubflowLink link) {
        pathManager.onSubflowDelivers(link.socket(), link.channel());
        keepOne(link);
        changes.onAdded(link.path());
        announced.settle();
    }

    /**
     * A path has one subflow: the new one stays for those that are stale or still joining; unless the one before delivers again,
     * which has its rate already.
     */
    private void keepOne(SubflowLink added) {
        List<SubflowLink> others = driver.links().on(added.socket()).stream()
                .filter(other -> other != added && !driver.links().isWithdrawn(other))
                .toList();
        if (others.stream().anyMatch(SubflowLink::deliversBothWays)) {
            driver.links().drop(added);
        } else {
            others.forEach(driver.links()::drop);
        }
    }

    @Override
    public void onStale(SubflowLink link) {
        replace(link);
    }

    @Override
    public void onRecovered(SubflowLink link) {
        keepIfItDelivers(link);
    }

    @Override
    public void onSuspicion(SubflowLink link) {
        if (link.subflow().isSuspect()) {
            replace(link);
        } else {
            keepIfItDelivers(link);
        }
    }

    private void replace(SubflowLink link) {
        pathManager.onSubflowDoubtful(
                link.socket(), link.channel(), link.subflow().carriedBytes());
        redialIfNoneDelivers();
    }

    private void keepIfItDelivers(SubflowLink link) {
        if (link.deliversBothWays()) {
            pathManager.onSubflowDelivers(link.socket(), link.channel());
            announced.settle();
        }
    }

    @Override
    public void onRemoved(SubflowLink link, Throwable cause) {
        if (cause instanceof PathClosedException closed && closed.code() == PathCloseFrame.REMOVED) {
            LOGGER.debug(
                    "{} path {} is not wanted any more by the server",
                    channel,
                    link.path().label(),
                    cause);
            pathManager.removePath(link.path());
            changes.onFailed(link.path(), cause);
        } else {
            pathManager.onSubflowLost(
                    link.socket(), link.channel(), link.subflow().carriedBytes());
        }
        redialIfNoneDelivers();
    }

    private void redialIfNoneDelivers() {
        if (driver.links().all().stream().noneMatch(SubflowLink::deliversBothWays)) {
            pathManager.onNoneDelivers();
        }
        announced.settle();
    }

    @Override
    public void onRefused(SubflowLink link, Throwable cause) {
        if (cause != null) {
            logFailure(link.path(), link.metrics(), cause);
            link.metrics().onDialFailed(cause);
        }
        if (!(cause instanceof JoinRefusedException refused && refused.isCrowded())) {
            pathManager.onSubflowRefused(link.socket(), link.channel());
        } else if (pathManager.onSubflowCrowdedOut(link.socket(), link.channel())) {
            SessionEvents.fire(channel, SubflowEvent.Kind.CROWDED_OUT, link.path(), cause);
        }
        if (cause != null) {
            changes.onFailed(link.path(), cause);
        }
    }

    /** Those that are kept supplied, a copy. */
    List<Path> paths() {
        return pathManager.paths();
    }

    @Override
    public boolean keeps(Path path) {
        return pathManager.paths().contains(path.whole());
    }

    @Override
    public Object route(Path path) {
        return path;
    }

    @Override
    public void onAddressAdded(InetSocketAddress address, List<SocketAddress> reached) {
        announced.onAddressAdded(address, reached);
    }

    @Override
    public void onAddressRemoved(InetSocketAddress address) {
        announced.onAddressRemoved(address);
    }

    @Override
    public void onJoinsElsewhere() {
        announced.onJoinsElsewhere();
    }

    PathChanges changes() {
        return changes;
    }

    @Override
    public SessionStanding standing() {
        return null;
    }

    @Override
    public void onSessionChanged() {
        // Who dials waits for nobody.
    }

    /** Nothing is dialled any more, unless the server may wait for our last word; which may change. */
    @Override
    public void onSessionOver() {
        changes.onEnded();
        if (!driver.session().owesLastWord()) {
            pathManager.stop(driver.end().isCut());
        }
    }

    /** Fails the connect that may be under way, and remembers what is known of the paths. */
    @Override
    public void onClosed(boolean cut, FinishedSession remains) {
        failConnect(new ClosedChannelException());
        changes.onEnded();
        if (driver != null) {
            driver.end().left().stream()
                    .filter(link -> link.subflow().smoothedRttNanos() != Long.MAX_VALUE)
                    .forEach(link ->
                            pathManager.onRtt(link.path(), link.subflow().smoothedRttNanos()));
        }
        if (remains == null || driver.end().isEndingNow()) {
            pathManager.stop(cut);
        } else {
            stayBehind = new StayBehind(
                    remains,
                    pathManager,
                    channel.eventLoop(),
                    channel.multipathConfig()
                            .get(MultipathChannelOption.HANDSHAKE_TIMEOUT)
                            .toNanos(),
                    driver.end().left());
        }
    }

    @Override
    public void onPeerFinished() {
        if (stayBehind != null) {
            stayBehind.end();
        }
    }

    @Override
    public void evict(Shortage why) {
        channel.evict(why.reason());
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
}
