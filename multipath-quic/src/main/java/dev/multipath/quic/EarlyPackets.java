package dev.multipath.quic;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands in front of a server's QUIC codec and gives it each datagram with early data twice. A client puts them behind its
 * ClientHello, in the same datagram; Netty goes on with the handshake when it sends, behind all that has come, and looks for early data
 * only when something comes. A network may do the same, so nothing depends on it.
 */
final class EarlyPackets extends ChannelInboundHandlerAdapter {

    /** A long header, a version and the length of a name at least. */
    private static final int FIXED_BYTES = 6;

    private static final int TYPE_BITS = 0xf0;
    private static final int INITIAL = 0xc0;
    private static final int EARLY = 0xd0;
    private static final int NOWHERE = -1;

    private List<DatagramPacket> copies = new ArrayList<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (msg instanceof DatagramPacket packet && hasEarlyData(packet.content())) {
            // It is decrypted where it is.
            copies.add(new DatagramPacket(packet.content().copy(), packet.recipient(), packet.sender()));
        }
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (!copies.isEmpty()) {
            List<DatagramPacket> again = copies;
            copies = new ArrayList<>();
            again.forEach(ctx::fireChannelRead);
            ctx.fireChannelReadComplete();
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        copies.forEach(DatagramPacket::release);
        copies.clear();
    }

    /** Whether behind an Initial packet there is one of type 0-RTT: RFC 9000 section 17.2. Anybody may have sent it. */
    static boolean hasEarlyData(ByteBuf datagram) {
        int end = datagram.writerIndex();
        int at = datagram.readerIndex();
        if (end - at < FIXED_BYTES || (datagram.getUnsignedByte(at) & TYPE_BITS) != INITIAL) {
            return false;
        }
        at += 1 + Integer.BYTES;
        at = behindId(datagram, at, end);
        at = behindId(datagram, at, end);
        at = behindLengthAndThatMuch(datagram, at, end);
        at = behindLengthAndThatMuch(datagram, at, end);
        return at > 0 && at < end && (datagram.getUnsignedByte(at) & TYPE_BITS) == EARLY;
    }

    private static int behindId(ByteBuf datagram, int at, int end) {
        return at < 0 || at >= end ? NOWHERE : at + 1 + datagram.getUnsignedByte(at);
    }

    private static int behindLengthAndThatMuch(ByteBuf datagram, int at, int end) {
        if (at < 0 || at >= end) {
            return NOWHERE;
        }
        int first = datagram.getUnsignedByte(at);
        int lengthBytes = 1 << (first >> 6);
        if (lengthBytes > Short.BYTES || at + lengthBytes > end) {
            // No datagram is so long.
            return NOWHERE;
        }
        int length = lengthBytes == 1 ? first & 0x3f : datagram.getUnsignedShort(at) & 0x3fff;
        return at + lengthBytes + length;
    }
}
