package dev.multipath.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoHandle;

/**
 * Lets an io_uring event loop end that shuts down with subflows open. Netty 4.2.17 may wait for ever: {@code
 * IoUringIoHandler.prepareToDestroy} closes the channels, which cancels a read that waits in the kernel; a channel with auto
 * read answers the cancellation with a new poll ({@code AbstractIoUringChannel.readComplete} calls {@code doBeginReadNow},
 * which does not ask whether the channel is being closed), and the kernel holds the cancellation of that one back behind the
 * drain that {@code prepareToDestroy} waits for, as long as the poll is there. So a subflow must not want to read any more
 * when its loop closes it. Nothing tells it so in time but an I/O handle of its own: these the loop closes in the same sweep.
 */
final class IoUringShutdownGuard extends ChannelOutboundHandlerAdapter implements IoUringIoHandle {

    private final Channel subflow;
    private boolean closing;

    private IoUringShutdownGuard(Channel subflow) {
        this.subflow = subflow;
    }

    /** Guards a subflow until it is closed. On its event loop. */
    static void add(Channel subflow) {
        IoUringShutdownGuard guard = new IoUringShutdownGuard(subflow);
        subflow.pipeline().addFirst(guard);
        ((IoEventLoop) subflow.eventLoop()).register(guard).addListener(registered -> {
            if (registered.isSuccess()) {
                IoRegistration registration = (IoRegistration) registered.getNow();
                subflow.closeFuture().addListener(closed -> registration.cancel());
            }
        });
    }

    /** The event loop shuts down. Whether it has closed the subflow already, or is about to, does not matter. */
    @Override
    public void close() {
        stopReading();
    }

    /** The same for who is closed just before. */
    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        stopReading();
        ctx.close(promise);
    }

    private void stopReading() {
        closing = true;
        subflow.config().setAutoRead(false);
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        // Whoever turns auto read on again on another loop does not know yet.
        if (!closing) {
            ctx.read();
        }
    }

    @Override
    public void handle(IoRegistration registration, IoEvent event) {
        throw new IllegalStateException("nothing was submitted");
    }
}
