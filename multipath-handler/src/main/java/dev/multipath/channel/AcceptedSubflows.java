package dev.multipath.channel;

import dev.multipath.codec.PathCloseFrame;
import dev.multipath.codec.Preface;
import dev.multipath.path.Path;
import dev.multipath.session.MultipathSession;
import dev.multipath.session.Profile;
import dev.multipath.session.SubflowState;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.stream.Collectors;

/**
 * Brings the connections that a server has accepted for a session to the session's event loop: moves them there if their
 * transport allows it, else connects the two loops. There it lets them in, or keeps them waiting until the session's first
 * subflow has decided on the profile. Each is waited for as long as its handshake may take.
 */
final class AcceptedSubflows {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(AcceptedSubflows.class);

    /** Connections on their way into one session; each keeps what one read has brought. */
    private static final int MAX_UNDER_WAY = 16;

    private final MultipathChannel channel;

    // handshakes end on any loop, so these are guarded by this
    private boolean registered;
    private boolean closed;
    private int underWay;
    private final ArrayDeque<ServerHandshakeHandler> early = new ArrayDeque<>();

    /** On the session's loop: the profile is not decided on, and it decides who may join. */
    private List<ServerHandshakeHandler> undecided = new ArrayList<>();

    AcceptedSubflows(MultipathChannel channel) {
        this.channel = channel;
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

    /** The session's channel has its event loop. */
    synchronized void onRegistered() {
        registered = true;
        early.forEach(this::bring);
        early.clear();
    }

    private synchronized void onArrived() {
        underWay--;
    }

    synchronized void close() {
        closed = true;
        early.forEach(handshake -> handshake.channel().close());
        early.clear();
        undecided.forEach(handshake -> handshake.channel().close());
        undecided.clear();
    }

    private void bring(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        EventLoop target = channel.eventLoop();
        if (subflow.eventLoop() == target || !channel.host().canMove(subflow, target)) {
            target.execute(() -> admit(handshake));
            return;
        }
        // Told on the loop that it leaves: the other one may be shut down.
        ChannelPromise moved = new DefaultChannelPromise(subflow, subflow.eventLoop());
        moved.addListener(f -> {
            if (!moved.isSuccess()) {
                subflow.close();
                handshake.discard();
            }
            try {
                target.execute(moved.isSuccess() ? () -> admit(handshake) : this::onMoveFailed);
            } catch (RejectedExecutionException e) {
                subflow.close();
            }
        });
        subflow.deregister().addListener(deregistered -> target.register(moved));
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
                && session.subflows().size() < channel.host().options().get(MultipathChannelOption.MAX_SUBFLOWS)) {
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

    /**
     * Closes what came over a listener that is not wanted any more; unless nothing else delivers, as the session must not
     * die of it.
     */
    void closeThoseOver(Channel listener) {
        SessionDriver driver = channel.driver();
        Map<Boolean, List<SubflowLink>> over = driver.links().stream()
                .collect(Collectors.partitioningBy(link -> link.channel().parent() == listener));
        if (over.get(false).stream().anyMatch(link -> link.subflow().state() == SubflowState.ACTIVE)) {
            over.get(true).forEach(link -> driver.close(link, PathCloseFrame.REMOVED, ""));
        }
    }

    private void attach(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        SubflowLink link = channel.addSubflow(path(subflow), subflow, -1, null);
        // The answer to the preface; from here the peer's first pong is timed.
        link.write(new Preface(channel.connectionId()));
        handshake.establish(link);
        channel.driver().pump();
    }
}
