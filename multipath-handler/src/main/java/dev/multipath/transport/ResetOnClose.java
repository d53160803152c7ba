package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslHandler;

/**
 * Makes a subflow's end tell its peer that it was cut. In the base profile the end of the subflows is that of the stream, so a
 * session that is left unfinished must not end one of them with a FIN, whoever ends it: an event loop that shuts down closes
 * its sockets before anybody is asked, and the kernel those of a process that was killed. With no time to linger both send a
 * reset. A transport without resets (local channels) ends as it always does. Any thread.
 *
 * <p>A subflow is armed from the moment at which the peer may count it, and only an orderly end takes that back.
 */
final class ResetOnClose {

    private static final int NO_TIME = 0;

    /** As sockets are made: the kernel sends what there is, and a FIN behind it. */
    private static final int AS_USUAL = -1;

    private ResetOnClose() {}

    /**
     * From now on every end but {@link OrderlyClose} is a reset.
     *
     * @param subflow the channel
     */
    static void arm(Channel subflow) {
        linger(subflow, NO_TIME);
    }

    /**
     * Takes {@link #arm} back.
     *
     * @param subflow the channel
     */
    static void disarm(Channel subflow) {
        linger(subflow, AS_USUAL);
    }

    /**
     * Resets the subflow at once.
     *
     * @param subflow the channel
     */
    static void close(Channel subflow) {
        arm(subflow);
        ChannelHandlerContext tls = subflow.pipeline().context(SslHandler.class);
        if (tls == null) {
            subflow.close();
        } else {
            // Beneath it, or its close_notify would come first and say that all is well.
            tls.close();
        }
    }

    private static void linger(Channel subflow, int seconds) {
        try {
            subflow.config().setOption(ChannelOption.SO_LINGER, seconds);
        } catch (ChannelException e) {
            // It is closed already, or not ours to open and its maker does not allow it.
            return;
        }
    }
}
