package dev.multipath.examples.emulator;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.util.concurrent.Future;
import io.netty.util.internal.logging.InternalLogger;
import io.netty.util.internal.logging.InternalLoggerFactory;
import java.util.function.Consumer;

/**
 * One relayed connection: the channel that was accepted, the channel to the target, and a {@link Flow} each way. Lives on
 * the emulator's event loop.
 */
final class Connection implements Flow.Owner {

    private static final InternalLogger LOGGER = InternalLoggerFactory.getInstance(Connection.class);

    private final Channel accepted;
    private final Channel target;
    private final ChannelFuture connecting;
    private final Flow toTarget;
    private final Flow fromTarget;
    private final Consumer<Connection> onEnd;
    private boolean ended;

    Connection(Channel accepted, Bootstrap targetBootstrap, Link up, Link down, Consumer<Connection> onEnd) {
        this.accepted = accepted;
        this.onEnd = onEnd;
        connecting = targetBootstrap.connect();
        target = connecting.channel();
        toTarget = new Flow(this, accepted, target, up);
        fromTarget = new Flow(this, target, accepted, down);
        relay(accepted, toTarget, fromTarget);
        relay(target, fromTarget, toTarget);
    }

    /** Begins to relay as soon as the target has answered; neither side is read before. */
    void open() {
        connecting.addListener(this::connected);
    }

    /** Resets both sides at once. */
    @Override
    public void abort() {
        if (!ended) {
            end();
            RelayHandler.reset(accepted);
            RelayHandler.reset(target);
        }
    }

    /** Closes both sides once each has got the other's FIN. */
    @Override
    public void closeIfFinished() {
        if (!ended && toTarget.isFinDelivered() && fromTarget.isFinDelivered()) {
            end();
            accepted.close();
            target.close();
        }
    }

    private void connected(Future<? super Void> result) {
        if (result.isSuccess()) {
            toTarget.resume();
            fromTarget.resume();
        } else {
            LOGGER.debug("{}: no connection to the target", accepted, result.cause());
            abort();
        }
    }

    private void end() {
        ended = true;
        toTarget.end();
        fromTarget.end();
        onEnd.accept(this);
    }

    private static void relay(Channel channel, Flow fromChannel, Flow toChannel) {
        channel.config().setRecvByteBufAllocator(new ReadSize(fromChannel::readBytes));
        channel.pipeline().addLast(new RelayHandler(fromChannel, toChannel));
    }
}
