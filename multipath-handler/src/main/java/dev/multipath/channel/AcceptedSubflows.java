package dev.multipath.channel;

import dev.multipath.admission.Shortage;
import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.PeerText;
import dev.multipath.codec.Preface;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.Path;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.MultipathException;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Subflow;
import dev.multipath.session.SubflowState;
import dev.multipath.transport.SparseLog;
import dev.multipath.transport.SubflowAddresses;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogLevel;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What an accepted session has of its server. Brings the connections that the server has accepted for it to its event loop:
 * moves them there if their transport allows it, else connects the two loops. There it lets them in, or keeps them waiting
 * until the session's first subflow has decided on the profile. Each is waited for as long as its handshake may take.
 */
final class AcceptedSubflows implements AcceptedSession {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(AcceptedSubflows.class);

    /** Strangers can be refused at any rate. */
    private static final SparseLog REFUSALS = new SparseLog(LOGGER, InternalLogLevel.INFO, TimeUnit.SECONDS.toNanos(1));

    private final AbstractSessionChannel channel;
    private final SessionHost host;
    private final ConnectionId connectionId;

    // handshakes end on any loop, so these are guarded by this
    private boolean registered;
    private boolean closed;

    /** Why the session has lost its place; null if it has not. */
    private Shortage evicted;

    private final ArrayDeque<Arrival> early = new ArrayDeque<>(1);

    // on the session's loop
    private DrivenSession driver;
    private final PendingJoins pending = new PendingJoins();
    private final SessionStanding standing;

    AcceptedSubflows(AbstractSessionChannel channel, SessionHost host, ConnectionId connectionId) {
        this.channel = channel;
        this.host = host;
        this.connectionId = connectionId;
        standing = new SessionStanding(host.sessions().admission().sessions());
    }

    @Override
    public OptionValues options() {
        return host.options();
    }

    @Override
    public void begin(DrivenSession newDriver) {
        driver = newDriver;
    }

    @Override
    public ConnectionId connectionId() {
        return connectionId;
    }

    @Override
    public AbstractSessionChannel channel() {
        return channel;
    }

    @Override
    public void end(Shortage why) {
        channel.evict(why.reason());
    }

    @Override
    public SessionStanding standing() {
        return standing;
    }

    @Override
    public synchronized boolean offer(Arrival handshake) {
        if (closed || evicted != null || early.size() >= PendingJoins.MAX) {
            return false;
        }
        if (registered) {
            bring(handshake);
        } else {
            early.add(handshake);
        }
        return true;
    }

    @Override
    public void onRegistered() {
        // Not earlier: of listeners that change from now on, it hears as a registered channel.
        announceListeners();
        host.sessions().onRegistered(this);
        synchronized (this) {
            registered = true;
            early.forEach(this::bring);
            early.clear();
            if (evicted != null) {
                String reason = evicted.reason();
                channel.eventLoop().execute(() -> channel.evict(reason));
            }
        }
    }

    /** Its client may still ask for what is left of it. */
    @Override
    public void onClosed(boolean cut, FinishedSession remains) {
        if (remains != null) {
            // First, so that there is one or the other for who looks for it.
            host.sessions().finished().remember(remains, SessionClock.nowNanos());
        }
        synchronized (this) {
            closed = true;
            early.forEach(handshake -> handshake.channel().close());
            early.clear();
        }
        pending.clear(handshake -> handshake.channel().close());
        host.sessions().remove(this);
    }

    @Override
    public void onPeerFinished() {
        host.sessions().finished().forget(connectionId);
    }

    /** A newcomer has got the session's place, say. Any thread. */
    @Override
    public void evict(Shortage why) {
        host.sessions().admission().onSessionEvicted(why);
        synchronized (this) {
            evicted = why;
        }
        // At once: who comes back to it hears that it is unknown, and does not wait.
        host.sessions().remove(this);
        host.withdrawSession(this);
        channel.evict(why.reason());
    }

