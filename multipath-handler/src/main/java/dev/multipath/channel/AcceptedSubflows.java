package dev.multipath.channel;

import dev.multipath.codec.Preface;
import dev.multipath.path.Path;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;

/**
 * Brings the connections that a server has accepted for a session to the session's event loop: moves them there if their
 * transport allows it, else connects the two loops. Thread-safe: handshakes end on any loop.
 */
final class AcceptedSubflows {

    private final MultipathChannel channel;

    private boolean registered;
    private boolean closed;
    private int count;
    private final ArrayDeque<ServerHandshakeHandler> waiting = new ArrayDeque<>();

    AcceptedSubflows(MultipathChannel channel) {
        this.channel = channel;
    }

    /**
     * Takes a connection over whose preface named this session.
     *
     * @return false if the session is closed or has its number of subflows; the caller closes the connection
     */
    synchronized boolean offer(ServerHandshakeHandler handshake) {
        if (closed || count >= channel.parent().maxSubflows()) {
            return false;
        }
        count++;
        if (registered) {
            bring(handshake);
        } else {
            waiting.add(handshake);
        }
        return true;
    }

    /** The session's channel has its event loop. */
    synchronized void onRegistered() {
        registered = true;
        waiting.forEach(this::bring);
        waiting.clear();
    }

    /** A subflow has left the session. */
    synchronized void onRemoved() {
        count--;
    }

    synchronized void close() {
        closed = true;
        waiting.forEach(handshake -> handshake.channel().close());
        waiting.clear();
    }

    private void bring(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        EventLoop target = channel.eventLoop();
        if (subflow.eventLoop() == target || !channel.parent().transport().canMove(subflow, target)) {
            target.execute(() -> attach(handshake));
            return;
        }
        subflow.deregister()
                .addListener(deregistered -> target.register(subflow).addListener(moved -> {
                    if (moved.isSuccess()) {
                        attach(handshake);
                    } else {
                        subflow.close();
                        target.execute(this::onMoveFailed);
                    }
                }));
    }

    /** A connection was lost between two loops. If it was to be the session's first, there will be no other. */
    private void onMoveFailed() {
        onRemoved();
        channel.driver().endIfWithoutSubflow();
    }

    /** The path that an accepted connection has come over. */
    static Path path(Channel subflow) {
        return new Path(
                subflow.localAddress() + "<-" + subflow.remoteAddress(),
                subflow.remoteAddress(),
                subflow.localAddress());
    }

    private void attach(ServerHandshakeHandler handshake) {
        Channel subflow = handshake.channel();
        // Not isActive(): a session that is being closed may need just this subflow to deliver its last bytes.
        if (!channel.isOpen()) {
            subflow.close();
            return;
        }
        SubflowLink link = channel.addSubflow(path(subflow), subflow, -1);
        // The answer to the preface; from here the peer's first pong is timed.
        link.write(new Preface(channel.connectionId()));
        handshake.establish(link);
        channel.driver().pump();
    }
}
