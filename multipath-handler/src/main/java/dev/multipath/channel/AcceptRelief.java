package dev.multipath.channel;

import dev.multipath.transport.Exhaustion;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;

/**
 * When a listener cannot accept since the process has no descriptors left, some of those that have shown the least lose their
 * connections, and it is tried again soon: who holds them for nothing keeps nobody out. Stands behind a bootstrap's own handler,
 * which lets the listener pause for a second.
 */
final class AcceptRelief extends ChannelInboundHandlerAdapter {

    /** Those that are ended need some turns of their loops; and a process that does not get better is not to spin. */
    private static final long PAUSE_MILLIS = 100;

    private final Admission admission;

    AcceptRelief(Admission admission) {
        this.admission = admission;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (Exhaustion.isOfDescriptors(cause) && admission.freeDescriptors()) {
            ctx.executor()
                    .schedule(() -> ctx.channel().config().setAutoRead(true), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
        }
        ctx.fireExceptionCaught(cause);
    }
}
