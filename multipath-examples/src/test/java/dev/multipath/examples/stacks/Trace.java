package dev.multipath.examples.stacks;

import dev.multipath.channel.AddressEvent;
import dev.multipath.channel.MultipathSessionEvent;
import dev.multipath.channel.SubflowEvent;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.ConnectException;
import java.nio.channels.ClosedChannelException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What one end's pipeline was told, in order; but of the paths, which a socket does not have. Any thread may look. */
class Trace extends ChannelInboundHandlerAdapter {

    private final List<String> events = new CopyOnWriteArrayList<>();
    private volatile long readBytes;

    /** Remembers something of the test's own, in its turn. */
    final void note(String event) {
        events.add(event);
    }

    final List<String> events() {
        return List.copyOf(events);
    }

    final long readBytes() {
        return readBytes;
    }

    final void await(String event) {
        TwoPaths.eventually().until(() -> events.contains(event));
    }

    final void awaitRead(long bytes) {
        TwoPaths.eventually().until(() -> readBytes >= bytes);
    }

    /** What reads of any number and size have brought in a row is one event. */
    private void noteRead(int bytes) {
        readBytes = readBytes + bytes;
        if (events.isEmpty() || !events.get(events.size() - 1).equals("read")) {
            note("read");
        }
    }

    private static String nameOf(Object event) {
        return event instanceof IdleStateEvent idle
                ? idle.state().name()
                : event.getClass().getSimpleName();
    }

    /** By name; but all that break a connection are alike. */
    static String nameOf(Throwable cause) {
        if (cause instanceof ClosedChannelException) {
            return "ClosedChannelException";
        }
        if (cause instanceof ConnectException) {
            return "ConnectException";
        }
        return cause instanceof IOException ? "IOException" : cause.getClass().getSimpleName();
    }

    @Override
    public void channelRegistered(ChannelHandlerContext ctx) {
        note("registered");
        ctx.fireChannelRegistered();
    }

    @Override
    public void channelUnregistered(ChannelHandlerContext ctx) {
        note("unregistered");
        ctx.fireChannelUnregistered();
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        note("active");
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        note("inactive");
        ctx.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        try {
            if (msg instanceof ByteBuf bytes) {
                noteRead(bytes.readableBytes());
            } else {
                note("read " + msg.getClass().getSimpleName());
            }
        } finally {
            ReferenceCountUtil.release(msg);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        note(ctx.channel().isWritable() ? "writable" : "unwritable");
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (!(event instanceof SubflowEvent)
                && !(event instanceof MultipathSessionEvent)
                && !(event instanceof AddressEvent)) {
            note(nameOf(event));
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        note("exception " + nameOf(cause));
    }
}
