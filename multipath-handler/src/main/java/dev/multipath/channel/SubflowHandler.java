package dev.multipath.channel;

import dev.multipath.codec.Frame;
import dev.multipath.codec.FrameReceiver;
import dev.multipath.codec.MultipathFrameDecoder;
import dev.multipath.codec.MultipathMessage;
import dev.multipath.transport.Exhaustion;
import dev.multipath.transport.TlsTruncatedException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/** The last handler of an established subflow: passes frames and changes to its session. Runs on the subflow's loop. */
final class SubflowHandler extends ChannelInboundHandlerAdapter implements FrameReceiver {

    private final SubflowLink link;

    /** Frames of this read for a session on another loop; null if there were none yet. */
    private List<MultipathMessage> batch;

    private MultipathFrameDecoder decoder;

    /** The usual frames come from the decoder, and not through the pipeline. */
    private boolean direct;

    private Throwable cause;
    private boolean reportedLost;

    SubflowHandler(SubflowLink link) {
        this.link = link;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        decoder = ctx.pipeline().get(MultipathFrameDecoder.class);
        if (!ctx.channel().isActive()) {
            // It was lost on its way from the handshake to here.
            reportLost();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof Frame frame)) {
            ReferenceCountUtil.release(msg);
            return;
        }
        if (link.isSameLoop()) {
            link.owner().onFrame(link, frame);
        } else {
            batch = batch == null ? new ArrayList<>() : batch;
            batch.add(frame);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        link.partialBytes(decoder.heldBytes());
        if (link.isSameLoop()) {
            if (!direct) {
                // Not before: what came early is behind the decoder, and comes from there.
                direct = true;
                decoder.receiver(this);
            }
            link.owner().pump();
        } else {
            cross();
        }
        link.owner().endVictims();
    }

    @Override
    public void onData(long frameNumber, ByteBuf payload) {
        link.owner().onData(link, frameNumber, payload);
    }

    @Override
    public void onAck(long nextExpected, long maxDataBytes, long subflowFrames, long ackDelayMicros) {
        link.owner().onAck(link, nextExpected, maxDataBytes, subflowFrames, ackDelayMicros);
    }

    private void cross() {
        if (batch != null && !batch.isEmpty()) {
            List<MultipathMessage> complete = batch;
            batch = new ArrayList<>(complete.size());
            link.crossInbound(complete);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        boolean writable = ctx.channel().isWritable();
        if (link.isSameLoop()) {
            link.owner().onWritabilityChanged(link, writable);
            return;
        }
        link.inSessionLoop(() -> link.owner().onWritabilityChanged(link, writable));
    }

    /**
     * A TLS handler of the application's own, in front of an acceptor's, only tells by its event that the other end has not
     * said its farewell; it keeps to itself that a write has failed. One of the transport has a guard, which has told already.
     */
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == MultipathFrameDecoder.DATA_HELD) {
            // Behind the frames that have come before.
            cross();
            link.onDataBegun();
        } else if (event instanceof SslCloseCompletionEvent close && !close.isSuccess() && cause == null) {
            cause = new TlsTruncatedException(close.cause());
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable newCause) {
        // A write to a channel that is closed already tells nothing: why it was closed, and whether in order, does.
        if (cause == null && !(newCause instanceof ClosedChannelException)) {
            cause = newCause;
            Exhaustion.report(ctx.channel(), newCause);
        }
        link.owner().onFailure(newCause);
        link.owner().endVictims();
        link.closeAtOnce();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        try {
            channelReadComplete(ctx);
        } finally {
            reportLost();
        }
    }

    private void reportLost() {
        if (!reportedLost) {
            reportedLost = true;
            Throwable lostCause = cause;
            link.inSessionLoop(() -> link.owner().onLost(link, lostCause));
        }
    }
}
