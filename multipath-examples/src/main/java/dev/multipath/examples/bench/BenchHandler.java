package dev.multipath.examples.bench;

import dev.multipath.channel.MultipathChannel;
import dev.multipath.examples.stream.AbortReason;
import dev.multipath.examples.stream.Breakage;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** One end of a measurement: sends, counts what comes, and closes when both directions are at their ends. */
public final class BenchHandler extends ChannelInboundHandlerAdapter {
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private final boolean isClient;
    private final StringBuilder line = new StringBuilder();
    private BenchPlan plan;
    private BenchSender sender;
    private boolean begun;
    private boolean outputEnded;
    private boolean inputEnded;
    private volatile long receivedBytes;
    private Throwable failure;

    private BenchHandler(BenchPlan plan) {
        this.plan = plan;
        this.isClient = plan != null;
    }

    /** A client's, which says what is to be measured. */
    public static BenchHandler ofClient(BenchPlan plan) {
        return new BenchHandler(plan);
    }

    /** A server's. */
    public static BenchHandler ofServer() {
        return new BenchHandler(null);
    }

    /** Done when the session has ended in order and whole; fails with what broke first. */
    public CompletionStage<Void> ended() {
        return ended.minimalCompletionStage();
    }

    /** What has come so far. Any thread. */
    public long receivedBytes() {
        return receivedBytes;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        if (isClient && !begun) {
            ctx.writeAndFlush(Unpooled.wrappedBuffer(plan.toLine()));
            begin(ctx);
        }
        ctx.fireChannelActive();
    }

    /** Behind whatever failed: the future of the channel's end may be done before that is told. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        if (failure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(failure);
        }
        ctx.fireChannelInactive();
    }

    private void begin(ChannelHandlerContext ctx) {
        begun = true;
        if (isClient ? plan.clientSends() : plan.serverSends()) {
            sender = new BenchSender(ctx.channel(), plan, () -> endOutput(ctx));
            sender.send();
        } else {
            endOutput(ctx);
        }
    }

    private void endOutput(ChannelHandlerContext ctx) {
        outputEnded = true;
        if (inputEnded) {
            ctx.close();
        } else if (ctx.channel().isActive()) {
            ((MultipathChannel) ctx.channel()).shutdownOutput();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = (ByteBuf) message;
        try {
            if (plan == null && !readLine(ctx, bytes)) {
                return;
            }
            if (isClient && !plan.serverSends()) {
                // An echo, say: what it could be sent is no measurement.
                Breakage.abandon(
                        ctx.channel(),
                        AbortReason.INTERNAL_ERROR,
                        "the peer sends what was not asked for: is it 'listen --bench'?");
                return;
            }
            receivedBytes += bytes.readableBytes();
        } finally {
            bytes.release();
        }
    }

    /** Returns whether the line is complete. */
    private boolean readLine(ChannelHandlerContext ctx, ByteBuf bytes) {
        int end = bytes.bytesBefore((byte) '\n');
        int count = end < 0 ? bytes.readableBytes() : end + 1;
        if (line.length() + count > BenchPlan.MAX_LINE_BYTES) {
            Breakage.abandon(ctx.channel(), AbortReason.INTERNAL_ERROR, "the client does not speak bench");
            bytes.skipBytes(bytes.readableBytes());
            return false;
        }
        line.append(bytes.readCharSequence(count, StandardCharsets.US_ASCII));
        if (end < 0) {
            return false;
        }
        try {
            plan = BenchPlan.parse(line.toString());
        } catch (IllegalArgumentException e) {
            Breakage.abandon(ctx.channel(), AbortReason.INTERNAL_ERROR, e.getMessage());
            return false;
        }
        begin(ctx);
        return true;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (sender != null) {
            sender.send();
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded = true;
            if (outputEnded || plan == null) {
                ctx.close();
            }
        }
        ctx.fireUserEventTriggered(event);
    }

    /** A client's is told by {@link #ended}, and so once. */
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failure = failure == null ? cause : failure;
        if (isClient) {
            Breakage.breakOff(ctx.channel(), AbortReason.INTERNAL_ERROR, cause);
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }
}
