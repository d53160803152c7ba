package dev.multipath.quic;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.ArrayList;
import java.util.List;

/**
 * Stands in front of a socket's QUIC codec and tells connections when all packets that came together are dealt with: what they
 * brought is given on at once then, and what is answered leaves together. Otherwise every packet would be a read of its own.
 */
final class ReadBatch extends ChannelInboundHandlerAdapter {

    /** Who reads the packets of a batch. */
    interface Reader {
        /** All of them are dealt with. */
        void endBatch();
    }

    private List<Reader> touched = new ArrayList<>();
    private boolean open;

    /**
     * Whether there is to be a call of {@link Reader#endBatch}.
     *
     * @param reader has read something
     */
    boolean defers(Reader reader) {
        if (open) {
            touched.add(reader);
        }
        return open;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        open = true;
        ctx.fireChannelRead(msg);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        open = false;
        List<Reader> batch = touched;
        touched = new ArrayList<>();
        batch.forEach(Reader::endBatch);
        // Behind it the codec sends what is to be sent.
        ctx.fireChannelReadComplete();
    }
}