    private void bring(Arrival handshake) {
        Channel subflow = handshake.channel();
        EventLoop target = channel.eventLoop();
        if (subflow.eventLoop() == target || !host.canMove(handshake.connection(), target)) {
            target.execute(() -> admit(handshake));
        } else {
            LoopMove.begin(subflow, target, () -> admit(handshake), () -> onMoveFailed(handshake));
        }
    }

    /** A connection was lost between two loops. If it was to be the session's first, there will be no other. */
    private void onMoveFailed(Arrival handshake) {
        handshake.discard();
        OwnerLoop.run(channel.eventLoop(), () -> driver.endIfWithoutSubflow());
    }

    /** The path that an accepted connection has come over. */
    static Path path(SubflowConnection subflow) {
        SubflowAddresses ends = subflow.addresses();
        return new Path(ends.local() + "<-" + ends.remote(), ends.remote(), ends.local());
    }

    private void admit(Arrival handshake) {
        MultipathSession session = driver.session();
        // Not isActive(): a session that is being closed may need just this subflow to deliver its last bytes.
        if (!channel.isOpen() || handshake.isDropped()) {
            handshake.channel().close();
            return;
        }
        if (!handshake.isFirst()) {
            makeRoomForJoin();
        }
        if (!session.acceptsJoins()) {
            if (!session.isDecided()) {
                pending.add(handshake, null);
            } else {
                LOGGER.debug("{} refused by {}", handshake.channel(), channel);
                handshake.channel().close();
            }
        } else if (hasRoom(session)) {
            attach(handshake);
        } else {
            turnAway(handshake, session);
        }
    }

    /** Who has proved nothing never keeps others from proving themselves. */
    private void makeRoomForJoin() {
        Arrival surplus = pending.surplus();
        if (surplus != null) {
            host.sessions().admission().onJoinEvicted(Shortage.JOINS);
            dropNow(surplus);
        }
    }

    /** Whether another subflow would find a place, if only that of one that does not deliver. */
    private boolean hasRoom(MultipathSession session) {
        return session.subflows().size() < maxSubflows()
                || session.subflows().stream().anyMatch(subflow -> subflow.state() == SubflowState.STALE);
    }

    private int maxSubflows() {
        return host.options().get(MultipathChannelOption.MAX_SUBFLOWS);
    }

    private void turnAway(Arrival handshake, MultipathSession session) {
        LOGGER.debug("{} refused by {}: all of its subflows deliver", handshake.channel(), channel);
        host.sessions().admission().onSubflowRefused();
        // Some may have died in silence. If so, the next one to come finds room.
        session.askSilentSubflows(SessionClock.nowNanos());
        driver.pumpLater();
        if (session.hasEndFrames()) {
            handshake.turnAway("the session has " + session.subflows().size() + " subflows, and all deliver");
        } else {
            handshake.channel().close();
        }
    }

    @Override
    public void onSessionOver() {
        // Who is to hear a last word comes by himself.
    }

    /** Perhaps it is decided now who may join. */
    @Override
    public void onSessionChanged() {
        MultipathSession session = driver.session();
        standing.update(session, SessionClock.nowNanos());
        if (!pending.isEmpty() && (session.isDecided() || session.acceptsJoins())) {
            for (Arrival handshake : pending.takeWaiting()) {
                admit(handshake);
            }
        }
    }

    private void attach(Arrival handshake) {
        SubflowConnection subflow = handshake.connection();
        SubflowLink link = channel.addSubflow(path(subflow), subflow, -1, null);
        onLinksChanged();
        if (!handshake.isFirst()) {
            pending.add(handshake, link);
        }
        // The answer to the preface; from here the peer's first pong is timed.
        link.write(new Preface(connectionId));
        handshake.establish(link);
        driver.pump();
    }

