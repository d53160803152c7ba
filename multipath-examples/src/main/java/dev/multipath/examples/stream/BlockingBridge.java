package dev.multipath.examples.stream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/** Joins a session to a blocking source and sink, with back-pressure both ways. */
public final class BlockingBridge extends ChannelInboundHandlerAdapter {
    private final String name;
    private final BlockingSource source;
    private final BlockingSink sink;
    private final AtomicReference<Throwable> firstFailure = new AtomicReference<>();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final CompletableFuture<Void> written = new CompletableFuture<>();
    private final CompletableFuture<Void> ended = new CompletableFuture<>();
    private BlockingReader reader;
    private BlockingWriter writer;
    private boolean started;

    /**
     * @param name for the two threads
     * @param source what the session sends; when it ends, {@link InactivityCloser} decides how the session does
     * @param sink where what the session receives goes
     */
    public BlockingBridge(String name, BlockingSource source, BlockingSink sink) {
        this.name = name;
        this.source = source;
        this.sink = sink;
    }

    /**
     * Completes when the session is closed and the sink has all it delivered; fails with what broke first, be it the
     * session, the source or the sink.
     */
    public CompletionStage<Void> ended() {
        // Not a copy of it, which would fail with a CompletionException.
        return ended;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        reader = new BlockingReader(channel, source, cause -> fail(channel, cause));
        // When the sink fails, nobody waits for the answer any more: what was sent need not be taken by a peer that may
        // never
        // do so.
        writer = new BlockingWriter(channel, sink, cause -> fail(channel, cause));
        // Now, and not when the writer has ended: an event loop that has ended by then tells no listener.
        channel.closeFuture().addListener(f -> closed.complete(null));
        CompletableFuture.allOf(closed, written).thenRun(this::finish);
        if (ctx.channel().isActive()) {
            start(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        start(ctx);
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        writer.offer((ByteBuf) message);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        reader.channelChanged();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            writer.end();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        reader.channelChanged();
        if (firstFailure.get() == null) {
            writer.end();
        } else {
            writer.cut();
        }
        ctx.fireChannelInactive();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        firstFailure.compareAndSet(null, cause);
        Breakage.breakOff(ctx.channel(), AbortReason.INTERNAL_ERROR, cause);
    }

    /** A stream has failed: the session has not been sent all, or has not been taken all. Any thread. */
    private void fail(Channel channel, Throwable cause) {
        firstFailure.compareAndSet(null, cause);
        Breakage.breakOff(channel, AbortReason.STREAM_FAILED, cause);
    }

    /** Once: an accepted channel is active before its handlers are added, and says so again afterwards. */
    private void start(ChannelHandlerContext ctx) {
        if (started) {
            return;
        }
        started = true;
        startThread(name + "-reader", reader);
        startThread(name + "-writer", () -> {
            writer.run();
            written.complete(null);
        });
    }

    private void finish() {
        Throwable failure = firstFailure.get();
        if (failure == null) {
            ended.complete(null);
        } else {
            ended.completeExceptionally(failure);
        }
    }

    /** Daemon threads: one blocked in a read that never returns must not keep the process. */
    private static void startThread(String name, Runnable task) {
        Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
