package dev.multipath.examples.stream;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.session.Profile;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Passes what one channel receives on to its peer, and reads only while the peer is writable. One sits in each of the two
 * channels. How an end travels:
 *
 * <ul>
 *   <li>TCP side ended (FIN): so does the session's output; with a peer of the base profile, which has no half-close, the
 *       session is told its {@linkplain InputEnd input ended}, and {@link InactivityCloser} does the rest.
 *   <li>The session's peer ended its stream: the TCP side gets what is left, then FIN.
 *   <li>Session ended: the TCP side gets what is left, then FIN.
 *   <li>Session lost or truncated: the TCP side is reset, so that its program does not take the loss for an end.
 * </ul>
 */
final class RelayHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(RelayHandler.class);

    private final Channel peer;
    private boolean broken;

    private RelayHandler(Channel peer) {
        this.peer = peer;
    }

    /** Joins two active channels that have not begun to read, and lets them. */
    static void join(Channel one, Channel other) {
        one.pipeline().addLast(new RelayHandler(other));
        other.pipeline().addLast(new RelayHandler(one));
        one.config().setAutoRead(true);
        other.config().setAutoRead(true);
        // What ended while they were being joined has told nobody.
        if (isEnded(one)) {
            endOutput(other);
        }
        if (isEnded(other)) {
            endOutput(one);
        }
        // What closed while they were being joined has told nobody.
        if (!one.isActive() || !other.isActive()) {
            one.close();
            other.close();
        }
    }

    private static boolean isEnded(Channel channel) {
        return channel.isActive() && ((DuplexChannel) channel).isInputShutdown();
    }

    private static void endOutput(Channel channel) {
        if (channel instanceof MultipathChannel session && session.profile() != Profile.EXTENDED) {
            InputEnd.fireAfterFlush(session);
        } else {
            // Behind what is written: a socket channel's shutdownOutput() drops what the socket has not taken.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER)
                    .addListener(taken -> ((DuplexChannel) channel).shutdownOutput());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        peer.write(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        peer.flush();
        followPeer(ctx.channel());
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        // On the peer's loop, where it also stops reading: the later of the two decides.
        peer.eventLoop().execute(() -> peer.config().setAutoRead(ctx.channel().isWritable()));
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            endOutput(peer);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (broken && peer instanceof SocketChannel) {
            peer.config().setOption(ChannelOption.SO_LINGER, 0);
            peer.close();
        } else {
            InputEnd.closeAfterFlush(peer);
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        broken = true;
        LOGGER.info("relay: {}", Reasons.of(cause));
        LOGGER.debug("relay failed", cause);
        ctx.close();
    }

    private void followPeer(Channel own) {
        if (!peer.isWritable()) {
            own.config().setAutoRead(false);
        }
    }
}