    /** In a session that was full, it has the place of one that does not deliver. */
    @Override
    public void makeRoomFor(SubflowLink member) {
        onLeftPending(member);
        if (driver.session().subflows().size() > maxSubflows()) {
            driver.links().all().stream()
                    .filter(other -> other.subflow().state() == SubflowState.STALE)
                    .min(Comparator.comparingLong(AcceptedSubflows::heardAtNanos))
                    .ifPresent(silent -> {
                        host.sessions().admission().onSubflowReplaced();
                        driver.links().drop(silent);
                    });
        }
    }

    private static long heardAtNanos(SubflowLink link) {
        Subflow subflow = link.subflow();
        return subflow.heardAtNanos();
    }

    @Override
    public void onAdded(SubflowLink link) {
        // Nobody has waited for it.
    }

    /** Its client may come again. */
    @Override
    public void onRemoved(SubflowLink link, Throwable cause) {
        onLinksChanged();
    }

    @Override
    public void onRefused(SubflowLink link, Throwable cause) {
        if (cause != null) {
            // Else its client has given it up: another one on its path was faster.
            REFUSALS.log(channel + " subflow on " + link.path().label() + " was not let in: "
                    + PeerText.escape(cause.toString()));
        }
        onLeftPending(link);
        onLinksChanged();
    }

    private void onLinksChanged() {
        standing.holdResources(Admission.heldBy(
                driver.links().all().stream().map(SubflowLink::connection).toList()));
    }

    @Override
    public void onStale(SubflowLink link) {
        // Another may come; when one does that finds no room, this one goes.
    }

    @Override
    public void onRecovered(SubflowLink link) {
        // Nothing was undertaken.
    }

    @Override
    public void onSuspicion(SubflowLink link) {
        // The client dials, and has heard of it.
    }

    /** The paths of an accepted session are its client's. */
    @Override
    public boolean keeps(Path path) {
        return false;
    }

    /** A client's port is another one each time. */
    @Override
    public Object route(Path path) {
        Object from = path.remote() instanceof InetSocketAddress inet ? inet.getAddress() : path.remote();
        return Arrays.asList(path.local(), from);
    }

    @Override
    public void onAddressAdded(InetSocketAddress address, List<SocketAddress> reached) {
        // A server dials nobody.
    }

    @Override
    public void onAddressRemoved(InetSocketAddress address) {
        // It has not gone there.
    }

    /** A subflow has proved itself, or will not any more. */
    private void onLeftPending(SubflowLink link) {
        Arrival handshake = pending.remove(link);
        if (handshake != null) {
            host.sessions().endHandshake(handshake);
        }
    }

    @Override
    public void drop(Arrival handshake) {
        synchronized (this) {
            if (!registered) {
                if (early.remove(handshake)) {
                    handshake.channel().close();
                }
                return;
            }
        }
        OwnerLoop.run(channel.eventLoop(), () -> dropNow(handshake));
    }

    private void dropNow(Arrival handshake) {
        if (!pending.contains(handshake)) {
            // On its way here; or it has proved itself meanwhile, and nobody asks any more.
            handshake.drop();
            return;
        }
        SubflowLink link = pending.remove(handshake);
        if (link == null) {
            handshake.channel().close();
        } else {
            driver.onLost(link, new MultipathException(Shortage.JOINS.reason()));
            link.abort();
        }
    }

    // ---- the server's end, and its listeners

    @Override
    public void announceGoingAway() {
        channel.inSession(() -> {
            driver.session().announceGoingAway();
            driver.pumpLater();
        });
    }

    @Override
    public void onListenersChanged() {
        channel.inSession(() -> {
            announceListeners();
            driver.pumpLater();
        });
    }

    private void announceListeners() {
        channel.announcer()
                .update(host.options()
                        .get(MultipathChannelOption.ANNOUNCED_ADDRESSES)
                        .of(host.listeners()));
    }

    @Override
    public void onListenerRemoved(Channel listener) {
        channel.inSession(() -> closeThoseOver(listener));
    }

    private void closeThoseOver(Channel listener) {
        driver.links()
                .withdraw(driver.links().all().stream()
                        .filter(link -> link.connection().isOver(listener))
                        .toList());
    }
}
