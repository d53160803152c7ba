package dev.multipath.examples.stream;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Connects an accepted channel, in which a {@link RelayHandler} goes before, to its other side, and joins the two. */
public final class RelayConnector extends ChannelInboundHandlerAdapter {
    private static final Logger LOGGER = LoggerFactory.getLogger(RelayConnector.class);

    private final RelayHandler relay;
    private final Dialer dialer;
    private boolean begun;

    /**
     * For one channel.
     *
     * @param relay of the same channel
     * @param dialer of the other side
     */
    public RelayConnector(RelayHandler relay, Dialer dialer) {
        this.relay = relay;
        this.dialer = dialer;
    }

    /** Connects the other side of an accepted channel. */
    @FunctionalInterface
    public interface Dialer {
        /** Begins to connect a channel that has a {@link RelayHandler}, on the event loop of {@code accepted}. */
        ChannelFuture dial(Channel accepted);
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            dial(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        dial(ctx);
        ctx.fireChannelActive();
    }

    /** Once: an accepted channel is active before its handlers are added, and says so again afterwards. */
    private void dial(ChannelHandlerContext ctx) {
        if (begun) {
            return;
        }
        begun = true;
        Channel accepted = ctx.channel();
        dialer.dial(accepted).addListener((ChannelFuture connecting) -> {
            if (connecting.isSuccess()) {
                RelayHandler other = connecting.channel().pipeline().get(RelayHandler.class);
                RelayHandler.join(relay, Objects.requireNonNull(other));
            } else {
                String reason = Reasons.of(connecting.cause());
                LOGGER.warn("relay: {}", reason);
                relay.discard();
                Breakage.breakOff(accepted, AbortReason.TARGET_UNREACHABLE, reason);
            }
        });
    }
}
