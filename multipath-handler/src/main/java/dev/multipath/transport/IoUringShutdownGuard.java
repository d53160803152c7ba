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
 * Lets an io_uring event loop end that shuts down with subflows open; Netty 4.2.17 may wait for ever. An I/O handle
 * of its own beside each subflow's: the loop closes these in the same sweep as the channels, and this one turns auto
 * read off then.
 *
 * <p>What happens without it. A channel on which a read waits in the kernel (a POLLIN that came late leaves such
 * reads behind) is closed, which cancels the read. A channel with auto read answers the cancellation with a new poll:
 * {@code AbstractIoUringChannel}, lines 816 to 824 and 743, where nobody asks whether the channel is being closed.
 * {@code IoUringIoHandler.prepareToDestroy} (line 434) submits a NOP that drains the ring. Linux holds back all that
 * follows until nothing is left on the ring, and that is also the cancellation of the new poll, which a later task
 * submits; the loop waits for either (line 437). A subflow that does not want to read makes no new poll. With {@code
 * delayedClose != null} as one more reason to return in line 745, plain channels would not hang either.
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

    /**
     * That it is off may not be enough: only the change makes the channel forget that it wants to read. A TLS handler asks for a
     * read that is off; and who turns it off on another loop has this one forget by a task, which may not have run.
     */
    private void stopReading() {
        closing = true;
        subflow.config().setAutoRead(true);
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
