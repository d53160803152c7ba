package dev.multipath.channel;

import dev.multipath.codec.Frame;
import dev.multipath.path.EstablishedSubflow;
import dev.multipath.path.OwnerLoop;
import dev.multipath.path.PathManager;
import dev.multipath.session.FinishedSession;
import dev.multipath.session.LateSubflow;
import dev.multipath.session.SubflowViolationException;
import dev.multipath.transport.SubflowConnection;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What is left of a client when its channel has closed in order, as TCP's TIME_WAIT: its last word may be lost with all
 * subflows, and the server, who cannot dial, would wait for it in vain and then take its whole stream for cut. So paths whose
 * subflows end are dialled once more, until the server has said that it waits for nothing, does not know the session any
 * more, or would have given it up. Nobody waits for this: an event loop that shuts down ends it. Runs on the session's loop.
 *
 * <p>Both ends say RESET {@code FINISHED} behind their last acknowledgement, and who has not heard the other's keeps
 * a {@link FinishedSession}. The client has to come: only it can dial. Nobody is told anything without the proof of
 * the session's key.
 */
final class StayBehind {

    private final FinishedSession session;
    private final PathManager pathManager;
    private final EventLoop eventLoop;
    private final long handshakeTimeoutNanos;
    private final Future<?> deadline;
    private boolean over;

    /** Begins; the path manager has not been stopped, and knows of these subflows, which are ending. */
    StayBehind(
            FinishedSession session,
            PathManager pathManager,
            EventLoop eventLoop,
            long handshakeTimeoutNanos,
            List<SubflowLink> ending) {
        this.session = session;
        this.pathManager = pathManager;
        this.eventLoop = eventLoop;
        this.handshakeTimeoutNanos = handshakeTimeoutNanos;
        deadline = eventLoop.schedule(this::end, session.keptFor().toNanos(), TimeUnit.NANOSECONDS);
        ending.forEach(link -> whenClosed(
                link.channel(),
                () -> pathManager.onSubflowLost(
                        link.socket(), link.channel(), link.subflow().carriedBytes())));
    }

    private void whenClosed(Channel subflow, Runnable redial) {
        subflow.closeFuture()
                .addListener(closed -> OwnerLoop.run(eventLoop, () -> {
                    if (eventLoop.isShuttingDown()) {
                        end();
                    } else if (!over) {
                        redial.run();
                    }
                }));
    }

    /** The server waits for nothing any more, or it is no use. */
    void end() {
        assert OwnerLoop.isCurrent(eventLoop);
        if (!over) {
            over = true;
            deadline.cancel(false);
            pathManager.stop(false);
        }
    }

    /** A subflow that was dialled for it. */
    void take(EstablishedSubflow subflow) {
        if (over) {
            subflow.discard();
            return;
        }
        Channel channel = subflow.channel();
        // As far as we can tell: whether it is let in, it need not be told.
        pathManager.onSubflowDelivers(subflow.path(), channel);
        LateHandler handler = new LateHandler(subflow.connection(), session.join(subflow.offer()));
        channel.pipeline().addLast(handler);
        whenClosed(channel, () -> pathManager.onSubflowRefused(subflow.path(), channel));
        OwnerLoop.run(channel.eventLoop(), () -> handler.begin(subflow), ended -> subflow.discard());
    }

    /** On the subflow's loop. */
    private final class LateHandler extends ChannelInboundHandlerAdapter {

        private final SubflowConnection connection;
        private final LateSubflow subflow;
        private ChannelHandlerContext context;
        private Future<?> timeout;

        LateHandler(SubflowConnection connection, LateSubflow subflow) {
            this.connection = connection;
            this.subflow = subflow;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            context = ctx;
        }

        void begin(EstablishedSubflow established) {
            if (context == null) {
                // The channel was closed before this could be added to it.
                established.discard();
                return;
            }
            timeout = context.executor().schedule(() -> context.close(), handshakeTimeoutNanos, TimeUnit.NANOSECONDS);
            context.channel().closeFuture().addListener(closed -> timeout.cancel(false));
            established.received().forEach(this::onFrame);
            context.channel().config().setAutoRead(true);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Frame frame) {
                onFrame(frame);
            } else {
                ReferenceCountUtil.release(message);
            }
        }

        private void onFrame(Frame frame) {
            try {
                subflow.onFrame(frame).forEach(answer -> context.write(answer, context.voidPromise()));
                context.flush();
            } catch (SubflowViolationException e) {
                context.close();
            }
            if (subflow.isConfirmed()) {
                connection.end();
                OwnerLoop.run(eventLoop, StayBehind.this::end);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
