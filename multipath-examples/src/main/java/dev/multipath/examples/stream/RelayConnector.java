package dev.multipath.examples.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.SocketChannel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects an accepted channel to its other side, and joins the two. The accepted channel must not read by itself
 * ({@code AUTO_READ} off), and neither may the other.
 */
public final class RelayConnector extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(RelayConnector.class);

    private final Dialer dialer;

    /** @param dialer of the other side */
    public RelayConnector(Dialer dialer) {
        this.dialer = dialer;
    }

    /** Connects the other side of an accepted channel. */
    @FunctionalInterface
    public interface Dialer {
        /** Begins to connect, on the event loop of {@code accepted}. */
        ChannelFuture dial(Channel accepted);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        Channel accepted = ctx.channel();
        dialer.dial(accepted).addListener((ChannelFuture connecting) -> {
            if (connecting.isSuccess()) {
                RelayHandler.join(accepted, connecting.channel());
            } else {
                LOGGER.warn("relay: {}", Reasons.of(connecting.cause()));
                refuse(accepted);
            }
        });
        ctx.fireChannelActive();
    }

    /** A reset says that nobody ever listened; a session can only be closed. */
    private static void refuse(Channel accepted) {
        if (accepted instanceof SocketChannel) {
            accepted.config().setOption(ChannelOption.SO_LINGER, 0);
        }
        accepted.close();
    }
}
