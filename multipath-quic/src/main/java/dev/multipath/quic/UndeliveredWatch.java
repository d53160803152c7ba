package dev.multipath.quic;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Looks at what the connections of a listener's socket hold, when more has come to it than their streams have brought. So a look at
 * all of them costs nothing while nothing comes, and little while what comes is of use. In front of the socket's QUIC codec.
 */
final class UndeliveredWatch extends ChannelInboundHandlerAdapter {

    /** One that is looked at. */
    interface Watched {
        /** Looks what is held of it, and returns whether it is anything. */
        boolean look();
    }

    /** What comes between two looks is not counted yet; it may cost 45 times as much. */
    private static final int LOOK_AFTER_BYTES = 128 << 10;

    /** A look at a connection takes a microsecond: with very many, there is a look for as many bytes of each. */
    private static final int LOOK_AFTER_BYTES_EACH = 64;

    /** While something is held: whether it has been delivered since. */
    private static final long LOOK_AGAIN_MILLIS = 100;

    private final Set<Watched> connections = new LinkedHashSet<>();
    private long uselessBytes;
    private boolean lookScheduled;

    void add(Watched connection) {
        connections.add(connection);
    }

    void remove(Watched connection) {
        connections.remove(connection);
    }

    void onDelivered(int bytes) {
        uselessBytes = Math.max(0, uselessBytes - bytes);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof DatagramPacket packet) {
            uselessBytes += packet.content().readableBytes();
        }
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (uselessBytes >= LOOK_AFTER_BYTES + (long) LOOK_AFTER_BYTES_EACH * connections.size()) {
            look(ctx);
        }
    }

    private void look(ChannelHandlerContext ctx) {
        uselessBytes = 0;
        boolean any = false;
        for (Watched connection : connections) {
            any |= connection.look();
        }
        if (any && !lookScheduled && !ctx.isRemoved()) {
            lookScheduled = true;
            ctx.executor()
                    .schedule(
                            () -> {
                                lookScheduled = false;
                                look(ctx);
                            },
                            LOOK_AGAIN_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }
}
