package dev.multipath.quic;

import dev.multipath.transport.TransportMemory;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.quic.QuicChannel;
import io.netty.handler.codec.quic.QuicConnectionStats;
import io.netty.util.concurrent.Future;

/**
 * What quiche may hold of what has come on one connection: bytes that were received and that the stream has not brought. quiche does
 * not tell what it holds behind a gap, nor that it costs more than its bytes: each frame, of one byte too, is several objects. So what
 * has come for nothing counts with what it costs at the most.
 *
 * <p>In the stream's pipeline, whose bytes it counts.
 */
final class Undelivered extends ChannelInboundHandlerAdapter implements UndeliveredWatch.Watched {

    /**
     * What a byte on the network may cost here. A frame of one byte takes 7, and some 310 in quiche (measured: 16,000 of them on each
     * of 30 connections).
     */
    static final int MOST_PER_BYTE = 45;

    /** What our packets make the peer send that no stream brings: an acknowledgement of each. */
    private static final int ANSWER_BYTES = 64;

    /** A packet or two that come in between. It costs no more than a connection at rest does. */
    private static final int FREE_BYTES = 1 << 10;

    /** Before the handshake is done: packets that are filled up, and certificates. */
    private static final int FREE_HANDSHAKE_BYTES = 4 << 10;

    private final QuicChannel connection;
    private final QuicSubflowChannel subflow;
    private final UndeliveredWatch watch;
    private boolean secured;
    private long deliveredBytes;
    private long seenDeliveredBytes;
    private long seenReceivedBytes;
    private long seenSentPackets;
    private long uselessBytes;
    private long toldBytes;

    Undelivered(QuicChannel connection, QuicSubflowChannel subflow, UndeliveredWatch watch) {
        this.connection = connection;
        this.subflow = subflow;
        this.watch = watch;
    }

    /** The handshake is done: what it brought is held no more. */
    void onSecured() {
        look();
        secured = true;
        uselessBytes = 0;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        int bytes = ((ByteBuf) msg).readableBytes();
        deliveredBytes += bytes;
        watch.onDelivered(bytes);
        ctx.fireChannelRead(msg);
    }

    /** Tells the subflow what is held, if that is another now. */
    @Override
    public boolean look() {
        Future<QuicConnectionStats> stats = connection.collectStats();
        if (!stats.isSuccess()) {
            return false;
        }
        QuicConnectionStats now = stats.getNow();
        // Delivered bytes count twice: packets have headers, and come again when an acknowledgement was lost.
        long change = now.recvBytes()
                - seenReceivedBytes
                - 2 * (deliveredBytes - seenDeliveredBytes)
                - ANSWER_BYTES * (now.sent() - seenSentPackets);
        seenReceivedBytes = now.recvBytes();
        seenDeliveredBytes = deliveredBytes;
        seenSentPackets = now.sent();
        uselessBytes = Math.max(0, uselessBytes + change);
        tell(Math.max(0, uselessBytes - (secured ? FREE_BYTES : FREE_HANDSHAKE_BYTES)));
        return toldBytes > 0;
    }

    private void tell(long bytes) {
        // Whom we do not read for the moment is not to blame for what waits, if we have read as much of him before.
        boolean waits = !subflow.config().isAutoRead() && bytes <= 2 * deliveredBytes;
        long heldBytes = waits ? bytes : MOST_PER_BYTE * bytes;
        if (heldBytes != toldBytes) {
            toldBytes = heldBytes;
            // Not the subflow's pipeline, which ends before what is held is given back.
            connection.pipeline().fireUserEventTriggered(new TransportMemory(heldBytes, deliveredBytes));
        }
    }
}
