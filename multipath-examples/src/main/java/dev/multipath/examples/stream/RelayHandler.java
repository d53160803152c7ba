package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.transport.Exhaustion;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes what one channel receives on to its peer, and reads only while the peer is writable. One sits in each of the two
 * channels, a session and a TCP connection; until they are joined, neither may read by itself ({@code AUTO_READ} off). How
 * an end travels:
 *
 * <ul>
 *   <li>TCP side ended (FIN): so does the session's output; with a peer of the base profile, which has no half-close, the
 *       session is told its {@linkplain InputEnd input ended}, and {@link InactivityCloser} does the rest.
 *   <li>TCP side lost (RST): the session is aborted.
 *   <li>The session's peer ended its stream: the TCP side gets what is left, then FIN.
 *   <li>Session ended in order: the TCP side gets what is left, then FIN.
 *   <li>Session lost, truncated, reset or aborted: the TCP side is reset.
 * </ul>
 *
 * So a stream that was cut never looks whole. The TCP side is to have {@code SO_LINGER} 0, which it loses when it is closed in
 * order: then the death of this process is no end of a stream either.
 */
public final class RelayHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(RelayHandler.class);

    /** What came before there was a peer: no more than one read. */
    private final Queue<Object> early = new ArrayDeque<>();

    private Channel channel;

    /** Null until they are joined. */
    private Channel peer;

    /** Why this channel ended, or null if it ended in order, or not yet. */
    private Throwable failure;

    /** Joins two channels of one event loop, and lets them read. */
    static void join(RelayHandler one, RelayHandler other) {
        one.peer = other.channel;
        other.peer = one.channel;
        one.onJoined();
        other.onJoined();
    }

    /** There will be no peer. */
    void discard() {
        early.forEach(ReferenceCountUtil::release);
        early.clear();
    }

    /** What came and what ended meanwhile has told nobody. */
    private void onJoined() {
        early.forEach(peer::write);
        early.clear();
        peer.flush();
        if (!channel.isActive()) {
            onEnd();
            return;
        }
        channel.config().setAutoRead(peer.isWritable());
        if (((DuplexChannel) channel).isInputShutdown()) {
            endOutput(peer);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        channel = ctx.channel();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (peer == null) {
            early.add(message);
        } else {
            peer.write(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (peer != null) {
            peer.flush();
            if (!peer.isWritable()) {
                channel.config().setAutoRead(false);
            }
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (peer != null) {
            // Later, behind a read that is under way, which may stop the reading: the last look decides.
            ctx.executor().execute(() -> peer.config().setAutoRead(channel.isWritable()));
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        // After a reset Netty says so too.
        if (event == ChannelInputShutdownEvent.INSTANCE && peer != null && failure == null) {
            endOutput(peer);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (failure == null) {
            failure = cause;
        }
        if (isSession()) {
            // Who watches the session tells of it, and closes it.
            ctx.fireExceptionCaught(cause);
            return;
        }
        LOGGER.info("relay: {}", Reasons.of(cause));
        LOGGER.debug("relay failed", cause);
        Exhaustion.report(channel, cause);
        Breakage.breakOff(channel, AbortReason.CONNECTION_LOST, cause);
        onEnd();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        onEnd();
        ctx.fireChannelInactive();
    }

    private void onEnd() {
        if (peer == null) {
            return;
        }
        if (!isSession()) {
            // Nobody has closed it in order, as the session would be over: a write may have failed, which tells no
            // more.
            if (peer.isActive()) {
                String why = failure == null ? "" : ": " + Reasons.of(failure);
                Breakage.breakOff(peer, AbortReason.CONNECTION_LOST, "the TCP connection was lost" + why);
            }
        } else if (failure == null) {
            closeInOrder(peer);
        } else {
            Breakage.breakOff(peer, AbortReason.CONNECTION_LOST, failure);
        }
    }

    private boolean isSession() {
        return channel instanceof MultipathChannel;
    }

    private static void endOutput(Channel channel) {
        if (channel instanceof MultipathChannel session && !session.profile().hasHalfClose()) {
            InputEnd.fireAfterFlush(session);
        } else {
            // Behind what is written: a socket channel's shutdownOutput() drops what the socket has not taken.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(taken -> {
                if (taken.isSuccess()) {
                    ((DuplexChannel) channel).shutdownOutput();
                }
            });
        }
    }

    /** Once the socket has taken all that was written. */
    private static void closeInOrder(Channel socket) {
        socket.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(taken -> {
            // A socket whose output has ended in order takes nothing more, and had taken everything then.
            if (taken.isSuccess() || ((DuplexChannel) socket).isOutputShutdown()) {
                Breakage.setLinger(socket, -1);
            }
            socket.close();
        });
    }
}
