package dev.multipath.quic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;

/**
 * Drops what a client may not begin with: a datagram of less than 1200 bytes (RFC 9000 sections 14.1 and 6.1). Netty answers it with
 * a Retry, or the versions it knows, and whose address is on it would get three times what somebody else has sent.
 */
final class ShortInitials extends ChannelInboundHandlerAdapter {

    private static final int MIN_DATAGRAM_BYTES = 1200;

    /** A long header's first byte and its version: RFC 9000 section 17.2. */
    private static final int FIXED_BYTES = 1 + Integer.BYTES;

    private static final int LONG = 0x80;
    private static final int TYPE_BITS = 0x30;
    private static final int VERSION_1 = 1;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof DatagramPacket packet && isTooShort(packet.content())) {
            packet.release();
        } else {
            ctx.fireChannelRead(msg);
        }
    }

    private static boolean isTooShort(ByteBuf datagram) {
        int bytes = datagram.readableBytes();
        if (bytes >= MIN_DATAGRAM_BYTES || bytes < FIXED_BYTES) {
            return false;
        }
        int at = datagram.readerIndex();
        int first = datagram.getUnsignedByte(at);
        return (first & LONG) != 0 && (datagram.getInt(at + 1) != VERSION_1 || (first & TYPE_BITS) == 0);
    }
}
