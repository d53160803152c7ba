package dev.multipath.quic;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.quic.QuicChannel;
import javax.net.ssl.SSLEngine;

/**
 * The close of a connection with an application's code, and what its packets are made in: so many buffers, and no more.
 *
 * <p>A client's handshake is done before the server has confirmed it (RFC 9001 section 4.1.2), and until then packets of the
 * handshake may be due for a probe. If the timer for that probe is late, Netty notices while it closes, and then quiche makes
 * packets of the handshake that hold an acknowledgement, never the probe nor the close, as long as it is given buffers: the event
 * loop never came back. So the probe leaves first, and is what the server needs to read the close: the client's last message of TLS.
 *
 * <p>That the timer is late again by then, nobody can rule out. In a buffer that is too small for any packet quiche has nothing to
 * send, and Netty goes on. The server is not told then, as when the one packet that tells it is lost: what is not let into a session has 10
 * s there, and a subflow that falls silent is found by its session, or by QUIC's idle timeout. It counts for that long, and may be
 * ended for memory.
 */
final class Farewell extends AbstractByteBufAllocator {

    /** Over 20 MB of packets: what a congestion window still lets go before a close, and milliseconds of work if it is in vain. */
    private static final int MAX_PACKETS = 1 << 14;

    /** What Netty itself takes where quiche should not fill a packet. */
    private static final int TOO_SMALL_BYTES = 8;

    private final ByteBufAllocator parent;
    private int packets;

    private Farewell(ByteBufAllocator parent) {
        super(true);
        this.parent = parent;
    }

    /** On the channel's event loop. */
    static void close(QuicChannel channel, long code) {
        if (isClient(channel)) {
            // The way to have Netty send what is due: once what it knows of, and once what it notices by that, late
            // timers.
            channel.parent().pipeline().fireChannelWritabilityChanged();
        }
        closeAtOnce(channel, code);
    }

    /** Whatever is due. */
    static void closeAtOnce(QuicChannel channel, long code) {
        channel.config().setAllocator(new Farewell(channel.alloc()));
        channel.close(true, errorOf(code), Unpooled.EMPTY_BUFFER);
    }

    /** Netty has only as many codes as an int has. */
    static int errorOf(long code) {
        return (int) Math.min(Integer.MAX_VALUE, code);
    }

    /** Its socket is its own: on a server's there are others, that have nothing to do with it. */
    private static boolean isClient(QuicChannel channel) {
        SSLEngine tls = channel.sslEngine();
        return tls != null && tls.getUseClientMode();
    }

    @Override
    protected ByteBuf newDirectBuffer(int initialBytes, int maxBytes) {
        return ++packets > MAX_PACKETS
                ? parent.directBuffer(TOO_SMALL_BYTES, TOO_SMALL_BYTES)
                : parent.directBuffer(initialBytes, maxBytes);
    }

    @Override
    protected ByteBuf newHeapBuffer(int initialBytes, int maxBytes) {
        return parent.heapBuffer(initialBytes, maxBytes);
    }

    @Override
    public boolean isDirectBufferPooled() {
        return parent.isDirectBufferPooled();
    }
}
