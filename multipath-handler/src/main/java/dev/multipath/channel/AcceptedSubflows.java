package dev.multipath.channel;

import dev.multipath.codec.ConnectionId;
import dev.multipath.codec.Preface;
import dev.multipath.path.Path;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.ImmediateEventExecutor;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;

/**
 * What an accepted session has of its server. Brings the connections that the server has accepted for it to its event loop:
 * moves them there if their transport allows it, else connects the two loops. There it lets them in, or keeps them waiting
 * until the session's first subflow has decided on the profile. Each is waited for as long as its handshake may take.
 */
final class AcceptedSubflows {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(AcceptedSubflows.class);

    /** Connections on their way into one session; each keeps what one read has brought. */
    private static final int MAX_UNDER_WAY = 16;

    private final MultipathChannel channel;
    private final SessionHost host;
    private final ConnectionId connectionId;

    // handshakes end on any loop, so these are guarded by this
    private boolean registered;
    private boolean closed;
    private int underWay;
    private final ArrayDeque<ServerHandshakeHandler> early = new ArrayDeque<>();

    /** On the session's loop: the profile is not decided on, and it decides who may join. */
    private List<ServerHandshakeHandler> undecided = new ArrayList<>();

    AcceptedSubflows(MultipathChannel channel, SessionHost host, ConnectionId connectionId) {
        this.channel = channel;
        this.host = host;
        this.connectionId = connectionId;
    }

    /** Who has accepted the session. */
    SessionHost host() {
        return host;
    }

    /** The session's name. */
    ConnectionId connectionId() {
        return connectionId;
    }

    /**
     * Takes a connection over whose preface named this session. Any thread.
     *
     * @return false if the session is closed or too many are on their way to it; the caller closes the connection
     */
    synchronized boolean offer(ServerHandshakeHandler handshake) {
        if (closed || underWay >= MAX_UNDER_WAY) {
            return false;
        }
        underWay++;
        if (registered) {
            bring(handshake);
        } else {
            early.add(handshake);
        }
        return true;
    }

    /** The session's channel has its event loop, on which this is called. */
    void onRegistered() {
        // Not earlier: of listeners that change from now on, it hears as a registered channel.
        announceListeners();
        synchronized (this) {
            registered = true;
            early.forEach(this::bring);
            early.clear();
        }
    }

    private synchronized void onArrived() {
        underWay--;
    }

    /** The session's channel is closed; its client may still ask for what is left of it, if that is not null. */
    synchronized void close(FinishedSession finished) {
        closed = true;
        if (finished != null) {
            // First, so that there is one or the other for who looks for it.
            host.sessions().finished().remember(finished, SessionDriver.nowNanos());
        }
        early.forEach(handshake -> handshake.channel().close());
        early.clear();
        undecided.forEach(handshake -> handshake.channel().close());
        undecided.clear();
        host.sessions().remove(channel);
    }

    private void bring(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        EventLoop target = channel.eventLoop();
        if (subflow.eventLoop() == target || !host.canMove(subflow, target)) {
            target.execute(() -> admit(handshake));
            return;
        }
        ChannelPromise left = promiseOfNoLoop(subflow);
        ChannelPromise moved = promiseOfNoLoop(subflow);
        left.addListener(f -> {
            if (left.isSuccess()) {
                target.register(moved);
            } else {
                moved.tryFailure(left.cause());
            }
        });
        moved.addListener(f -> {
            if (!moved.isSuccess()) {
                handshake.discard();
                subflow.close(promiseOfNoLoop(subflow));
            }
            try {
                // Later, when the registration is complete.
                target.execute(moved.isSuccess() ? () -> admit(handshake) : this::onMoveFailed);
            } catch (RejectedExecutionException e) {
                subflow.close(promiseOfNoLoop(subflow));
            }
        });
        subflow.deregister(left);
    }

    /** Who completes it tells: either loop may have ended, and would tell nobody. */
    private static ChannelPromise promiseOfNoLoop(Channel subflow) {
        return new DefaultChannelPromise(subflow, ImmediateEventExecutor.INSTANCE);
    }

    /** A connection was lost between two loops. If it was to be the session's first, there will be no other. */
    private void onMoveFailed() {
        onArrived();
        channel.driver().endIfWithoutSubflow();
    }

    /** The path that an accepted connection has come over. */
    static Path path(Channel subflow) {
        return new Path(
                subflow.localAddress() + "<-" + subflow.remoteAddress(),
                subflow.remoteAddress(),
                subflow.localAddress());
    }

    private void admit(ServerHandshakeHandler handshake) {
        MultipathSession session = channel.driver().session();
        // Not isActive(): a session that is being closed may need just this subflow to deliver its last bytes.
        boolean open = channel.isOpen();
        if (open && !session.acceptsJoins() && session.profile() == Profile.UNDECIDED) {
            undecided.add(handshake);
            return;
        }
        onArrived();
        if (open
                && session.acceptsJoins()
                && session.subflows().size() < host.options().get(MultipathChannelOption.MAX_SUBFLOWS)) {
            attach(handshake);
        } else {
            LOGGER.debug("{} refused by {}", handshake.channel(), channel);
            handshake.channel().close();
        }
    }

    /** Something has happened to the session; perhaps it is decided now who may join. */
    void admitWaiting() {
        MultipathSession session = channel.driver().session();
        if (undecided.isEmpty() || (session.profile() == Profile.UNDECIDED && !session.acceptsJoins())) {
            return;
        }
        List<ServerHandshakeHandler> waiting = undecided;
        undecided = new ArrayList<>();
        for (ServerHandshakeHandler handshake : waiting) {
            if (handshake.channel().isOpen()) {
                admit(handshake);
            } else {
                onArrived();
            }
        }
    }

    private void attach(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        SubflowLink link = channel.addSubflow(path(subflow), subflow, -1, null);
        // The answer to the preface; from here the peer's first pong is timed.
        link.write(new Preface(connectionId));
        handshake.establish(link);
        channel.driver().pump();
    }

    // ---- the server's listeners

    /** They are others now. Any thread. */
    void onListenersChanged() {
        channel.inSession(() -> {
            announceListeners();
            channel.driver().pumpLater();
        });
    }

    private void announceListeners() {
        channel.announcer()
                .update(host.options()
                        .get(MultipathChannelOption.ANNOUNCED_ADDRESSES)
                        .of(host.listeners()));
    }

    /**
     * A listener is not wanted any more: what came over it is closed as soon as something else delivers. Any thread.
     */
    void onListenerRemoved(Channel listener) {
        channel.inSession(() -> closeThoseOver(listener));
    }

    private void closeThoseOver(Channel listener) {
        SessionDriver driver = channel.driver();
        driver.withdraw(driver.links().stream()
                .filter(link -> link.channel().parent() == listener)
                .toList());
    }
}
