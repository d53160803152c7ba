package dev.multipath.transport;

import dev.multipath.codec.MultipathFrameDecoder;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * Ends a subflow that nobody cares for any more, so that its peer gets everything that was written: a socket that is closed
 * with unread input sends a reset, which destroys what is on its way (RFC 9293 section 3.10.4).
 *
 * <p>So it flushes, sends the end, and reads on until the peer's end comes, for a second at the most. A session comes
 * here when its peer has acknowledged all that was flushed. With TLS the order is flush, {@code close_notify}, FIN.
 */
final class OrderlyClose {

    /** How long a closing subflow waits for the peer's end, so that what it has sent is not destroyed by a reset. */
    private static final long TIMEOUT_MILLIS = 1000;

    private OrderlyClose() {}

    /**
     * Flushes, sends the end, discards what still comes, and closes when the peer has closed, or after a time. A channel
     * that knows no half-closure is flushed and closed; so is one whose loop shuts down, which has no timers any more and may not
     * look at it again. Any thread.
     *
     * @param subflow its handlers are to release what they still get
     */
    static void close(Channel subflow) {
        ResetOnClose.disarm(subflow);
        EventLoop loop = subflow.eventLoop();
        if (!(subflow instanceof DuplexChannel duplex) || loop.isShuttingDown()) {
            closeNow(subflow);
            return;
        }
        try {
            loop.execute(() -> {
                if (!subflow.isActive() || loop.isShuttingDown()) {
                    closeNow(subflow);
                    return;
                }
                // Behind everything that is written: shutting down at once would drop what the socket has not taken.
                subflow.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(f -> endOutput(duplex));
                refuseData(subflow);
                subflow.config().setAutoRead(true);
                var timeout = loop.schedule(() -> subflow.close(), TIMEOUT_MILLIS, TimeUnit.MILLISECONDS);
                subflow.closeFuture().addListener(f -> timeout.cancel(false));
            });
        } catch (RejectedExecutionException e) {
            subflow.close();
        }
    }

    private static void closeNow(Channel subflow) {
        try {
            subflow.flush();
        } catch (RejectedExecutionException e) {
            // Its loop has ended, and closed it.
        }
        subflow.close();
    }

    /** Who was not let in could have us hold whatever he sends until the time is over. */
    private static void refuseData(Channel subflow) {
        MultipathFrameDecoder decoder = subflow.pipeline().get(MultipathFrameDecoder.class);
        if (decoder != null) {
            decoder.refuseData();
        }
    }

    /** TLS has an end of its own, without which the peer would take the socket's for a cut. */
    private static void endOutput(DuplexChannel subflow) {
        SslHandler tls = subflow.pipeline().get(SslHandler.class);
        if (tls == null) {
            subflow.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(f -> subflow.shutdownOutput());
        }
    }
}
